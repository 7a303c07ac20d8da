"""One route of the console: its request, who may use it, and its answer. `table` lists all routes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from voicebot.domain.access.actor import Actor
from voicebot.domain.access.roles import ACTING, LEADERS, MEMBER_ROLES, READ_NUMBERS, keeps, sees
from voicebot.domain.json_text import read_json
from voicebot.domain.page_cursor import Order
from voicebot.domain.person.daytime import known_zone
from voicebot.runtime import Runtime
from voicebot.storage.access.sessions import Session
from voicebot.storage.pages import FIRST, Part

__all__ = [
    "ACTING",
    "EVERYBODY",
    "LEADERS",
    "File",
    "Move",
    "Notice",
    "Page",
    "Refused",
    "Route",
    "Table",
    "Unproven",
    "Visit",
]
EVERYBODY = MEMBER_ROLES
PROVEN_S = 300.0
"""For so long a sign-in or a confirmation opens full numbers and exports."""


MEANWHILE = "Somebody changed this meanwhile. Open the page again to see what it says now, or send this once more to have it your way."


class Refused(Exception):
    """A refusal for a page: the status, one sentence on what to do, and the field of the form, if one is wrong."""

    def __init__(self, status: int, message: str, field: str = "") -> None:
        super().__init__(message)
        self.status, self.message, self.field = status, message, field


class Unproven(Exception):
    """The user must confirm their identity again, and then goes on at `back`, a path below `/console`."""

    def __init__(self, back: str) -> None:
        super().__init__("unproven")
        self.back = back


@dataclass(frozen=True)
class Visit:
    """One checked request: the user and the form. `session` is None on the open routes only."""

    runtime: Runtime
    session: Session | None
    address: str
    secret: str = ""
    """The cookie's secret: that of the session, or that of forms before there is a session."""
    browser: str = ""
    """The sign of a browser in which somebody signed in with a password before (`passwords`)."""
    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    ticked: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Every value of the fields of the form, for those that can be sent several times."""
    uploads: Mapping[str, bytes] = field(default_factory=dict)
    """Files of the form, within the route's `max_body_bytes`."""
    language: str = ""
    """What the browser speaks first."""
    is_refresh: bool = False
    """The page is open, and a part of it is made anew: nobody came to look once more."""
    page_rows: int = FIRST.size
    """So many rows a page of a list has."""

    @property
    def actor(self) -> Actor:
        """Who acts, for what changes something and for what is put on record."""
        session = self.session
        if session is None:
            return Actor(role="", address=self.address)
        if session.administrator:
            return Actor(address=self.address)
        return Actor(session.user_id, session.organization_id, address=self.address)

    @property
    def reader(self) -> Actor:
        """Who reads: an organization for its members, but for an agent."""
        return sees(self.actor, self.session.role if self.session else "")

    @property
    def zone(self) -> str:
        """The time zone in which the user reads and types times: the organization's, else the service's."""
        own = self.session.timezone if self.session else None
        return own if own and known_zone(own) else self.runtime.settings.timezone

    @property
    def local_now(self) -> datetime:
        """The time by that clock."""
        return self.runtime.now().astimezone(ZoneInfo(self.zone))

    @property
    def was(self) -> Mapping[str, Any]:
        """What the form's page showed of the thing before the change (`parts.was`); empty when the form does not say."""
        try:
            said = read_json(self.form.get("was", "{}"))
        except ValueError:
            return {}
        return said if isinstance(said, dict) else {}

    @property
    def reads_numbers(self) -> bool:
        """Whether the visitor may see whole numbers, each time on record; others see only the last digits."""
        return self.session is not None and self.session.role in READ_NUMBERS

    def needs_proof(self, back: str) -> None:
        """Go on only within five minutes of a sign-in or a confirmation; `back` is where the page goes on. Raises Unproven."""
        if self.session is None or self.session.confirmed_s > PROVEN_S:
            raise Unproven(back)

    def part(self, order: Order) -> Part:
        """Return which page of a list is wanted: the one that the URL's `before` names, else the first. Raises Refused."""
        try:
            before = self.query.get("before")
            return Part(self.page_rows, order.read(before) if before else None)
        except ValueError:
            message = "This page of the list is not there any more: begin with the first."
            raise Refused(400, message) from None

    @property
    def keeper(self) -> Actor:
        """Who changes rows that exist: those of the whole organization for its operators, and own ones for an agent."""
        return keeps(self.actor, self.session.role if self.session else "")


@dataclass(frozen=True)
class Table:
    """The list of a page as a CSV, whole: the name of the rows in the page's data, and the columns that are written."""

    rows: str
    columns: Sequence[str]
    next: str = "next"
    """What the page's data calls the next page of these rows; empty: the page has all that are shown of them."""
    following: "Callable[[Visit], Mapping[str, Any]] | None" = None
    """Makes the rows after the first page, and `next`, without what else the page shows; None: the page's handler makes them."""


@dataclass(frozen=True)
class Page:
    """A page: what it shows is `data`, which is also its `.json`."""

    template: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Move:
    """Lead the browser to another page; `secret` begins a session, an empty one ends it. `browser` is stored as the
    browser's own mark.
    """

    to: str
    secret: str | None = None
    browser: str = ""


@dataclass(frozen=True)
class Notice:
    """A page that is shown once, with what is told on it alone."""

    template: str
    data: Mapping[str, Any]
    status: int = 200


@dataclass(frozen=True)
class File:
    """Bytes, or pieces as they come; with a name the browser saves them, without one the page shows or plays them."""

    body: bytes | Iterable[bytes]
    mimetype: str
    name: str = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Visit], Page | Move | Notice | File]
MAX_BODY_BYTES = 64 * 1024


@dataclass(frozen=True)
class Route:
    """One route. `path` is Flask's, below `/console`. A page is also there as `.json`, and with a table as `.csv`."""

    method: str
    path: str
    name: str
    handler: Handler
    roles: tuple[str, ...] = EVERYBODY
    title: str = ""
    """What the navigation calls it; nothing: it is not in the navigation."""
    section: str = ""
    """Pages of one section share an entry of the navigation, and a second line under it."""
    table: Table | None = None
    is_open: bool = False
    """For whoever has not signed in."""
    is_once: bool = False
    """What its form makes is made once, however often one opening of the form is sent; the form has `parts.once()`."""
    is_data: bool = False
    """It answers a File or a Move alone: there is no `.json` beside it."""
    max_body_bytes: int = MAX_BODY_BYTES
    form_on: tuple[str, ...] = ()
    """The pages that have the route's form, by name: where it is refused, the first whose path is known is shown again, with
    what was typed. A handler that shows its form by itself names none."""
    live: tuple[str, ...] = ()
    """Blocks of the page's template that are updated live. Each stands alone in an element with `data-live="<its
    name>"`, and uses only `parts.html` and the page's data.
    """
    topics: tuple[str, ...] = ()
    """What the blocks are about, as `console_pulse` knows it, with values of the path: `call:{call}`. Without any they are
    made anew every two seconds while somebody watches."""
    is_shared: bool = False
    """All readers of one organization in one role see the same blocks, so they are made once for all, on behalf of
    nobody in particular.
    """
    on_watch: Callable[[Visit], None] = lambda _: None
    """Puts on record that somebody follows the page, whose refreshes are not told from each other."""
