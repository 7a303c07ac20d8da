"""Members of the team step into running calls: their commands reach the process that has the call, and are done once."""
