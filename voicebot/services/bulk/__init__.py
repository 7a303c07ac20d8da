"""One action on many rows: the choice of rows, its preview, and the worker's part."""
