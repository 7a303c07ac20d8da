"""SQL of calls that we make."""
