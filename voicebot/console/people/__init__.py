"""People: the list, and one person with everything that happened."""
