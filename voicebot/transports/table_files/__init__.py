"""Tables that people send as files: one reader for every import."""
