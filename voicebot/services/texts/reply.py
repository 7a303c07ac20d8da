"""Send what a person writes in the inbox: at once, which takes the thread over from the bot, or later."""

import hashlib
import logging
from datetime import datetime
from uuid import UUID

from voicebot.domain.access.actor import Actor
from voicebot.runtime import Runtime
from voicebot.services.texts.send import NOT_TEXTABLE, is_textable
from voicebot.storage.texts import inbox
from voicebot.storage.texts.inbox import Done

LONGEST_TEXT = 1600
"""What the carrier takes as one message (handbook 6.3, error 21617)."""
log = logging.getLogger(__name__)


def send_reply(
    runtime: Runtime,
    item: UUID,
    content: str,
    *,
    actor: Actor,
    reader: Actor,
    request_key: str | None = None,
    version: int | None = None,
    not_before: datetime | None = None,
) -> Done:
    """Queue a text of at most LONGEST_TEXT characters to whoever the item is about. Raises DatabaseAway.

    `refused`: unknown_item, changed, suppressed, window_closed, wrong_time, no_number, not_textable, wrong_length, key_used.
    """
    if not 0 < len(content.strip()) <= LONGEST_TEXT:
        return Done("wrong_length")
    found = inbox.show_item(runtime.database, item, actor=reader)
    if found is None:
        return Done("unknown_item")
    number, channel = found["item"]["phone_number"], found["item"]["channel"] or "sms"
    if not number or not is_textable(channel, number, runtime.settings.allowed_countries):
        return Done(NOT_TEXTABLE if number else "no_number")
    done = inbox.reply(
        runtime.database,
        item,
        content.strip(),
        hours=runtime.settings.give_back_after_hours,
        request_key=own_key(actor, item, request_key),
        version=version,
        not_before=not_before,
        actor=actor,
    )
    if done.refused is None and not_before is None:
        runtime.hint.made_work()
    return done


def own_key(actor: Actor, item: UUID, key: str | None) -> str | None:
    """Return a key for this actor and this item, so that two actors never share one by choosing the same."""
    if not key:
        return None
    told = f"{actor.key_id}:{actor.user_id}:{item}:{key}"
    return f"inbox:{hashlib.sha256(told.encode()).hexdigest()}"


def give_back(runtime: Runtime) -> int:
    """Let the bot answer threads whose time with a person is over. Repeating it is safe."""
    count = inbox.give_back_threads(runtime.database)
    if count:
        log.info("threads are the bot's again", extra={"count": count})
    return count
