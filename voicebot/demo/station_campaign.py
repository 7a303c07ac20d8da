"""The station of the tour that is a campaign: a list of people, called under common rules, watched until its report.

Everybody on the list behaves another way, as people and telephones do.
"""

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from voicebot.demo.patience import patiently
from voicebot.demo.screen import tell
from voicebot.demo.visitor import Visitor
from voicebot.domain.person.phone import mask
from voicebot.domain.templates.template import CallTemplate
from voicebot.services.dialling import campaigns as service
from voicebot.services.dialling.ask import dial_limits
from voicebot.services.dialling.import_people import Wanted, import_people
from voicebot.services.templates import edit
from voicebot.storage import campaigns, queue
from voicebot.storage.campaigns import NewCampaign
from voicebot.storage.dials import DialLimits
from voicebot.storage.pages import Page
from voicebot.storage.queue import QueueFilter

Row = Mapping[str, Any]
NAME = "Harbour Street Bicycles, ready to collect"
MESSAGE = "This is Harbour Street Bicycles. Your bicycle is ready. Please come by when you like."
IDENTITY = "This is Harbour Street Bicycles."
TEMPLATE = CallTemplate.model_validate(
    {
        "name": NAME,
        "greeting": "Hello {{first_name}}, this is Harbour Street Bicycles. Your {{bike}} is ready. When will you come for it?",
        "prompt": "You call people whose bicycle is ready, and ask when they will come for it.",
        "variables": {"first_name": "", "bike": "bicycle"},
        "tools": ["end_call", "take_message"],
        # A stream would take the time of life.
        "transport": "gather",
        "on_voicemail": "leave_message",
        "voicemail_message": MESSAGE,
        "identity": IDENTITY,
        "call_purpose": "I am calling because your {{bike}} is ready.",
        "goal": "The person says when they will come for the bicycle.",
    }
)
ANY_HOUR = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
AREAS = (
    "+1719", "+1720", "+1970", "+1385", "+1435", "+1406", "+1307", "+1208", "+1480", "+1505", "+1575", "+1702",
)  # fmt: skip
"""No visitor of the tour has a number in these areas, so no other station called anybody on the list."""
SPEED = 6.0
"""How many times faster than life these calls go."""
SETTLED_WITHIN_S, LOOK_S = 75.0, 0.25
SCREENER = "Hi. If you record your name and reason for calling, I'll see if this person is available."


@dataclass(frozen=True)
class Person:
    """Somebody on the list, what they do, and what is to come of it."""

    name: str
    bike: str
    does: str
    behaviour: str
    transport: str = "completed"
    answered_by: str | None = "human"
    more: Mapping[str, Any] = field(default_factory=dict)


PEOPLE: Sequence[Person] = (
    Person("Ana", "road bike", "names a day", "answer", more={"says": ["Yes, I will come on Monday.", "Goodbye!"]}),
    Person("Ben", "cargo bike", "asks who it is", "answer", more={"says": ["Who is this?", "No, I sold it. Goodbye!"]}),
    Person("Chloé", "tandem", "has a mailbox", "voicemail", answered_by="voicemail",
           more={"says": ["Hi, this is Chloé. Please leave a message after the tone."]}),
    Person("Dev", "folding bike", "has calls screened", "screener",
           more={"says": [SCREENER, "Hello?", "Yes, Tuesday. Goodbye!"], "amd_s": 60}),
    Person("Eve", "racer", "is on the phone", "busy", transport="busy", answered_by=None),
    Person("Finn", "tricycle", "is not there", "no-answer", transport="no-answer", answered_by=None),
    Person("Gita", "e-bike", "picks up late, as does the verdict on her", "answer",
           more={"says": ["Yes, on Friday.", "Goodbye!"], "ring_s": 12, "amd_s": 20}),
    Person("Hugo", "mountain bike", "is called though the carrier answered with an error", "answer",
           more={"says": ["Yes, tomorrow.", "Goodbye!"], "created": "error"}),
)  # fmt: skip
LOSSY = "Ines;3.0355E+09;city bike"
"""A number that a spreadsheet has rounded: its row is not taken."""


def campaign(visitor: Visitor) -> None:
    """Import a list, look at its preview, start it, watch it, read its report."""
    evidence, console, runtime = visitor.evidence, visitor.console, visitor.runtime
    people = _with_numbers(visitor)
    made = UUID(service.make(runtime, NewCampaign(
        name=f"tour {uuid4().hex[:8]}", purpose="asked_for", template=_template(visitor), time_window=ANY_HOUR,
        redial={}, max_attempts=1))["id"])  # fmt: skip
    report = import_people(runtime, made, lambda: [_file(people)], Wanted(skip_bad=True))
    limits = dial_limits(runtime)
    told = patiently(lambda: campaigns.preview_campaign(runtime.database, made, limits))
    tell(
        console,
        f"a list of {report.rows}: {report.imported} imported, {report.rejected} rejected "
        f"({', '.join(bad.code for bad in report.bad)}); preview: {told['now']} now, about {told['takes_s']:.0f} s",
        style="dim",
    )
    evidence.check("every row is imported or rejected", report.imported + report.rejected == len(people) + 1)
    evidence.check(f"the preview has all {len(people)} of them", told["now"] == len(people))
    service.change(runtime, made, {"state": "running"})
    shown = _watch(visitor, made, people)
    _tell_report(visitor, made)
    odd = [person.name for number, person in people.items() if not _came_to(person, shown.get(number))]
    evidence.check(f"it came to what each of them did{', but for ' + ', '.join(odd) if odd else ''}", not odd)
    _check_calls(visitor, people, shown)


