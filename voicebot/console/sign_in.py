"""Sign in by a link, by a password or by an invitation; sign out here or everywhere.

A GET changes nothing: whatever previews a link does not use it up. Every sign-in begins a session of a new secret, so one
that somebody planted before is worth nothing.
"""

import secrets
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from voicebot.console.passwords import look_at, sign_key, sign_of
from voicebot.console.routes import Move, Notice, Page, Refused, Route, Visit
from voicebot.console.unsent import WITH_UNSENT_BYTES
from voicebot.domain.access.api_key import hash_of
from voicebot.domain.access.next_page import HOME, safe_next
from voicebot.storage.access import members, sessions

SESSION_S = 12 * 3600
LONGEST_LINK = 600
LONGEST_SECRET = 128
LONGEST_NAME = 200


def login(visit: Visit) -> Page:
    """The form, or how to get a link where there are no passwords."""
    has_passwords = visit.runtime.identity is not None
    return Page(
        "sign_in/login.html",
        {"has_passwords": has_passwords, "next": safe_next(visit.query.get("next", "")), "unsent": ""},
    )


def sign_in(visit: Visit) -> Move:
    """By e-mail and password: Supabase's auth looks at them."""
    if visit.runtime.identity is None:
        raise Refused(
            404, "Nobody signs in with a password here: `python -m voicebot console` prints a link."
        )
    database, who = visit.runtime.database, look_at(visit)
    secret = secrets.token_urlsafe(32)
    sessions.begin_session(
        database, hash_of(secret), "password", session_s=SESSION_S, user_id=who.user_id,
        administrator=who.administrator, address=visit.address,
    )  # fmt: skip
    if sessions.find_session(database, hash_of(secret)) is None:
        sessions.end_session(database, hash_of(secret))
        sessions.note_refused_sign_in(
            database, "no_member", email=visit.form.get("email"), address=visit.address
        )
        raise Refused(403, "You belong to no organization here: ask its owner for an invitation.")
    sign = sign_of(sign_key(visit), visit.form.get("email", ""))
    return Move(safe_next(visit.form.get("next", "")), secret, sign)


def show_link(visit: Visit) -> Page:
    """A button: the link is used when it is pressed."""
    return Page("sign_in/link.html", {"code": visit.query.get("code", "")[:LONGEST_SECRET]})


def use_link(visit: Visit) -> Move:
    """By a one-time link."""
    secret = secrets.token_urlsafe(32)
    code = code_of(visit.form.get("code", ""))
    if not sessions.use_link(
        visit.runtime.database, hash_of(code), hash_of(secret), session_s=SESSION_S, address=visit.address
    ):
        sessions.note_refused_sign_in(visit.runtime.database, "wrong_link", address=visit.address)
        raise Refused(401, "This link was used already, or is older than 15 minutes: make another one.")
    return Move(safe_next(visit.form.get("next", "")), secret)


def code_of(pasted: str) -> str:
    """Return the code of a link, of which people paste the whole or the code alone."""
    pasted = pasted.strip()[:LONGEST_LINK]
    return parse_qs(urlsplit(pasted).query).get("code", [pasted])[0][:LONGEST_SECRET]


def show_invitation(visit: Visit) -> Page:
    """What one is invited to: a name where the link is the account, a sign-in where accounts have passwords."""
    return Page(
        "sign_in/invitation.html",
        {
            "code": visit.query.get("code", "")[:LONGEST_SECRET],
            "has_passwords": visit.runtime.identity is not None,
        },
    )


def join(visit: Visit) -> Move:
    """Accept an invitation, and be signed in."""
    identity, database = visit.runtime.identity, visit.runtime.database
    code = hash_of(visit.form.get("code", "")[:LONGEST_SECRET])
    person: UUID | None = None
    email, administrator = visit.form.get("email", "").strip().lower()[:255], False
    if identity is not None:
        who = look_at(visit)
        person, email, administrator = who.user_id, who.email, who.administrator
    joined = members.accept_invitation(
        database,
        code,
        user_id=person,
        email=email,
        full_name=visit.form.get("name", "").strip()[:LONGEST_NAME],
    )
    if joined["result"] != "joined":
        sessions.note_refused_sign_in(
            database, "wrong_invitation", email=email if person else None, address=visit.address
        )
        raise Refused(
            403 if joined["code"] == "somebody_elses" else 404,
            "This invitation is not yours, was used already, or is too old: ask for another one.",
        )
    secret = secrets.token_urlsafe(32)
    sessions.begin_session(
        database, hash_of(secret), "invitation", session_s=SESSION_S, user_id=UUID(joined["user_id"]),
        administrator=administrator, address=visit.address,
    )  # fmt: skip
    return Move(HOME, secret)


def sign_out(visit: Visit) -> Move:
    """Sign out here."""
    sessions.end_session(visit.runtime.database, hash_of(visit.secret))
    return Move("/console/login", "")


def sign_out_everywhere(visit: Visit) -> Move:
    """End every session of the visitor."""
    sessions.end_sessions(visit.runtime.database, hash_of(visit.secret))
    return Move("/console/login", "")


def show_account(visit: Visit) -> Page | Notice:
    """Who is signed in, and the way out."""
    session = visit.session
    return Page(
        "sign_in/account.html",
        {
            "name": session and session.name,
            "role": session and session.role,
            "organization": session and session.organization,
        },
    )


ROUTES = (
    Route("GET", "/login", "login", login, is_open=True),
    Route(
        "POST",
        "/login",
        "signIn",
        sign_in,
        is_open=True,
        max_body_bytes=WITH_UNSENT_BYTES,
        form_on=("login",),
    ),
    Route("GET", "/link", "link", show_link, is_open=True),
    Route(
        "POST",
        "/link",
        "useLink",
        use_link,
        is_open=True,
        max_body_bytes=WITH_UNSENT_BYTES,
        form_on=("login",),
    ),
    Route("GET", "/invitation", "invitation", show_invitation, is_open=True),
    Route("POST", "/invitation", "join", join, is_open=True, form_on=("invitation",)),
    Route("POST", "/sign-out", "signOut", sign_out),
    Route("POST", "/sign-out-everywhere", "signOutEverywhere", sign_out_everywhere),
    Route("GET", "/account", "account", show_account, title="Account", section="Settings"),
)
