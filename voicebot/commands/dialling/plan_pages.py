"""What plans and subscriptions look like in the terminal."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from voicebot.commands.screen import number, plain, say, when
from voicebot.domain.dialling.reasons import words_of

Row = Mapping[str, Any]


def left(limit: int | None) -> str:
    """Say a limit."""
    return "no limit" if limit is None else str(limit)


def of_period(usage: Row | None) -> tuple[str, str]:
    """Say calls and minutes of a period: used, held by calls under way, left."""
    return _used(usage, "calls"), _used(usage, "minutes")


def _used(usage: Row | None, what: str) -> str:
    if usage is None:
        return ""
    held, remaining = usage[f"{what}_reserved"], usage[f"{what}_remaining"]
    told = [
        f"{usage[f'{what}_used']} used",
        f"{held} held" if held else "",
        "" if remaining is None else f"{remaining} left",
    ]
    return ", ".join(one for one in told if one)


def whole_period(row: Row, zone: ZoneInfo) -> str:
    """Say from when to when."""
    return f"{when(row['period_start'], zone)} to {when(row['period_end'], zone)}"


def subscriber(row: Row, full: bool) -> dict[str, Any]:
    """Return a subscription as it is shown."""
    return {**row, "number": row["number"] and number(row["number"], full=full)}


def say_plan(row: Row) -> None:
    """Say what a plan allows."""
    say(
        f"{plain(row['name'])} ({row['interval']}, {row['price']}): calls {left(row['call_limit'])}, minutes "
        f"{left(row['minutes_limit'])}, each call rounded up to {row['billing_increment_s']} s"
        f"{'; nobody new can get it' if row['ended_at'] else ''}. Id {row['id']}."
    )


def say_subscription(row: Row, zone: ZoneInfo, *, full: bool) -> None:
    """Say what a user has, and what is left of it."""
    name = number(row["number"], full=full) if row["number"] else row["user_id"]
    follows = "renewed then" if row["renews"] else "not renewed"
    say(
        f"{name} has {plain(row['plan']['name'])}: {row['status']}, {whole_period(row, zone)} ({zone.key}), {follows}."
    )
    if row["usage"] is not None:
        calls, minutes = of_period(row["usage"])
        say(f"Calls: {calls}. Minutes: {minutes}.")
    if row["reason"]:
        say(f"Calls wait: {words_of(row['reason'])}.")
