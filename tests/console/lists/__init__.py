"""Lists of the console: as files, and what is counted beside them."""
