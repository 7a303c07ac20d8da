"""How what a call left reads to people: without secrets, with what proves it, with what it cost. Pure."""
