"""Who picked up a call of ours, and what a machine among them gets to hear."""
