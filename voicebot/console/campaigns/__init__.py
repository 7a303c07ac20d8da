"""Campaigns: calls to many people, made, filled from a file, run and reported."""
