"""What the service counts, measures and logs."""
