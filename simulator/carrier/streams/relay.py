"""One ConversationRelay session without socket and clock: its messages in response to app, caller and time (handbook 4)."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulator.carrier.streams import relay_latency as latency
from simulator.carrier.streams.relay_messages import (
    End,
    InvalidMessage,
    Language,
    Play,
    SendDigits,
    Text,
    read_message,
)
from simulator.carrier.streams.relay_terms import BACKCHANNEL, RelayTerms, ways
from simulator.carrier.streams.relay_voice import RelayVoice, Utterance, VoiceEvents
from simulator.carrier.streams.timetable import Timetable

JSON = dict[str, Any]

MOST_MALFORMED = 10
"""So many malformed messages in a row close the socket with 1007 (handbook 4.2)."""
DIGIT_S, PAUSE_S = 0.1, 0.5
"""A key tone, and a `w`."""
PARTIAL_EVERY_S = 0.3


@dataclass
class RelaySession:
    """The carrier's side of one session. `send` gets every message in order; time passes by `timetable.run`."""

    terms: RelayTerms
    timetable: Timetable
    send: Callable[[JSON], None]
    chance: random.Random
    heard: VoiceEvents
    """Told of the agent's voice besides the app: the phone's ear."""
    media_s: Callable[[str], tuple[str, float] | None]
    """Fetch a media URL: its words and its seconds, None when it cannot be played."""
    off_first: bool = False
    """Whether an interruption is told by `agentSpeaking off` before `interrupt`."""
    voice: RelayVoice = field(init=False)
    ended: End | None = None
    malformed: int = 0
    speaking: bool = False
    """Whether the caller is."""
    prompts: int = 0

    def __post_init__(self) -> None:
        events = VoiceEvents(self._on, self.heard.piece, self._played, self._off)
        self.voice = RelayVoice(self.timetable, events, self._first_after_s)
        self._greeted = not self.terms.greeting
        self._tts, self._heard_in = self.terms.tts_language, self.terms.transcription_language

    @property
    def too_malformed(self) -> bool:
        """Whether the app has sent so much nonsense that its socket is closed."""
        return self.malformed >= MOST_MALFORMED

    def greet(self) -> None:
        """Speak the welcome greeting, if there is one."""
        if self.terms.greeting:
            interruptible = self.terms.greeting_interruptible
            self.voice.text(self.terms.greeting, last=True, interruptible=interruptible, preemptible=False)

    # --- the app -------------------------------------------------------------------------------

    def take(self, raw: str | bytes) -> None:
        """Take one message of the app; one that breaks a rule gets an `error` (64107)."""
        try:
            message = read_message(raw)
        except InvalidMessage as invalid:
            self.malformed += 1
            self._error(64107, "Invalid message received", str(invalid))
            return
        self.malformed = 0
        if self.ended is not None:
            return
        match message:
            case Text():
                self._say(message)
            case Play():
                self._play(message)
            case SendDigits(digits):
                seconds = sum(PAUSE_S if key == "w" else DIGIT_S for key in digits)
                self.voice.add(self._sound(f"keys {digits}", seconds, frozenset(), preemptible=False))
            case Language():
                self._switch(message)
            case End():
                self.ended = message

    def _say(self, message: Text) -> None:
        if message.language is not None and not self.terms.speaks(message.language):
            self._error(64106, "Invalid argument", f"language {message.language}")
            return
        preemptible = self.terms.preemptible if message.preemptible is None else message.preemptible
        interruptible = ways(message.interruptible, self.terms.interruptible)
        self.voice.text(
            message.token, last=message.last, interruptible=interruptible, preemptible=preemptible
        )

    def _play(self, message: Play) -> None:
        found = self.media_s(message.source)
        if found is None:
            self._error(64106, "Invalid argument", "source cannot be played")
            return
        words, seconds = found
        interruptible = ways(message.interruptible, self.terms.interruptible)
        self.voice.add(
            self._sound(words, seconds * message.loop, interruptible, preemptible=message.preemptible)
        )

    def _sound(
        self, words: str, seconds: float, interruptible: frozenset[str], *, preemptible: bool
    ) -> Utterance:
        return Utterance(interruptible, preemptible, words, closed=True, sound_s=seconds, kind="play")

    def _switch(self, message: Language) -> None:
        for language in (message.tts, message.transcription):
            if language is not None and not self.terms.speaks(language):
                self._error(64106, "Invalid argument", f"language {language}")
                return
        self._tts = message.tts or self._tts
        self._heard_in = message.transcription or self._heard_in

    def _error(self, code: int, text: str, what: str) -> None:
        self.send({"type": "error", "description": f"{text}, code: {code}, {what}"})

    # --- the caller ----------------------------------------------------------------------------

    def speaks(self, words: str, seconds: float) -> None:
        """The caller begins to say something that takes so long."""
        self.speaking = True
        noticed_s = min(seconds, latency.SPEECH_NOTICED.draw(self.chance))
        self.timetable.after(noticed_s, lambda: self._noticed(words, seconds, noticed_s))

    def key(self, digit: str) -> None:
        """The caller presses a key: reported with dtmfDetection, and it cuts what is being said."""
        cuts = self.voice.interruptible_by("dtmf")
        if self.terms.dtmf and (cuts or self.voice.idle or "dtmf" in self.terms.reported):
            self.send({"type": "dtmf", "digit": digit})
        if cuts:
            self._interrupt()

    def _noticed(self, words: str, seconds: float, noticed_s: float) -> None:
        self._info("clientSpeaking", "on", "speaker-events")
        bare = words.strip(" .!?,").lower()
        backchannel = self.terms.ignores_backchannel and bare in BACKCHANNEL
        reported = not backchannel and (self.voice.idle or "speech" in self.terms.reported)
        if not backchannel and self.voice.interruptible_by("speech"):
            self._interrupt()
            reported = True
        if self.terms.partials and reported:
            self._partials(words, seconds, noticed_s)
        silence_s = self.terms.speech_timeout_s
        ends_s = seconds + (latency.END_OF_SPEECH.draw(self.chance) if silence_s is None else silence_s)
        self.timetable.after(max(0.0, seconds - noticed_s), self._is_silent)
        self.timetable.after(ends_s - noticed_s, lambda: self._prompt(words, reported=reported))

    def _partials(self, words: str, seconds: float, noticed_s: float) -> None:
        """What has been understood so far, each time from the beginning (handbook 4.1)."""
        told, at_s, came_s = "", PARTIAL_EVERY_S, 0.0
        while at_s < seconds + PARTIAL_EVERY_S:
            by_then = words if at_s >= seconds else _words_by(words, at_s / seconds)
            if by_then and by_then != told:
                told = by_then
                # A transcriber sends them in their order.
                came_s = max(came_s, min(at_s, seconds) + latency.PARTIAL.draw(self.chance))
                self.timetable.after(max(0.0, came_s - noticed_s), self._partial(by_then))
            at_s += PARTIAL_EVERY_S

    def _partial(self, words: str) -> Callable[[], None]:
        until = self.prompts

        def tell() -> None:
            # A partial that comes after the whole is of no use to anybody.
            if self.prompts == until:
                self._tell_prompt(words, last=False)

        return tell

    def _is_silent(self) -> None:
        self.speaking = False

    def _prompt(self, words: str, *, reported: bool) -> None:
        self._info("clientSpeaking", "off", "speaker-events")
        self.prompts += 1
        if reported:
            self._tell_prompt(words, last=True)

    def _tell_prompt(self, words: str, *, last: bool) -> None:
        language = self.terms.heard_language(self._heard_in)
        self.send({"type": "prompt", "voicePrompt": words, "lang": language, "last": last})

    def _interrupt(self) -> None:
        """Tell what was heard, and stop: the order of the two is not documented."""
        heard, lasted_ms = self.voice.heard()
        if self.off_first:
            self.voice.cut()
        self.send(
            {
                "type": "interrupt",
                "utteranceUntilInterrupt": heard,
                "durationUntilInterruptMs": lasted_ms,
            }
        )
        self.voice.cut()

    # --- the agent's voice ---------------------------------------------------------------------

    def _first_after_s(self) -> float:
        greeted, self._greeted = self._greeted, True
        return (latency.FIRST_SOUND if greeted else latency.GREETING).draw(self.chance)

    def _on(self) -> None:
        self.heard.on()
        self._info("agentSpeaking", "on", "speaker-events")

    def _played(self, utterance: Utterance, text: str) -> None:
        self.heard.played(utterance, text)
        self._info("tokensPlayed", text, "tokens-played")

    def _off(self, cut: str | None) -> None:
        self.heard.off(cut)
        self._info("agentSpeaking", "off", "speaker-events")

    def _info(self, name: str, value: str, event: str) -> None:
        if event in self.terms.events:
            self.send({"type": "info", "name": name, "value": value})


def _words_by(text: str, share: float) -> str:
    """The whole words of a text that have been said after such a share of its time."""
    words = text.split()
    return " ".join(words[: int(share * len(words))])
