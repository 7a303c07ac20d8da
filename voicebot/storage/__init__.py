"""The database port, its transports, and one file an aggregate."""
