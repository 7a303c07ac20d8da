"""Our own sentences in every language, and which language somebody is spoken to in."""
