"""What a call says by itself in other languages than English, and what callers say to change the language."""
