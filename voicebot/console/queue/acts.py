"""Actions on the queue: ask for a call, move, cancel or repeat it; show a whole number."""

from voicebot.console.queue.forms import changes_of, new_entry
from voicebot.console.queue.pages import SECTION, entry_data, entry_row, form_data, show_form
from voicebot.console.routes import ACTING, MEANWHILE, Move, Notice, Refused, Route, Visit
from voicebot.domain.access.roles import READ_NUMBERS
from voicebot.services.dialling import ask
from voicebot.services.dialling.ask import CallRefused
from voicebot.storage import queue
from voicebot.storage.access.members import note_audit

NOT_FOUND = "unknown_entry"
WORDS = {
    "no_consent": "Nobody noted that this person agreed to such calls: write down what the person agreed to, or choose "
    "another purpose.",
    "not_queued": "Only what waits can be changed: this call was dialled, or is over.",
    "not_allowed": "You may not ask for calls.",
    "changed_meanwhile": MEANWHILE,
}


def add(visit: Visit) -> Move | Notice:
    """Ask for a call; the same form sent twice asks once. A wrong field gets its message, and the typed values stay."""
    try:
        row, is_new = ask.ask_for_call(visit.runtime, new_entry(visit), actor=visit.actor)
    except (CallRefused, Refused) as error:
        fault = error if isinstance(error, Refused) else _refused(error)
        return Notice("queue/add.html", form_data(visit, fault), fault.status)
    if is_new:
        visit.runtime.hint.made_work()
        note_audit(visit.runtime.database, "call.queued", "entry", row["id"], actor=visit.actor)
    return Move(f"/console/queue/{row['id']}")


def change(visit: Visit) -> Move:
    """Move a waiting entry."""
    changes = changes_of(visit, entry_row(visit))
    try:
        ask.change_call(visit.runtime, visit.path["entry"], changes, was=visit.was, actor=visit.keeper)
    except CallRefused as refusal:
        raise _refused(refusal) from None
    return _done(visit, "entry.changed")


def cancel(visit: Visit) -> Move:
    """Let it be dialled no more; a call that is under way goes on."""
    try:
        queue.cancel_entry(visit.runtime.database, visit.path["entry"], actor=visit.keeper)
    except queue.QueueRefused as refusal:
        raise _refused(ask.refused(refusal)) from None
    return _done(visit, "entry.canceled")


def redial(visit: Visit) -> Move:
    """Let an entry that is over wait again."""
    reached = visit.form.get("reached") == "1"
    try:
        ask.redial_call(visit.runtime, visit.path["entry"], reached=reached, actor=visit.keeper)
    except CallRefused as refusal:
        raise _refused(refusal) from None
    return _done(visit, "entry.redialled")


def show_number(visit: Visit) -> Notice:
    """Show the whole number; who asked for it is put on record."""
    visit.needs_proof(f"/queue/{visit.path['entry']}")
    data = entry_data(visit)
    note_audit(visit.runtime.database, "number.read", "entry", str(visit.path["entry"]), actor=visit.actor)
    return Notice("queue/entry.html", data | {"number": entry_row(visit)["to"]})


def _done(visit: Visit, action: str) -> Move:
    note_audit(visit.runtime.database, action, "entry", str(visit.path["entry"]), actor=visit.actor)
    return Move(f"/console/queue/{visit.path['entry']}")


def _refused(refusal: CallRefused) -> Refused:
    status = 404 if refusal.code == NOT_FOUND else 403 if refusal.code == "not_allowed" else 409
    return Refused(status, WORDS.get(refusal.code, refusal.words))


ENTRY = "/queue/<uuid:entry>"
ROUTES = (
    Route("GET", "/queue/add", "addCall", show_form, roles=ACTING, section=SECTION),
    Route("POST", "/queue", "queueCall", add, roles=ACTING, form_on=("addCall",)),
    Route("POST", f"{ENTRY}/change", "changeEntry", change, roles=ACTING, form_on=("queueEntry",)),
    Route("POST", f"{ENTRY}/cancel", "cancelEntry", cancel, roles=ACTING),
    Route("POST", f"{ENTRY}/redial", "redialEntry", redial, roles=ACTING, form_on=("queueEntry",)),
    Route("POST", f"{ENTRY}/number", "entryNumber", show_number, roles=READ_NUMBERS),
)
