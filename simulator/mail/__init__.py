"""A mail server that stores its mail for the phone page and for tests, and sends none."""
