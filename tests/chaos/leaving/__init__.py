"""What leaves the house while its processes are killed."""
