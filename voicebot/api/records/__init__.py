"""What a call left: its record in full, its recording, a bundle for those who help."""
