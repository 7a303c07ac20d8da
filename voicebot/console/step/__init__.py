"""Stepping into a running call."""
