"""The facts about texts that may not be lost, written in this one place."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from voicebot.storage.messages import InboundText, Reading, TextStatus, received_params, status_params

if TYPE_CHECKING:
    from voicebot.runtime import Runtime


def keep_message(runtime: "Runtime", text: InboundText, reading: Reading) -> Mapping[str, Any]:
    """Keep an inbound text and what the rules made of it; its SID is the key. Raises DatabaseAway."""
    answer: Mapping[str, Any] = runtime.database.call("message_received", **received_params(text, reading))
    return answer


def keep_message_status(runtime: "Runtime", status: TextStatus) -> Mapping[str, Any]:
    """Keep what became of a text of ours; any order and repetition ends in the same row. Raises DatabaseAway."""
    answer: Mapping[str, Any] = runtime.database.call("record_message_status", **status_params(status))
    return answer
