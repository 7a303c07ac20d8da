"""Campaigns: rows <-> records (`sql/functions/dialling/campaigns/campaigns.sql`, `campaign_views.sql`)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.page_cursor import BY_PERSON, BY_TIME, Order
from voicebot.domain.prices import MINUTE_USD
from voicebot.storage.database import Database
from voicebot.storage.dials import DialLimits
from voicebot.storage.pages import FIRST, Page, Part, page_of
from voicebot.storage.queue import Consent, accepted

Row = Mapping[str, Any]
BY_MADE: Order = BY_TIME
BY_NUMBER: Order = BY_PERSON
EMPTY: Row = {"people": 0, "open": 0}
"""The progress of a campaign that has nobody."""


@dataclass(frozen=True)
class NewCampaign:
    """A campaign that somebody makes."""

    name: str
    purpose: str = "service"
    template: str | None = None
    time_window: Row | None = None
    concurrent: int | None = None
    calls_per_second: float | None = None
    redial: Row | None = None
    max_attempts: int | None = None
    caller_number: str | None = None
    """A number of ours; None: the service chooses one for each person."""


@dataclass(frozen=True)
class Added:
    """What came of some people of a list."""

    imported: int
    duplicates: int


def make_campaign(database: Database, wanted: NewCampaign, *, actor: Actor) -> Row:
    """Make a draft. Raises QueueRefused."""
    return _campaign(database.call("make_campaign", **asdict(wanted), actor=actor.to_json()))


def change_campaign(
    database: Database, campaign_id: UUID, changes: Row, revision: int | None, *, actor: Actor
) -> Row:
    """Change what is named, the state among it; it holds from the next claim. Raises QueueRefused."""
    return _campaign(
        database.call(
            "change_campaign", id=campaign_id, changes=changes, revision=revision, actor=actor.to_json()
        )
    )


def add_people(
    database: Database,
    campaign_id: UUID,
    people: Sequence[Row],
    consent: Consent | None = None,
    *,
    actor: Actor = THE_OPERATOR,
) -> Added:
    """Add up to a thousand people who were checked. Raises QueueRefused."""
    answer = database.call(
        "add_people",
        id=campaign_id,
        people=list(people),
        consent=consent.to_json() if consent else None,
        actor=actor.to_json(),
    )
    accepted(answer)
    return Added(answer["imported"], answer["duplicates"])


def known_people(
    database: Database, campaign_id: UUID, numbers: Sequence[str], *, actor: Actor
) -> tuple[int, int]:
    """Return how many are in a campaign already, and how many others asked not to be called. Raises QueueRefused."""
    answer = accepted(
        database.call("known_people", id=campaign_id, numbers=list(numbers), actor=actor.to_json())
    )
    return answer["present"], answer["suppressed"]


def campaigns_progress(database: Database, ids: Sequence[str], *, actor: Actor) -> Mapping[str, Row]:
    """Return {"people", "open"} by campaign, counted up to 10,001."""
    rows = database.call("campaigns_progress", ids=list(ids), actor=actor.to_json())["rows"]
    return {row["id"]: row for row in rows}


def campaign_variables(database: Database, campaign_id: UUID, *, actor: Actor) -> Row:
    """Return how many wait (`people`), and which variables everybody of them has (`every`), and somebody (`some`).

    Raises QueueRefused.
    """
    return accepted(database.call("campaign_variables", id=campaign_id, actor=actor.to_json()))


def show_campaign(database: Database, campaign_id: UUID, *, actor: Actor = THE_OPERATOR) -> Row:
    """Return one. Raises QueueRefused."""
    return _campaign(database.call("show_campaign", id=campaign_id, actor=actor.to_json()))


def list_campaigns(
    database: Database, state: str | None = None, part: Part = FIRST, *, actor: Actor = THE_OPERATOR
) -> Page[Row]:
    """Return one page, the newest first."""
    answer = database.call("list_campaigns", state=state, **part.params(), actor=actor.to_json())
    return page_of(answer, BY_MADE, dict)


def list_people(
    database: Database, campaign_id: UUID, part: Part = FIRST, *, actor: Actor = THE_OPERATOR
) -> Page[Row]:
    """Return one page of the people of a campaign, by their numbers. Raises QueueRefused."""
    answer = database.call("list_campaign_people", id=campaign_id, **part.params(), actor=actor.to_json())
    return page_of(answer if "rows" in answer else accepted(answer), BY_NUMBER, dict)


def preview_campaign(
    database: Database, campaign_id: UUID, limits: DialLimits, *, actor: Actor = THE_OPERATOR
) -> Row:
    """Return what it would do if it ran now, and about what that takes and costs. Raises QueueRefused."""
    return accepted(
        database.call(
            "preview_campaign",
            id=campaign_id,
            limits=limits.to_json(),
            minute_price=MINUTE_USD,
            actor=actor.to_json(),
        )
    )


def campaign_report(database: Database, campaign_id: UUID, *, actor: Actor = THE_OPERATOR) -> Row:
    """Return what came of it so far. Raises QueueRefused."""
    return accepted(database.call("campaign_report", id=campaign_id, actor=actor.to_json()))


def redial_campaign(
    database: Database,
    campaign_id: UUID,
    outcomes: Sequence[str],
    revision: int | None = None,
    *,
    dry: bool,
    actor: Actor,
) -> Row:
    """Let the rest of a campaign wait again, or only count it (`people`) with those left out. Raises QueueRefused."""
    answer = database.call(
        "redial_campaign",
        id=campaign_id,
        outcomes=list(outcomes),
        dry=dry,
        revision=revision,
        actor=actor.to_json(),
    )
    return accepted(answer)


def end_campaigns(database: Database) -> int:
    """End those in which nobody waits any more; return how much there was to do."""
    return int(database.call("end_campaigns")["ended"])


def _campaign(answer: Row) -> Row:
    campaign: Row = accepted(answer)["campaign"]
    return campaign
