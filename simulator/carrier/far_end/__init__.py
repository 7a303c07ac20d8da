"""The people at the other end of a line: their acts, what they hear, and how long they wait."""
