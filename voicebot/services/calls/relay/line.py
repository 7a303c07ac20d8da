"""ConversationRelay as a line: text goes out, and what Twilio tells of the caller comes in as events.

Twilio itself hears, speaks and stops at the caller's voice. The line keeps the books of what was said, notices silence, and hangs up or
hands over once the last words were heard: it ends the session, and the action URL says what follows (handbook 4.4).
"""

import threading
from collections.abc import Mapping
from typing import Any, assert_never

from voicebot.domain.call.actions import (
    Bridge,
    HangUp,
    LineAction,
    Listen,
    ListenMode,
    PlayClip,
    Record,
    Speak,
    StopSpeaking,
    SwitchLanguage,
    SwitchVoice,
    Transfer,
)
from voicebot.domain.call.caller import same_words
from voicebot.domain.call.events import (
    KEYS,
    CallerMaybeDone,
    CallerResumed,
    CallerSaid,
    CallerStarted,
    Heard,
    KeyPressed,
    LanguageHeard,
    SilencePassed,
)
from voicebot.domain.call.phrases import phrase
from voicebot.domain.call.state import CallState
from voicebot.domain.call.utterances import NO_GEN
from voicebot.runtime import Runtime
from voicebot.services.calls.ports import Cutter, LogEntry, Report
from voicebot.services.calls.relay.alarms import Alarms
from voicebot.services.calls.relay.fillers import Fillers
from voicebot.services.calls.relay.keys import NEXT_S, RelayKeys
from voicebot.services.calls.relay.mouth import Mouth
from voicebot.services.calls.relay.speech import RelaySpeech
from voicebot.services.calls.relay.stream import AnswerStream, LockedStream
from voicebot.services.calls.relay.words import CallerWords
from voicebot.services.calls.streams.handoff import Handoff
from voicebot.services.calls.streams.line import StreamCall, StreamOpening
from voicebot.services.calls.streams.socket import StreamSocket
from voicebot.telemetry import metrics
from voicebot.transports.twilio import relay
from voicebot.transports.twilio.relay import Dtmf, Info, Interrupt, Problem, Prompt, Setup

KEPT_S, KEPT_LOOKS = 0.02, 50
"""How often, and how many times, it is looked whether the end of a session is committed."""
LOST_WORDS_S, LOST_END_S = 6.0, 60.0
"""After this long without a further word, partial words count as all, and a speaker counts as silent."""


