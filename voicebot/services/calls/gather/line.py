"""Gather as a line: what is said and how the turn closes is collected here, and served as documents by the process that is asked.

The voice starts at once; nothing is played before it is committed.
"""

from dataclasses import replace
from typing import assert_never

from voicebot.domain.answer.respelling import said_otherwise
from voicebot.domain.call.actions import (
    Bridge,
    HangUp,
    LineAction,
    Listen,
    PlayClip,
    Record,
    Speak,
    StopSpeaking,
    SwitchLanguage,
    SwitchVoice,
    Transfer,
)
from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.domain.call.setup import CallSetup
from voicebot.domain.call.turn import Closing, RecordingStart, SpeechItem, SpokenItem
from voicebot.domain.call.utterances import NO_GEN
from voicebot.domain.prices import voice_usd
from voicebot.runtime import Runtime
from voicebot.services.calls.gather.parts import CommittedParts
from voicebot.services.calls.speech import start_clip
from voicebot.services.meter import Meter
from voicebot.transports.sentences import SentenceSplitter


class GatherLine:
    """Carries one turn."""

    def __init__(
        self,
        runtime: Runtime,
        place: tuple[int, int],
        parts: CommittedParts,
        setup: CallSetup,
        voice_id: str,
        meter: Meter,
    ) -> None:
        """`place` is the call's id and the turn; `parts` tells how much of the turn is committed."""
        self._runtime, self._place, self._parts, self._meter = runtime, place, parts, meter
        self._setup, self._voice_id = setup, voice_id
        self._speech: list[SpeechItem] = []
        self.closing: Closing | None = None

    def perform(self, action: LineAction) -> None:
        """Collect what is to be said, and how the turn closes."""
        match action:
            case Speak(gen, seq, text, interruptible):
                self._say(gen, seq, text, interruptible)
            case PlayClip(name, seq, interruptible):
                self._say(NO_GEN, seq, phrase(name, self._setup.language), interruptible, clip=name)
            case Record():
                self._speech.append(RecordingStart())
            case Listen() | Transfer() | HangUp():
                # A talk with a person may last as long as a whole call.
                self.closing = Closing(action, self._setup.language, self._setup.max_duration_s)
            case SwitchVoice(voice_id):
                self._voice_id = voice_id
            case SwitchLanguage(language, voice_id):
                self._setup = replace(self._setup, language=language)
                self._voice_id = voice_id or self._voice_id
            case StopSpeaking() | Bridge():
                # A caller who can interrupt us has heard the served words: the next turn is asked for. No sound comes by here.
                pass
            case _:
                assert_never(action)

    def cutter(self) -> SentenceSplitter:
        """Cut into sentences, the first one short: Twilio downloads a clip whole before it plays it."""
        return SentenceSplitter(self._setup.language)

    def take(self) -> tuple[SpeechItem, ...]:
        """Return what is to be said since the last time, to be committed."""
        speech, self._speech = tuple(self._speech), []
        return speech

    def _say(self, gen: int, seq: int, text: str, interruptible: bool, clip: Phrase | None = None) -> None:
        said_as = (
            said_otherwise(text, self._setup.pronunciations, self._setup.language) if clip is None else ""
        )
        item = SpokenItem(gen, seq, text, self._voice_id, self._setup.language, interruptible, clip, said_as)
        self._speech.append(item)
        if clip is None and self._place[1] > 0:
            # Phrases and greetings are made once and kept.
            self._meter.add(voice_usd(item.spoken))
        if self._setup.pickup and self._place[1] == 0:
            # Made before the dial. What is not there by now is the carrier's to say: nobody waits for it.
            return
        start_clip(self._runtime, (*self._place, len(self._parts), len(self._speech) - 1), item)
