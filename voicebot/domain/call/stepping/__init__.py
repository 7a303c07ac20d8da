"""People of the team step into a call: what they may ask for, and what follows from it."""
