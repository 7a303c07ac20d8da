"""`make demo`: everything on one machine, a tour that is checked against the database, then it keeps serving."""

from voicebot.demo.run import run_demo

__all__ = ["run_demo"]
