"""One route of the API: its request, who may use it, and its answers. `table` lists all routes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from voicebot.api.authentication import KeyHolder
from voicebot.api.errors import ApiError
from voicebot.api.queries import Query
from voicebot.domain.access.api_key import ROLES
from voicebot.domain.access.roles import ACTING, MEMBER_ROLES
from voicebot.domain.uuid_text import uuid_of
from voicebot.runtime import Runtime


@dataclass(frozen=True)
class Request:
    """One checked request: its key holder, the body as its model or as bytes, the path as text, the query as its model.

    The body of a route with `file_body` is a function that opens it, as often as needed.
    """

    runtime: Runtime
    holder: KeyHolder
    body: Any = None
    path: Mapping[str, str] = field(default_factory=dict)
    query: Any = None

    def id_in_path(self, name: str, unknown: ApiError) -> UUID:
        """Return the id in the path under a name. Raises `unknown` when it is no id, because no row can have it."""
        found = uuid_of(self.path[name])
        if found is None:
            raise unknown
        return found


@dataclass(frozen=True)
class Reply:
    """What a handler gives back; `value` becomes JSON. `csv` in place of it: the lines of a table."""

    status: int
    value: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    csv: Iterable[bytes] | None = None
    file: Iterable[bytes] | None = None
    """In place of JSON: the pieces of a file of the type `media`."""
    media: str = ""


@dataclass(frozen=True)
class Example:
    """A status that a route answers with: its meaning, and the model of its JSON."""

    description: str
    model: type[BaseModel] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    csv: bool = False
    """Whether it can be a table in place of JSON."""
    media: str = ""
    """The type of the file that it is in place of JSON."""


CHANGED_MEANWHILE = Example("`changed_meanwhile`: a field is not what `was` says of it.")
OPERATOR = ("operator",)
Handler = Callable[[Request], Reply]
MAX_BODY_BYTES = 64 * 1024
"""Room for the longest texts that models allow, where JSON escapes every letter (six bytes a letter)."""


@dataclass(frozen=True)
class Route:
    """One operation. `path` is Flask's, below `/api/v1`; refusals that every route knows are not listed."""

    method: str
    path: str
    operation_id: str
    summary: str
    handler: Handler
    answers: Mapping[int, Example]
    body: type[BaseModel] | None = None
    roles: tuple[str, ...] = ROLES
    members: tuple[str, ...] | None = None
    """The roles of members whose keys may use the route, as the console allows them. None: any role for GET, and roles
    that may act for everything else.
    """
    query: type[Query] | None = None
    text_body: str = ""
    """The media type of a body that is text and no JSON; in place of `body`."""
    file_body: tuple[str, ...] = ()
    """The media types of a body that is a file, and may be large: it waits on the disk; in place of `body`."""
    max_body_bytes: int = MAX_BODY_BYTES
    noted: tuple[str, str] | None = None
    """What is put on record once it was answered: somebody's words or number were read. The deed, and what kind of thing it is."""
    done: tuple[str, str] | None = None
    """The same of something that was changed, each time; where the SQL function puts it on record by itself it is not named here."""

    def is_open_to(self, member_role: str | None) -> bool:
        """Whether the key of a member of this role may ask; None: the key is not a member's, and its own role decides alone."""
        allowed = self.members or (MEMBER_ROLES if self.method == "GET" else ACTING)
        return member_role is None or member_role in allowed
