"""People: who is known, and one person with everything that happened."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from voicebot.console.people.shown import (
    KIND_WORDS,
    ONBOARDING_WORDS,
    REASON_WORDS,
    SCOPE_WORDS,
    name_of,
    shown_events,
    shown_person,
)
from voicebot.console.routes import Page, Refused, Route, Table, Visit
from voicebot.console.search.views import side
from voicebot.domain.page_cursor import BY_NUMBER, BY_TIME_AND_NAME
from voicebot.domain.person.phone import mask, parse_e164
from voicebot.domain.search.query import WHOLE_NUMBER
from voicebot.storage.access.members import note_audit
from voicebot.storage.people import persons
from voicebot.storage.people.persons import KINDS, STANDINGS, PersonFilter, UnknownPerson

LONGEST_BEGINNING = 100
DIGITS = re.compile(r"\+?[0-9 ]+", re.ASCII)
FILTERS = ("q", "verified", "onboarding", "standing", "contact")
CONTACTS = {
    "7d": "in the last 7 days",
    "30d": "in the last 30 days",
    "none30d": "not for 30 days",
    "none365d": "not for a year",
}
UNKNOWN = "There is no such person, or none that you may see."


def show_list(visit: Visit) -> Page:
    """One page of people, who came last first."""
    wanted = {name: visit.query.get(name, "") for name in FILTERS}
    page = persons.people_page(
        visit.runtime.database, _filter(visit, wanted), visit.part(BY_NUMBER), actor=visit.reader
    )
    return Page(
        "people/list.html",
        {
            "people": [shown_person(row) for row in page.rows],
            "next": page.next,
            "filter": wanted,
            "onboarding_states": ONBOARDING_WORDS,
            "standings": STANDINGS,
            "contacts": CONTACTS,
            "views": side(visit, "people"),
        },
    )


def show(visit: Visit) -> Page:
    """Show one person. The audit log records who read the page."""
    row = person_row(visit)
    kind = visit.query.get("kind", "")
    if kind not in ("", *KINDS):
        raise Refused(400, "There is no such kind of event: choose one of the list.")
    person: UUID = visit.path["person"]
    page = persons.timeline(
        visit.runtime.database, person, kind or None, visit.part(BY_TIME_AND_NAME), actor=visit.reader
    )
    if not visit.is_refresh:
        note_audit(visit.runtime.database, "person.read", "person", str(person), actor=visit.actor)
    return Page(
        "people/person.html",
        person_data(row)
        | {
            "events": shown_events(page.rows),
            "next": page.next,
            "filter": {"kind": kind},
            "kinds": KIND_WORDS,
        },
    )


def person_row(visit: Visit) -> persons.Row:
    """Return the person of the path. Raises Refused."""
    try:
        return persons.show_person(visit.runtime.database, visit.path["person"], actor=visit.reader)
    except UnknownPerson:
        raise Refused(404, UNKNOWN) from None


def person_data(row: persons.Row) -> dict[str, Any]:
    """Return what the head of a person's page shows."""
    stops = [
        {
            "what": SCOPE_WORDS[one["scope"]],
            "why": REASON_WORDS.get(one["reason"], one["reason"]),
            "since": one["since"],
            "liftable": one["reason"] == "operator",
        }
        for one in row["stopped"]
    ]
    return {
        "person": shown_person(row)
        | {
            name: row[name]
            for name in ("first_name", "last_name", "email", "verified_at", "assigned_to", "works_here")
        }
        | {"title": name_of(row) or mask(row["phone_number"] or "") or "Somebody without a number"},
        "stops": stops,
        "consents": row["consents"],
    }


def _filter(visit: Visit, wanted: dict[str, str]) -> PersonFilter:
    if (
        wanted["verified"] not in ("", "yes", "no")
        or wanted["onboarding"] not in ("", *ONBOARDING_WORDS)
        or wanted["standing"] not in ("", *STANDINGS)
        or wanted["contact"] not in ("", *CONTACTS)
    ):
        raise Refused(400, "There is no such filter: choose one of the list.")
    contact, now = wanted["contact"], visit.runtime.now()
    moment = now - timedelta(days=int(contact.removeprefix("none").removesuffix("d"))) if contact else None
    typed = wanted["q"].replace("\0", "").strip()[:LONGEST_BEGINNING]
    number: str | None = None
    if DIGITS.fullmatch(typed) and not visit.reads_numbers:
        number = parse_e164(typed, visit.runtime.settings.home_country)
        if number is None:
            raise Refused(400, WHOLE_NUMBER)
    return PersonFilter(
        beginning=None if number else typed or None,
        number=number,
        verified={"yes": True, "no": False}.get(wanted["verified"]),
        onboarding=wanted["onboarding"] or None,
        standing=wanted["standing"] or None,
        contact_since=moment if not contact.startswith("none") else None,
        no_contact_since=moment if contact.startswith("none") else None,
    )


PEOPLE = (
    "id",
    "name",
    "number",
    "verified",
    "onboarding",
    "place",
    "stopped",
    "blocked",
    "last_contact_at",
    "known_since",
)
ROUTES = (
    Route("GET", "/people", "people", show_list, title="People", table=Table("people", PEOPLE)),
    Route(
        "GET", "/people/<uuid:person>", "person", show, table=Table("events", ("at", "kind", "what", "detail", "link")),
    ),
)  # fmt: skip
