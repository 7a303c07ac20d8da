"""How fast the console is over a year of a busy house."""
