"""ConversationRelay as a line: text goes out, and what Twilio tells of the caller comes in as events.

Twilio itself hears, speaks and stops at the caller's voice. The line keeps the books of what was said, notices silence, and hangs up or
hands over once the last words were heard: it ends the session, and the action URL says what follows (handbook 4.4).
"""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, assert_never

from voicebot.domain.call.actions import (
    HangUp,
    LineAction,
    Listen,
    ListenMode,
    PlayClip,
    Record,
    Speak,
    StopSpeaking,
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
    SentenceReady,
    SilencePassed,
)
from voicebot.domain.call.phrases import FILLERS, phrase
from voicebot.domain.call.state import CallState
from voicebot.domain.call.utterances import NO_GEN
from voicebot.domain.prices import HEARD_USD
from voicebot.runtime import Runtime
from voicebot.services.calls.ports import Cutter, LogEntry, Report
from voicebot.services.calls.relay.playout import Dropped, Playout
from voicebot.services.calls.relay.stream import AnswerStream, rest_of
from voicebot.services.calls.streams.handoff import Handoff
from voicebot.services.calls.streams.line import StreamCall, StreamOpening
from voicebot.services.calls.streams.socket import StreamSocket
from voicebot.transports.twilio import relay
from voicebot.transports.twilio.relay import Dtmf, Info, Interrupt, Problem, Prompt, Setup
from voicebot.transports.twilio.twiml import CODE_KEYS

KEY_INTERRUPTS_S = 0.5
"""A key interrupts too (handbook 4.1): an interruption so soon after one is no sound of the caller."""
KEYS_WAIT_S = 4.0
"""How long the next key of a code may take."""
KEPT_S, KEPT_LOOKS = 0.02, 50
"""How often, and how many times, it is looked whether the end of a session is committed."""
FILLERS_S = 3.5
"""Between two fillers of one answer."""


