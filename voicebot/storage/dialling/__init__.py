"""What belongs to calls that we make, beside the queue itself."""
