"""Who is signed in to the console, and what its first page shows (`sql/functions/access/console.sql`, `operators/console_now.sql`)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import Actor
from voicebot.storage.database import Database

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Session:
    """Whoever holds a cookie, with the role of this moment. `user_id` None: the operator of the machine."""

    user_id: UUID | None
    organization_id: UUID | None
    role: str
    administrator: bool
    name: str | None
    organization: str | None
    confirmed_s: float = 0.0
    """How long ago the person last proved who they are."""
    timezone: str | None = None
    """The clock of the organization, where it has one of its own."""


def make_link(database: Database, token_hash: str, user_id: UUID | None = None) -> str | None:
    """Keep a link that signs in once; None when it was kept, otherwise why not: unknown_member."""
    answer = database.call("make_console_link", token_hash=token_hash, user_id=user_id)
    return None if answer["result"] == "made" else str(answer["code"])


def use_link(database: Database, link_hash: str, token_hash: str, *, session_s: float, address: str) -> bool:
    """Begin a session by a link; False when the link is no good, or no more."""
    answer = database.call(
        "use_console_link",
        link_hash=link_hash,
        token_hash=token_hash,
        session_s=float(session_s),
        address=address,
    )
    return bool(answer["result"] == "begun")


def begin_session(
    database: Database,
    token_hash: str,
    by: str,
    *,
    session_s: float,
    user_id: UUID,
    administrator: bool = False,
    address: str,
) -> None:
    """Begin a session of somebody who has proven who they are."""
    database.call(
        "begin_console_session",
        token_hash=token_hash,
        signed_in_by=by,
        session_s=float(session_s),
        user_id=user_id,
        administrator=administrator,
        address=address,
    )


def find_session(database: Database, token_hash: str) -> Session | None:
    """Return who holds the cookie now; None: nobody, or nobody's member any more."""
    row = database.call("console_session", token_hash=token_hash)
    if row["result"] != "found":
        return None
    return Session(
        user_id=_id(row["user_id"]),
        organization_id=_id(row["organization_id"]),
        role=row["role"],
        administrator=row["administrator"],
        name=row["name"],
        organization=row["organization"],
        confirmed_s=float(row["confirmed_s"]),
        timezone=row.get("timezone"),
    )


def confirm_session(database: Database, token_hash: str, *, link_hash: str | None = None) -> bool:
    """Record that the cookie's holder has proven their identity anew; a sign-in link of the same person is used up by
    it.

    Returns False when the link is invalid or somebody else's.
    """
    answer = database.call("confirm_console_session", token_hash=token_hash, link_hash=link_hash)
    return bool(answer["result"] == "confirmed")


def end_session(database: Database, token_hash: str) -> None:
    """Sign out here."""
    database.call("end_console_session", token_hash=token_hash)


def end_sessions(database: Database, token_hash: str) -> None:
    """Sign out everywhere."""
    database.call("end_console_sessions", token_hash=token_hash)


@dataclass(frozen=True)
class SentForm:
    """Whether a form is to be done now, and where the answer led when it was: None while it is being done."""

    is_first: bool
    to: str | None = None


def begin_form(database: Database, token_hash: str, form_key: str) -> SentForm:
    """Take the right to carry out a form of a session; a repeated form gets the first one's result."""
    answer = database.call("begin_console_form", token_hash=token_hash, form_key=form_key)
    return SentForm(answer["result"] == "begun", answer.get("to"))


def end_form(database: Database, token_hash: str, form_key: str, *, to: str | None) -> None:
    """Keep where the answer to a form led; None: it was not done, and may be sent again."""
    database.call("end_console_form", token_hash=token_hash, form_key=form_key, to=to)


@dataclass(frozen=True)
class Wider:
    """Something more that a try counts for, and how many of these may fail."""

    subject: str
    most: int


def try_sign_in(
    database: Database, subject: str, *, most: int, account: str, wider: Sequence[Wider] = ()
) -> bool:
    """Count a try for a subject, and for wider ones; False when one of them rests after too many."""
    answer = database.call(
        "try_console_sign_in",
        subject=subject,
        most=most,
        account=account,
        wider=[asdict(one) for one in wider],
    )
    return bool(answer["result"] == "allowed")


def clear_tries(database: Database, subject: str, *, wider: Sequence[Wider] = ()) -> None:
    """Forget the tries after a right password; the wider subjects had this one less."""
    database.call("clear_console_tries", subject=subject, wider=[asdict(one) for one in wider])


def note_refused_sign_in(database: Database, code: str, *, email: str | None = None, address: str) -> None:
    """Put on record that somebody was not let in; what a stranger repeats is noted once in a while."""
    database.call("note_refused_sign_in", code=code, email=email, address=address)


def console_now(database: Database, zone: str, *, actor: Actor) -> Row:
    """Return {"rows", "queue", "today", "week_ago", "incidents"}: what goes on now; `rows` are live calls."""
    row: Row = database.call("console_now", zone=zone, actor=actor.to_json())
    return row


def _id(text: str | None) -> UUID | None:
    return UUID(text) if text else None