class RelayLine:
    """Carries one session."""

    def __init__(self, runtime: Runtime, socket: StreamSocket, call: StreamCall) -> None:
        self._socket, self._call, self._limits = socket, call, runtime.limits.stream
        self._language = call.language
        self._lock = threading.RLock()
        self._playout = Playout()
        self._committed = 0
        """The latest answer that may be said."""
        self._stream: AnswerStream | None = None
        self._awaited = 0
        """The sentence of it that is performed next."""
        self._listening: Listen | None = None
        self._leaving: Handoff | None = None
        """How the session ends once all was heard."""
        self._wants_to_move = self._ended = self._closed = False
        self._undecided = False
        """Twilio has stopped at a sound of the caller, and the owner has not decided about it yet."""
        self._dropped: list[Dropped] = []
        """What is said again if the owner does not stop."""
        self._told_early: tuple[int, int] | None = None
        """A sentence that was reported as far as its words had left."""
        self._busy = False
        """An answer is being made."""
        self._stopped_since_key = True
        self._partial = self._tentative = ""
        self._caller_speaks = False
        self._last_key_at: datetime | None = None
        self._keys = ""
        self._fillers, self._patience = 0, KEPT_LOOKS
        self._spaced = True
        """Nothing is between the next words and what was said before."""
        self._saying: tuple[int | None, int] | None = None
        self._due: dict[str, datetime] = {}
        self._alarms: dict[str, Callable[[], None]] = {
            "silence": self._silence_passed,
            "stands": self._words_stand,
            "leave": self._leave_if_quiet,
            "keys": self._keys_end,
            "filler": self._fill,
        }

    # --- the session's side ---

    def start(self, opening: StreamOpening, report: Report) -> None:
        """The socket is up."""
        self._report, self._now, self._wake = report, opening.now, opening.wake
        self._kept = opening.kept
        self._committed = opening.state.committed_gen

    def thinking(self, gen: int, state: CallState) -> None:
        """The model begins an answer; what it is not committed for stays here."""
        with self._lock:
            first = state.answer.next_seq if state.gen == gen else 0
            self._stream = AnswerStream(gen, first, self._language, self._say_early)
            self._awaited = first
            if not state.answer.speculative:
                self._committed = max(self._committed, gen)

    def cutter(self) -> Cutter:
        """Return the stream of the answer that begins."""
        assert self._stream is not None
        return LockedStream(self._stream, self._lock)

    def decided(self, entry: LogEntry) -> None:
        """Learn what may be said now, and what becomes of an interruption."""
        with self._lock:
            core = entry.snapshot.core
            self._committed = max(self._committed, core.committed_gen)
            if isinstance(entry.event, CallerStarted):
                self._say_dropped()
            if self._stream:
                self._stream.forward()
            self._busy = core.answering and core.answer.busy
            self._leave_if_quiet()
            if not self._busy:
                self._due.pop("filler", None)
            elif "filler" not in self._due:
                self._expect_answer()
            self._rearm()

    def move(self) -> None:
        """End the session at the next moment at which nobody speaks; the action URL answers with a new one."""
        with self._lock:
            self._wants_to_move = True
            if self._listening and not self._leaving:
                self._leaving = Handoff.MOVED
                self._leave_if_quiet()
            self._rearm()

    def lost(self) -> None:
        """The socket is gone."""
        with self._lock:
            self._ended = True
            self._tell_fragment()
            self._post_all(self._playout.cut(self._seconds()))
            self._due.clear()
            self._rearm()

    def close(self) -> None:
        """Say nothing more."""
        with self._lock:
            self._closed = True
            self._due.clear()
            self._stream = None

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
            case StopSpeaking():
                self._stop()
            case Listen():
                self._end_of_words()
                self._listening, self._keys = action, ""
                self._due["silence"] = self._silent_at()
                if self._wants_to_move:
                    self._leaving = self._leaving or Handoff.MOVED
            case HangUp():
                self._leave_after_words(Handoff.HANG_UP)
            case Transfer():
                self._leave_after_words(Handoff.TRANSFER)
            case SwitchVoice():
                # A session keeps its voice; the next one has the new one.
                self._wants_to_move = True
            case Record():
                # It began before the session.
                pass
            case _:
                assert_never(action)

    def _speak(self, gen: int, seq: int, text: str, interruptible: bool) -> None:
        if (gen, seq) == self._told_early:
            return
        if self._undecided:
            # Decided before the sound was known: it waits for what the owner makes of that.
            self._dropped.append(Dropped(gen, seq, text, text, interruptible))
            return
        self._listening = None
        self._due.pop("silence", None)
        if self._leaving is Handoff.MOVED:
            self._leaving = None
        stream = self._stream if self._stream and self._stream.gen == gen else None
        left = stream.left_of(seq) if stream else ""
        if rest := rest_of(text, left) if left else text:
            self._say(gen, seq, rest, interruptible)
        self._post_all(self._playout.complete(gen, seq, text))
        if stream:
            self._awaited = max(self._awaited, seq + 1)
            stream.forward()

    def _say_early(self, gen: int, seq: int, text: str) -> bool:
        """Send words of a sentence that is not whole, where nothing stands in front of them."""
        stream = self._stream
        if not stream or stream.gen != gen or gen > self._committed or seq != self._awaited:
            return False
        if self._ended or self._closed or self._leaving or self._undecided:
            return False
        self._say(gen, seq, text, interruptible=True)
        return True

    def _say(self, gen: int | None, seq: int, text: str, interruptible: bool) -> None:
        if self._ended or self._closed:
            return
        if (gen, seq) != self._saying and not text[:1].isspace():
            text = f" {text}"
        self._saying = (gen, seq)
        if self._spaced:
            text = text.lstrip()
        if not text:
            return
        self._spaced = text[-1].isspace()
        self._playout.send(gen, seq, text, self._seconds(), interruptible=interruptible)
        self._socket.send(relay.text(text, interruptible=interruptible))
        if self._busy:
            # The alarm that stands finds this when it goes off: nothing is woken for a token.
            self._expect_answer()

    def _end_of_words(self) -> None:
        if not self._playout.closed and not (self._ended or self._closed):
            self._socket.send(relay.text("", last=True))
        self._playout.closed, self._spaced = True, True

    def _stop(self) -> None:
        """Nothing more of what was begun is said. Twilio stops by itself at the caller's voice or key."""
        self._stream, self._dropped, self._undecided, self._stopped_since_key = None, [], False, True
        self._due.pop("filler", None)
        self._post_all(self._playout.cut(self._seconds()))
        self._spaced = True

    # --- leaving ---

    def _leave_after_words(self, how: Handoff) -> None:
        self._end_of_words()
        self._listening, self._leaving = None, how
        self._due.pop("silence", None)

    def _leave_if_quiet(self) -> None:
        if self._leaving is None or self._ended or self._closed:
            return
        if self._leaving is Handoff.MOVED and (self._caller_speaks or self._listening is None):
            # Not in the middle of a turn; the next pause will do.
            self._leaving = None
            return
        if not self._playout.is_quiet(self._seconds()):
            self._due["leave"] = self._at(self._playout.quiet_at)
        elif self._leaving is not Handoff.HANG_UP and not self._kept() and self._patience > 0:
            # Whoever goes on with the call reads what is committed.
            self._patience -= 1
            self._due["leave"] = self._in(KEPT_S)
        else:
            self._ended = True
            self._post_all(self._playout.quiet(self._seconds()))
            self._socket.send(relay.end({"next": self._leaving.value}))

    # --- the caller's side ---

    def hear(self, message: Mapping[str, Any]) -> None:
        """Take one message of Twilio's."""
        received = relay.read(message)
        if received is None:
            return
        with self._lock:
            match received:
                case Prompt():
                    self._prompted(received)
                case Interrupt(heard):
                    self._interrupted(heard)
                case Dtmf(digit):
                    self._pressed(digit)
                case Info():
                    self._informed(received)
                case Problem() | Setup():
                    pass
                case _:
                    assert_never(received)
            self._rearm()

    def _prompted(self, prompt: Prompt) -> None:
        words = prompt.text.strip()
        if not prompt.last:
            if words and not same_words(words, self._partial):
                self._words_come(words)
            return
        self._partial = self._tentative = ""
        self._caller_speaks = False
        self._due.pop("stands", None)
        if not words:
            return
        self._call.meter.add(HEARD_USD)
        self._take_the_word()
        self._report(CallerSaid(words))

    def _words_come(self, words: str) -> None:
        first, self._partial = not self._partial, words
        self._caller_speaks = True
        self._due.pop("silence", None)
        if self._tentative and not same_words(self._tentative, words):
            self._tentative = ""
            self._report(CallerResumed())
        elif first and self._listening is None and self._playout.all_heard:
            # Nothing is being said, so Twilio has nothing to interrupt: only the answer in the making stops.
            self._report(CallerStarted())
        self._due["stands"] = self._in(self._limits.stands_s)

    def _words_stand(self) -> None:
        if self._partial and not self._tentative:
            self._tentative = self._partial
            self._report(CallerMaybeDone(self._partial))

    def _take_the_word(self) -> None:
        """The caller's turn is over: silence is no longer theirs."""
        self._listening = None
        self._keys = ""
        self._due.pop("silence", None)
        self._due.pop("keys", None)
        self._playout.begin_turn()
        self._fillers = 0
        if self._leaving is Handoff.MOVED:
            self._leaving = None

    def _interrupted(self, heard: str) -> None:
        now, pressed_at = self._now(), self._last_key_at
        by_key = pressed_at is not None and now - pressed_at < timedelta(seconds=KEY_INTERRUPTS_S)
        if by_key and self._stopped_since_key:
            # What plays now answers the key.
            return
        self._tell_fragment()
        told, dropped = self._playout.interrupted(heard, self._seconds())
        self._post_all(told)
        self._spaced, self._saying = True, None
        if by_key:
            return
        self._dropped, self._undecided = dropped, True
        self._report(CallerStarted())

    def _say_dropped(self) -> None:
        """Twilio has dropped words at a sound that stops nobody: say them after all."""
        dropped, self._dropped, self._undecided = self._dropped, [], False
        for said in dropped:
            if said.rest.strip():
                self._say(said.gen, said.seq, said.rest, said.interruptible)
                self._playout.complete(said.gen, said.seq, said.text)
                self._awaited = max(self._awaited, said.seq + 1)
        if dropped and not self._busy:
            self._end_of_words()

    def _tell_fragment(self) -> None:
        """Words that have left of a sentence that is not whole were said: they are a sentence."""
        stream = self._stream
        fragment = stream.fragment() if stream else None
        if stream and fragment:
            seq, words = fragment
            self._stream, self._told_early = None, (stream.gen, seq)
            self._report(SentenceReady(stream.gen, seq, words))
            self._post_all(self._playout.complete(stream.gen, seq, words))

    def _pressed(self, digit: str) -> None:
        if digit not in KEYS:
            return
        self._last_key_at, self._stopped_since_key = self._now(), False
        if self._listening and self._listening.mode is ListenMode.CODE and digit.isdigit():
            self._keys += digit
            self._due.pop("silence", None)
            self._due["keys"] = self._in(KEYS_WAIT_S)
            if len(self._keys) >= CODE_KEYS:
                self._keys_end()
            return
        self._tell_fragment()
        self._take_the_word()
        self._report(KeyPressed(digit))

    def _keys_end(self) -> None:
        keys = self._keys
        self._take_the_word()
        if len(keys) > 1:
            # A code; it is checked before anything is kept.
            self._report(CallerSaid(keys))
        elif keys:
            self._report(KeyPressed(keys))

    def _informed(self, info: Info) -> None:
        now = self._seconds()
        match info.name, info.value:
            case "tokensPlayed", words:
                self._post_all(self._playout.played(words, now))
                self._leave_if_quiet()
            case "agentSpeaking", "off":
                self._post_all(self._playout.quiet(now))
                self._leave_if_quiet()
            case "clientSpeaking", "on":
                self._caller_speaks = True
                self._due.pop("silence", None)
            case "clientSpeaking", "off":
                self._caller_speaks = False
            case _:
                return
        if self._listening and not self._caller_speaks and not self._partial and not self._keys:
            self._due["silence"] = self._silent_at()

    # --- what time brings ---

    def _silence_passed(self) -> None:
        if self._listening is None or self._caller_speaks:
            return
        if not self._playout.is_quiet(self._seconds()):
            self._due["silence"] = self._silent_at()
            return
        self._post_all(self._playout.quiet(self._seconds()))
        self._listening = None
        self._report(SilencePassed())

    def _silent_at(self) -> datetime:
        """Return when the caller will have been silent for too long: counted from when all was played."""
        assert self._listening is not None
        played = self._seconds() if self._playout.all_heard else max(self._seconds(), self._playout.quiet_at)
        return self._at(played + self._listening.timeout_s)

    def _expect_answer(self) -> None:
        if self._fillers < len(FILLERS):
            silent = max(self._seconds(), self._playout.ends_at)
            self._due["filler"] = self._at(silent + (FILLERS_S if self._fillers else self._limits.filler_s))

    def _fill(self) -> None:
        """An answer is late: say that it comes. Nobody notes it, it is no part of the talk."""
        if not self._busy or self._caller_speaks:
            return
        words = phrase(FILLERS[self._fillers % len(FILLERS)], self._language)
        self._fillers += 1
        self._say(None, self._fillers, words, interruptible=True)
        self._playout.complete(None, self._fillers, words)

    def _alarm(self) -> None:
        with self._lock:
            now = self._now()
            for name in sorted(
                (name for name, at in self._due.items() if at <= now), key=self._due.__getitem__
            ):
                if self._due.pop(name, None):
                    self._alarms[name]()
            self._rearm()

    def _rearm(self) -> None:
        self._wake(min(self._due.values(), default=None), self._alarm)

    def _post_all(self, heard: list[Heard]) -> None:
        for event in heard:
            self._report(event)

    def _seconds(self) -> float:
        return self._now().timestamp()

    def _at(self, seconds: float) -> datetime:
        return datetime.fromtimestamp(seconds, self._now().tzinfo)

    def _in(self, seconds: float) -> datetime:
        return self._now() + timedelta(seconds=seconds)


class LockedStream:
    """The stream of an answer, for the thread in which the model is read."""

    def __init__(self, stream: AnswerStream, lock: threading.RLock) -> None:
        self._stream, self._lock = stream, lock

    def feed(self, token: str) -> list[str]:
        """Return the sentences that `token` completed."""
        with self._lock:
            return self._stream.feed(token)

    def flush(self, *, cut_short: bool = False) -> list[str]:
        """Return what is left when the answer ends."""
        with self._lock:
            return self._stream.flush(cut_short=cut_short)

    def drop(self) -> None:
        """Forget what is not a sentence yet."""
        with self._lock:
            self._stream.drop()
