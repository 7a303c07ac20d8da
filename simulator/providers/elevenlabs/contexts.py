"""One text on a websocket of ElevenLabs: its pieces wait here and are spoken one by one."""

import base64
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

import orjson

from simulator.providers.elevenlabs.spoken import Mouth
from simulator.providers.elevenlabs.timestamps import TimedPiece, timed_pieces
from simulator.providers.knobs import LONGEST_SILENCE_S, Knob, KnobBoard, Mode
from simulator.providers.latency import FIRST_AUDIO, NEXT_AUDIO, Pace
from simulator.providers.switches import Switchboard
from simulator.wire.websocket import Closed, WebSocket
from voicebot.providers.ports import ProviderError

COLLECTED_CHARS = 120
"""What the schedule collects before it begins; `auto_mode` waits for the end of a sentence instead (handbook 1.6)."""
PIECE_BYTES = 4096
_SENTENCE_ENDS = re.compile(r"[.!?…][\"')\]]*\s*$")


@dataclass(frozen=True)
class Voicing:
    """With what everything on one socket is spoken."""

    mouth: Mouth
    board: KnobBoard
    switches: Switchboard
    pace: Pace
    path: str
    voice_id: str
    model: str
    audio_format: str
    language: str | None
    auto: bool
    named: bool
    """Whether contexts have names."""


class Context:
    """One context. A thread of its own makes its sound."""

    def __init__(
        self,
        name: str,
        voicing: Voicing,
        end: WebSocket,
        ended: Callable[["Context"], None],
        fail: Callable[[str, str], bool],
    ) -> None:
        self.name, self.used_at = name, time.monotonic()
        self._voicing, self._end, self._ended, self._fail = voicing, end, ended, fail
        self._collected, self._is_closed, self._is_abandoned = "", False, False
        self._texts: SimpleQueue[str | None] = SimpleQueue()
        self._spoken_s = 0.0
        threading.Thread(target=self._run, daemon=True).start()

    def take(self, text: str, *, flush: bool) -> None:
        """Collect text; speak it when it is time, or when it is asked for."""
        self.used_at = time.monotonic()
        if self._is_closed:
            return
        self._collected += text
        enough = (
            _SENTENCE_ENDS.search(self._collected)
            if self._voicing.auto
            else len(self._collected) >= COLLECTED_CHARS
        )
        if flush or enough:
            self._speak()

    def close(self) -> None:
        """Speak the rest, and end."""
        if not self._is_closed:
            self._is_closed = True
            self._speak()
            self._texts.put(None)

    def abandon(self) -> None:
        """The socket is gone."""
        self._is_closed = self._is_abandoned = True
        self._texts.put(None)

    def _speak(self) -> None:
        text, self._collected = self._collected, ""
        if text.strip():
            self._texts.put(text.lstrip())

    # --- its own thread ---

    def _run(self) -> None:
        with suppress(Closed):
            while (text := self._texts.get()) is not None:
                if not self._is_abandoned and not self._voice(text):
                    return
            if not self._is_abandoned:
                self._ended(self)
                self._say_final()
        self._ended(self)

    def _voice(self, text: str) -> bool:
        """Speak one text; False when a knob ended the socket."""
        voicing = self._voicing
        knob, seen = voicing.board.meet("voice", path=voicing.path, model=voicing.model, text=text)
        if knob.mode in (Mode.FAIL, Mode.RATE_LIMIT, Mode.QUOTA, Mode.TIMEOUT, Mode.GARBAGE):
            seen.finished = "failed"
            return self._spoiled(knob)
        rng, asked_at = voicing.pace.next_request(), time.monotonic()
        made = self._made(text)
        sent = 0
        for number, piece in enumerate(timed_pieces(made, text, voicing.audio_format)):
            voicing.pace.spend(NEXT_AUDIO if number else FIRST_AUDIO, rng, since=asked_at)
            if knob.mode is Mode.SLOW and sent <= knob.after_chars < sent + len(piece.audio):
                voicing.board.silence("voice", knob.delay_s)
            if knob.mode is Mode.CUT and sent + len(piece.audio) > knob.after_chars:
                seen.finished = "cut"
                self._end.cut()
                return False
            if self._is_abandoned:
                seen.finished = "left"
                return False
            self._end.send(self._sound(piece))
            sent, asked_at = sent + len(piece.audio), time.monotonic()
        self._spoken_s += sum(len(chunk) for chunk in made) / _bytes_a_s(voicing.audio_format)
        self.used_at, seen.finished = time.monotonic(), "whole"
        return True

    def _made(self, text: str) -> list[bytes]:
        voicing = self._voicing
        try:
            whole = voicing.mouth.synthesize(
                text.strip(),
                voice=voicing.voice_id,
                audio_format=voicing.audio_format,
                language=voicing.language,
            )
        except ProviderError:
            return []
        return [whole[at : at + PIECE_BYTES] for at in range(0, len(whole), PIECE_BYTES)]

    def _spoiled(self, knob: Knob) -> bool:
        """Do what a knob asks for instead of speaking; False when that ended the socket."""
        voicing = self._voicing
        if knob.mode is Mode.TIMEOUT:
            voicing.board.silence("voice", LONGEST_SILENCE_S)
            return True
        if knob.mode is Mode.GARBAGE:
            self._end.send('{"audio": "!!!", "contextId": "' + self.name + '"')
            return True
        if knob.mode is Mode.RATE_LIMIT:
            return self._fail("too_many_concurrent_requests", "Too many concurrent requests.")
        if knob.mode is Mode.QUOTA and voicing.switches["tts_ws_quota"] == "silence":
            self._say_final()
            self._end.close(1000)
            return False
        if knob.mode is Mode.QUOTA:
            return self._fail("quota_exceeded", "This request exceeds your quota.")
        return self._fail("internal_error", "The voice does not work at the moment.")

    def _sound(self, piece: TimedPiece) -> str:
        voicing = self._voicing
        goes_on = voicing.switches["tts_alignment_base"] == "absolute"
        times = (
            piece.on_a_socket(
                since_s=-self._spoken_s if goes_on else piece.begins_s,
                durations=voicing.switches["tts_alignment_names"],
            )
            if piece.chars
            else None
        )
        message: dict[str, Any] = {
            "audio": base64.b64encode(piece.audio).decode(),
            "alignment": times,
            "normalizedAlignment": times,
        }
        return self._named(message if voicing.named else message | {"isFinal": None})

    def _say_final(self) -> None:
        switches = self._voicing.switches
        name = "is_final" if self._voicing.named and switches["tts_multi_names"] == "snake" else "isFinal"
        final: dict[str, Any] = {name: True}
        if switches["tts_final"] == "nulls":
            final |= {"audio": None, "alignment": None, "normalizedAlignment": None}
        self._end.send(self._named(final))

    def _named(self, message: dict[str, Any]) -> str:
        if self._voicing.named:
            snake = self._voicing.switches["tts_multi_names"] == "snake"
            message = message | {"context_id" if snake else "contextId": self.name}
        return orjson.dumps(message).decode()


def _bytes_a_s(audio_format: str) -> float:
    codec, _, rate = audio_format.partition("_")
    return float(rate) * (2 if codec == "pcm" else 1) if codec in ("pcm", "ulaw") else 4000.0
