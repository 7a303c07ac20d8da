"""`make demo`: everything on one machine, a tour that is checked against the database, then it keeps serving."""

FOLDER = ".voicebot-demo"
"""The name of its data folder."""
