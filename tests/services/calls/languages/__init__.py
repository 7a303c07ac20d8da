"""Calls in other languages than English, and calls that change theirs."""
