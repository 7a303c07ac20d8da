"""Search: one box over calls and texts, and the searches that are kept."""
