"""Make a key for the API: the key is shown once, and only its hash is stored."""

import secrets
from datetime import datetime

from voicebot.domain.access.api_key import KEY_BYTES, hash_of, make_key, prefix_of
from voicebot.runtime import Runtime
from voicebot.storage import api_keys


def create_key(
    runtime: Runtime, name: str, role: str = "integrator", *, expires_at: datetime | None = None
) -> str:
    """Return a new key, which holds until `expires_at`. Raises ValueError when the name is taken."""
    key = make_key(secrets.token_bytes(KEY_BYTES))
    refused = api_keys.create_api_key(
        runtime.database,
        name,
        key_hash=hash_of(key),
        key_prefix=prefix_of(key),
        role=role,
        expires_at=expires_at,
    )
    if refused:
        raise ValueError(refused)
    return key
