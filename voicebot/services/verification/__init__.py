"""Use cases of phone verification."""
