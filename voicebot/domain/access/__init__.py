"""Who asks: actors and keys."""
