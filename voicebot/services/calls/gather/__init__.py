"""A phone call over Gather: one request a turn, served from committed rows."""
