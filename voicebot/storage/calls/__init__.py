"""Calls in the database, one file an aggregate."""
