"""A local carrier, phone and providers, so that everything runs without an account."""
