"""What hours and days came to: counted by the worker, read by people (`sql/functions/figures/`)."""

from collections.abc import Mapping
from typing import Any

from voicebot.domain.access.actor import Actor
from voicebot.storage.database import Database

Row = Mapping[str, Any]


class FiguresRefused(Exception):
    """What was asked for cannot be; `code` says why: not_allowed, bad_period."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def roll_figures(database: Database, zone: str) -> int:
    """Count some of the hours and days that are due; return how many."""
    return int(database.call("roll_figures", zone=zone)["rolled"])


def console_figures(database: Database, period: int, by: str, zone: str, *, actor: Actor) -> Row:
    """Return what so many days came to, grouped. Raises FiguresRefused."""
    answer: Row = database.call("console_figures", period=period, by=by, zone=zone, actor=actor.to_json())
    if answer["result"] == "refused":
        raise FiguresRefused(answer["code"])
    return answer
