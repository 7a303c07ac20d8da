"""Who uses the API: bearer keys, known here by their hash alone, and how often somebody may guess."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from voicebot.api.errors import ApiError, limited
from voicebot.domain.access.actor import Actor
from voicebot.domain.access.api_key import LONGEST_KEY, hash_of, is_same_hash, prefix_of
from voicebot.domain.verification.codes import address_group
from voicebot.services.tries import Tries
from voicebot.storage import api_keys
from voicebot.storage.database import Database

NO_KEY = "0" * 64


@dataclass(frozen=True)
class KeyHolder:
    """Whose key it was."""

    key_id: UUID
    name: str
    role: str
    user_id: UUID | None = None
    organization_id: UUID | None = None
    member_role: str | None = None
    """What the person of the key is in its organization now; None: it is not a member's key."""

    address: str = ""
    """From where, for the audit log."""

    @property
    def actor(self) -> Actor:
        """On whose behalf the key is used; every function that reads or changes rows is told."""
        return Actor(self.user_id, self.organization_id, self.role, self.key_id, address=self.address)


class Authentication:
    """Checks the Authorization header of every request; one a process.

    The key is compared first, so a valid key is accepted whatever wrong keys came from its address before. A hundred
    wrong keys in five minutes slow down further wrong keys of the same address.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._wrong = Tries(100, 300.0, clock)

    def holder(self, database: Database, header: str, address: str) -> KeyHolder:
        """Return whose key the header holds. Raises ApiError (401, 429) and DatabaseAway."""
        scheme, _, key = header.partition(" ")
        key = key.strip()
        if scheme.lower() != "bearer" or not key:
            raise unauthorized("Send your key: Authorization: Bearer KEY.")
        holder = (
            _found(database, key) if len(key) <= LONGEST_KEY and key.isascii() and key.isprintable() else None
        )
        if holder is not None:
            return replace(holder, address=address)
        who = _counted_as(address)
        wait = self._wrong.wait_s(who)
        self._wrong.add(who)
        if wait:
            raise limited(wait)
        raise unauthorized("This key does not open anything.")


def _counted_as(address: str) -> str:
    try:
        return address_group(address)
    except ValueError:
        # A socket of this machine has no address.
        return address


def unauthorized(message: str) -> ApiError:
    """Nobody whom we know."""
    return ApiError(401, "unauthorized", message, headers={"WWW-Authenticate": 'Bearer realm="api"'})


def _found(database: Database, key: str) -> KeyHolder | None:
    hashed, holder, seen_lately = hash_of(key), None, True
    stored = api_keys.find_api_keys(database, prefix_of(key))
    for one in stored:
        if is_same_hash(hashed, one.key_hash):
            holder = KeyHolder(one.id, one.name, one.role, one.user_id, one.organization_id, one.member_role)
            seen_lately = one.seen_lately
    if not stored:
        # A beginning that nobody has takes as long as one that somebody has.
        is_same_hash(hashed, NO_KEY)
    if holder is not None and not seen_lately:
        api_keys.touch_api_key(database, holder.key_id)
    return holder
