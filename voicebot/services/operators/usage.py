"""What this month came to so far, beside what may be used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from voicebot.domain.access.actor import Actor
from voicebot.runtime import Runtime
from voicebot.storage import plans
from voicebot.storage.access.organizations import OrganizationRefused, show_organization, usage_figures

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Against:
    """A figure beside its limit; None: there is no limit."""

    name: str
    used: float
    limit: float | None
    unit: str = ""


@dataclass(frozen=True)
class Usage:
    """A month so far. `caps` are today's money, for whoever runs the service alone."""

    since: datetime
    products: Sequence[Row]
    """{"product", "count", "minutes", "cost", "currency", "unpriced"}"""
    limits: Sequence[Against]
    caps: Sequence[Against]
    subscriptions: Sequence[Row]


def month_so_far(runtime: Runtime, *, actor: Actor) -> Usage:
    """Return it for the service, or for the organization that the actor leads. Raises ListRefused."""
    local = runtime.now().astimezone(ZoneInfo(runtime.settings.timezone))
    since = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    figures = usage_figures(runtime.database, since, actor=actor)
    own = Actor(None, actor.organization_id, actor.role)
    subscriptions = plans.list_subscriptions(runtime.database, actor=own).rows
    spent = figures["spent_today"]
    return Usage(
        since,
        with_unpriced(figures["products"]),
        _limits(runtime, figures["products"], actor),
        _caps(runtime, spent) if spent is not None else (),
        [_shown(row) for row in subscriptions],
    )


def with_unpriced(products: Sequence[Row]) -> list[Row]:
    """Return one row a product and currency; a use without a price, and so without a currency, counts with its product."""
    rows = [dict(row) for row in products if row["currency"]]
    for row in (row for row in products if not row["currency"]):
        beside = next((one for one in rows if one["product"] == row["product"] and one["currency"]), None)
        if beside is None:
            rows.append(dict(row))
        else:
            for name in ("count", "minutes", "unpriced"):
                beside[name] = None if row[name] is None else beside[name] + row[name]
    return sorted(rows, key=lambda row: (row["product"], row["currency"]))


def _limits(runtime: Runtime, products: Sequence[Row], actor: Actor) -> list[Against]:
    try:
        organization = show_organization(runtime.database, actor=actor)
    except OrganizationRefused:
        return []
    minutes = sum(float(row["minutes"] or 0) for row in products)
    calls = sum(row["count"] for row in products if row["minutes"] is not None)
    return [
        Against(
            "Hours of calls", round(minutes / 60, 1), organization["monthly_audio_hours_limit"], "this month"
        ),
        Against("Calls", calls, organization["max_sessions_per_month"], "this month"),
        Against("Members", organization["members"], organization["max_members"]),
    ]


def _caps(runtime: Runtime, spent: Mapping[str, float]) -> list[Against]:
    settings = runtime.settings
    return [
        Against(
            "Calls that come in", float(spent.get("inbound", 0)), float(settings.max_daily_inbound_usd), "USD today"
        ),
        Against("Answers to texts", float(spent.get("texts", 0)), float(settings.max_daily_texts_usd), "USD today"),
    ]  # fmt: skip


def _shown(row: Row) -> dict[str, Any]:
    names = ("id", "user_id", "plan", "status", "period_end")
    return {name: row.get(name) for name in names}
