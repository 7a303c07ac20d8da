"""Texts in the database, one file an aggregate."""
