"""People over the API: who they are, what happened with them, searches, and how they are erased."""
