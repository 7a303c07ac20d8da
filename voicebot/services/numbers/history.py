"""Give an organization the calls and threads without an owner that came before it, or before a number was its own. A job."""

from uuid import UUID

from voicebot.runtime import Runtime
from voicebot.storage.catalogue import numbers

MOST_ROUNDS = 5000


def place_history(runtime: Runtime, organization_id: str, number_id: str | None = None) -> int:
    """Move rows without an owner, in small parts; return how many. Without a number: all of them, to the only organization."""
    moved = 0
    for _ in range(MOST_ROUNDS):
        part = numbers.place_history(
            runtime.database, UUID(organization_id), None if number_id is None else UUID(number_id)
        )
        if not part:
            break
        moved += part
    return moved
