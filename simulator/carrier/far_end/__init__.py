"""The people at the other end of a line: what they do, hear, and how long they are kept waiting."""
