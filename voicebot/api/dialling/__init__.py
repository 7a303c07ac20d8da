"""Calls to many people, over the API."""
