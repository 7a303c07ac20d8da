"""Use cases of call templates."""
