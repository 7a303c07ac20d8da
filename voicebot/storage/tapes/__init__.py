"""Recordings of calls that we make ourselves, and keep."""
