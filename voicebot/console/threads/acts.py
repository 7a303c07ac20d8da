"""What people do with an item of the inbox: reply, note, assign, put off, resolve, and let the bot answer or be silent."""

from datetime import datetime
from typing import NoReturn
from uuid import UUID

from voicebot.console.routes import ACTING, Move, Notice, Refused, Route, Visit
from voicebot.console.threads.pages import PLACE, item_data, shown_part, user_of
from voicebot.console.threads.shown import CHANGED
from voicebot.domain.access.next_page import HOME
from voicebot.domain.access.roles import EDITORS
from voicebot.domain.thread.later import NoSuchHour, moment_in, put_off_until
from voicebot.domain.whole_number import whole_number
from voicebot.services.texts import reply as replies
from voicebot.storage.pages import Part
from voicebot.storage.texts import conversations, inbox
from voicebot.storage.texts.inbox import Done

MAX_BYTES = 64 * 1024
"""A note of 4,000 letters of any script, as a form spells it."""
LONGEST_KEY = 100
REFUSED = {
    "unknown_item": "There is no such thread, or none that you may act on.",
    "not_allowed": "Your role may not do this.",
    "unknown_member": "This person is no member who may answer: choose one of the list.",
    "suppressed": "This person wants no more texts, so nothing was sent. Only the person can lift that, with START.",
    "window_closed": "WhatsApp takes a free text only within 24 hours after the person wrote. Call the person instead.",
    "wrong_time": "This time is over, or more than a year away: choose another one.",
    "no_number": "This number was withheld, so that nobody can be texted.",
    "number_moved": "Our number in this thread belongs to another organization by now. Write to the person from another number.",
    "not_textable": "This number is of a kind or country that may not be texted. Call it instead.",
    "wrong_length": f"Write something, up to {replies.LONGEST_TEXT} characters for a text and 4,000 for a note.",
    "key_used": "This form was sent already with other words: open the page again.",
    "left_already": "This text has left already, or was taken back.",
    "no_thread": "Only texts have drafts.",
    "unknown_conversation": "There is no such thread, or none that you may act on.",
}


def reply(visit: Visit) -> Move | Notice:
    """Send a text now or later; a refused one stays on the page as typed.

    With a time it is always sent later, because Enter in the field of the time presses the first button.
    """
    item: UUID = visit.path["item"]
    words, at = visit.form.get("content", ""), visit.form.get("not_before", "")
    try:
        is_later = at != "" or visit.form.get("when") == "later"
        not_before = moment_in(at, visit.zone) if is_later else None
    except NoSuchHour as error:
        return _kept(visit, item, str(error), 400)
    except ValueError:
        return _kept(visit, item, "Choose a day and a time for the text.", 400)
    done = replies.send_reply(
        visit.runtime, item, words, actor=visit.actor, reader=visit.reader,
        request_key=visit.form.get("form_key", "")[:LONGEST_KEY], version=_version(visit), not_before=not_before,
    )  # fmt: skip
    if done.refused == "unknown_item":
        _refuse(done)
    if done.refused is not None:
        return _kept(visit, item, refusal(done), 409)
    return _back(visit)


def note(visit: Visit) -> Move:
    """Write something for the team alone."""
    key = replies.own_key(visit.actor, visit.path["item"], visit.form.get("form_key", "")[:LONGEST_KEY])
    words = visit.form.get("content", "")
    _done(inbox.note(visit.runtime.database, visit.path["item"], words, request_key=key, actor=visit.actor))
    return _back(visit)


def assign(visit: Visit) -> Move:
    """Give it to a member, to oneself, or to nobody."""
    wanted = visit.form.get("assignee", "")
    try:
        assignee = user_of(visit) if wanted == "me" else UUID(wanted) if wanted else None
    except ValueError:
        raise Refused(400, REFUSED["unknown_member"]) from None
    _done(
        inbox.assign(
            visit.runtime.database, visit.path["item"], assignee, version=_version(visit), actor=visit.actor
        )
    )
    return _back(visit)


def snooze(visit: Visit) -> Move:
    """Put it off, or have it back."""
    choice, until = visit.form.get("until", ""), None
    if choice:
        try:
            until = put_off_until(choice, visit.local_now)
        except ValueError:
            raise Refused(400, "Choose until when it is put off.") from None
    _done(
        inbox.snooze(
            visit.runtime.database, visit.path["item"], until, version=_version(visit), actor=visit.actor
        )
    )
    return _to_list(visit) if until else _back(visit)


def resolve(visit: Visit) -> Move:
    """Close the item; with `next` go on to the next item in the same part of the list."""
    item: UUID = visit.path["item"]
    _done(inbox.resolve(visit.runtime.database, item, version=_version(visit), actor=visit.actor))
    if not visit.form.get("next"):
        return _back(visit)
    show = shown_part(visit.form.get("show", ""))
    page = inbox.inbox_page(visit.runtime.database, show, Part(2), person=user_of(visit), actor=visit.reader)
    following = next((row["id"] for row in page.rows if row["id"] != str(item)), None)
    return Move(f"{HOME}{PLACE}/{following}{_query(show)}") if following else _to_list(visit)


