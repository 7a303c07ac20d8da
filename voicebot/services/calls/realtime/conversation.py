"""An engine that hears and speaks by itself, as the ear and the brain of one call; the core decides as with any other.

The words of a turn go to the core as CallerSaid; the answer that the engine makes to them meanwhile is the one that the core then
asks for. What the core does not ask for is stopped, and nobody hears it. When the engine fails, the call's own ear, model and voices
go on from the same state.

Guarded by its line's lock.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from voicebot.domain.call.actions import Listen, Speaker
from voicebot.domain.call.caller import UNINTELLIGIBLE
from voicebot.domain.call.events import CallerSaid, CallerStarted, CodeChecked
from voicebot.domain.call.state import CallState, Phase
from voicebot.domain.call.utterances import MAX_TEXT
from voicebot.domain.prices import engine_usd
from voicebot.providers.ports.engine import (
    AnswerBegan,
    AnswerEnded,
    AnswerSound,
    AnswerTool,
    AnswerWords,
    CallerBegan,
    CallerPaused,
    CallerWords,
    EngineEvent,
    EngineFailed,
    EngineReady,
    EngineUsage,
    EngineUsed,
    TurnTaken,
)
from voicebot.providers.ports.failure import Outcome, ProviderError
from voicebot.providers.ports.speaker import CallSpeaker
from voicebot.providers.ports.transcriber import Listening
from voicebot.services.calls.media.caller_utterance import MEANT_MS, CallerUtterance
from voicebot.services.calls.media.ear import FRAME_BYTES, Ear
from voicebot.services.calls.media.ear_ports import EarPorts
from voicebot.services.calls.media.playout import Cut
from voicebot.services.calls.ports import Brain, Cancel, Cutter, LogEntry, Report
from voicebot.services.calls.realtime.answers import Answers, Wanted
from voicebot.services.calls.realtime.deadlines import Deadlines
from voicebot.services.calls.realtime.parts import ConversationParts
from voicebot.services.calls.realtime.spoken import EngineVoice, SentenceSound
from voicebot.services.calls.realtime.told import ToldHistory
from voicebot.telemetry import metrics
from voicebot.transports.audio import PHONE_BYTES_A_MS

KEPT_FRAMES = 500
"""The caller's sound since their last turn, at most ten seconds: another ear hears it when the engine fails."""
AUDIO_TOKENS_A_S = 20
"""Of an answer that breaks off nobody tells how many it was."""
_OVER = (Phase.ENDING, Phase.TRANSFERRING, Phase.ENDED)

log = logging.getLogger(__name__)


