"""A browser hears a call: its socket is proven by a one-time token, and closed when its session or its right ends.

What a browser sends is read for who was let in to talk with the caller alone; anybody else who sends sound is shown out.
"""

import json
import logging
import time
from contextlib import suppress
from uuid import UUID

from voicebot.domain.call.stepping.kinds import StepKind
from voicebot.domain.json_text import read_json
from voicebot.runtime import Runtime
from voicebot.services.calls.stepping.add import step_in
from voicebot.services.calls.stepping.neighbours import SoundSource, hear_elsewhere
from voicebot.services.calls.stepping.sound import CallSound
from voicebot.services.calls.streams.socket import StreamSocket
from voicebot.services.calls.streams.tokens import digest_of
from voicebot.sockets.ending import SocketClosed
from voicebot.storage.calls import listeners
from voicebot.storage.calls.listeners import ClaimedHearer
from voicebot.storage.database import DatabaseAway

START_WITHIN_S = 5.0
LOOKS_AGAIN_S = 2.0
QUIET_S = 3.0
"""A microphone sends all the time: after this long without a frame, the person who talks with the caller counts as gone."""
UNACCEPTED, TRY_AGAIN, SIGNED_OUT, ELSEWHERE, GONE, OVER = 1008, 1011, 4401, 4404, 4408, 4410

log = logging.getLogger(__name__)


class BrowserHearer:
    """One browser, as a call knows it."""

    def __init__(self, socket: StreamSocket, claim: ClaimedHearer) -> None:
        self._socket = socket
        self.maker, self.talks = claim.maker, claim.talks
        self.open_since: float | None = None
        """When the way up was opened."""

    def hear(self, frame: bytes) -> None:
        """Send a frame of both legs."""
        self._socket.send(frame)

    def told(self, word: str) -> None:
        """Say whether the way up is open."""
        self.open_since = time.monotonic() if word == "talking" else None
        self._socket.send(json.dumps({"state": word}))
        if word == "over":
            self._socket.close(OVER)


def serve_browser(runtime: Runtime, socket: StreamSocket, call: UUID, session_hash: str | None) -> None:
    """Let a browser hear a call until it is gone, or may no longer."""
    claim = _claim(runtime, socket, call, session_hash)
    if claim is None:
        return
    hearer = BrowserHearer(socket, claim)
    session = runtime.live_streams.get(claim.call_id)
    sound: CallSound | None = session.sound if session else None
    source: SoundSource | None = sound or hear_elsewhere(runtime, claim.call_id, hearer)
    if source is None:
        # No process of this machine has the call.
        if claim.talks:
            # The caller is not left waiting for sound that cannot come.
            with suppress(DatabaseAway):
                step_in(runtime, call, StepKind.GIVE_BACK, {}, actor=claim.actor)
        socket.close(ELSEWHERE)
        return
    source.attach(hearer)
    try:
        _carry(runtime, socket, claim, hearer, source)
    finally:
        source.detach(hearer)


def _claim(
    runtime: Runtime, socket: StreamSocket, call: UUID, session_hash: str | None
) -> ClaimedHearer | None:
    token = _token(socket)
    if token is None:
        socket.close(UNACCEPTED)
        return None
    try:
        claim = listeners.claim_audio(runtime.database, call, digest_of(token), session_hash=session_hash)
    except DatabaseAway:
        socket.close(TRY_AGAIN)
        return None
    if isinstance(claim, str):
        log.warning("a browser may not hear a call", extra={"code": claim})
        socket.close(UNACCEPTED)
        return None
    return claim


def _token(socket: StreamSocket) -> str | None:
    """Return the token of the first message, which has to come soon."""
    with suppress(SocketClosed, ValueError):
        first = socket.receive(START_WITHIN_S)
        said = read_json(first) if isinstance(first, str) else None
        token = said.get("token") if isinstance(said, dict) else None
        return token if isinstance(token, str) and token else None
    return None


def _carry(
    runtime: Runtime, socket: StreamSocket, claim: ClaimedHearer, hearer: BrowserHearer, source: SoundSource
) -> None:
    heard_at = time.monotonic()
    look_at = heard_at + LOOKS_AGAIN_S
    with suppress(SocketClosed):
        while True:
            # Whether the way up was opened meanwhile is looked at as often as a microphone may be quiet.
            wait_s = min(QUIET_S / 2, look_at - time.monotonic())
            received = socket.receive(max(0.05, wait_s))
            if isinstance(received, bytes):
                if not claim.talks:
                    # There is no way up for who only listens.
                    socket.close(UNACCEPTED)
                    return
                source.speak(hearer, received)
                heard_at = time.monotonic()
            open_since = hearer.open_since
            if open_since is not None and time.monotonic() - max(heard_at, open_since) > QUIET_S:
                # The bot goes on unless they come back.
                socket.close(GONE)
                return
            if time.monotonic() >= look_at:
                if not _stands(runtime, claim):
                    socket.close(SIGNED_OUT)
                    return
                look_at = time.monotonic() + LOOKS_AGAIN_S


def _stands(runtime: Runtime, claim: ClaimedHearer) -> bool:
    try:
        return listeners.audio_stands(runtime.database, claim.call_id, claim.session_id)
    except DatabaseAway:
        # Without the database a revoked session looks like a valid one: nobody hears a call on trust.
        return False
