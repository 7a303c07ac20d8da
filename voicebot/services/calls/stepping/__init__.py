"""People of the team step into calls that run: what they ask for reaches whoever has the call, and is done once."""
