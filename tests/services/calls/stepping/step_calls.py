"""Calls that operators step into, for tests."""

import queue
from typing import Any
from uuid import UUID

from tests.services.calls.gather.gather_calls import arrives
from tests.services.calls.media.media_session import MediaSession, Senses
from tests.services.calls.streams.stream_calls import RelaySession, parameters
from tests.support.waiting import wait_for
from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.runtime import Runtime
from voicebot.services.calls.stepping.add import step_in
from voicebot.storage.calls import commands
from voicebot.storage.calls.calls import show_call
from voicebot.storage.calls.commands import Added, RefusedCommand

GREETING = "How can I help you?"


def on_relay(runtime: Runtime, call_sid: str) -> RelaySession:
    session = RelaySession(runtime, call_sid, parameters(arrives(runtime, call_sid))["token"]).begin()
    session.hears(GREETING)
    session.takes(0.05)
    committed(runtime)
    return session


def on_media(runtime: Runtime, senses: Senses, call_sid: str) -> MediaSession:
    session = MediaSession(runtime, senses, call_sid, parameters(arrives(runtime, call_sid))["token"]).begin()
    session.hears(GREETING)
    committed(runtime)
    return session


def committed(runtime: Runtime) -> None:
    """Wait until the calls of a process are committed."""
    wait_for(lambda: all(session.is_kept for session in list(runtime.live_streams.values())))


def call_of(runtime: Runtime, call_sid: str) -> UUID:
    found = show_call(runtime.database, call_sid=call_sid, actor=THE_OPERATOR)
    assert found is not None
    return UUID(found["call"]["public_id"])


def asks(
    runtime: Runtime, call_sid: str, kind: str, *, actor: Actor = THE_OPERATOR, **arguments: Any
) -> Added | RefusedCommand:
    """An operator asks something of a call, at whatever process the page came from."""
    return step_in(runtime, call_of(runtime, call_sid), kind, arguments, actor=actor)


def told(runtime: Runtime, call_sid: str) -> list[tuple[Any, ...]]:
    """What became of everything that was asked."""
    found = commands.list_commands(runtime.database, call_of(runtime, call_sid), actor=THE_OPERATOR)
    assert found is not None
    return [(each["kind"], each["result"], each["refused"], each["number"]) for each in found["commands"]]


def is_done(runtime: Runtime, call_sid: str) -> list[tuple[Any, ...]]:
    """Wait until nothing waits any more."""
    wait_for(
        lambda: all(result is not None for _, result, _, _ in told(runtime, call_sid)),
        pause_s=0.01,
        told=lambda: told(runtime, call_sid),
    )
    return told(runtime, call_sid)


class Hears:
    """Somebody who hears a call."""

    def __init__(self, maker: str = "operator", *, talks: bool = False) -> None:
        self.maker, self.talks = maker, talks
        self.frames: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.words: list[str] = []

    def hear(self, frame: bytes) -> None:
        self.frames.put(frame)

    def told(self, word: str) -> None:
        self.words.append(word)

    def waits_for(self, word: str) -> None:
        wait_for(lambda: word in self.words, told=lambda: (word, self.words))
