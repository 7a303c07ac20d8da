"""The demo brain: what it understands, knows and answers within one turn."""
