"""Confirm one's identity again before a whole number is shown or a list is exported: by password, or by a new link."""

from voicebot.console.passwords import look_at
from voicebot.console.routes import Move, Page, Refused, Route, Visit
from voicebot.console.sign_in import code_of
from voicebot.domain.access.api_key import hash_of
from voicebot.domain.access.next_page import safe_next
from voicebot.storage.access import sessions
from voicebot.storage.access.members import note_audit

NOTED_EVERY_S = 60.0
NO_LINK = "Paste a link that was made now: an owner of your team makes one, or `python -m voicebot console` prints it."
WRONG = "This is not the e-mail and password that you signed in with."


def show(visit: Visit) -> Page:
    """What is asked for, and why."""
    has_passwords = visit.runtime.identity is not None
    return Page(
        "sign_in/confirm.html",
        {"has_passwords": has_passwords, "next": safe_next(visit.query.get("next", ""))},
    )


def confirm(visit: Visit) -> Move:
    """Look at the password or the link, and lead back."""
    code = code_of(visit.form.get("code", ""))
    if code:
        link = hash_of(code)
        if not sessions.confirm_session(visit.runtime.database, hash_of(visit.secret), link_hash=link):
            raise _refused(
                visit,
                "This link was used already, is older than 15 minutes, or is somebody else's: make another one.",
            )
    else:
        _check_password(visit)
        sessions.confirm_session(visit.runtime.database, hash_of(visit.secret))
    return Move(safe_next(visit.form.get("next", "")))


def _check_password(visit: Visit) -> None:
    if visit.runtime.identity is None or not visit.form.get("email"):
        raise Refused(401, NO_LINK)
    who = look_at(visit, wrong=WRONG)
    if visit.session is None or who.user_id != visit.session.user_id:
        raise _refused(visit, WRONG)


def _refused(visit: Visit, words: str) -> Refused:
    note_audit(
        visit.runtime.database, "proof.refused", "session", "", actor=visit.actor, once_in_s=NOTED_EVERY_S
    )
    return Refused(401, words)


ROUTES = (
    Route("GET", "/confirm", "confirm", show),
    Route("POST", "/confirm", "confirmSession", confirm, form_on=("confirm",)),
)
