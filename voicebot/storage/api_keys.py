"""API keys in the database: rows <-> records (`sql/functions/access/{api_keys,keys_of}.sql`). Keys come here hashed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import Actor
from voicebot.domain.page_cursor import BY_TIME
from voicebot.storage.database import Database
from voicebot.storage.pages import FIRST, Page, Part, page_of

Row = Mapping[str, Any]


@dataclass(frozen=True)
class StoredKey:
    """A key that holds. `seen_lately`: its last use is on record already."""

    id: UUID
    name: str
    role: str
    key_hash: str
    seen_lately: bool
    user_id: UUID | None = None
    organization_id: UUID | None = None
    member_role: str | None = None
    """Of the person of the key in its organization; None: it is not of a member."""


def create_api_key(
    database: Database,
    name: str,
    *,
    key_hash: str,
    key_prefix: str,
    role: str,
    expires_at: datetime | None = None,
    user_id: UUID | None = None,
    organization_id: UUID | None = None,
) -> str | None:
    """Store a new key, limited to the rows of a user or an organization if one is given.

    Returns None when it was stored, else the reason: name_taken (by a valid key), unknown_user, unknown_organization.
    """
    row = database.call(
        "create_api_key",
        name=name,
        key_hash=key_hash,
        key_prefix=key_prefix,
        role=role,
        expires_at=expires_at,
        user_id=user_id,
        organization_id=organization_id,
    )
    return None if row["result"] == "created" else str(row["code"])


def find_api_keys(database: Database, key_prefix: str) -> list[StoredKey]:
    """Return the keys that hold and begin with `key_prefix`: none or one, as a rule."""
    rows = database.call("find_api_keys", key_prefix=key_prefix)["keys"]
    return [
        StoredKey(
            id=UUID(row["id"]),
            name=row["name"],
            role=row["role"],
            key_hash=row["key_hash"],
            seen_lately=row["seen_lately"],
            user_id=UUID(row["user_id"]) if row["user_id"] else None,
            organization_id=UUID(row["organization_id"]) if row["organization_id"] else None,
            member_role=row["member_role"],
        )
        for row in rows
    ]


def touch_api_key(database: Database, key_id: UUID) -> None:
    """Note that a key is used now."""
    database.call("touch_api_key", key_id=key_id)


def list_api_keys(database: Database) -> Sequence[Row]:
    """Return all keys, oldest first, revoked ones too."""
    rows: Sequence[Row] = database.call("list_api_keys")["keys"]
    return rows


def revoke_api_key(database: Database, name: str) -> int:
    """Revoke by name, or by the first characters; returns how many held until now."""
    return int(database.call("revoke_api_key", name=name)["count"])


def api_keys_page(database: Database, part: Part = FIRST, *, actor: Actor) -> Page[Row]:
    """Return a page of the keys of the organization that the actor leads, or of all. Raises ListRefused."""
    return page_of(database.call("api_keys_page", **part.params(), actor=actor.to_json()), BY_TIME, dict)


def make_api_key(
    database: Database,
    name: str,
    *,
    key_hash: str,
    key_prefix: str,
    role: str,
    expires_at: datetime | None,
    actor: Actor,
) -> str | None:
    """Keep a new key of the organization that the actor leads; None when it was kept, otherwise why not."""
    row = database.call(
        "make_api_key",
        name=name,
        key_hash=key_hash,
        key_prefix=key_prefix,
        role=role,
        expires_at=expires_at,
        actor=actor.to_json(),
    )
    return None if row["result"] == "created" else str(row["code"])


def end_api_key(database: Database, key_id: UUID, *, actor: Actor) -> str | None:
    """Revoke a key; None when it opens nothing any more, otherwise why not: not_allowed, unknown_key."""
    row = database.call("end_api_key", key_id=key_id, actor=actor.to_json())
    return None if row["result"] == "ended" else str(row["code"])
