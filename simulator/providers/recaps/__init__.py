"""What is read out of a whole conversation: summaries, outcomes, and whether a text asks to stop."""