def _template(visitor: Visitor) -> str:
    known = edit.named(visitor.runtime, NAME)
    kept = edit.keep(visitor.runtime, known, TEMPLATE)
    edit.publish(visitor.runtime, kept)
    return NAME


def _with_numbers(visitor: Visitor) -> dict[str, Person]:
    """Give everybody a number that nobody was called at, and let them behave."""
    found: dict[str, Person] = {}
    all_free = [f"{area}55501{last:02d}" for area in AREAS for last in range(100)]
    free, limits = random.sample(all_free, len(all_free)), dial_limits(visitor.runtime)
    for person in PEOPLE:
        while free:
            number = free.pop()
            before = _entries_of(visitor, number, limits)
            if not before.rows:
                break
        visitor.phone.operator(
            person.behaviour, number=number, speed=SPEED, **{"ring_s": 2, "amd_s": 4, **person.more}
        )
        found[number] = person
    return found


def _entry(visitor: Visitor, entry: UUID, limits: DialLimits) -> Row:
    return patiently(lambda: queue.show_entry(visitor.runtime.database, entry, limits))


def _entries_of(visitor: Visitor, number: str, limits: DialLimits) -> Page[Row]:
    return patiently(lambda: queue.list_entries(visitor.runtime.database, limits, QueueFilter(number=number)))


def _file(people: Mapping[str, Person]) -> bytes:
    rows = [
        f"{person.name};({number[2:5]}) {number[5:8]}-{number[8:]};{person.bike}"
        for number, person in people.items()
    ]
    return "\r\n".join(["First name;Mobile;Bike", *rows, LOSSY, ""]).encode("utf-8-sig")


def _watch(visitor: Visitor, made: UUID, people: Mapping[str, Person]) -> dict[str, Row]:
    """Tell of everybody as soon as it is known what came of them; return the entries by number."""
    runtime, over, told = visitor.runtime, dict[str, Row](), set[str]()
    until, limits = time.monotonic() + SETTLED_WITHIN_S, dial_limits(runtime)
    while len(over) < len(people) and time.monotonic() < until:
        page = patiently(lambda: queue.list_entries(runtime.database, limits, QueueFilter(campaign_id=made)))
        for row in page.rows:
            number = row["to"]
            if row["status"] == "in-progress" and number not in told:
                told.add(number)
                tell(
                    visitor.console, f"{mask(number)} rings", label=f"{len(over)}/{len(people)}", style="dim"
                )
            if number in over or row["status"] in ("queued", "in-progress"):
                continue
            shown = _entry(visitor, UUID(row["id"]), limits)
            if _is_judged(shown, people[number]):
                over[number] = shown
                who = people[number]
                words = f"{mask(number)} {who.name}, who {who.does}: {_words(shown['attempts'])}"
                tell(visitor.console, words, label=f"{len(over)}/{len(people)}")
        time.sleep(LOOK_S)
    return over


def _came_to(person: Person, shown: Row | None) -> bool:
    found = [(one["transport"], one["answered_by"]) for one in (shown or {}).get("attempts", ())]
    return found == [(person.transport, person.answered_by)]


def _is_judged(shown: Row, person: Person) -> bool:
    """Whether a talk's goal is known: its summary comes a moment after its end."""
    return person.answered_by != "human" or all(one["goal"] for one in shown["attempts"])


def _words(attempts: Sequence[Row]) -> str:
    one = attempts[-1] if attempts else {}
    facts = [one.get("transport"), one.get("answered_by"), one.get("goal")]
    words = ", ".join(str(fact).replace("_", " ") for fact in facts if fact) or "nothing is known"
    return f"{words}: “{one['goal_evidence']}”" if one.get("goal_evidence") else words


def _tell_report(visitor: Visitor, made: UUID) -> None:
    report = patiently(lambda: campaigns.campaign_report(visitor.runtime.database, made))
    for what, name in (("carrier", "by_transport"), ("answered by", "by_answered_by"), ("goal", "by_goal")):
        counts = ", ".join(
            f"{count} {each.replace('_', ' ')}" for each, count in sorted(report[name].items())
        )
        visitor.evidence.tell(what, counts or "none")
    visitor.evidence.tell(
        "people",
        f"talked with {report['talked_with']} of {report['dialled']}, reached the goal with {report['reached']}",
    )


def _check_calls(visitor: Visitor, people: Mapping[str, Person], shown: Mapping[str, Row]) -> None:
    calls = [call for call in visitor.phone.calls() if call["to"] in people]
    visitor.evidence.check(
        f"{len(calls)} calls to {len(people)} people: nobody was called twice",
        sorted(call["to"] for call in calls) == sorted(people),
    )

    def call_of(behaviour: str) -> dict[str, Any]:
        sid = next(call["sid"] for call in calls if people[call["to"]].behaviour == behaviour)
        return visitor.phone.get(sid)

    recorded = call_of("voicemail")["recorded"]
    visitor.evidence.check("the mailbox recorded the whole message after its beep", MESSAGE in recorded)
    heard = [item["text"] or "" for item in call_of("screener")["heard"]]
    visitor.evidence.check(
        "the screener was told who calls and why", any(text.startswith(IDENTITY) for text in heard)
    )
    reached = [row for row in shown.values() for one in row["attempts"] if one["goal"] == "reached"]
    proven = all(one["goal_evidence"] for row in reached for one in row["attempts"])
    visitor.evidence.check(
        f"the goal was reached with {len(reached)} people, in words of their own", bool(reached) and proven
    )
