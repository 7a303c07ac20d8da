"""One socket of one call: who it is, then the call's owner with this socket's line, until either is gone.

Nothing is asked of a provider before the token was accepted. When the socket is gone, everything that is known is committed, so
that whoever the carrier asks next goes on from there: another socket, or Gather.
"""

import logging
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import uuid4

import orjson

from voicebot.domain.call.actions import HangUp
from voicebot.domain.call.answers import taken_over
from voicebot.domain.call.background import Transport
from voicebot.domain.call.events import (
    CallStarted,
    Event,
    TransferEnded,
    TransferOutcome,
    TransportLost,
    TransportResumed,
)
from voicebot.domain.call.flow import new_call
from voicebot.domain.call.sides import our_number, their_number
from voicebot.domain.call.state import CallState, Consent, Phase
from voicebot.domain.call.stepping.stepped import Held
from voicebot.domain.prices import MINUTE_USD, RELAY_MINUTE_USD
from voicebot.runtime import Runtime
from voicebot.services.calls.guide import onboarding_of
from voicebot.services.calls.media.tape import Tape
from voicebot.services.calls.ports import Fenced, Ports
from voicebot.services.calls.realtime.make import has_engine
from voicebot.services.calls.run import CallOwner
from voicebot.services.calls.setup import call_setup, told_again
from voicebot.services.calls.stepping.hearing import sound_of
from voicebot.services.calls.streams.carried import CarriedBrain, CarriedLine, CarriedLog
from voicebot.services.calls.streams.codes import CodeGuard
from voicebot.services.calls.streams.inbox import StreamInbox
from voicebot.services.calls.streams.line import StreamCall, StreamOpening, StreamStart
from voicebot.services.calls.streams.lines import make_brain, make_line, read_start
from voicebot.services.calls.streams.log import StreamLease, StreamLog
from voicebot.services.calls.streams.socket import StreamSocket
from voicebot.services.calls.streams.tokens import digest_of
from voicebot.services.calls.think import ChatBrain
from voicebot.services.calls.timers import Timers
from voicebot.services.calls.tools import CallTools
from voicebot.services.meter import Meter
from voicebot.sockets.ending import SocketClosed
from voicebot.storage.calls import streams
from voicebot.storage.calls.streams import ClaimedStream, RefusedStream
from voicebot.storage.database import DatabaseAway

log = logging.getLogger(__name__)

MINUTES_USD = {Transport.RELAY: MINUTE_USD + RELAY_MINUTE_USD}
"""What a minute costs where it costs more than on other lines."""
UNACCEPTED, TEXT_ONLY, TRY_AGAIN, NO_ROOM = 1008, 1003, 1011, 1013


def carry(runtime: Runtime, socket: StreamSocket, transport: Transport) -> None:
    """Carry a call until the socket is gone or the call is over; close a socket without a valid token."""
    if len(runtime.live_streams) >= runtime.settings.max_calls:
        # The action URL leads the call to where there is room.
        log.warning("a socket was refused: too many at once", extra={"limit": runtime.settings.max_calls})
        socket.close(NO_ROOM)
        return
    start = _await_start(runtime, socket, transport)
    if start is None:
        return
    lease = StreamLease(0, uuid4(), runtime.limits.stream.lease_s)
    try:
        claim = streams.claim_stream(
            runtime.database,
            start.call_sid,
            token_hash=digest_of(start.token),
            transport=transport,
            stream_sid=start.stream_sid,
            lease=lease.token,
            lease_s=lease.lease_s,
        )
    except DatabaseAway:
        # The carrier asks the action URL, which can wait.
        log.warning("a socket could not be claimed", extra={"reason": "DatabaseAway"})
        socket.close(TRY_AGAIN)
        return
    if isinstance(claim, RefusedStream):
        log.warning("a socket was refused", extra={"code": claim.code})
        socket.close(UNACCEPTED)
        return
    session = StreamSession(runtime, socket, transport, start, claim, replace(lease, call_id=claim.call_id))
    session.run()


def _await_start(runtime: Runtime, socket: StreamSocket, transport: Transport) -> StreamStart | None:
    until = time.monotonic() + runtime.limits.stream.start_within_s
    with suppress(SocketClosed):
        while (left_s := until - time.monotonic()) > 0:
            message = _message_of(socket.receive(left_s))
            start = read_start(transport, message) if message else None
            if start is not None:
                return start
        socket.close(UNACCEPTED)
    return None


def _message_of(received: str | bytes | None) -> Mapping[str, Any] | None:
    """Return a text frame's JSON object; None for anything else."""
    if not isinstance(received, str):
        return None
    try:
        message = orjson.loads(received)
    except orjson.JSONDecodeError:
        return None
    return message if isinstance(message, dict) else None


