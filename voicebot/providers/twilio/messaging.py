"""Texts at Twilio, or at a server that speaks its REST API.

There is no idempotency key on Twilio's POSTs, so nothing here is ever sent twice; what to do about an `unknown`
outcome is the caller's business.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson

from voicebot.providers.ports import NewMessage, ProviderMedia, ProviderMessage, SentMessage
from voicebot.providers.twilio.client import PAGE_SIZE, TwilioAccount, checked_sid, in_utc, present, readable
from voicebot.providers.twilio.records import media_of, message_of

MOST_MEDIA = 10


class TwilioMessaging(TwilioAccount):
    """`Messaging` over the twilio SDK. One instance a process; safe to share between threads and greenlets."""

    def send_message(self, message: NewMessage) -> SentMessage:
        """Hand over one text. An `unknown` outcome may have sent it: never repeat it blindly."""
        with readable():
            created = self._client.messages.create(**_form(message))
            sent = message_of(created) if created.status else None
            return SentMessage(
                sid=present(created.sid),
                status=sent.status if sent else "accepted",
                # The carrier counts a text that goes through a service only later, and says 0 until then.
                segments=(sent.segments or None) if sent else None,
            )

    def fetch_message(self, sid: str) -> ProviderMessage:
        """Return the text as Twilio has it."""
        with readable():
            return message_of(self._client.messages(checked_sid(sid, "SM", "MM")).fetch())

    def list_messages(
        self, *, sent_after: datetime | None = None, to: str | None = None, limit: int = 1000
    ) -> Iterator[ProviderMessage]:
        """Yield texts of both directions, newest first, fetching pages as needed; at most `limit`.

        Without `sent_after` queued texts are included, which have no such time yet. The time must be aware.
        """
        wanted: dict[str, Any] = {"limit": limit, "page_size": min(limit, PAGE_SIZE)}
        if to is not None:
            wanted["to"] = to
        if sent_after is not None:
            wanted["date_sent_after"] = in_utc(sent_after)
        return self._messages(wanted)

    def list_media(self, sid: str) -> list[ProviderMedia]:
        """Return the files of one message, in their order."""
        with readable():
            message = self._client.messages(checked_sid(sid, "SM", "MM"))
            return [media_of(record) for record in message.media.list(limit=MOST_MEDIA)]

    def _messages(self, wanted: dict[str, Any]) -> Iterator[ProviderMessage]:
        with readable():
            for record in self._client.messages.stream(**wanted):
                yield message_of(record)


def _form(message: NewMessage) -> dict[str, Any]:
    form: dict[str, Any] = {"to": message.to, "status_callback": message.status_url}
    if message.messaging_service_sid:
        form["messaging_service_sid"] = message.messaging_service_sid
    if message.from_number:
        form["from_"] = message.from_number
    if message.content_sid:
        form["content_sid"] = message.content_sid
        if message.content_variables:
            form["content_variables"] = orjson.dumps(dict(message.content_variables)).decode()
        return form
    if message.body:
        form["body"] = message.body
    if message.media_urls:
        form["media_url"] = list(message.media_urls)
    return form
