"""Actions on a person: show the whole number, rename, stop, block, erase."""

from uuid import UUID

from voicebot.console.people.pages import UNKNOWN, person_data, person_row
from voicebot.console.routes import LEADERS, MEANWHILE, Move, Notice, Page, Refused, Route, Visit
from voicebot.domain.access.roles import EDITORS, READ_NUMBERS
from voicebot.services.people import erase
from voicebot.storage import blocks
from voicebot.storage.access.members import note_audit
from voicebot.storage.database.refused import NotAllowed
from voicebot.storage.people import persons
from voicebot.storage.people.erasures import NotErased
from voicebot.storage.people.persons import PersonChange, UnknownPerson

SCOPES = ("all", "calls", "texts")
LONGEST = {"first_name": 200, "last_name": 200, "email": 320, "location": 500}
NOT_ERASED = {
    "unknown_person": (404, UNKNOWN),
    "works_here": (409, "This person works here: take them out of the members first."),
    "elsewhere_too": (
        409,
        "Another organization knows this person, too: the operator of the machine erases them.",
    ),
    "in_call": (409, "This person is in a call with us: wait until it is over."),
}
CONFIRMATION = "erase"


def show_number(visit: Visit) -> Notice:
    """Show the whole number once. The audit log records who asked for it."""
    visit.needs_proof(_place(visit))
    try:
        number = persons.whole_number(visit.runtime.database, visit.path["person"], actor=visit.keeper)
    except UnknownPerson:
        raise Refused(404, UNKNOWN) from None
    return Notice("people/number.html", person_data(person_row(visit)) | {"number": number})


def change(visit: Visit) -> Move:
    """Keep another name, e-mail or place."""
    was = visit.was
    given = {name: visit.form[name].strip() for name in LONGEST if name in visit.form}
    # What the page did not show, or nobody touched, stays as it is.
    given = {name: value for name, value in given.items() if name not in was or value != (was[name] or "")}
    if any(len(value) > LONGEST[name] or "\0" in value for name, value in given.items()):
        raise Refused(400, "This is too long for a name, an e-mail or a place.")
    if given.get("email") and "@" not in given["email"]:
        raise Refused(400, "This is no e-mail address; it may also stay empty.", "email")
    try:
        is_kept = persons.change_person(
            visit.runtime.database,
            visit.path["person"],
            PersonChange(**given),
            was={name: was[name] for name in given if name in was},
            actor=visit.keeper,
        )
    except UnknownPerson:
        raise Refused(404, UNKNOWN) from None
    if not is_kept:
        raise Refused(409, MEANWHILE)
    return Move("/console" + _place(visit))


def suppress(visit: Visit) -> Move:
    """Leave the person alone from now on."""
    scope = visit.form.get("scope", "all")
    if scope not in SCOPES:
        raise Refused(400, "Choose calls, texts or both.")
    try:
        persons.suppress_person(visit.runtime.database, visit.path["person"], scope, actor=visit.keeper)
    except UnknownPerson:
        raise Refused(404, UNKNOWN) from None
    return Move("/console" + _place(visit))


def lift(visit: Visit) -> Move:
    """Lift what operators set; the person's own word is the person's to take back."""
    try:
        lifted = persons.lift_person(visit.runtime.database, visit.path["person"], actor=visit.keeper)
    except UnknownPerson:
        raise Refused(404, UNKNOWN) from None
    if not lifted:
        raise Refused(409, "The person asked for this: only a text START from them lifts it.")
    return Move("/console" + _place(visit))


def block(visit: Visit) -> Move:
    """Answer none of the person's calls and texts. The list of blocks is the whole service's."""
    number = persons.whole_number(visit.runtime.database, _known(visit), actor=visit.keeper)
    try:
        blocks.block_caller(visit.runtime.database, number, actor=visit.keeper)
    except NotAllowed:
        raise Refused(403, "Blocks hold for the whole service: its operator sets them.") from None
    return _noted(visit, "person.blocked")


def unblock(visit: Visit) -> Move:
    """Answer the person again."""
    number = persons.whole_number(visit.runtime.database, _known(visit), actor=visit.keeper)
    try:
        blocks.unblock_caller(visit.runtime.database, number, actor=visit.keeper)
    except NotAllowed:
        raise Refused(403, "Blocks hold for the whole service: its operator lifts them.") from None
    return _noted(visit, "person.unblocked")


def _noted(visit: Visit, deed: str) -> Move:
    note_audit(visit.runtime.database, deed, "person", str(visit.path["person"]), actor=visit.actor)
    return Move("/console" + _place(visit))


def show_erase(visit: Visit) -> Page:
    """What will be removed, and what stays."""
    return Page("people/erase.html", person_data(person_row(visit)) | {"confirmation": CONFIRMATION})


def erase_person(visit: Visit) -> Notice:
    """Erase the person for good."""
    visit.needs_proof(_place(visit) + "/erase")
    if visit.form.get("confirmation", "").strip().lower() != CONFIRMATION:
        raise Refused(
            400, f"Write {CONFIRMATION} into the field, so that nobody is erased by a slip.", "confirmation"
        )
    try:
        erased = erase.erase_person(visit.runtime, visit.path["person"], actor=visit.keeper)
    except NotErased as refusal:
        raise Refused(*NOT_ERASED.get(refusal.code, (409, "This person cannot be erased now."))) from None
    shown = {"erasure": erased["id"], "removed": erased["removed"], "rows_left": erased["rows_left"]}
    return Notice("people/erased.html", shown)


def _known(visit: Visit) -> UUID:
    person_row(visit)
    person: UUID = visit.path["person"]
    return person


def _place(visit: Visit) -> str:
    return f"/people/{visit.path['person']}"


PERSON = "/people/<uuid:person>"
ROUTES = (
    Route("POST", f"{PERSON}/number", "personNumber", show_number, roles=READ_NUMBERS),
    Route("POST", f"{PERSON}/profile", "changePerson", change, roles=EDITORS, form_on=("person",)),
    Route("POST", f"{PERSON}/suppress", "suppressPerson", suppress, roles=EDITORS, form_on=("person",)),
    Route("POST", f"{PERSON}/lift", "liftPerson", lift, roles=EDITORS),
    Route("POST", f"{PERSON}/block", "blockPerson", block, roles=EDITORS, form_on=("person",)),
    Route("POST", f"{PERSON}/unblock", "unblockPerson", unblock, roles=EDITORS),
    Route("GET", f"{PERSON}/erase", "askErase", show_erase, roles=LEADERS),
    Route("POST", f"{PERSON}/erase", "erasePerson", erase_person, roles=LEADERS, form_on=("askErase",)),
)
