"""Pages that anybody may read: what this service is, and how its API is used."""
