"""Media Streams as a line: we hear and speak ourselves, in frames of 20 ms.

One lock guards the line: reports come from the socket's reader, from the owner, from voices, transcriber and detector. Nothing
under it waits. Time passes by the owner's alarm (`StreamOpening.wake`).
"""

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, assert_never

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
from voicebot.domain.call.events import (
    CallerSaid,
    CallerStarted,
    CodeChecked,
    Event,
    KeyPressed,
    SentenceReady,
    SilencePassed,
)
from voicebot.domain.call.phrases import FILLERS, phrase
from voicebot.domain.call.state import CallState
from voicebot.domain.call.utterances import MAX_TEXT
from voicebot.domain.prices import LISTENED_USD, voice_usd
from voicebot.services.calls.media.bot_lane import BotLane
from voicebot.services.calls.media.caller_utterance import CallerUtterance
from voicebot.services.calls.media.ear_ports import EarPorts
from voicebot.services.calls.media.keys import Keys
from voicebot.services.calls.media.mouth import Mouth, MouthPorts
from voicebot.services.calls.media.parts import FILLER_MS, NEXT_FILLER_MS, LineParts, listening_in
from voicebot.services.calls.media.playout import NO_HEARER
from voicebot.services.calls.media.stopwatch import CallerTurn, Stopwatch, Thought, TimedCutter
from voicebot.services.calls.media.voicing import Voicing
from voicebot.services.calls.ports import Brain, Cutter, LogEntry, Report
from voicebot.services.calls.streams.line import StreamCall, StreamOpening
from voicebot.services.calls.streams.socket import StreamSocket
from voicebot.services.calls.streams.speech_events import SpeechEvents
from voicebot.telemetry import metrics
from voicebot.transports.sentences import SentenceSplitter
from voicebot.transports.twilio import media
from voicebot.transports.twilio.media import BadMessage, Key, Mark, Writer

GREETING_GEN = 0

log = logging.getLogger(__name__)


