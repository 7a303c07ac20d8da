"""Searches over calls and texts, and those that are kept."""
