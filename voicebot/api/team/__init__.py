"""Organizations over the API: what each is, who belongs to it, and what was done in it."""
