"""The page of a call, and stepping into one from it."""
