"""Rules of alerts and what fired (`sql/functions/figures/rules.sql`)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.page_cursor import BY_TIME
from voicebot.storage.database import Database
from voicebot.storage.database.refused import Refused
from voicebot.storage.pages import FIRST, Page, Part, page_of

Row = Mapping[str, Any]


class AlertRefused(Refused):
    """What was asked for cannot be; `code` says why."""


def list_alerts(database: Database, *, actor: Actor = THE_OPERATOR) -> Sequence[Row]:
    """Return the rules of the actor's organization or of the service, those that fire first. Raises AlertRefused."""
    rows: Sequence[Row] = _answered(database.call("list_alerts", actor=actor.to_json()))["alerts"]
    return rows


def show_alert(database: Database, alert_id: UUID, *, actor: Actor) -> Row:
    """Return one rule. Raises AlertRefused."""
    return _one(database.call("show_alert", alert_id=alert_id, actor=actor.to_json()))


def make_alert(database: Database, rule: Row, *, actor: Actor = THE_OPERATOR) -> Row:
    """Keep a rule; it looks at what comes from now on. Raises AlertRefused."""
    return _one(database.call("make_alert", rule=dict(rule), actor=actor.to_json()))


def change_alert(
    database: Database, alert_id: UUID, changes: Row, *, was: Row | None = None, actor: Actor = THE_OPERATOR
) -> Row:
    """Change a rule; what it fired of is over. `was`: fields as the actor saw them. Raises AlertRefused."""
    return _one(
        database.call(
            "change_alert",
            alert_id=alert_id,
            changes=dict(changes),
            was=dict(was or {}),
            actor=actor.to_json(),
        )
    )


def remove_alert(database: Database, alert_id: UUID, *, actor: Actor) -> None:
    """Forget a rule and what it fired of. Raises AlertRefused."""
    _answered(database.call("remove_alert", alert_id=alert_id, actor=actor.to_json()))


def preview_alert(database: Database, rule: Row, *, actor: Actor = THE_OPERATOR) -> Row:
    """Return when the rule would have fired in the last week: {"count", "firings"}. Raises AlertRefused."""
    return _answered(database.call("preview_alert", rule=dict(rule), actor=actor.to_json()))


def alert_firings(
    database: Database, alert_id: UUID | None = None, part: Part = FIRST, *, actor: Actor = THE_OPERATOR
) -> Page[Row]:
    """Return one page of what fired, the newest first. Raises ListRefused."""
    answer = database.call("alert_firings", alert_id=alert_id, **part.params(), actor=actor.to_json())
    return page_of(answer, BY_TIME, dict)


def check_alerts(database: Database, notice: Row | None = None, *, at: datetime | None = None) -> int:
    """Look at the minutes that nobody has looked at; return how many rules fired or resolved."""
    answer = database.call("check_alerts", notice=dict(notice) if notice else None, at=at)
    return int(answer["fired"] + answer["resolved"])


def _one(answer: Row) -> Row:
    row: Row = _answered(answer)["alert"]
    return row


def _answered(answer: Row) -> Row:
    if answer["result"] == "refused":
        raise AlertRefused(answer["code"])
    return answer
