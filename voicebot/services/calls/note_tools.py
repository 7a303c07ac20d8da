"""Keep which tools the bot used in a call, so that a search finds it. A job's part: it may run twice."""

from voicebot.storage.calls import results
from voicebot.storage.database import Database


def note_tools(database: Database, call_id: int) -> None:
    """Read the tools out of the call's history, and keep their names."""
    tools = results.used_tools(database, call_id)
    if tools:
        results.save_tools(database, call_id, tools)
