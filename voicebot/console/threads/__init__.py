"""Threads: the inbox as one list, and a single thread with all its messages."""
