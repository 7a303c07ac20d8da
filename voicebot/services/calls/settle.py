"""Find the cases for a person that a broken-off call leaves. A job: it may run twice."""

from voicebot.runtime import Runtime
from voicebot.services.operators.notice import operator_notice
from voicebot.storage import escalations


def settle_call(runtime: Runtime, call_id: int) -> None:
    """Escalate a transfer that nobody answered before the caller hung up, or an unfinished message."""
    notice = operator_notice(runtime)
    escalations.settle_call(runtime.database, call_id, operator_notice=notice)
