"""Organizations over the API: their data, their members, and their audit log."""
