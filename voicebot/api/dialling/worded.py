"""Refusals of the queue, of series and of rules as the API's own, also those that SQL alone knows."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from voicebot.api.errors import ApiError
from voicebot.services.dialling import ask
from voicebot.services.dialling.ask import CallRefused
from voicebot.storage.queue import QueueRefused

STATUSES = {
    "unknown_series": 404, "unknown_campaign": 404, "unknown_hours": 404, "unknown_entry": 404, "not_allowed": 403, "invalid_request": 400,
    "over_already": 400, "changed_meanwhile": 409, "wrong_state": 409, "last_hours": 409,
}  # fmt: skip


@contextmanager
def worded(not_allowed: str = "This key may not do that.") -> Iterator[None]:
    """Raise ApiError for what is refused while the block runs."""
    try:
        yield
    except QueueRefused as refusal:
        raise _told(ask.refused(refusal), not_allowed) from None
    except CallRefused as refusal:
        raise _told(refusal, not_allowed) from None


def id_of(text: str, unknown: str) -> UUID:
    """Return an id of the path; what is none names nothing that there is."""
    try:
        return UUID(text)
    except ValueError:
        raise ApiError(404, unknown, ask.WORDS[unknown]) from None


def _told(refusal: CallRefused, not_allowed: str) -> ApiError:
    words = not_allowed if refusal.code == "not_allowed" else refusal.words
    return ApiError(STATUSES.get(refusal.code, 422), refusal.code, words, field=refusal.field)
