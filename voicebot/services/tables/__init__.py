"""Files with rows, of every kind that is read."""
