"""Bring a database to the state that this version of the code expects."""
