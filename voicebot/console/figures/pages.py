"""Figures: a period beside the one before, as charts with the table that they show."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from voicebot.console.figures.charts import Chart, columns, lines
from voicebot.console.routes import Page, Refused, Route, Table, Visit
from voicebot.domain.access.roles import READERS
from voicebot.storage.figures.alerts import list_alerts
from voicebot.storage.figures.figures import FiguresRefused, console_figures

Row = Mapping[str, Any]
PERIODS = {"1": "today", "7": "7 days", "30": "30 days", "90": "90 days"}
GROUPS = {"hour": "hour", "day": "day", "template": "template", "number": "number", "campaign": "campaign"}
MONEY = "money"
TILES = (
    ("Calls", "calls", ""), ("Answered", "answer_rate", "%"), ("Without a person", "containment", "%"),
    ("Goals reached", "reached", ""), ("Failed", "failed", ""), ("Minutes", "minutes", ""),
    ("Answer, middle", "p50_ms", " ms"), ("Answer, slowest 5%", "p95_ms", " ms"), ("Cost per call", "cost_per_call", MONEY),
    ("Cost per goal", "cost_per_goal", MONEY), ("Texts out", "texts_out", ""), ("Texts in", "texts_in", ""),
    ("Codes entered", "codes_approved", ""), ("Opt-outs", "opt_outs", ""),
)  # fmt: skip
COLUMNS = (
    "key", "name", "calls", "inbound", "answered", "unanswered", "failed", "with_person", "answer_rate", "containment",
    "reached", "not_reached", "minutes", "p50_ms", "p95_ms", "turns", "cost", "currency", "cost_per_call", "cost_per_goal", "texts_in",
    "texts_out", "texts_failed", "codes", "codes_approved", "opt_outs",
)  # fmt: skip
STAGES = {
    "gap": "Whole gap", "wait": "Is the caller done?", "words": "Last words", "token": "Model, first token",
    "sentence": "Model, first sentence", "voice": "Voice", "ours": "Our own work",
}  # fmt: skip


def show(visit: Visit) -> Page:
    """The period and the grouping are the address's; an hour is of seven days at most."""
    days, by = visit.query.get("days", "7"), visit.query.get("by", "day")
    if days not in PERIODS or by not in GROUPS:
        raise Refused(400, "There is no such period or grouping: choose one of the list.")
    if by == "hour" and int(days) > 7:
        raise Refused(400, "Hours are shown of seven days at most: choose a shorter period, or days.")
    zone = visit.runtime.settings.timezone
    try:
        found = console_figures(visit.runtime.database, int(days), by, zone, actor=visit.reader)
    except FiguresRefused:
        raise Refused(
            403, "Figures are a whole organization's; your role sees its own calls alone."
        ) from None
    currency = found["currency"]
    groups = [dict(one, name=_label(one, by, zone), currency=currency) for one in found["groups"]]
    alerts = [one for one in list_alerts(visit.runtime.database, actor=visit.reader) if one["firing_since"]]
    return Page(
        "figures/figures.html",
        {
            **{name: found[name] for name in ("began", "ended", "counted_at", "before", "currency")},
            "total": found["total"] or {}, "groups": groups, "charts": _charts(groups, currency) if by in ("hour", "day") else [],
            "stages": [dict(one, name=STAGES[one["stage"]]) for one in found["stages"] or () if one["turns"]],
            "tiles": _tiles(found["total"] or {}, found["before"] or {}, currency), "most": max((one["calls"] or 0 for one in groups), default=0),
            "zone": zone, "periods": PERIODS, "kinds": GROUPS, "filter": {"days": days, "by": by}, "firing": alerts,
        },
    )  # fmt: skip


def _tiles(total: Row, before: Row, currency: str) -> list[dict[str, str]]:
    tiles = [(name, key, f" {currency}" if unit == MONEY else unit) for name, key, unit in TILES]
    return [
        {"name": name, "value": _said(total.get(key), unit), "before": _said(before.get(key), unit)}
        for name, key, unit in tiles
    ]


def _said(value: Any, unit: str) -> str:
    return "–" if value is None else f"{value:,}{unit}"


def _label(row: Row, by: str, zone: str) -> str:
    if by not in ("hour", "day"):
        return str(row["name"])
    at = datetime.fromisoformat(row["key"]).astimezone(ZoneInfo(zone))
    # The hour that clocks repeat is told from the one before it.
    return at.strftime(("%a %d %b %H:%M %Z" if at.fold else "%a %d %b %H:%M") if by == "hour" else "%a %d %b")


def _charts(groups: list[dict[str, Any]], currency: str) -> list[Chart]:
    labels = [one["name"] for one in groups]
    made = [
        columns("Calls", groups, {"answered": "answered", "unanswered": "not answered"}, labels),
        lines("How long an answer takes", groups, {"p50_ms": "the middle one", "p95_ms": "slowest 5%"}, "ms"),
        columns("Cost", groups, {"cost": "of calls"}, labels, currency),
        columns("Texts", groups, {"texts_out": "out", "texts_in": "in"}, labels),
    ]
    return [one for one in made if one.bars or any(one.lines.values())]


ROUTES = (
    Route("GET", "/figures", "figures", show, roles=READERS, title="Figures", table=Table("groups", COLUMNS)),
)
