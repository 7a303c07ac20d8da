"""Store what the carrier reports about a text of ours. A fact: any order, any repetition.

DatabaseAway goes up to the webhook, which answers 503, so that the carrier tells it again.
"""

import logging

from voicebot.domain.texts.reports import TextReport
from voicebot.runtime import Runtime
from voicebot.services.texts.keep_facts import keep_message_status

logger = logging.getLogger(__name__)


def record_message_status(runtime: Runtime, status: TextReport) -> None:
    """Store a status, also before its text; a status that names no text is dropped."""
    if not status.message_sid:
        logger.warning("a delivery report without a name", extra={"code": "no_sid"})
        return
    answer = keep_message_status(runtime, status)
    logger.info(
        "told about a text",
        extra={
            "message_sid": status.message_sid,
            "status": status.status,
            "outcome": answer.get("result"),
            "code": status.error_code,
        },
    )
