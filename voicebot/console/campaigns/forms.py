"""What the form of a campaign says, read, and a campaign written as the form shows it."""

from collections.abc import Mapping
from typing import Any

from voicebot.console.queue.forms import PURPOSES, number_of
from voicebot.console.routes import Refused, Visit
from voicebot.domain.dialling.calling_week import week_of
from voicebot.domain.dialling.calling_week import words_of as week_words
from voicebot.domain.dialling.redial import RedialOutcome
from voicebot.domain.whole_number import whole_number

Row = Mapping[str, Any]
REDIALS = {
    RedialOutcome.BUSY: "the line was busy",
    RedialOutcome.NO_ANSWER: "nobody answered",
    RedialOutcome.VOICEMAIL: "a mailbox answered",
    RedialOutcome.FAILED: "the carrier could not put it through",
    RedialOutcome.SCREENER: "a screener answered, and nobody came",
    RedialOutcome.UNKNOWN: "nobody knows who answered",
}
"""Outcomes after which somebody may be dialled again; a field of the form each."""


def campaign_of(visit: Visit) -> dict[str, Any]:
    """Return what the form asks for, by the names that the service knows. Raises Refused."""
    form = {name: text.strip()[:2000] for name, text in visit.form.items()}
    if not form.get("name"):
        raise Refused(400, "A campaign needs a name.", "name")
    caller = form.get("caller_number", "")
    try:
        week = week_of(form["hours"]) if form.get("hours") else None
    except ValueError as error:
        raise Refused(400, f"These are no calling hours: {error}.", "hours") from None
    return {
        "name": form["name"][:200],
        "template": form.get("template") or None,
        "time_window": week,
        "concurrent": _whole(form, "concurrent", "The number of calls at once"),
        "calls_per_second": _rate(form.get("calls_per_minute", "")),
        "redial": _redial(form),
        "max_attempts": _whole(form, "max_attempts", "The number of attempts", most=20) or 3,
        "caller_number": _caller(visit, caller) if caller else None,
    }


def purpose_of(visit: Visit) -> str:
    """Return which consent the calls need."""
    purpose = visit.form.get("purpose", "")
    return purpose if purpose in PURPOSES else "service"


def shown_form(row: Row) -> dict[str, Any]:
    """Return the fields of the form as they stand for a campaign."""
    rate = row["calls_per_second"]
    return {
        "name": row["name"],
        "template": row["template"] or "",
        "hours": week_words(row["time_window"]) if row["time_window"] else "",
        "concurrent": row["concurrent"] or "",
        "calls_per_minute": f"{rate * 60:g}" if rate else "",
        "max_attempts": row["max_attempts"],
        "caller_number": row["caller_number"] or "",
        "redial": {
            outcome.value: ", ".join(f"{one / 60:g}" for one in (row["redial"] or {}).get(outcome, ()))
            for outcome in REDIALS
        },
    }


def _redial(form: Mapping[str, str]) -> dict[str, list[int]] | None:
    """Minutes, as people write them; without a field the rules of the service hold."""
    found = {}
    for outcome in REDIALS:
        words = form.get(f"redial_{outcome.value}", "").replace(",", " ").split()
        try:
            delays = [round(float(word) * 60) for word in words]
        except (ValueError, OverflowError):
            raise Refused(400, "Write pauses as minutes, like `5, 30`.", f"redial_{outcome.value}") from None
        if delays:
            found[outcome.value] = delays
    return found or None


def _caller(visit: Visit, text: str) -> str:
    try:
        return number_of(visit, text)
    except Refused as refusal:
        raise Refused(refusal.status, refusal.message, "caller_number") from None


def _whole(form: Mapping[str, str], name: str, what: str, *, most: int = 100_000) -> int | None:
    text = form.get(name, "")
    if not text:
        return None
    if (number := whole_number(text, most)) is None:
        raise Refused(400, f"{what} is a whole number from 1 to {most:,}.", name)
    return number


def _rate(text: str) -> float | None:
    if not text:
        return None
    try:
        rate = float(text) / 60
    except ValueError:
        rate = 0.0
    if not 0.001 <= rate <= 1000:
        raise Refused(400, "The calls in a minute are a number from 0.06 to 60,000.", "calls_per_minute")
    return rate
