"""Write the facts about texts that may not be lost; no other module writes them."""

from collections.abc import Mapping
from typing import Any

from voicebot.domain.texts.reports import InboundText, TextReport
from voicebot.runtime import Runtime
from voicebot.storage.texts.messages import Reading, received_params, status_params


def keep_message(runtime: Runtime, text: InboundText, reading: Reading) -> Mapping[str, Any]:
    """Keep an inbound text and what the rules made of it; its SID is the key. Raises DatabaseAway."""
    # What came of a code depends on the database: such a text waits for it, so that Twilio brings it again.
    waits = reading.verification_id is not None
    database = runtime.database if waits else runtime.facts.about(reading.sender or text.from_number)
    answer: Mapping[str, Any] = database.call("message_received", **received_params(text, reading))
    return answer


def keep_message_status(runtime: Runtime, status: TextReport) -> Mapping[str, Any]:
    """Keep what became of a text of ours; any order and repetition ends in the same row. Raises DatabaseAway."""
    facts = runtime.facts.about(status.message_sid)
    answer: Mapping[str, Any] = facts.call("record_message_status", **status_params(status))
    return answer
