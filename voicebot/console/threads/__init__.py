"""Threads: what people look after in one list, and one of them with all that was said."""
