"""The digest: a summary of one day, as plain text and as HTML that loads nothing.

It contains figures only: no words of anybody, and no numbers of people.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from voicebot.domain.operators.mail import one_line

Row = Mapping[str, Any]
LABEL_WIDTH = 26


@dataclass(frozen=True)
class Section:
    """Some figures that belong together, each with its label."""

    title: str
    lines: Sequence[tuple[str, str]]


def is_due(now: datetime, at: str, zone: str) -> bool:
    """Whether the local time in `zone` has reached `at` (07:30) today.

    A time that is skipped in spring counts as reached by the first minute after it. A time that comes twice is reached
    once and lost again when the clock goes back, so the caller must remember the day.
    """
    local = now.astimezone(ZoneInfo(zone))
    return local.time() >= time.fromisoformat(at)


def local_day(now: datetime, zone: str) -> date:
    """Return the day of the calendar in `zone`."""
    return now.astimezone(ZoneInfo(zone)).date()


def subject(day: date, service_name: str) -> str:
    """Return the subject of a day's digest."""
    return one_line(f"{service_name}: {named(day)}")


def named(day: date) -> str:
    """Return a day as people write it."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def sections(figures: Row, now: datetime) -> list[Section]:
    """Return what the figures say (`day_figures` of the database), the important first."""
    calls, texts = figures["calls"], figures["texts"]
    escalations, codes = figures["escalations"], figures["codes"]
    oldest = escalations["oldest_open_at"]
    costs = [(f"Costs in {cost['currency'] or 'no currency'}", _money(cost)) for cost in figures["costs"]]
    return [
        Section(
            "To do",
            [
                ("Escalations open", _with(escalations["open"], _age(oldest, now) if oldest else "")),
                ("Escalations of the day", str(escalations["opened"])),
                ("Messages left by callers", str(calls["messages"])),
                ("Call backs asked for", str(escalations["call_backs"])),
            ],
        ),
        Section(
            "Calls",
            [
                ("In", str(calls["inbound"])),
                ("Out", str(calls["outbound"])),
                ("Answered", str(calls["answered"])),
                ("Put through to a person", str(calls["transferred"])),
                ("Hung up without a word", str(calls["abandoned"])),
                ("Failed", str(calls["failed"])),
                ("Minutes", f"{calls['minutes']:.1f}"),
                *_durations(calls),
            ],
        ),
        Section(
            "Texts",
            [
                ("In", str(texts["inbound"])),
                ("Out", str(texts["outbound"])),
                ("Failed", str(texts["failed"])),
            ],
        ),
        Section(
            "People",
            [
                ("New", str(figures["new_people"])),
                ("Said stop", str(figures["opt_outs"])),
                (
                    "Not answered",
                    _with(
                        figures.get("unanswered", 0),
                        "see `texts unanswered`" if figures.get("unanswered") else "",
                    ),
                ),
                ("Codes", _with(codes["sent"], f"{codes['approved']} approved" if codes["sent"] else "")),
            ],
        ),
        *([Section("Money", costs)] if costs else []),
    ]


def as_text(figures: Row, now: datetime, service_name: str) -> str:
    """Return the digest as plain text."""
    lines = [_heading(figures, service_name)]
    for section in sections(figures, now):
        lines += ["", section.title]
        lines += [f"  {label:<{LABEL_WIDTH}} {value}" for label, value in section.lines]
    return "\n".join(lines) + "\n"


def as_html(figures: Row, now: datetime, service_name: str) -> str:
    """Return the digest as HTML: no address in it is fetched, and it sets no colour, so that it is readable in the dark."""
    tables = "".join(
        f'<h2 style="font-size:1em;margin:1.2em 0 .3em">{escape(section.title)}</h2><table>'
        + "".join(
            f'<tr><td style="padding-right:2em">{escape(label)}</td><td>{escape(value)}</td></tr>'
            for label, value in section.lines
        )
        + "</table>"
        for section in sections(figures, now)
    )
    heading = escape(_heading(figures, service_name))
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
        f'<title>{heading}</title></head><body style="font-family:sans-serif;color-scheme:light dark">'
        f'<h1 style="font-size:1.2em">{heading}</h1>{tables}</body></html>\n'
    )


def _heading(figures: Row, service_name: str) -> str:
    return one_line(f"{service_name}: {named(date.fromisoformat(figures['day']))} ({figures['zone']})")


def _durations(calls: Row) -> list[tuple[str, str]]:
    found = [("Average length", calls["average_s"])] if calls["average_s"] is not None else []
    # A caller who is answered at once has not waited.
    if calls["wait_longest_s"]:
        found += [("Average wait", calls["wait_average_s"]), ("Longest wait", calls["wait_longest_s"])]
    return [(label, f"{int(seconds) // 60}:{int(seconds) % 60:02}") for label, seconds in found]


def _age(since: str, now: datetime) -> str:
    hours = int((now - datetime.fromisoformat(since)).total_seconds() // 3600)
    return (
        f"the oldest for {hours // 24} d {hours % 24} h"
        if hours >= 24
        else f"the oldest for {max(0, hours)} h"
    )


def _with(count: int, more: str) -> str:
    return f"{count}, {more}" if more else str(count)


def _money(cost: Row) -> str:
    return f"{cost['amount']:.2f} (calls {cost['calls']:.2f}, texts {cost['texts']:.2f})"