class Conversation:
    """One call's engine."""

    def __init__(self, parts: ConversationParts, ports: EarPorts, own: Callable[[], Ear]) -> None:
        """`own` makes the ear that hears once the engine has failed."""
        self._parts, self._ports, self._make_ear = parts, ports, own
        self._own: Ear | None = None
        self._chat: tuple[Brain, Callable[[], Cutter]] | None = None
        self._cancel_chat: Cancel | None = None
        self._waits = Deadlines(parts.limits)
        self._prompt = parts.setup.instructions
        self._state: CallState | None = None
        self._sessions = 0
        self._frames: deque[bytes] = deque(maxlen=KEPT_FRAMES)
        self._heard_ms = 0
        self._speaking = self._done = False
        self._bot: tuple[bool, bool, str] = (False, True, "")
        self._listen: Listen | None = None
        self._heard: CallerUtterance | None = None
        self._turns: dict[str, str | None] = {}
        """Turns whose words are not told yet, in their order; None: the words have not come."""
        with ports.lock:
            # What is reported meanwhile waits.
            self._begin_session()
            self._answers = Answers(self._session, self._waits, ports.clock_ms)

    def _begin_session(self) -> None:
        self._sessions += 1
        number, parts = self._sessions, self._parts
        setup = replace(parts.setup, instructions=self._prompt)
        self._session = parts.engine.open(setup, lambda event: self._reported(number, event))
        self._told = ToldHistory(self._session, f"told{number}_")

    # --- hearing ---

    @property
    def busy(self) -> bool:
        """Whether the caller speaks, or words of theirs are on their way."""
        return self._own.busy if self._own else self._speaking or bool(self._turns)

    @property
    def speaking(self) -> bool:
        """Whether the caller speaks."""
        return self._own.speaking if self._own else self._speaking

    @property
    def awaits_words(self) -> bool:
        """Whether a turn is over, and its words are on their way."""
        return self._own.awaits_words if self._own else bool(self._turns) and not self._speaking

    @property
    def spoke_at_ms(self) -> float:
        """Return when, by our clock, the turn ended whose words are on their way."""
        if self._own:
            return self._own.spoke_at_ms
        return self._heard.tentative_at_ms if self._heard else 0.0

    def expect(self, listen: Listen) -> None:
        """The caller has the word."""
        self._listen = listen
        if self._own:
            self._own.expect(listen)

    def hear_in(self, listening: Listening) -> None:
        """Hear another language: the engine knows all those of the call."""
        if self._own:
            self._own.hear_in(listening)

    def bot(self, speaking: bool, *, interruptible: bool = True, words: str = "") -> None:
        """Our sound begins or ends at the caller's ear."""
        self._bot = (speaking, interruptible, words)
        if self._own:
            self._own.bot(speaking, interruptible=interruptible, words=words)

    def clock_of(self, at_ms: int) -> float:
        """Return when, by our clock, the sound came that ends there."""
        if self._own:
            return self._own.clock_of(at_ms)
        return self._ports.clock_ms() - max(0, self._heard_ms - at_ms)

    def sound(self, audio: bytes) -> None:
        """Take what the caller's telephone sends."""
        if self._own:
            self._own.sound(audio)
        elif not self._done:
            self._heard_ms += len(audio) // PHONE_BYTES_A_MS
            self._frames.append(audio)
            self._session.hear(audio)
            if len(audio) == FRAME_BYTES:
                self._parts.detector.feed(audio, self._waits.noticed)

    def wait_ms(self, now_ms: float) -> float | None:
        """Return in how long time changes something by itself."""
        if self._own:
            return self._own.wait_ms(now_ms)
        if self._done:
            return None
        return self._waits.next_ms(now_ms, busy=self.busy or self._answers.wanted is not None)

    def settle(self) -> None:
        """Take note of time."""
        if self._own:
            self._own.settle()
            return
        if self._done:
            return
        now_ms, waits = self._ports.clock_ms(), self._waits
        if (late := waits.late(now_ms)) is not None:
            self._fail(ProviderError(self._parts.engine.name, late, Outcome.UNKNOWN))
        elif waits.words_are_late(now_ms):
            self._turns = {
                item: UNINTELLIGIBLE if words is None else words for item, words in self._turns.items()
            }
            self._conclude()
        elif waits.asks_now(now_ms):
            self._answers.comes = False
            self._session.answer()
        elif waits.renews_now(now_ms) and not (self.busy or self._answers.wanted):
            self._renew()

    def close(self) -> None:
        """The call is over or moved."""
        self._done = True
        self._session.close()
        self._answers.close()
        (self._own or self._parts.detector).close()

    # --- speaking and thinking ---

    def voice(self, voice: CallSpeaker) -> CallSpeaker:
        """Say the engine's own sentences with its sound, and all other words with `voice`."""
        return EngineVoice(self.sound_of, voice)

    def sound_of(self, text: str) -> SentenceSound | None:
        """Return the sound of a sentence of the engine's, once; None for words that are not its own."""
        with self._ports.lock:
            said = self._answers.last.sentences if self._answers.last is not None else []
            found = next((each for each in said if each.text[:MAX_TEXT] == text and not each.claimed), None)
            if found is not None:
                found.claimed = True
            return found

    def speaks(self, gen: int) -> bool:
        """Whether the sound of this answer is the engine's own."""
        last = self._answers.last
        return last is not None and any(each.gen == gen for each in last.sentences)

    def brain(self, chat: Brain, cutter: Callable[[], Cutter]) -> Brain:
        """Be the call's brain; `chat` thinks once the engine has failed."""
        self._chat = (chat, cutter)
        return self

    def start(self, gen: int, state: CallState, report: Report) -> Cancel:
        """Answer with what the engine says to the caller's words already, or have it answer."""
        assert self._chat is not None
        chat, cutter = self._chat
        with self._ports.lock:
            self._state = state
            if self._own:
                return chat.start(gen, state, report)
            self._instruct(state)
            anew = self._told.tell(state, unfinished=True)
            self._told.answers(gen)
            seq = state.answer.next_seq if state.gen == gen else 0
            wanted = Wanted(gen, seq, cutter(), report, anew=anew)
            self._ports.entered(lambda: self._answers.want(wanted))
        return lambda: self._cancel(wanted)

    def _cancel(self, wanted: Wanted) -> None:
        with self._ports.lock:
            cancel, self._cancel_chat = self._cancel_chat, None
            if cancel is not None:
                cancel()
            self._answers.give_up(wanted)

    def _instruct(self, state: CallState) -> None:
        prompt = self._parts.prompt(state)
        if prompt != self._prompt:
            self._prompt = prompt
            self._session.instruct(prompt)

    def decided(self, entry: LogEntry) -> None:
        """Learn what the core made of an event."""
        state = self._state = entry.snapshot.core
        if self._own or self._done or state.answer.busy:
            return
        if isinstance(entry.event, CallerSaid | CodeChecked) or state.phase in _OVER:
            self._answers.drop_open()
        # Nobody is to answer a caller who is connected, or told goodbye.
        self._done = state.phase in _OVER
        if state.phase is Phase.LISTENING and self._waits.ready:
            self._told.tell(state)

    def cut(self, cuts: Sequence[Cut]) -> None:
        """Our sound has stopped: tell the engine how much of its own was heard."""
        self._answers.cut(cuts)

    # --- what the engine reports ---

    def _reported(self, session: int, event: EngineEvent) -> None:
        self._ports.entered(lambda: self._understood(session, event))

    def _understood(self, session: int, event: EngineEvent) -> None:
        if session != self._sessions or self._own or self._done:
            return
        now_ms, answers = self._ports.clock_ms(), self._answers
        self._waits.alive(now_ms)
        match event:
            case EngineReady(expires_at):
                lasts_ms = expires_at and (expires_at - self._parts.now().timestamp()) * 1000
                self._waits.begun(now_ms, lasts_ms)
                if self._state is not None:
                    self._told.tell(self._state)
            case CallerBegan():
                self._caller_began()
            case CallerPaused():
                self._caller_paused(now_ms)
            case TurnTaken(item):
                self._turns[item] = None
                answers.comes = True
                self._waits.turn_taken(now_ms)
            case CallerWords(item, text, final):
                if final and item in self._turns:
                    self._turns[item] = UNINTELLIGIBLE if text is None else text.strip()
                    self._conclude()
            case AnswerBegan(id):
                answers.began(id)
            case AnswerSound(id, item, audio):
                answers.sounds(id, item, audio)
            case AnswerWords() | AnswerTool() | AnswerEnded():
                if isinstance(event, AnswerEnded) and event.usage is not None:
                    self._pay(event.usage)
                answers.goes_on(event)
            case EngineUsed(usage):
                self._pay(usage)
            case EngineFailed(error, expired):
                if expired:
                    self._renew()
                else:
                    self._fail(error)

    def _pay(self, usage: EngineUsage) -> None:
        self._parts.meter.add(
            engine_usd(usage.text_in, usage.audio_in, usage.cached, usage.text_out, usage.audio_out)
        )

    # --- the caller's turn ---

    def _caller_began(self) -> None:
        if self._heard is None:
            self._heard = CallerUtterance(self._heard_ms, over_silence=not self._bot[0])
        self._heard.barged = self._heard.barged or self._bot[0]
        self._speaking = True
        self._ports.speech.opens(Speaker.CALLER, self._ports.clock_ms())
        self._waits.heard(self._ports.clock_ms())
        self._ports.tell(CallerStarted())

    def _caller_paused(self, now_ms: float) -> None:
        self._speaking = False
        self._waits.paused(now_ms)
        self._ports.speech.closes(Speaker.CALLER, now_ms - self._parts.pause_ms)
        if self._heard is not None:
            self._heard.last_speech_ms = max(0, self._heard_ms - self._parts.pause_ms)
            self._heard.tentative_at_ms = now_ms - self._parts.pause_ms

    def _conclude(self) -> None:
        """Tell the words of the turns that are over, in their order and as one, once all of them are there."""
        if self._speaking or not self._turns or None in self._turns.values():
            return
        text = " ".join(words for words in self._turns.values() if words)
        heard, self._heard = self._heard or CallerUtterance(self._heard_ms), None
        self._turns.clear()
        self._frames.clear()
        self._waits.words_told()
        now_ms = self._ports.clock_ms()
        if text:
            heard.segments, heard.words_at_ms = [text], now_ms
            self._told.heard(text)
            self._ports.told(heard, heard.tentative_at_ms or now_ms, now_ms)
            self._ports.tell(CallerSaid(text))
            return
        meant = heard.barged or heard.last_speech_ms - heard.since_ms >= MEANT_MS
        if not self._answers.noise() and meant:
            self._ports.tell(CallerSaid(""))

    # --- one session after the other, and none ---

    def _renew(self) -> None:
        """Go on in a new session, which is told what was said."""
        log.info("an engine's session is renewed", extra={"call_id": self._parts.call_id})
        metrics.STREAM_ENGINES.labels("renewed").inc()
        self._session.close()
        self._answers.drop_open()
        self._turns.clear()
        self._speaking = self._answers.comes = False
        self._waits.begins_anew(self._ports.clock_ms())
        self._begin_session()
        self._answers.session = self._session
        for frame in self._frames:
            self._session.hear(frame)
        if self._answers.wanted is not None:
            self._answers.wanted.answer = None
            self._session.answer()

    def _fail(self, error: ProviderError) -> None:
        """Go on with the call's own ear, model and voices, from what the caller said last."""
        call = {"call_id": self._parts.call_id, "code": error.code, "outcome": error.outcome}
        log.warning("an engine failed in a call", extra=call)
        metrics.STREAM_ENGINES.labels("failed").inc()
        self._session.close()
        own = self._own = self._make_ear()
        speaking, interruptible, words = self._bot
        own.bot(speaking, interruptible=interruptible, words=words)
        if self._listen is not None:
            own.expect(self._listen)
        lost = self._answers.break_off()
        self._parts.meter.add(engine_usd(0, 0, 0, 0, lost * AUDIO_TOKENS_A_S // (1000 * PHONE_BYTES_A_MS)))
        self._think_on()
        frames = list(self._frames)
        self._frames.clear()
        for frame in frames:
            own.sound(frame)

    def _think_on(self) -> None:
        wanted, self._answers.wanted = self._answers.wanted, None
        state = self._state
        if wanted is None or state is None or self._chat is None:
            return
        if state.gen == wanted.gen:
            state = replace(state, answer=replace(state.answer, next_seq=wanted.seq))
        self._cancel_chat = self._chat[0].start(wanted.gen, state, wanted.report)
