"""Make a key for the API: the key is shown once, and only its hash is stored."""

import secrets
from datetime import datetime
from uuid import UUID

from voicebot.domain.access.actor import Actor
from voicebot.domain.access.api_key import KEY_BYTES, hash_of, make_key, prefix_of
from voicebot.storage import api_keys
from voicebot.storage.database import Database


class KeyRefused(Exception):
    """There is no such key now; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def create_key(
    database: Database,
    name: str,
    role: str = "operator",
    *,
    expires_at: datetime | None = None,
    user_id: UUID | None = None,
    organization_id: UUID | None = None,
) -> str:
    """Return a new key, which holds until `expires_at` and opens what is the user's or the organization's.

    Raises KeyRefused.
    """
    key = make_key(secrets.token_bytes(KEY_BYTES))
    refused = api_keys.create_api_key(
        database,
        name,
        key_hash=hash_of(key),
        key_prefix=prefix_of(key),
        role=role,
        expires_at=expires_at,
        user_id=user_id,
        organization_id=organization_id,
    )
    if refused:
        raise KeyRefused(refused)
    return key


def make_key_for(
    database: Database, name: str, role: str, *, actor: Actor, expires_at: datetime | None = None
) -> str:
    """Return a new key for the actor's organization, or for everything when the operator of the service makes it.

    Raises KeyRefused: name_taken, unknown_role, not_allowed.
    """
    key = make_key(secrets.token_bytes(KEY_BYTES))
    refused = api_keys.make_api_key(
        database,
        name,
        key_hash=hash_of(key),
        key_prefix=prefix_of(key),
        role=role,
        expires_at=expires_at,
        actor=actor,
    )
    if refused:
        raise KeyRefused(refused)
    return key
