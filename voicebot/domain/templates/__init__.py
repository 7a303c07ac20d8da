"""The content of a call template, and whether it may be published."""
