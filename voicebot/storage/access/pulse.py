"""Whether what somebody watches has changed (`sql/functions/operators/console_pulse.sql`)."""

from collections.abc import Mapping, Sequence

from voicebot.storage.database import Database


def console_pulse(
    database: Database, topics: Sequence[str], sessions: Sequence[str]
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return topic -> its counter, and the session's hash -> its holder, as "user organization role"."""
    answer = database.call("console_pulse", topics=list(topics), sessions=list(sessions))
    return answer["marks"], answer["sessions"]
