"""The fixed words of a call in other languages than English, and callers' words for changing the language."""
