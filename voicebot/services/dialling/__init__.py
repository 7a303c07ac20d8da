"""Use cases of calls that we make."""
