"""Carriers that do as they are told: the one of calls and the one of texts."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from tests.support.people import CALLER, OURS
from voicebot.providers.ports import (
    NewCall,
    NewMessage,
    Outcome,
    ProviderCall,
    ProviderError,
    ProviderMedia,
    ProviderMessage,
    ProviderNumber,
    SentMessage,
)


@dataclass
class CallCarrier:
    """The REST side of a carrier: calls as it knows them, the numbers of the account, and what it was asked."""

    calls: dict[str, ProviderCall] = field(default_factory=dict)
    numbers: list[ProviderNumber] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    failing: ProviderError | None = None
    broken: set[str] = field(default_factory=set)

    def knows(self, sid: str, status: str, **facts: Any) -> None:
        self.calls[sid] = ProviderCall(sid, status, "inbound", CALLER, OURS, **facts)

    def fetch_call(self, sid: str) -> ProviderCall:
        self.asked.append(("fetch", sid))
        if self.failing is not None:
            raise self.failing
        if sid in self.broken:
            raise ProviderError("twilio", "http_500", Outcome.UNKNOWN)
        if sid not in self.calls:
            raise ProviderError("twilio", "20404", Outcome.REFUSED)
        return self.calls[sid]

    def end_call(self, sid: str) -> None:
        self.asked.append(("end", sid))
        self.calls[sid] = replace(self.calls[sid], status="completed", duration_s=1920)

    def list_numbers(self) -> list[ProviderNumber]:
        return list(self.numbers)

    def change_number(self, sid: str, fields: Mapping[str, str]) -> None:
        self.asked.append(("change", sid))
        if self.failing is not None:
            raise self.failing
        self.numbers = [replace(each, **fields) if each.sid == sid else each for each in self.numbers]

    def create_call(self, call: NewCall) -> str:
        raise AssertionError("nobody is dialled here")

    def redirect_call(self, sid: str, *, url: str) -> None:
        raise AssertionError("no call is redirected here")

    def list_calls(
        self, *, to: str | None = None, started_after: datetime | None = None, limit: int = 1000
    ) -> Iterator[ProviderCall]:
        raise AssertionError("calls are fetched one by one")

    def start_recording(self, sid: str, *, callback_url: str) -> str:
        raise AssertionError("nothing is recorded here")

    def delete_recording(self, sid: str) -> None:
        self.asked.append(("delete", sid))
        if self.failing is not None:
            raise self.failing


def sid(prefix: str = "SM") -> str:
    return f"{prefix}{uuid.uuid4().hex}"


@dataclass
class TextCarrier:
    """Takes texts, or fails as the script says; lists what it knows."""

    script: list[ProviderError | Callable[[NewMessage], None]] = field(default_factory=list)
    taken: list[NewMessage] = field(default_factory=list)
    messages: list[ProviderMessage] = field(default_factory=list)
    media: dict[str, list[ProviderMedia]] = field(default_factory=dict)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def send_message(self, message: NewMessage) -> SentMessage:
        step = self.script.pop(0) if self.script else None
        if isinstance(step, ProviderError) and step.outcome is not Outcome.UNKNOWN:
            raise step
        self.taken.append(message)
        known = ProviderMessage(
            sid=sid(),
            status="queued",
            direction="outbound-api",
            from_number=message.from_number,
            to_number=message.to,
            body=message.body,
            created_at=self.now(),
        )
        self.messages.insert(0, known)
        if isinstance(step, ProviderError):
            raise step
        if step is not None:
            step(message)
        return SentMessage(known.sid, "queued", 1)

    def fetch_message(self, sid: str) -> ProviderMessage:
        for message in self.messages:
            if message.sid == sid:
                return message
        raise ProviderError("twilio", "20404", Outcome.REFUSED)

    def list_messages(
        self, *, sent_after: datetime | None = None, to: str | None = None, limit: int = 1000
    ) -> Iterator[ProviderMessage]:
        for message in self.messages[:limit]:
            if to is not None and message.to_number != to:
                continue
            if sent_after is None or (message.sent_at and message.sent_at > sent_after):
                yield message

    def list_media(self, sid: str) -> list[ProviderMedia]:
        return self.media.get(sid, [])
