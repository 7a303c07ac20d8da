"""Use cases of a phone call."""
