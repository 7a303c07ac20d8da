"""Transcribe an operator who has a call, as the caller is transcribed: the bot then knows what was said when it gets
the call back.
"""

import threading
import time
from collections.abc import Callable

from voicebot.domain.call.events import CallerSaid, Event, OperatorSaid
from voicebot.domain.call.setup import CallSetup
from voicebot.runtime import Runtime
from voicebot.services.calls.media.caller_utterance import CallerUtterance
from voicebot.services.calls.media.ear import Ear
from voicebot.services.calls.media.ear_ports import EarPorts
from voicebot.services.calls.media.parts import listening_in
from voicebot.services.calls.streams.speech_events import SpeechEvents


class UnderstoodOperator:
    """The ear of one operator in one call. Reports OperatorSaid."""

    def __init__(
        self,
        runtime: Runtime,
        setup: CallSetup,
        report: Callable[[Event], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises nothing: the runtime has a detector and a transcriber."""
        assert runtime.detector is not None and runtime.transcriber is not None
        self._lock = threading.RLock()
        self._report, self._clock, self._began = report, clock, clock()
        # The times at which the operator spoke are not stored: the lanes are the caller's and the bot's.
        unkept = SpeechEvents(lambda _at_ms: None)
        ports = EarPorts(
            self._tell, self._clock_ms, self._told, self._deaf, self._entered, self._lock, unkept
        )
        rules = setup.turn_rules(ends_turns=runtime.transcriber.ends_turns)
        listening = listening_in(setup.language, setup)
        self._ear = Ear(ports, rules, runtime.detector.open(), runtime.transcriber, listening)
        self._over = False

    def sound(self, audio: bytes) -> None:
        """Take a frame."""
        with self._lock:
            if not self._over:
                self._ear.sound(audio)
                self._ear.settle()

    def close(self) -> None:
        """The operator has gone."""
        with self._lock:
            self._over = True
            self._ear.close()

    def _tell(self, event: Event) -> None:
        if isinstance(event, CallerSaid) and event.text.strip():
            self._report(OperatorSaid(event.text))

    def _told(self, heard: CallerUtterance, spoke_at_ms: float, decided_at_ms: float) -> None:
        del heard, spoke_at_ms, decided_at_ms

    def _deaf(self) -> None:
        """Stop writing down what is said; the two still hear each other."""

    def _entered(self, do: Callable[[], None]) -> None:
        with self._lock:
            if not self._over:
                do()

    def _clock_ms(self) -> float:
        return (self._clock() - self._began) * 1000
