"""Clients that keep a web process waiting."""