class StreamSession:
    """A claimed socket."""

    def __init__(
        self,
        runtime: Runtime,
        socket: StreamSocket,
        transport: Transport,
        start: StreamStart,
        claim: ClaimedStream,
        lease: StreamLease,
    ) -> None:
        self._runtime, self._socket = runtime, socket
        self.call_id, self.lease = claim.call_id, lease
        state = self._state = _state_of(runtime, claim, transport)
        self._resumed, self._transfer = claim.snapshot is not None, claim.transfer
        meter = Meter()
        self._inbox = StreamInbox(runtime.call_clock())
        sides = (claim.direction, claim.from_number, claim.to_number)
        theirs, ours = their_number(*sides), our_number(*sides)
        call = StreamCall(
            call_id=claim.call_id,
            call_sid=start.call_sid,
            stream_sid=start.stream_sid,
            transport=transport,
            background=claim.background,
            setup=state.setup,
            voice_id=state.voice_id or runtime.settings.elevenlabs_voice_id,
            language=state.setup.language,
            meter=meter,
            ours=ours,
            tape=_tape_of(runtime, claim, state, transport),
        )
        self.sound = sound_of(runtime, socket, call, self._inbox.post)
        """For people of the team; None where the carrier itself hears and speaks."""
        self._line = make_line(runtime, self.sound or socket, call)
        self._codes = CodeGuard(runtime, lease, (theirs, ours), self._inbox.post)
        self._log = StreamLog(
            runtime,
            claim,
            lease,
            meter,
            report=self._inbox.post,
            fenced=self._fenced,
            minute_usd=MINUTES_USD.get(transport, MINUTE_USD),
        )
        brain = ChatBrain(runtime, claim.background, self._line.cutter, meter)
        self._book = CarriedLog(self._line, self._log)
        bridge = self.sound.bridge if self.sound else lambda _: None
        self._carried = CarriedLine(self._line, self._log, state.setup, bridge)
        ports = Ports(
            line=self._carried,
            log=self._book,
            brain=CarriedBrain(self._line, make_brain(self._line, brain)),
            tools=CallTools(runtime, claim.call_id, claim.background),
            inbox=self._inbox,
        )
        self._owner = CallOwner(state, Timers(claim.snapshot.timers if claim.snapshot else None), ports)

    def run(self) -> None:
        """Carry the call; returns when everything that is known of it is committed."""
        runtime = self._runtime
        runtime.live_calls.hold(self.call_id)
        runtime.live_streams[self.call_id] = self
        owner = threading.Thread(target=self._own, daemon=True)
        try:
            opening = StreamOpening(
                state=self._state,
                resumed=self._resumed,
                now=self._inbox.now,
                wake=self._inbox.wake,
                kept=lambda: self.is_kept,
            )
            self._line.start(opening, self._codes.report)
            if self.sound and self._state.stepped.held is Held.BY_BROWSER:
                self.sound.bridge(self._state.stepped.by)
            owner.start()
            with suppress(SocketClosed):
                self._socket.listen(self._hear)
        finally:
            self._leave()
            owner.join(runtime.limits.stream.idle_s)
            self._line.close()
            self._inbox.wake(None, self._line.close)
            if not self._log.leave(runtime.limits.stream.leave_s):
                log.warning("the end of a session is not committed", extra={"call_id": self.call_id})
            if runtime.live_streams.get(self.call_id) is self:
                del runtime.live_streams[self.call_id]
            runtime.live_calls.release(self.call_id)

    @property
    def is_kept(self) -> bool:
        """Whether everything that has happened is committed."""
        # What was heard a moment ago may still be on its way to the log.
        return self._inbox.is_settled and self._log.is_kept

    def tell(self, event: Event) -> None:
        """Tell the call's owner what happened elsewhere."""
        self._inbox.post(event)

    def move(self) -> None:
        """Have the call carried by another process, from its next pause on."""
        self._line.move()

    def end(self) -> None:
        """Close the socket: the call goes on wherever the carrier asks next."""
        self._socket.close(1012)

    def stop(self) -> None:
        """Somebody else has the call: nothing more is said here."""
        self._log.fence()

    def _own(self) -> None:
        opening = self._opening()
        self._log.opens(opening)
        try:
            with suppress(Fenced):
                self._owner.open(opening)
                if self._state.phase is Phase.ENDING:
                    # Its last words were said, or nobody is there to hear them.
                    self._carried.perform(HangUp(self._state.committed_gen))
                self._owner.run(self._runtime.limits.stream.idle_s, lambda: self._book.left)
        except Exception:
            # The carrier asks the action URL, which goes on from what is committed.
            log.exception("the owner of a call has failed", extra={"call_id": self.call_id})
        finally:
            self._socket.close(1000)

    def _opening(self) -> list[Event]:
        if not self._resumed:
            return [CallStarted()]
        if self._state.phase is Phase.TRANSFERRING:
            # The caller is with us again: whatever became of it, it is over.
            return [TransferEnded(self._transfer or TransferOutcome.FAILED)]
        # Of a process that died nobody has told it.
        return [TransportLost(), TransportResumed()]

    def _hear(self, received: str | bytes) -> None:
        if isinstance(received, bytes):
            self._socket.close(TEXT_ONLY)
        elif message := _message_of(received):
            self._line.hear(message)
            if self.sound is not None:
                self.sound.heard(message)

    def _leave(self) -> None:
        if self.sound:
            self.sound.close_all()
        self._line.lost()
        self._inbox.post(TransportLost())

    def _fenced(self) -> None:
        self._line.close()
        self._socket.close(1000)
        # Whoever waits for the next event has to see it.
        self._inbox.post(TransportLost())


def _tape_of(runtime: Runtime, claim: ClaimedStream, state: CallState, transport: Transport) -> Tape | None:
    """Return where the call's sound is kept, if it is recorded and sound reaches us: whether it is was announced before."""
    if not state.recording or transport is not Transport.MEDIA or claim.public_id is None:
        return None
    return Tape(runtime.tapes.begin(claim.public_id, runtime.now()))


def _state_of(runtime: Runtime, claim: ClaimedStream, transport: Transport) -> CallState:
    if claim.snapshot:
        return told_again(runtime, taken_over(claim.snapshot.core), claim.background)
    background = claim.background
    setup = call_setup(runtime, background)
    # Announced and begun in the document: once a relay runs, no recording can begin (handbook 1.5).
    state = new_call(
        replace(setup, record=False),
        # An engine answers by itself: nobody else asks questions meanwhile.
        None if has_engine(runtime, background, transport) else onboarding_of(runtime, background),
    )
    if setup.record:
        state = replace(state, recording=True, consent=Consent.ANNOUNCED)
    return replace(state, expecting_code=background.code_runs)
