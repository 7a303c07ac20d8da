"""Calls that are over, with how fast their answers were, for figures and alerts."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

NOW = datetime.fromisoformat("2035-03-15T12:00:00+00:00")
COUNTED = (
    "call_history", "sms_history", "suppressions", "verifications", "figure_spans",
    "figure_rolls", "alert_rules", "incidents", "webhook_endpoints", "audit_log",
)  # fmt: skip
"""The tables that figures come from and lie in."""


def minutes(count: float) -> timedelta:
    """So many minutes."""
    return timedelta(minutes=count)


def end_call(owner: Any, at: datetime, *, gaps: tuple[int, ...] = (), goal: str = "", **columns: Any) -> int:
    """A call of a minute that ended then, and was answered."""
    values = {
        "phone_number": "+12025550123", "call_sid": uuid4().hex, "direction": "inbound", "call_status": "completed",
        "started_at": at - minutes(1), "answered_at": at - minutes(1), "created_at": at - minutes(1), "ended_at": at,
        "to_number": "+15005550006", "duration": 60,
    } | columns  # fmt: skip
    names, slots = ", ".join(values), ", ".join(["%s"] * len(values))
    (made,) = owner.execute(
        f"insert into public.call_history ({names}) values ({slots}) returning id", list(values.values())
    ).fetchone()
    for turn, gap in enumerate(gaps):
        owner.execute(
            """insert into public.call_turns (call_id, turn, input, token, lease_until, gap_ms, token_ms)
               values (%s, %s, '{}', %s, now(), %s, %s)""",
            [made, turn, uuid4(), gap, gap // 2],
        )
    if goal:
        owner.execute("insert into public.summaries (session_id, goal) values (%s, %s)", [made, goal])
    return int(made)


def fail(owner: Any, at: datetime, **columns: Any) -> int:
    """A call that failed."""
    return end_call(owner, at, call_status="failed", answered_at=None, duration=0, **columns)


def roll(database: Any, at: datetime = NOW, zone: str = "UTC") -> int:
    """Count everything that is due."""
    counted = 0
    while rolled := database.call("roll_figures", zone=zone, most=100, at=at)["rolled"]:
        counted += int(rolled)
    return counted


def make_rule(database: Any, owner: Any, since: datetime, **fields: Any) -> str:
    """A rule that looks from then on."""
    made = database.call("make_alert", rule={"name": "one", "kind": "count", "threshold": 5} | fields)
    assert made["result"] == "made", made
    owner.execute("update public.alert_rules set checked_at = %s where id = %s", [since, made["alert"]["id"]])
    return str(made["alert"]["id"])


def firings(owner: Any) -> list[tuple[Any, ...]]:
    """What fired, and until when it was so."""
    return owner.execute(  # type: ignore[no-any-return]
        "select fired_at, resolved_at, value from public.alert_firings order by fired_at"
    ).fetchall()
