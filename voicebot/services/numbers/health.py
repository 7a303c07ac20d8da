"""How the account's numbers are answered; a red one may be cleared by an operator, with a reason."""

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.runtime import Runtime
from voicebot.storage.catalogue import number_health
from voicebot.storage.catalogue.number_health import Row

REFUSED = {
    "not_red": "This number is not red.",
    "reason_needed": "Say why it may be chosen again, in at most 500 characters.",
    "not_allowed": "Numbers are the whole service's: this key may not see or change them.",
}


def list_health(runtime: Runtime, *, actor: Actor = THE_OPERATOR) -> list[Row]:
    """Return every number of ours that calls, the red ones first. Raises NumberRefused."""
    return number_health.number_health(runtime.database, actor=actor)


def clear_number(runtime: Runtime, number: str, reason: str, *, actor: Actor = THE_OPERATOR) -> None:
    """Let a red number be chosen again; the reason is kept. Raises NumberRefused."""
    number_health.clear_number(runtime.database, number, reason, actor=actor)
    runtime.hint.made_work()
