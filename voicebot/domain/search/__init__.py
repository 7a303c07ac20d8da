"""Read what somebody searches for."""