def reopen(visit: Visit) -> Move:
    """Open it again."""
    _done(
        inbox.reopen(visit.runtime.database, visit.path["item"], version=_version(visit), actor=visit.actor)
    )
    return _back(visit)


def switch(visit: Visit) -> Move:
    """Let the bot answer the thread, or keep it silent."""
    mode = visit.form.get("ai_mode", "")
    if mode not in ("ON", "OFF"):
        raise Refused(400, "The bot is ON or OFF.")
    refused = conversations.switch_ai_mode(
        visit.runtime.database, visit.path["item"], mode, actor=visit.actor
    )
    _done(Done(refused))
    return _back(visit)


def ask_draft(visit: Visit) -> Move:
    """Have the bot write a draft, which nobody sends but a person."""
    _done(inbox.ask_draft(visit.runtime.database, visit.path["item"], actor=visit.actor))
    visit.runtime.hint.made_work()
    return _back(visit)


def change_text(visit: Visit) -> Move:
    """Change a text that waits for its time."""
    words = visit.form.get("content", "").strip()
    if not 0 < len(words) <= replies.LONGEST_TEXT:
        raise Refused(400, REFUSED["wrong_length"])
    try:
        at = moment_in(visit.form.get("not_before", ""), visit.zone)
    except NoSuchHour as error:
        raise Refused(400, str(error), "not_before") from None
    except ValueError:
        raise Refused(400, "Choose a day and a time for the text.", "not_before") from None
    database, item, text = visit.runtime.database, visit.path["item"], visit.path["text"]
    _done(inbox.change_later(database, item, text, words, at, actor=visit.actor))
    return _back(visit)


def cancel_text(visit: Visit) -> Move:
    """Take back a text that waits for its time."""
    _done(
        inbox.cancel_later(visit.runtime.database, visit.path["item"], visit.path["text"], actor=visit.actor)
    )
    return _back(visit)


def refusal(done: Done) -> str:
    """Return why something was not done, and what to do, in a sentence."""
    if done.refused == "changed":
        when = datetime.fromisoformat(done.at).strftime("%H:%M UTC")
        did = CHANGED.get(done.changed, "changed it")
        return f"{done.by} {did} at {when}, after this page was opened. Read what is new, then send again if it still fits."
    return REFUSED.get(done.refused or "", "This cannot be done now.")


def _kept(visit: Visit, item: UUID, error: str, status: int) -> Notice:
    """The page as it is now, with what was typed and why it was not taken."""
    data = item_data(visit, item)
    typed = {
        "typed": visit.form.get("content", "")[: 2 * replies.LONGEST_TEXT],
        "typed_at": visit.form.get("not_before", "")[:LONGEST_KEY],
        "error": error,
    }
    return Notice("threads/thread.html", data | typed, status)


def _done(done: Done) -> None:
    if done.refused is not None:
        _refuse(done)


def _refuse(done: Done) -> NoReturn:
    unknown = done.refused in ("unknown_item", "unknown_conversation")
    status = 404 if unknown else 403 if done.refused == "not_allowed" else 409
    raise Refused(status, refusal(done))


def _version(visit: Visit) -> int | None:
    return whole_number(visit.form.get("version", ""), 999_999_999, least=0)


def _query(show: str) -> str:
    return f"?show={show}" if show != "open" else ""


def _back(visit: Visit) -> Move:
    return Move(f"{HOME}{PLACE}/{visit.path['item']}{_query(shown_part(visit.form.get('show', '')))}")


def _to_list(visit: Visit) -> Move:
    return Move(f"{HOME}{PLACE}{_query(shown_part(visit.form.get('show', '')))}")


ITEM = f"{PLACE}/<uuid:item>"
ROUTES = (
    Route("POST", f"{ITEM}/reply", "replyThread", reply, roles=ACTING, max_body_bytes=MAX_BYTES, form_on=("thread",)),
    Route("POST", f"{ITEM}/note", "noteThread", note, roles=ACTING, max_body_bytes=MAX_BYTES, form_on=("thread",)),
    Route("POST", f"{ITEM}/assign", "assignThread", assign, roles=EDITORS, form_on=("thread",)),
    Route("POST", f"{ITEM}/snooze", "snoozeThread", snooze, roles=ACTING, form_on=("thread",)),
    Route("POST", f"{ITEM}/resolve", "resolveThread", resolve, roles=ACTING),
    Route("POST", f"{ITEM}/reopen", "reopenThread", reopen, roles=ACTING),
    Route("POST", f"{ITEM}/mode", "switchThread", switch, roles=ACTING),
    Route("POST", f"{ITEM}/draft", "askDraft", ask_draft, roles=ACTING),
    Route("POST", f"{ITEM}/texts/<int:text>/change", "changeText", change_text, roles=ACTING, max_body_bytes=MAX_BYTES, form_on=("thread",)),
    Route("POST", f"{ITEM}/texts/<int:text>/cancel", "cancelText", cancel_text, roles=ACTING),
)  # fmt: skip
