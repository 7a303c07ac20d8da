"""How one thing is shown in a terminal: a call, a template."""
