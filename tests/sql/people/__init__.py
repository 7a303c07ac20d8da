"""People and what is searched for, in the database."""