class MediaLine:
    """Carries one call over one stream."""

    def __init__(self, socket: StreamSocket, call: StreamCall, parts: LineParts) -> None:
        """Raises BadMessage for a stream that Twilio cannot have named so."""
        self._socket, self._call, self._parts = socket, call, parts
        self._lock = threading.RLock()
        # Before the stream is up nothing happens.
        self._report: Report = lambda _: None
        self._opening: StreamOpening | None = None
        self._began: datetime | None = None
        self._voice_id, self._language = call.voice_id, call.language
        self._over = self._moving = False
        self._speech = SpeechEvents(self._moment)
        told = (self._turn_over, self._deaf, self._enter, self._lock, self._speech)
        ports = EarPorts(self._tell, self._clock_ms, *told, sounds=lambda: self._mouth.sounds)
        self._ear, self._engine = parts.hearing(ports, lambda: listening_in(self._language, call.setup))
        self._speakers = [parts.voice(self._engine, call.voice_id, call.language)]
        self._mouth = Mouth(
            MouthPorts(
                Writer(call.stream_sid),
                socket.send,
                self._clock_ms,
                lambda: self._enter(self._mouth.pump),
                self._tell,
                self._first_sent,
                parts.spawn,
            ),
            self._speakers[0],
            BotLane(self._speech, parts.tape),
        )
        self._watch = Stopwatch(self._clock_ms, self._moment)
        self._thought: Thought | None = None
        self._listen: Listen | None = None
        self._silent_since_ms: float | None = None
        self._owing, self._fillers, self._fills = True, 0, 0
        """Something is to be said and nothing of it has come."""
        self._spoke_at_ms = self._quiet_at_ms = 0.0
        """When the caller's last words ended, and our last sound."""
        self._keys = Keys(self._tell)
        self._bot: tuple[bool, int, int] = (False, 0, 0)
        self._end: Transfer | HangUp | None = None

    # --- the line's port ---

    def start(self, opening: StreamOpening, report: Report) -> None:
        """The stream is up."""
        with self._lock:
            self._opening, self._began, self._report = opening, opening.now(), report
            self._update()

    def hear(self, message: Mapping[str, Any]) -> None:
        """Take one message of Twilio's; what is none changes nothing."""
        try:
            if message.get("event") == "media":
                audio = media.sound_in(message)
                with self._lock:
                    if audio is not None and not self._over:
                        self._ear.sound(audio)
                        if self._parts.tape:
                            self._parts.tape.caller(audio, media.moment_of(message), self._clock_ms())
                return
            said = media.read(message)
        except BadMessage as error:
            metrics.STREAM_REFUSED.labels("media", str(error)).inc()
            return
        with self._lock:
            if self._over:
                return
            match said:
                case Mark(name):
                    self._mouth.echoed(name)
                case Key(digit):
                    self._keys.press(digit, self._listen, self._clock_ms())
                case _:
                    return
            self._update()

    def perform(self, action: LineAction) -> None:
        """Carry out one action; do nothing after the carrier was asked to take the call elsewhere."""
        with self._lock:
            if not self._over:
                self._perform(action)
                self._update()

    def cutter(self) -> Cutter:
        """Cut into sentences, the first one short: it is heard the sooner."""
        cutter = SentenceSplitter(self._language)
        thought = self._thought
        return cutter if thought is None else TimedCutter(cutter, thought, self._clock_ms)

    def brain(self, chat: Brain) -> Brain:
        """Return who thinks."""
        return self._engine.brain(chat, self.cutter) if self._engine else chat

    def thinking(self, gen: int, state: CallState) -> None:
        """The model begins an answer."""
        del state
        with self._lock:
            self._thought = self._watch.asked(gen)

    def decided(self, entry: LogEntry) -> None:
        """Have the first sentence of a speculative answer voiced already; leave with the turn how fast it was."""
        with self._lock:
            if isinstance(entry.event, SentenceReady) and not self._over:
                self._prepare(entry.event, entry.snapshot.core)
            if self._engine and not self._over:
                self._engine.decided(entry)
                self._update()
            speed = self._watch.take()
            entry.results.speech += self._speech.take()
        if speed is not None:
            entry.results.speed = speed
            metrics.note_speed(speed)

    def move(self) -> None:
        """Have the call carried elsewhere, at the next moment in which nobody speaks."""
        with self._lock:
            self._moving = True
            self._update()

    def lost(self) -> None:
        """The socket is gone."""
        with self._lock:
            self._mouth.lost()
            end, was_over = self._end, self._over
            self._over = True
            if self._opening is not None:
                self._opening.wake(None, self._tick)
            if isinstance(end, HangUp) and not was_over:
                self._parts.carrier.hang_up()

    def close(self) -> None:
        """The call is over, or moved."""
        with self._lock:
            self._over = True
            self._mouth.close()
            self._ear.close()
            if self._parts.tape:
                self._parts.tape.close()
            for speaker in self._speakers:
                speaker.close()
            if self._opening is not None:
                self._opening.wake(None, self._tick)

    # --- what is done ---

    def _prepare(self, sentence: SentenceReady, core: CallState) -> None:
        held = [event for event in core.answer.held if isinstance(event, SentenceReady)]
        text = sentence.text.strip()[:MAX_TEXT]
        if core.answer.speculative and held == [sentence] and text:
            self._mouth.prepare(sentence.gen, sentence.seq, text)
            self._call.meter.add(voice_usd(text))

    def _perform(self, action: LineAction) -> None:
        mouth = self._mouth
        match action:
            case Speak(gen, seq, text, interruptible):
                own = self._engine is not None and self._engine.speaks(gen)
                audio = self._parts.opening(text, self._voice_id) if gen == GREETING_GEN else None
                if mouth.say(gen, seq, text, interruptible=interruptible, audio=audio) and not own:
                    self._call.meter.add(voice_usd(text))
            case PlayClip(name, seq, interruptible):
                audio = self._parts.clip(name, self._voice_id, self._language)
                mouth.play(seq, phrase(name, self._language), audio, interruptible=interruptible)
            case StopSpeaking(_, after_sentence):
                cuts = mouth.finish_sentence() if after_sentence else mouth.stop()
                if self._engine:
                    self._engine.cut(cuts)
            case Listen():
                self._listen, self._silent_since_ms, self._owing = action, None, False
                self._ear.expect(action)
            case Transfer() | HangUp():
                self._end, self._listen, self._owing = action, None, False
            case SwitchVoice(voice_id):
                self._speak_with(voice_id)
            case SwitchLanguage(language, language_voice):
                self._language = language
                self._speak_with(language_voice or self._voice_id)
                self._ear.hear_in(listening_in(language, self._call.setup))
                # The new turn taker does not know yet that we speak.
                self._bot = (False, 0, 0)
            case Record():
                self._parts.carrier.record()
            case Bridge():
                pass
            case _:
                assert_never(action)

    def _speak_with(self, voice_id: str) -> None:
        self._voice_id = voice_id
        self._speakers.append(self._parts.voice(self._engine, voice_id, self._language))
        self._mouth.speak_with(self._speakers[-1])

    # --- what is heard ---

    def _tell(self, event: Event) -> None:
        if isinstance(event, CallerSaid | KeyPressed | CodeChecked | SilencePassed):
            self._owing, self._fillers, self._listen = True, 0, None
            if not isinstance(event, CallerSaid):
                self._spoke_at_ms = self._clock_ms()
        elif isinstance(event, CallerStarted):
            self._watch.forget()
        self._report(event)

    def _turn_over(self, heard: CallerUtterance, spoke_at_ms: float, decided_at_ms: float) -> None:
        self._spoke_at_ms = spoke_at_ms
        self._call.meter.add(LISTENED_USD * (heard.last_speech_ms - heard.since_ms) / 1000)
        if heard.text:
            turn = CallerTurn(
                began_at_ms=self._ear.clock_of(heard.since_ms),
                spoke_at_ms=spoke_at_ms,
                tentative_at_ms=heard.tentative_at_ms or decided_at_ms,
                words_at_ms=heard.words_at_ms or decided_at_ms,
                over_at_ms=decided_at_ms,
            )
            self._watch.turn_over(turn)

    def _deaf(self) -> None:
        log.warning("a call is not understood any more", extra={"call_id": self._call.call_id})
        self._leave(by_gather=True)

    def _enter(self, do: Callable[[], None]) -> None:
        with self._lock:
            if not self._over:
                do()
                self._update()

    def _first_sent(self, voicing: Voicing, now_ms: float) -> None:
        if voicing.saying.gen == NO_HEARER:
            self._watch.filled()
        else:
            self._watch.sent(voicing, now_ms)

    # --- time ---

    def _clock_ms(self) -> float:
        opening, began = self._opening, self._began
        if opening is None or began is None:
            return 0.0
        return (opening.now() - began).total_seconds() * 1000

    def _moment(self, at_ms: float) -> datetime | None:
        return None if self._began is None else self._began + timedelta(milliseconds=at_ms)

    def _tick(self) -> None:
        self._enter(self._mouth.settle)
        self._enter(self._ear.settle)

    def _update(self) -> None:
        """Look at everything that follows from where the line stands; the alarm is set for the next moment that matters."""
        if self._over or self._opening is None:
            return
        now_ms = self._clock_ms()
        self._tell_taker(now_ms)
        if self._mouth.failed:
            self._leave(by_gather=True)
            return
        if self._mouth.quiet and self._may_end():
            return
        waits = [
            self._mouth.waits_ms(now_ms),
            self._ear.wait_ms(now_ms),
            self._keys.wait_ms(now_ms),
            self._fill(now_ms),
            self._notice_silence(now_ms),
        ]
        wait_ms = min((wait for wait in waits if wait is not None), default=None)
        # The same moment each time it is computed: a waiting thread is woken only for an earlier one.
        self._opening.wake(None if wait_ms is None else self._moment(now_ms + max(1.0, wait_ms)), self._tick)

    def _tell_taker(self, now_ms: float) -> None:
        playing = self._mouth.playing()
        speaks = not self._mouth.book.proven
        bot = (speaks, playing.gen, playing.seq) if playing and speaks else (speaks, 0, 0)
        if bot == self._bot:
            return
        if self._bot[0] and not speaks:
            self._quiet_at_ms = now_ms
        self._bot = bot
        if speaks and playing is not None:
            self._ear.bot(speaking=True, interruptible=playing.interruptible, words=playing.text)
        else:
            self._ear.bot(speaking=speaks)

    def _may_end(self) -> bool:
        """All was heard: do what was to wait for it."""
        end = self._end
        if end is None:
            if self._moving and not self._owing and not self._ear.busy:
                self._leave(by_gather=False)
            return self._over
        self._end = None
        if isinstance(end, HangUp):
            self._over = True
            self._parts.carrier.hang_up()
        else:
            self._leave(by_gather=False)
        return True

    def _leave(self, *, by_gather: bool) -> None:
        """This line carries the call no longer: the carrier asks us anew."""
        if not self._over:
            assert self._opening is not None
            self._over = True
            self._parts.carrier.go_on(by_gather=by_gather, kept=self._opening.kept)

    def _fill(self, now_ms: float) -> float | None:
        """Play a filler when an answer is late; return in how many seconds one is due, None when no answer is owed."""
        owed = self._owing or not self._mouth.empty or self._ear.awaits_words
        if not owed or not self._mouth.book.proven or self._ear.speaking:
            return None
        spoke_at_ms = self._ear.spoke_at_ms if self._ear.awaits_words else self._spoke_at_ms
        since_ms = max(spoke_at_ms, self._quiet_at_ms)
        due_ms = since_ms + (NEXT_FILLER_MS if self._fillers else FILLER_MS)
        if now_ms < due_ms:
            return due_ms - now_ms
        name = FILLERS[self._fills % len(FILLERS)]
        audio = self._parts.clip(name, self._voice_id, self._language)
        if self._mouth.fill(phrase(name, self._language), audio):
            self._fills += 1
            self._fillers += 1
            metrics.STREAM_FILLERS.inc()
            self._tell_taker(now_ms)
        return NEXT_FILLER_MS

    def _notice_silence(self, now_ms: float) -> float | None:
        """Report the caller's silence; return in how many seconds it is due, None when the bot waits for nobody."""
        listen = self._listen
        if listen is None or self._ear.busy or self._keys.waits or not self._mouth.quiet:
            self._silent_since_ms = None
            return None
        if self._silent_since_ms is None:
            self._silent_since_ms = now_ms
        due_ms = self._silent_since_ms + listen.timeout_s * 1000
        if now_ms < due_ms:
            return due_ms - now_ms
        self._tell(SilencePassed())
        return FILLER_MS
