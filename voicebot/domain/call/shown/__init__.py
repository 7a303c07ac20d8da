"""Present what a call left behind to people: without secrets, with its evidence and its cost. Pure."""
