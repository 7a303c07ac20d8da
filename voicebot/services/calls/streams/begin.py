"""The documents of calls on sockets: one that opens a socket, and one for a call whose socket is gone."""

import logging
from dataclasses import dataclass, replace

from voicebot.domain.answer.respelling import respelt
from voicebot.domain.call.actions import Transfer
from voicebot.domain.call.background import CallBackground, Transport
from voicebot.domain.call.events import Event, TransferOutcome, TransportLost, TransportResumed
from voicebot.domain.call.heard import unheard
from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.domain.call.setup import CallSetup
from voicebot.domain.call.state import CallState, Phase
from voicebot.domain.call.turn import Closing
from voicebot.runtime import Runtime
from voicebot.services.calls import last_resort
from voicebot.services.calls.relay.attributes import relay_element
from voicebot.services.calls.setup import call_setup, told_again
from voicebot.services.calls.streams.choose import usable_sockets
from voicebot.services.calls.streams.handoff import Handoff
from voicebot.services.calls.streams.tokens import PARAMETER, StreamToken, new_token
from voicebot.storage.calls import streams
from voicebot.storage.calls.streams import StandingCall, StreamOffer
from voicebot.storage.calls.turn_rows import OfferedStream
from voicebot.transports.twilio import twiml, urls
from voicebot.transports.twilio.forms import SessionEnd
from voicebot.transports.twilio.twiml import Item, Spoken, StartRecording, StreamElement

MOST_OFFERS = 3
"""A call whose sockets break so often in a row goes on without one."""
UNREACHED = "64102"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Offer:
    """A socket that a document may ask for."""

    token: StreamToken
    stored: StreamOffer


def offer(runtime: Runtime) -> Offer | None:
    """Return a new one; None where no socket can carry a call now."""
    usable = usable_sockets(runtime)
    if not usable:
        return None
    token, usual = new_token(), Transport(runtime.settings.voice_transport)
    return Offer(token, StreamOffer(token.digest, runtime.limits.stream.token_s, usual, usable))


def document(runtime: Runtime, offered: OfferedStream, token: StreamToken) -> str:
    """Return the first document of a call that a socket carries."""
    background = offered.background
    setup = call_setup(runtime, background)
    opening: list[Item] = []
    if setup.record:
        words = setup.recording_announcement.strip() or phrase(Phrase.RECORDING_ANNOUNCEMENT, setup.language)
        opening = [
            Spoken(respelt(words, setup.pronunciations).text),
            StartRecording(urls.recording_url(runtime.settings)),
        ]
    voice_id = setup.voice_id or runtime.settings.elevenlabs_voice_id
    return _connect(runtime, opening, offered.transport, background, setup, voice_id, token)


def _connect(
    runtime: Runtime,
    opening: list[Item],
    transport: Transport,
    background: CallBackground,
    setup: CallSetup,
    voice_id: str,
    token: StreamToken,
) -> str:
    if transport is Transport.MEDIA:
        stream = StreamElement(urls.media_socket_url(runtime.settings), {PARAMETER: token.secret})
        then = urls.stream_over_url(runtime.settings)
        return twiml.connect_stream(opening, stream, then=then, language=setup.language)
    element = relay_element(runtime.settings, background.template, setup, voice_id, token.secret)
    return twiml.connect_relay(
        opening, element, action=urls.relay_action_url(runtime.settings), language=setup.language
    )


@dataclass(frozen=True)
class After:
    """What follows a socket: a document, or a turn of Gather's that `opening` opens."""

    document: str = ""
    turn: int = 0
    opening: tuple[Event, ...] = ()


def after_session(runtime: Runtime, call_sid: str, end: SessionEnd, ours: str) -> After:
    """Return what follows a socket that is gone. Raises DatabaseAway."""
    if end.over:
        # The caller has hung up; nobody hears the answer.
        return After(twiml.hang_up([], language=runtime.settings.home_language))
    if end.next == Handoff.HANG_UP:
        # Its last words were heard, and nothing else has to be known.
        return After(twiml.hang_up([], language=runtime.settings.home_language))
    if end.error == UNREACHED:
        runtime.sockets_health.note(came_through=False)
    fresh = offer(runtime)
    call = streams.offer_stream(runtime.database, call_sid, fresh.stored if fresh else None)
    if call is None:
        log.warning("a session of a call that nobody knows", extra={"call_sid": call_sid})
        return After(last_resort.unknown_call(runtime.settings.home_language))
    if call.ended:
        return After(twiml.hang_up([], language=runtime.settings.home_language))
    return _goes_on(runtime, call, end, ours, fresh)


def after_transfer(runtime: Runtime, call_sid: str, outcome: TransferOutcome) -> str:
    """Return the document that brings a caller back to their socket whom nobody has answered; blank: Gather goes on.

    The session that the socket begins learns how the transfer ended. Raises DatabaseAway.
    """
    if outcome is TransferOutcome.COMPLETED or (fresh := offer(runtime)) is None:
        return ""
    fresh = replace(fresh, stored=replace(fresh.stored, transfer=outcome))
    call = streams.offer_stream(runtime.database, call_sid, fresh.stored)
    core = call.snapshot.core if call and call.snapshot else None
    if call is None or core is None or call.ended or core.phase is not Phase.TRANSFERRING:
        return ""
    return _own_line(runtime, call, fresh)


def _goes_on(runtime: Runtime, call: StandingCall, end: SessionEnd, ours: str, fresh: Offer | None) -> After:
    core = told_again(runtime, call.snapshot.core, call.background) if call.snapshot else None
    if core and core.phase in (Phase.ENDING, Phase.ENDED):
        return After(twiml.hang_up(_unheard(core), language=core.setup.language))
    if core and core.phase is Phase.TRANSFERRING and call.closing and isinstance(call.closing.end, Transfer):
        return After(_transfer(runtime, call.closing, core, call.turn, ours))
    # A socket that never came would not come this time either.
    if not (end.refused or call.missed) and (connecting := _own_line(runtime, call, fresh)):
        return After(connecting)
    return After(turn=call.turn + 1, opening=(TransportLost(), TransportResumed()))


def _own_line(runtime: Runtime, call: StandingCall, fresh: Offer | None) -> str:
    """Return the document that asks for another socket of the call's own kind; blank where none would come."""
    carried = fresh is not None and call.transport in fresh.stored.usable
    if not fresh or not carried or not call.transport or call.offered > MOST_OFFERS:
        return ""
    core = call.snapshot.core if call.snapshot else None
    setup = core.setup if core else call_setup(runtime, call.background)
    voice_id = (core.voice_id if core else setup.voice_id) or runtime.settings.elevenlabs_voice_id
    return _connect(runtime, [], call.transport, call.background, setup, voice_id, fresh.token)


def _unheard(core: CallState) -> list[Item]:
    return [Spoken(respelt(entry.text, core.setup.pronunciations).text) for entry in unheard(core)]


def _transfer(runtime: Runtime, closing: Closing, core: CallState, turn: int, ours: str) -> str:
    end = closing.end
    assert isinstance(end, Transfer)
    return twiml.transfer(
        _unheard(core),
        to=end.to,
        at_once=end.at_once,
        action=urls.transfer_url(runtime.settings, turn + 1),
        leg_status=urls.leg_status_url(runtime.settings),
        caller_id=ours,
        ring_s=end.ring_s,
        time_limit_s=closing.time_limit_s,
        language=core.setup.language,
    )
