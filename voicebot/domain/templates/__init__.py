"""What a call template says, and whether it is fit to be published."""
