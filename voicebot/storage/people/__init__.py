"""People in the database: who they are, what happened with them, how they are erased."""
