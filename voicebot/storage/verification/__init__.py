"""Phone verification in the database, one file an aggregate."""
