"""Find out what became of texts that the carrier may have taken. Such texts are never sent again.

A callback with our id in its URL settles most of them; for the rest this asks the carrier's list. A text that is not on
the list stays unconfirmed.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence

from voicebot.domain.person.addresses import wire_address
from voicebot.domain.texts.match import Listed, Unconfirmed, matches
from voicebot.providers.ports import Outcome, ProviderError, ProviderMessage
from voicebot.runtime import Runtime
from voicebot.storage.texts import messages, outbox
from voicebot.storage.texts.outbox import UnknownText

MOST_LISTED = 200
log = logging.getLogger(__name__)


def resolve_unknown_texts(runtime: Runtime) -> int:
    """Bind unconfirmed texts to what the carrier lists for their numbers; return how many. Repeating it is safe."""
    waiting: dict[str, list[UnknownText]] = defaultdict(list)
    limits = runtime.limits.text
    unknown = outbox.unknown_texts(
        runtime.database, older_than_s=limits.unknown_after_s, thin_after_s=limits.unknown_thin_after_s
    )
    for text in unknown:
        waiting[wire_address(text.channel, text.to_number)].append(text)
    resolved = 0
    for number, texts in waiting.items():
        try:
            resolved += _resolve(runtime, number, texts)
        except ProviderError as error:
            log.warning("texts not resolved", extra={"code": error.code, "outcome": error.outcome})
            if error.outcome is not Outcome.REFUSED:
                break
    return resolved


def _resolve(runtime: Runtime, number: str, texts: Sequence[UnknownText]) -> int:
    # By number and without a time: what is still queued has no time yet, and a filter by time leaves it out.
    listed = [
        message
        for message in runtime.messaging.list_messages(to=number, limit=MOST_LISTED)
        if message.direction != "inbound"
    ]
    by_sid = {message.sid: message for message in listed}
    taken = messages.known_message_sids(runtime.database, list(by_sid))
    found = matches([_unconfirmed(text, number) for text in texts], [_listed(each) for each in listed], taken)
    count = 0
    for message_id, sid in found.items():
        message = by_sid[sid]
        if outbox.resolve_message(
            runtime.database, message_id, sid, status=message.status, error_code=message.error_code
        ):
            count += 1
            log.info("text found at the carrier", extra={"key": message_id, "message_sid": sid})
    return count


def _unconfirmed(text: UnknownText, number: str) -> Unconfirmed:
    return Unconfirmed(text.id, number, text.content, text.sending_at)


def _listed(message: ProviderMessage) -> Listed:
    return Listed(message.sid, message.to_number, message.body, message.created_at or message.sent_at)
