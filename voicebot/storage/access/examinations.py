"""The doctor's last result: rows <-> records (`sql/functions/upkeep/examinations.sql`)."""

from collections.abc import Mapping, Sequence
from typing import Any

from voicebot.domain.access.actor import Actor
from voicebot.storage.database import Database
from voicebot.storage.pages import ListRefused

Row = Mapping[str, Any]


def ask_examination(database: Database, *, actor: Actor) -> None:
    """Have the worker examine. Raises ListRefused."""
    _checked(database.call("ask_examination", actor=actor.to_json()))


def keep_examination(database: Database, findings: Sequence[Row]) -> None:
    """Keep what was found, in place of the result before."""
    database.call("keep_examination", findings=[dict(each) for each in findings])


def show_examination(database: Database, *, actor: Actor) -> Row:
    """Return {"asked_at", "examined_at", "findings", "waiting"}. Raises ListRefused."""
    return _checked(database.call("show_examination", actor=actor.to_json()))


def _checked(answer: Row) -> Row:
    if answer["result"] == "refused":
        raise ListRefused(answer["code"])
    return answer
