"""What a line consists of in the database: numbers, templates, voices."""
