"""What is done about people: they are erased."""
