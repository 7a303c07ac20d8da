"""Tell the operator outside of this service of a new escalation, each way once. A job: it may run twice.

The text to the operator is not among these: it is an outbox row of the transaction that made the escalation.
"""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from voicebot.providers.http.signed_webhook import post_signed, shared_secret
from voicebot.providers.ports import ProviderError
from voicebot.runtime import Runtime
from voicebot.services.operators.mail_escalation import mail_escalation
from voicebot.settings import Settings
from voicebot.storage import escalations

Row = Mapping[str, Any]
TOLD = (
    "id", "reason", "state", "created_at", "call_id", "call_sid", "conversation_id", "phone_number", "message",
    "call_back_number", "call_back_when",
)  # fmt: skip
KEY = "operator webhook"
log = logging.getLogger(__name__)


def tell_operator(runtime: Runtime, escalation_id: str) -> None:
    """Use every way; a failure of one does not stop the others.

    Raises ProviderError after all were tried if one failed, so that the job runs again.
    """
    failed: ProviderError | None = None
    for way in WAYS:
        try:
            way(runtime, UUID(escalation_id))
        except ProviderError as error:
            log.warning("the operator was not told", extra={"code": error.code, "outcome": error.outcome})
            failed = error
    if failed is not None:
        raise failed


def post_escalation(runtime: Runtime, escalation_id: UUID) -> None:
    """Post the escalation to the operator's own system, signed, with the words and the number in it.

    Its id is the same in every attempt, so that the receiver can tell a repetition. Raises ProviderError.
    """
    settings = runtime.settings
    if not settings.operator_webhook_url:
        return
    escalation = escalations.show_escalation(runtime.database, escalation_id)
    if escalation is None or escalation["posted_at"] is not None:
        return
    post_signed(
        settings.operator_webhook_url,
        message_id=f"esc_{escalation_id}",
        at=runtime.now(),
        body=_body(escalation),
        key=settings.derived_key(KEY),
    )
    escalations.note_escalation_posted(runtime.database, escalation_id)


def webhook_secret(settings: Settings) -> str:
    """Return what the operator's own system checks the signatures with."""
    return shared_secret(settings.derived_key(KEY))


def _body(escalation: Row) -> bytes:
    told = {name: escalation[name] for name in TOLD}
    event = {"type": "escalation.created", "timestamp": escalation["created_at"], "data": told}
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


WAYS: tuple[Callable[[Runtime, UUID], object], ...] = (post_escalation, mail_escalation)
