"""API keys in the database: rows <-> records (`sql/functions/api_keys.sql`). Keys come here hashed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from voicebot.storage.database import Database

Row = Mapping[str, Any]


@dataclass(frozen=True)
class StoredKey:
    """A key that holds. `seen_lately`: its last use is on record already."""

    id: UUID
    name: str
    role: str
    key_hash: str
    seen_lately: bool


def create_api_key(
    database: Database,
    name: str,
    *,
    key_hash: str,
    key_prefix: str,
    role: str,
    expires_at: datetime | None = None,
) -> bool:
    """Keep a new key; False when a key that holds has the name already."""
    row = database.call(
        "create_api_key",
        name=name,
        key_hash=key_hash,
        key_prefix=key_prefix,
        role=role,
        expires_at=expires_at,
    )
    return bool(row["result"] == "created")


def find_api_keys(database: Database, key_prefix: str) -> list[StoredKey]:
    """Return the keys that hold and begin with `key_prefix`: none or one, as a rule."""
    rows = database.call("find_api_keys", key_prefix=key_prefix)["keys"]
    return [
        StoredKey(UUID(row["id"]), row["name"], row["role"], row["key_hash"], row["seen_lately"])
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
