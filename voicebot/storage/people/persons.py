"""People as operators see them: rows <-> records (`sql/functions/people/{persons,person_timeline}.sql`)."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.page_cursor import BY_NUMBER, BY_TIME_AND_NAME
from voicebot.storage.database import Database
from voicebot.storage.pages import FIRST, Page, Part, page_of

Row = Mapping[str, Any]
ONBOARDING = ("pending", "sms_sent", "completed", "failed")
STANDINGS = ("stopped", "blocked")
KINDS = (
    "call", "text", "code", "consent", "suppression", "onboarding", "case", "queue", "dial", "webhook", "profile",
)  # fmt: skip
"""Of what a timeline consists."""


class UnknownPerson(Exception):
    """There is nobody of this id whom the actor may see."""


@dataclass(frozen=True)
class PersonFilter:
    """Which people are wanted; None for any. `beginning` is that of a name or a number; `number` is a whole one."""

    beginning: str | None = None
    verified: bool | None = None
    onboarding: str | None = None
    standing: str | None = None
    contact_since: datetime | None = None
    no_contact_since: datetime | None = None
    number: str | None = None


EVERYBODY = PersonFilter()


@dataclass(frozen=True)
class PersonChange:
    """The changes of a person; None leaves a field, a blank e-mail or place removes it."""

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    location: str | None = None


def people_page(
    database: Database, wanted: PersonFilter = EVERYBODY, part: Part = FIRST, *, actor: Actor = THE_OPERATOR
) -> Page[Row]:
    """Return one page of the people whom the actor may see, who came last first."""
    answer = database.call("people_page", **asdict(wanted), **part.params(), actor=actor.to_json())
    return page_of(answer, BY_NUMBER, dict)


def show_person(database: Database, person: UUID, *, actor: Actor) -> Row:
    """Return one person with profile, consents and threads. Raises UnknownPerson."""
    row: Row = _known(database.call("show_person", person=person, actor=actor.to_json()))["person"]
    return row


def people_by_number(
    database: Database, numbers: Iterable[str], *, actor: Actor = THE_OPERATOR
) -> Mapping[str, tuple[str, str]]:
    """Return number -> its person's id and name, the name blank where unknown; only people that the actor may see."""
    asked = sorted({number for number in numbers if number})
    if not asked:
        return {}
    found = database.call("names_by_number", numbers=asked, actor=actor.to_json())
    names: Mapping[str, str] = found["names"]
    people: Mapping[str, str] = found.get("people", {})
    return {number: (person, names.get(number, "")) for number, person in people.items()}


def timeline(
    database: Database,
    person: UUID,
    kind: str | None = None,
    part: Part = FIRST,
    *,
    actor: Actor = THE_OPERATOR,
) -> Page[Row]:
    """Return one page of what happened with a person, the newest first: {"at", "kind", …}. Raises UnknownPerson."""
    answer = _known(
        database.call("person_timeline", person=person, kind=kind, **part.params(), actor=actor.to_json())
    )
    return page_of(answer, BY_TIME_AND_NAME, dict)


def change_person(
    database: Database,
    person: UUID,
    change: PersonChange,
    *,
    was: Row | None = None,
    actor: Actor,
) -> bool:
    """Keep another name, e-mail or place; False: they are not what the actor saw (`was`) any more. Raises UnknownPerson."""
    answer = database.call(
        "change_person", person=person, **asdict(change), was=dict(was or {}), actor=actor.to_json()
    )
    return bool(_known(answer)["result"] == "changed")


def whole_number(database: Database, person: UUID, *, actor: Actor) -> str:
    """Return a person's number, and put on record who asked. Raises UnknownPerson."""
    return str(_known(database.call("whole_number", person=person, actor=actor.to_json()))["number"] or "")


def suppress_person(database: Database, person: UUID, scope: str, *, actor: Actor) -> None:
    """Neither call nor text a person from now on, as `scope` says: all, calls, texts. Raises UnknownPerson."""
    _known(database.call("suppress_person", person=person, scope=scope, actor=actor.to_json()))


def lift_person(database: Database, person: UUID, *, actor: Actor) -> bool:
    """Lift what operators set; False: what still stands is the person's own word. Raises UnknownPerson."""
    return not _known(database.call("lift_person", person=person, actor=actor.to_json()))["standing"]


def _known(answer: Row) -> Row:
    if answer.get("code") == "unknown_person":
        raise UnknownPerson
    return answer
