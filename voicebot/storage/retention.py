"""Rows that are kept for a limited time (`sql/functions/upkeep/retention.sql`)."""

from voicebot.storage.database import Database


def sweep_records(database: Database, *, batch: int) -> dict[str, int]:
    """Take away the oldest receipts, events, statuses, mail and sessions past their time; return how many of each table."""
    return {
        **database.call("sweep_records", batch=batch),
        **database.call("sweep_mail", batch=batch),
        **database.call("sweep_console", batch=batch),
    }
