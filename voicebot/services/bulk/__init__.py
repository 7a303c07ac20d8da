"""One action on many rows: which rows, what is told before, and the worker's part in it."""
