"""Send a text that a person wrote, through the same outbox as all other texts."""

import hashlib

from voicebot.domain.access.actor import Actor
from voicebot.domain.person.phone import is_dialable
from voicebot.runtime import Runtime
from voicebot.services.texts.send import NOT_TEXTABLE
from voicebot.storage.texts import outbox
from voicebot.storage.texts.outbox import QueuedText


def send_operator_text(
    runtime: Runtime,
    to: str,
    body: str,
    *,
    actor: Actor,
    request_key: str | None = None,
    from_number: str | None = None,
) -> QueuedText:
    """Queue a text to an E.164 number; the same `request_key` means the same text. Raises DatabaseAway.

    `from_number` is one of ours; without it the service's or the organization's number is used. `refused` is one of
    not_textable, not_allowed (to the actor), unknown_from_number, suppressed, key_used (for another text).
    """
    if runtime.carriers.is_own(to) or not is_dialable(to, runtime.settings.allowed_countries):
        return QueuedText(None, None, NOT_TEXTABLE)
    queued = outbox.queue_operator_text(
        runtime.database,
        to,
        runtime.carriers.main.number,
        body,
        request_key=_own_key(actor, request_key),
        from_number=from_number,
        actor=actor,
    )
    if queued.refused is None:
        runtime.hint.made_work()
    return queued


def _own_key(actor: Actor, request_key: str | None) -> str | None:
    """Two programs that choose the same key do not get each other's texts."""
    if request_key is None:
        return None
    return f"operator:{actor.key_id}:{hashlib.sha256(request_key.encode()).hexdigest()}"
