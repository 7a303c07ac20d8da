"""Prove anew who one is, before a whole number is shown or a list is exported: by password, or by a link that was made now."""

from urllib.parse import parse_qs, urlsplit

from voicebot.console.routes import Move, Page, Refused, Route, Visit
from voicebot.domain.access.api_key import hash_of
from voicebot.domain.access.next_page import safe_next
from voicebot.providers.ports import ProviderError
from voicebot.storage.access import sessions

MOST_TRIES = 10
LONGEST_CODE = 600
LONGEST_SECRET = 128
LONGEST_PASSWORD = 1000


def show(visit: Visit) -> Page:
    """What is asked for, and why."""
    has_passwords = visit.runtime.identity is not None
    return Page(
        "sign_in/confirm.html",
        {"has_passwords": has_passwords, "next": safe_next(visit.query.get("next", ""))},
    )


def confirm(visit: Visit) -> Move:
    """Look at the password or the link, and lead back."""
    code = visit.form.get("code", "").strip()[:LONGEST_CODE]
    if code:
        # The whole link may be pasted.
        code = parse_qs(urlsplit(code).query).get("code", [code])[0][:LONGEST_SECRET]
        link = hash_of(code)
        if not sessions.confirm_session(visit.runtime.database, hash_of(visit.secret), link_hash=link):
            raise Refused(
                401,
                "This link was used already, is older than 15 minutes, or is somebody else's: make another one.",
            )
    else:
        _check_password(visit)
        sessions.confirm_session(visit.runtime.database, hash_of(visit.secret))
    return Move(safe_next(visit.form.get("next", "")))


def _check_password(visit: Visit) -> None:
    identity, database = visit.runtime.identity, visit.runtime.database
    email, password = visit.form.get("email", "").strip().lower(), visit.form.get("password", "")
    if identity is None or not 0 < len(email) <= 255 or not 0 < len(password) <= LONGEST_PASSWORD:
        raise Refused(401, "Paste a link that was made now: `python -m voicebot console` prints one.")
    if not sessions.try_sign_in(database, hash_of(email), most=MOST_TRIES):
        raise Refused(429, "Too many wrong tries for this account: wait 15 minutes, or use a link.")
    try:
        who = identity.sign_in(email, password)
    except ProviderError as error:
        raise Refused(
            503, "Nobody can be asked for a password right now: try again, or use a link."
        ) from error
    if who is None or visit.session is None or who.user_id != visit.session.user_id:
        raise Refused(401, "This is not the e-mail and password that you signed in with.")
    sessions.clear_tries(database, hash_of(email))


ROUTES = (
    Route("GET", "/confirm", "confirm", show),
    Route("POST", "/confirm", "confirmSession", confirm, form_on=("confirm",)),
)
