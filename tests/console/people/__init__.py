"""People in the console, and searches that find them and their calls."""
