"""Calls that we make."""
