"""What the stand-in model says, and in which language."""
