"""How a call begins, from either side, and how each of its legs ends."""
