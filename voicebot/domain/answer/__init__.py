"""What of a model's writing is an answer, and how the answer is heard on a call and read in a text."""
