"""When the caller spoke, by the signs of turn taking."""

from collections.abc import Callable

from voicebot.domain.call.actions import Speaker
from voicebot.domain.call.turn_taking.signals import (
    FRAME_MS,
    Backchannel,
    HoldMusic,
    MaybeDone,
    Noise,
    Resumed,
    Signal,
    SpeechStarted,
    TurnDone,
)
from voicebot.services.calls.streams.speech_events import SpeechEvents


def note_sign(speech: SpeechEvents, sign: Signal, clock_of: Callable[[int], float]) -> None:
    """Note what a sign says of the caller's speech. `clock_of`: when the frame came that ends there."""
    match sign:
        case SpeechStarted(at_ms, since_ms):
            speech.opens(Speaker.CALLER, clock_of(since_ms or at_ms) - FRAME_MS)
        case Resumed(at_ms, since_ms):
            speech.opens(Speaker.CALLER, clock_of(since_ms or at_ms) - FRAME_MS)
        case MaybeDone(_, last_speech_ms) | TurnDone(_, last_speech_ms):
            speech.closes(Speaker.CALLER, clock_of(last_speech_ms))
        case Backchannel() | HoldMusic() | Noise():
            # After a pause it is already stored; without a pause it was too short or no utterance.
            speech.drops(Speaker.CALLER)
