"""A mail server that keeps what it is given, for the phone page and for tests; nothing leaves it."""