class RelayLine:
    """Carries one session."""

    def __init__(self, runtime: Runtime, socket: StreamSocket, call: StreamCall) -> None:
        self._socket, self._call, self._limits = socket, call, runtime.limits.stream
        self._language = call.language
        self._lock = threading.RLock()
        self._alarms = Alarms(
            {
                "silence": self._silence_passed,
                "stands": self._words_stand,
                "leave": self._leave_if_quiet,
                "keys": self._keys_end,
                "filler": self._fill,
                "lost": self._end_lost,
            }
        )
        self._seconds = self._alarms.seconds
        self._mouth = Mouth(socket, call.language, self._seconds, call.setup.pronunciations)
        self._speech = RelaySpeech(self._seconds)
        self._stream: AnswerStream | None = None
        self._listening: Listen | None = None
        self._leaving: Handoff | None = None
        """How the session ends once all was heard."""
        self._wants_to_move = self._busy = False
        """Busy: an answer is being made."""
        self._words, self._caller_speaks = CallerWords(), False
        self._keys = RelayKeys()
        self._fillers, self._patience = Fillers(self._limits.filler_s), KEPT_LOOKS

    # --- the session's side ---

    def start(self, opening: StreamOpening, report: Report) -> None:
        """The socket is up."""
        self._report, self._now, self._wake = report, opening.now, opening.wake
        self._kept = opening.kept
        self._alarms.use(opening.now)
        self._mouth.report, self._mouth.committed = report, opening.state.committed_gen

    def thinking(self, gen: int, state: CallState) -> None:
        """The model begins an answer; what it is not committed for stays here."""
        with self._lock:
            first = state.answer.next_seq if state.gen == gen else 0
            self._stream = self._mouth.begin(gen, first)
            if not state.answer.speculative:
                self._mouth.committed = max(self._mouth.committed, gen)

    def cutter(self) -> Cutter:
        """Return the stream of the answer that begins."""
        assert self._stream is not None
        return LockedStream(self._stream, self._lock)

    def decided(self, entry: LogEntry) -> None:
        """Learn what may be said now, and what becomes of an interruption."""
        with self._lock:
            entry.results.speech += self._speech.take()
            core = entry.snapshot.core
            self._mouth.committed = max(self._mouth.committed, core.committed_gen)
            self._busy = core.answering and core.answer.busy
            if isinstance(entry.event, CallerStarted) and self._mouth.goes_on() and not self._busy:
                self._mouth.end_of_words()
            self._mouth.forward()
            self._leave_if_quiet()
            if not self._busy:
                self._alarms.drop("filler")
            elif "filler" not in self._alarms:
                self._fillers.asked_at = self._seconds()
                self._alarms.at("filler", self._fillers.due_at(self._mouth.playout.ends_at))
            self._rearm()

    def move(self) -> None:
        """End the session as soon as nobody speaks; the action URL then answers with a new session."""
        with self._lock:
            self._wants_to_move = True
            if self._listening and not self._leaving:
                self._leaving = Handoff.MOVED
                self._leave_if_quiet()
            self._rearm()

    def lost(self) -> None:
        """The socket is gone."""
        with self._lock:
            self._mouth.tell_fragment()
            self._mouth.stop()
            self._mouth.shut = True
            self._speech.ends()
            self._alarms.drop_all()
            self._rearm()

    def close(self) -> None:
        """Say nothing more, and let go of the session, which holds this line."""
        with self._lock:
            self._mouth.close()
            self._alarms.close()
            self._kept = _is_kept

    # --- the owner's side ---

    def perform(self, action: LineAction) -> None:
        """Carry out one action."""
        with self._lock:
            self._perform(action)
            self._rearm()

    def _perform(self, action: LineAction) -> None:
        match action:
            case Speak(gen, seq, text, interruptible):
                self._speak(gen, seq, text, interruptible)
            case PlayClip(name, seq, interruptible):
                self._speak(NO_GEN, seq, phrase(name, self._language), interruptible)
            case StopSpeaking(_, after_sentence):
                self._keys.is_answered = True
                self._alarms.drop("filler")
                self._mouth.finish() if after_sentence else self._mouth.stop()
            case Listen():
                self._mouth.end_of_words()
                self._listening = action
                self._keys.take()
                self._alarms.at("silence", self._silent_at())
                if self._wants_to_move:
                    self._leaving = self._leaving or Handoff.MOVED
            case HangUp():
                self._leave_after_words(Handoff.HANG_UP)
            case Transfer():
                self._leave_after_words(Handoff.TRANSFER)
            case SwitchVoice():
                # A session keeps its voice; the next one has the new one.
                self._wants_to_move = True
            case SwitchLanguage(language):
                self._language = language
                self._socket.send(relay.language(spoken=language, heard=language))
            case Record() | Bridge():
                pass  # A recording began before the session; its sound is the carrier's.
            case _:
                assert_never(action)

    def _speak(self, gen: int, seq: int, text: str, interruptible: bool) -> None:
        if self._mouth.speak(gen, seq, text, interruptible=interruptible):
            self._listening = None
            self._alarms.drop("silence")
            if self._leaving is Handoff.MOVED:
                self._leaving = None

    # --- leaving ---

    def _leave_after_words(self, how: Handoff) -> None:
        self._mouth.end_of_words()
        self._listening, self._leaving = None, how
        self._alarms.drop("silence")

    def _leave_if_quiet(self) -> None:
        if self._leaving is None or self._mouth.shut:
            return
        if self._leaving is Handoff.MOVED and (self._caller_speaks or self._listening is None):
            # Not in the middle of a turn; the next pause will do.
            self._leaving = None
            return
        if not self._mouth.playout.is_quiet(self._seconds()):
            self._alarms.at("leave", self._mouth.playout.quiet_at)
        elif self._leaving is not Handoff.HANG_UP and not self._kept() and self._patience > 0:
            # The process that goes on with the call reads the committed state.
            self._patience -= 1
            self._alarms.after("leave", KEPT_S)
        else:
            self._post_all(self._mouth.playout.quiet(self._seconds()))
            self._mouth.shut = True
            self._socket.send(relay.end({"next": self._leaving.value}))

    # --- the caller's side ---

    def hear(self, message: Mapping[str, Any]) -> None:
        """Take one message of Twilio's."""
        with self._lock:
            match relay.read(message):
                case Prompt(words, language, last):
                    self._prompted(words.strip(), language, last=last)
                case Interrupt(heard):
                    self._interrupted(heard)
                case Dtmf(digit):
                    self._pressed(digit)
                case Info() as told:
                    self._informed(told)
                case Problem(code):
                    metrics.STREAM_PROBLEMS.labels(self._call.transport.value, code).inc()
                case Setup() | None:
                    return
                case unknown:
                    assert_never(unknown)
            self._rearm()

    def _prompted(self, words: str, language: str, *, last: bool) -> None:
        if last:
            self._alarms.drop("stands")
            self._turn_over(self._words.end(words), language)
        elif words and not same_words(words, self._words.partial):
            self._words_come(words)

    def _turn_over(self, words: str, language: str = "") -> None:
        self._caller_speaks = False
        self._alarms.drop("lost")
        if words:
            self._take_the_word()
            if language and len(self._call.setup.languages or ()) > 1:
                self._report(LanguageHeard(language))
            self._report(CallerSaid(words))

    def _words_come(self, words: str) -> None:
        first, self._caller_speaks = not self._words.partial, True
        self._alarms.drop("silence")
        if self._words.come(words):
            self._report(CallerResumed())
        elif first and self._listening is None and self._mouth.playout.all_heard:
            # Twilio says nothing now, so it interrupts nothing: only the answer in the making stops.
            self._report(CallerStarted())
        self._alarms.after("stands", self._limits.stands_s)
        self._alarms.after("lost", LOST_WORDS_S)

    def _end_lost(self) -> None:
        """Twilio has not told that the caller was done."""
        self._turn_over(self._words.lost())
        if self._listening:
            self._alarms.at("silence", self._silent_at())

    def _words_stand(self) -> None:
        if words := self._words.stand():
            self._report(CallerMaybeDone(words))

    def _take_the_word(self) -> None:
        """The caller's turn is over: silence is no longer theirs."""
        self._listening = None
        self._keys.take()
        self._alarms.drop("silence", "keys")
        self._mouth.playout.begin_turn()
        self._mouth.asked_at = self._seconds()
        self._fillers.said = 0
        if self._leaving is Handoff.MOVED:
            self._leaving = None

    def _interrupted(self, heard: str) -> None:
        by_key = self._keys.has_just_come(self._now())
        if by_key and self._keys.is_answered:
            return
        self._mouth.interrupted(heard, decides=not by_key)
        if not by_key:
            self._report(CallerStarted())

    def _pressed(self, digit: str) -> None:
        if digit not in KEYS:
            return
        self._keys.press(self._now())
        if self._listening and self._listening.mode is ListenMode.CODE and digit.isdigit():
            self._alarms.drop("silence")
            self._alarms.after("keys", NEXT_S)
            if self._keys.add(digit):
                self._keys_end()
            return
        self._mouth.tell_fragment()
        self._take_the_word()
        self._report(KeyPressed(digit))

    def _keys_end(self) -> None:
        keys = self._keys.take()
        self._take_the_word()
        if keys:
            # A code is checked before anything is kept.
            self._report(CallerSaid(keys) if len(keys) > 1 else KeyPressed(keys))

    def _informed(self, info: Info) -> None:
        now = self._seconds()
        self._speech.told(info)
        match info.name, info.value:
            case "tokensPlayed", words:
                self._post_all(self._mouth.playout.played(words, now))
                self._leave_if_quiet()
            case "agentSpeaking", "off":
                self._post_all(self._mouth.playout.quiet(now))
                self._leave_if_quiet()
            case "clientSpeaking", "on":
                self._caller_speaks = True
                self._alarms.drop("silence")
                self._alarms.after("lost", LOST_END_S)
            case "clientSpeaking", "off":
                self._caller_speaks = False
                if not self._words.partial:
                    self._alarms.drop("lost")
        if (
            self._listening
            and not self._caller_speaks
            and not self._words.partial
            and not self._keys.code_waits
        ):
            self._alarms.at("silence", self._silent_at())

    # --- what time brings ---

    def _silence_passed(self) -> None:
        if self._listening is None or self._caller_speaks:
            return
        if not self._mouth.playout.is_quiet(self._seconds()):
            self._alarms.at("silence", self._silent_at())
            return
        self._post_all(self._mouth.playout.quiet(self._seconds()))
        self._listening = None
        self._report(SilencePassed())

    def _silent_at(self) -> float:
        """Return when the caller will have been silent for too long: counted from when all was played."""
        assert self._listening is not None
        playout, now = self._mouth.playout, self._seconds()
        return (now if playout.all_heard else max(now, playout.quiet_at)) + self._listening.timeout_s

    def _fill(self) -> None:
        """Say that a late answer is coming. A filler is no part of the conversation and is not stored."""
        fillers, playout = self._fillers, self._mouth.playout
        if not self._busy or self._caller_speaks or not fillers.are_left:
            return
        if self._seconds() >= fillers.due_at(playout.ends_at):
            words = phrase(fillers.take(), self._language)
            self._mouth.say(None, fillers.said, words)
            playout.complete(None, fillers.said, words)
        self._alarms.at("filler", fillers.due_at(playout.ends_at))

    def _alarm(self) -> None:
        with self._lock:
            self._alarms.go_off()
            self._rearm()

    def _rearm(self) -> None:
        self._wake(self._alarms.next, self._alarm)

    def _post_all(self, heard: list[Heard]) -> None:
        for event in heard:
            self._report(event)


def _is_kept() -> bool:
    """Nobody waits for it any more."""
    return True
