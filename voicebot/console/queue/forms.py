"""What the forms of Queue say, read: the filter of the list, a new call, another time."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from voicebot.console.routes import Refused, Visit
from voicebot.domain.dialling.place import NotCallable, is_time_zone, place_of
from voicebot.domain.person.phone import parse_e164
from voicebot.domain.thread.later import NoSuchHour, moment_in
from voicebot.storage.people import persons
from voicebot.storage.people.persons import UnknownPerson
from voicebot.storage.queue import Consent, NewEntry, QueueFilter

STATES = ("queued", "in-progress", "completed", "failed", "canceled")
PURPOSES = {
    "asked_for": "the person asked for this call",
    "service": "service: needs a yes to calls",
    "marketing": "marketing: needs a yes to marketing",
}
FILTER = ("status", "number", "campaign", "tag")
LONGEST = 4000
Given = Mapping[str, str]


def filter_of(visit: Visit, given: Given) -> QueueFilter:
    """Return which entries are wanted. Raises Refused."""
    wanted = {name: given.get(name, "").strip()[:200] for name in FILTER}
    if wanted["status"] not in ("", *STATES):
        raise Refused(400, "There is no such state: choose one of the list.")
    number = number_of(visit, wanted["number"]) if wanted["number"] else None
    try:
        campaign = UUID(wanted["campaign"]) if wanted["campaign"] else None
    except ValueError:
        raise Refused(400, "There is no such campaign: choose one of the list.") from None
    return QueueFilter(wanted["status"] or None, number, campaign, wanted["tag"] or None)


def number_of(visit: Visit, text: str) -> str:
    """Return a phone number. Raises Refused."""
    number = parse_e164(text, visit.runtime.settings.home_country)
    if number is None:
        raise Refused(400, "This is no phone number: write it like +12025550123.", "number")
    return number


def person_of(visit: Visit, text: str) -> Mapping[str, Any]:
    """Return the person that a form or a URL names; the number stays with us. Raises Refused."""
    try:
        return persons.show_person(visit.runtime.database, UUID(text), actor=visit.reader)
    except (ValueError, UnknownPerson):
        raise Refused(404, "There is no such person, or none that you may see.") from None


def new_entry(visit: Visit) -> NewEntry:
    """Return the call that a form asks for. Raises Refused."""
    form = {name: text.strip()[:LONGEST] for name, text in visit.form.items()}
    person = form.get("person")
    number = person_of(visit, person)["phone_number"] or "" if person else form.get("number", "")
    number = number_of(visit, number)
    zone = zone_of(visit, number, form.get("timezone", ""))
    wording = form.get("consent", "")
    asked = {
        "to_number": number,
        "template": form.get("template") or None,
        "variables": variables_of(form.get("variables", "")),
        "caller_number": form.get("caller_number") or None,
        "not_before": moment_of(form.get("not_before", ""), zone, "not_before"),
        "not_after": moment_of(form.get("not_after", ""), zone, "not_after"),
        "timezone": form.get("timezone") or None,
        "priority": priority_of(form.get("priority", "")),
        "purpose": form.get("purpose") if form.get("purpose") in PURPOSES else "service",
    }
    written = {name: at.isoformat() if isinstance(at, datetime) else at for name, at in asked.items()}
    return NewEntry(
        **asked,  # type: ignore[arg-type]
        request=written,
        request_key=form.get("request_key") or None,
        consent=Consent(wording, source="console") if wording else None,
    )


def changes_of(visit: Visit, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form changes of an entry: its window by the clock of the person's place, its priority. Raises Refused."""
    form = {name: text.strip()[:LONGEST] for name, text in visit.form.items()}
    zone = row["timezone"] or next(iter(row["zones"] or ()), None) or visit.zone
    return {
        "not_before": moment_of(form.get("not_before", ""), zone) or visit.runtime.now(),
        "not_after": moment_of(form.get("not_after", ""), zone),
        "priority": priority_of(form.get("priority", "")),
    }


def zone_of(visit: Visit, number: str, given: str) -> str:
    """Return the time zone of a form's times: the named one, else the number's. Raises Refused."""
    if given and not is_time_zone(given):
        raise Refused(
            400, "This is no time zone: write it like America/Denver, or leave it empty.", "timezone"
        )
    try:
        return given or place_of(number, visit.runtime.settings.allowed_countries).zones[0]
    except NotCallable as refusal:
        raise Refused(422, refusal.words, "number") from None


def moment_of(text: str, zone: str, field: str = "") -> datetime | None:
    """Return a time as a browser's field writes it, by the clock of a zone; None: none was given. Raises Refused."""
    if not text:
        return None
    try:
        return moment_in(text, zone)
    except NoSuchHour as error:
        raise Refused(400, str(error), field) from None
    except (ValueError, OverflowError):
        raise Refused(400, "This is no time: write it like 2026-01-31T12:00.", field) from None


def variables_of(text: str) -> dict[str, str]:
    """Return variables that are written a line each, as `name: value`. Raises Refused."""
    found = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, colon, value = line.partition(":")
        if not colon:
            raise Refused(400, "Write each variable on a line of its own, like `name: Ann`.", "variables")
        found[name.strip()] = value.strip()
    return found


def priority_of(text: str) -> int:
    """Return a priority, 0 without one. Raises Refused."""
    try:
        priority = int(text or 0)
    except ValueError:
        priority = 1000
    if not -100 <= priority <= 100:
        raise Refused(
            400, "A priority is a number from -100 to 100; the higher one is dialled first.", "priority"
        )
    return priority
