"""A labelled set of talk for the benchmark of turn taking, made by seed."""
