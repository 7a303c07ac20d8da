"""Find out who picked up a call of ours, and what a machine gets to hear."""
