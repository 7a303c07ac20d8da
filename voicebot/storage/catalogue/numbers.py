"""The account's phone numbers in the database, and which of them lead here: rows <-> records
(`sql/functions/catalogue/numbers.sql`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.storage.catalogue.number_health import NumberRefused
from voicebot.storage.catalogue.voices import Synced, synced
from voicebot.storage.database import Database


@dataclass(frozen=True)
class OwnNumber:
    """A number of ours in E.164 and in its parts, digits only; `phone_id` is the carrier's id of it."""

    phone_id: str
    full_number: str
    country_code: str
    area_code: str
    phone_number: str
    capabilities: Mapping[str, bool] = field(default_factory=dict)
    country: str | None = None
    area_prefixes: Sequence[str] = ()
    """How the numbers of its area code begin, in E.164."""
    region_prefixes: Sequence[str] = ()
    """How those of its state or province begin."""


def sync_numbers(database: Database, provider_name: str, numbers: Sequence[OwnNumber]) -> Synced:
    """Make our list equal to the carrier's; numbers that are gone are switched off and keep their template."""
    rows = [asdict(number) for number in numbers]
    return synced(database.call("sync_numbers", provider_name=provider_name, numbers=rows))


def list_numbers(database: Database) -> list[dict[str, Any]]:
    """Return every number that was ever synced, active ones first."""
    return [dict(row) for row in database.call("list_numbers")]


def numbers_with_health(database: Database, *, actor: Actor) -> list[dict[str, Any]]:
    """Return the numbers that the actor may see, at most 500, with where they point and how they were answered today."""
    return [dict(row) for row in database.call("numbers_with_health", actor=actor.to_json())["rows"]]


# --- whose they are -------------------------------------------------------------------------------


class UnknownOrganization(Exception):
    """No organization has that id or slug; `slugs` are those of some that exist."""

    def __init__(self, slugs: Sequence[str]) -> None:
        super().__init__("no such organization")
        self.slugs = slugs


@dataclass(frozen=True)
class Assigned:
    """The owner of a number: an organization's slug, None for nobody. `calls` and `threads` are the earlier ones
    without an owner, counted up to 10,001.
    """

    organization: str | None
    calls: int
    threads: int


def assign_number(
    database: Database,
    number: str,
    organization: str | None,
    *,
    history: bool = False,
    actor: Actor = THE_OPERATOR,
) -> Assigned:
    """Give the later calls and texts of a number to an organization, by id or slug; None returns them to the service
    alone.

    With `history` a job also gives it the earlier ones without an owner. Raises NumberRefused (not_allowed,
    unknown_number) and UnknownOrganization.
    """
    answer = database.call(
        "assign_number", number=number, organization=organization, actor=actor.to_json(), history=history
    )
    if answer.get("code") == "unknown_organization":
        raise UnknownOrganization(answer["slugs"])
    if answer["result"] == "refused":
        raise NumberRefused(answer["code"])
    return Assigned(answer["organization"], answer["unplaced"]["calls"], answer["unplaced"]["threads"])


def place_history(database: Database, organization_id: UUID, number_id: UUID | None) -> int:
    """Give an organization some of the rows without an owner; return how many, 0 once none is left."""
    answer = database.call("place_history", organization_id=organization_id, number_id=number_id)
    return int(answer["moved"])


# --- which numbers lead here ----------------------------------------------------------------------

Fields = Mapping[str, str]
"""A number's fields at the carrier, by ProviderNumber's names."""


@dataclass(frozen=True)
class Connection:
    """A number that leads here: its fields before that, and the ones that we registered."""

    phone_id: str
    before: Fields
    registered: Fields


class UnknownTemplate(Exception):
    """No template has that name or id; `names` are some of those that exist."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__("no such template")
        self.names = names


class AmbiguousTemplate(Exception):
    """Several templates have that name; `ids` are theirs."""

    def __init__(self, ids: Sequence[str]) -> None:
        super().__init__("several templates have this name")
        self.ids = ids


def connect_number(
    database: Database,
    provider_name: str,
    number: OwnNumber,
    *,
    before: Fields,
    registered: Fields,
    template: str | None = None,
    only_look: bool = False,
) -> bool:
    """Keep that the number leads here; the first `before` stays. True when it was not connected yet.

    `only_look` writes nothing. Raises UnknownTemplate, AmbiguousTemplate.
    """
    answer = database.call(
        "connect_number",
        provider_name=provider_name,
        number=asdict(number),
        before=dict(before),
        registered=dict(registered),
        template=template,
        only_look=only_look,
    )
    match answer.get("code"):
        case "unknown_template":
            raise UnknownTemplate(answer["names"])
        case "ambiguous_template":
            raise AmbiguousTemplate(answer["ids"])
    return bool(answer["result"] == "connected")


def show_connection(database: Database, provider_name: str, full_number: str) -> Connection | None:
    """Return what is kept of a connected number; None when it is not connected."""
    row = database.call("show_connection", provider_name=provider_name, full_number=full_number)
    if row["result"] == "refused":
        return None
    return Connection(row["phone_id"], row["before"], row["registered"])


def release_number(database: Database, provider_name: str, phone_id: str) -> bool:
    """Forget the connection; False when there was none."""
    answer = database.call("release_number", provider_name=provider_name, phone_id=phone_id)
    return bool(answer["result"] == "released")
