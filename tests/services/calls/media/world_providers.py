"""The providers of a call in the tests: they understand and speak by bytes, on the call's clock, and fail as they are told."""

from collections.abc import Callable, Iterator
from typing import Any

from voicebot.domain.call import events
from voicebot.domain.call.state import CallState
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.providers.ports.speaker import SpokenChunk
from voicebot.providers.ports.transcriber import (
    FinalWords,
    PartialWords,
    TranscriberEvent,
    TranscriptionFailed,
)
from voicebot.services.calls.ports import Cancel, Report

SILENCE = 0xFF
MS_A_CHAR = 60
TOKEN_MS, FIRST_TOKEN_MS = 20, 150
VOICE_FIRST_MS, WORDS_MS = 75, 100
FIRST_SENTENCE = 1


class Hearing:
    """The transcriber's connection: it understands the bytes that it is fed."""

    def __init__(self, world: Any, report: Callable[[TranscriberEvent], None]) -> None:
        self._world, self._report = world, report
        self._fed: list[str] = []
        self._last = SILENCE
        self.ends_turns = False

    def feed(self, mulaw: bytes) -> None:
        byte = mulaw[0]
        if byte != self._last and (word := self._world.word(byte)):
            self._fed.append(word)
            if self._world.failing("transcriber") == "":
                text = " ".join(self._fed)
                self._world.clock.after(WORDS_MS, lambda: self._partial(text))
        self._last = byte

    def _partial(self, text: str) -> None:
        if self._fed and " ".join(self._fed).startswith(text):
            self._report(PartialWords(text))

    def finish(self) -> None:
        fault = self._world.failing("transcriber")
        text, self._fed = " ".join(self._fed), []
        failed = TranscriptionFailed(ProviderError("ear", "dead", Outcome.UNKNOWN))
        wait_ms = {"dead": 50.0, "slow": 3000.0, "late": 1500.0, "later": 3000.0}.get(fault, WORDS_MS)
        event: TranscriberEvent = FinalWords(
            "!!" if fault == "garbage" else text, 0.9 if text else None, self._world.spoken_language
        )
        self._world.clock.after(wait_ms, lambda: self._report(failed if fault in ("dead", "slow") else event))

    def close(self) -> None:
        pass


class Voice:
    """One call's voice."""

    def __init__(self, world: Any, *, fails: bool = True) -> None:
        self._world, self._fails = world, fails
        self._open: list[Spoken] = []

    def say(self, text: str, *, before: str = "", speculative: bool = False) -> "Spoken":
        self._world.utterances.append(text)
        if speculative:
            self._world.perhaps.append(text)
        byte = FIRST_SENTENCE + len(self._world.utterances) - 1
        spoken = Spoken(self._world, text, byte, fails=self._fails)
        self._open.append(spoken)
        return spoken

    def drop(self) -> None:
        for spoken in self._open:
            spoken.close()

    def close(self) -> None:
        self.drop()


class Spare:
    """A voice that never fails."""

    def __init__(self, world: Any) -> None:
        self._world = world

    def open(self, voice_id: str, language: str) -> "Voice":
        return Voice(self._world, fails=False)


class Spoken:
    """One sentence, faster than it is spoken: a piece of 200 ms every 20 ms."""

    def __init__(self, world: Any, text: str, byte: int, *, fails: bool) -> None:
        self._world, self._closed, self._fails = world, False, fails
        self._pieces = self._made(text, byte)

    def __iter__(self) -> "Spoken":
        return self

    def __next__(self) -> SpokenChunk:
        return next(self._pieces)

    def close(self) -> None:
        self._closed = True

    def _made(self, text: str, byte: int) -> Iterator[SpokenChunk]:
        clock, fault = self._world.clock, self._world.failing("voice") if self._fails else ""
        clock.sleep({"silent": 2000.0, "slow": 2500.0, "stuck": 10**9}.get(fault, VOICE_FIRST_MS))
        if fault in ("429", "silent"):
            raise ProviderError("voice", fault, Outcome.NOT_SENT)
        length = len(text) * MS_A_CHAR
        for start in range(0, length, 200):
            if self._closed:
                return
            if fault == "cut" and start >= length // 2:
                raise ProviderError("voice", "cut", Outcome.UNKNOWN)
            ms = min(200, length - start)
            chars = [
                (index, index * MS_A_CHAR)
                for index in range(-(-start // MS_A_CHAR), -(-(start + ms) // MS_A_CHAR))
            ]
            yield SpokenChunk(self._world.sound(byte, ms * 8), tuple(chars))
            clock.sleep(20)


class Brain:
    """The model: it says the call's answers in turn, token by token."""

    def __init__(self, world: Any) -> None:
        self._world = world

    def start(self, gen: int, state: CallState, report: Report) -> Cancel:
        self._world.line.thinking(gen, state)
        cutter = self._world.line.cutter()
        answer = self._world.answers[len(self._world.asked) % len(self._world.answers)]
        self._world.asked.append([*[entry.text for entry in state.history][-1:], state.pending])
        is_over: list[bool] = []

        def think() -> None:
            fault = self._world.failing("model")
            self._world.clock.sleep(8000 if fault == "slow" else FIRST_TOKEN_MS)
            if is_over:
                return
            if fault in ("429", "quota", "broken"):
                report(
                    events.ModelFailed(gen, {"429": "rate_limit", "quota": "refused"}.get(fault, "broken"))
                )
                return
            if fault == "empty":
                report(events.ModelFailed(gen, "empty"))
                return
            seq = 0
            tokens = answer.split(" ")
            for number, token in enumerate(tokens):
                if is_over:
                    return
                if token.startswith("!"):
                    report(events.ToolAsked(gen, "t1", token[1:], {}))
                    continue
                for text in cutter.feed(token + " "):
                    report(events.SentenceReady(gen, seq, text))
                    seq += 1
                if fault == "cut" and number == len(tokens) // 2:
                    report(events.ModelFailed(gen, "broken"))
                    return
                self._world.clock.sleep(TOKEN_MS)
            if is_over:
                return
            for text in cutter.flush():
                report(events.SentenceReady(gen, seq, text))
                seq += 1
            report(events.ModelFinished(gen))

        self._world.clock.spawn(think)

        def cancel() -> None:
            is_over.append(True)
            self._world.cancelled.append(gen)

        return cancel
