"""One file that holds everything the service cannot make again: the database, the secrets and the spool."""
