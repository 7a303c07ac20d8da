"""Stand-ins for transcriber, model and voice whose latencies are known: they stand for the providers while a server is measured.

One process, one port, this machine alone. Each latency counts from the moment at which the request was read. `/stats` tells how
often each was asked, and how much of it nobody waited for.
"""

import argparse
import asyncio
import base64
import itertools
import json
import math
import random
import re
import time
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

from benchmarks.streams.heard import QUIET_MS, WHOLE, Understood
from voicebot.transports.audio import ulaw_to_pcm16

REPLY = ("Yes, of course.", " We", " have", " a", " table", " for", " two", " at", " eight.")
"""The first piece is a whole sentence: until its sound, nothing passes but the three latencies."""
MS_PER_CHAR = 55
"""Of the voice."""
CHUNK_MS, TIMES_REAL = 20.0, 10
"""A chunk each 20 ms holds ten times as much sound."""
RELAY_TOKENS, TOKENS_PER_S = 40, 50.0
_P95 = 1.645
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORDS = 26**3


@dataclass(frozen=True)
class Latency:
    """Milliseconds: always the median, or log-normal where a 95th percentile is given too."""

    median: float
    p95: float = 0.0

    def draw(self, chance: random.Random) -> float:
        """Return the next one in seconds."""
        if self.p95 <= self.median:
            return self.median / 1000
        return self.median * math.exp(chance.gauss(0, math.log(self.p95 / self.median) / _P95)) / 1000


@dataclass(frozen=True)
class Latencies:
    """How long each provider takes."""

    words: Latency
    token: Latency
    sound: Latency

    @property
    def sum_ms(self) -> float:
        """The median of what a turn takes at the providers."""
        return self.words.median + self.token.median + self.sound.median


FIXED = Latencies(Latency(100), Latency(150), Latency(75))
REALISTIC = Latencies(Latency(300, 350), Latency(400, 900), Latency(100, 250))


def reply_ms() -> int:
    """Return how much sound a whole answer is."""
    return sum(_sound_ms(sentence) for sentence in re.findall(r"[^.!?]+[.!?]", "".join(REPLY)))


def _sound_ms(text: str) -> int:
    return max(8, len(text.strip()) * MS_PER_CHAR) // 20 * 20


def time_word(now: float) -> str:
    """Return a moment as three letters, so that a token tells when it left the model: tenths of milliseconds."""
    tenths = int(now * 1e4) % WORDS
    return "".join(_LETTERS[tenths // power % 26] for power in (676, 26, 1))


def age_ms(word: str, now: float) -> float:
    """Return how long ago the moment of a word was; under 1.7 s."""
    first, second, third = (_LETTERS.index(letter) for letter in word.lower())
    return (int(now * 1e4) - (first * 676 + second * 26 + third)) % WORDS / 10


class Providers:
    """All three of them."""

    def __init__(self, latencies: Latencies, voice: bytes, *, relay: bool, seed: int) -> None:
        self._late, self._voice, self._relay = latencies, voice, relay
        self._chance = random.Random(seed)
        self._ids = itertools.count(1)
        self.stats: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()

    def app(self) -> web.Application:
        """Return what serves them."""
        app = web.Application(client_max_size=64 << 20)
        app.router.add_post("/v1/stt", self.transcribe)
        app.router.add_get("/v1/listen", self.listen)
        app.router.add_post("/v1/chat/completions", self.think)
        app.router.add_post("/v1/text-to-speech/{voice}", self.clip)
        app.router.add_post("/v1/text-to-speech/{voice}/stream", self.speak)
        app.router.add_post("/v1/text-to-speech/{voice}/stream/with-timestamps", self.speak)
        app.router.add_get("/v1/text-to-speech/{voice}/multi-stream-input", self.converse)
        app.router.add_get("/{version}/voices", self.voices)
        app.router.add_get("/stats", self.tell)
        return app

    async def voices(self, _request: web.Request) -> web.Response:
        """No voice is offered: the usual one is asked for by its id."""
        return web.json_response({"voices": [], "has_more": False, "total_count": 0})

    async def tell(self, _request: web.Request) -> web.Response:
        """Tell what was asked so far."""
        return web.json_response(self.stats)

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def transcribe(self, request: web.Request) -> web.Response:
        """Understand one utterance."""
        await request.read()
        self.stats["words"] += 1
        await asyncio.sleep(self._late.words.draw(self._chance))
        return web.json_response({"text": WHOLE})

    async def listen(self, request: web.Request) -> web.WebSocketResponse:
        """Understand one caller: interim words once a word has ended, and what there is of an utterance at each Finalize."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        heard = Understood()

        async def answer(text: str, *, final: bool) -> None:
            behind_s = 0.0 if final else QUIET_MS / 1000
            await asyncio.sleep(self._late.words.draw(self._chance) - behind_s)
            if not socket.closed:
                alternatives = [{"transcript": text, "confidence": 0.99}]
                ends = {"is_final": final, "speech_final": final, "from_finalize": final}
                await socket.send_json({"type": "Results", **ends, "channel": {"alternatives": alternatives}})

        async for message in socket:
            if message.type is WSMsgType.BINARY:
                if interim := heard.sound(message.data):
                    self._beside(answer(interim, final=False))
            elif message.type is WSMsgType.TEXT:
                kind = json.loads(message.data).get("type")
                if kind == "CloseStream":
                    break
                if kind == "Finalize":
                    self.stats["words"] += 1
                    self._beside(answer(heard.final(), final=True))
        return socket

    async def think(self, request: web.Request) -> web.StreamResponse:
        """Answer, token by token."""
        await request.json()
        self.stats["answers"] += 1
        began, first_s = time.monotonic(), self._late.token.draw(self._chance)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        written = False
        try:
            await asyncio.sleep(first_s)
            await response.prepare(request)
            count = RELAY_TOKENS if self._relay else len(REPLY)
            base = {
                "id": f"c{next(self._ids)}",
                "object": "chat.completion.chunk",
                "created": 1,
                "model": "m",
            }
            for index in range(count):
                await _until(began + first_s + index / TOKENS_PER_S)
                self.stats["tokens"] += 1
                token = _timed(index) if self._relay else REPLY[index]
                await response.write(_event(base, {"content": token}))
            usage = {"prompt_tokens": 30, "completion_tokens": count, "total_tokens": 30 + count}
            end = _event(base, {}, "stop")
            end += b"data: " + json.dumps(base | {"choices": [], "usage": usage}).encode() + b"\n\n"
            await response.write(end + b"data: [DONE]\n\n")
            await response.write_eof()
            written = True
        except ConnectionError:
            pass
        finally:
            self.stats["answers_cut"] += not written
        return response

    async def clip(self, request: web.Request) -> web.Response:
        """Speak a fixed phrase."""
        return web.Response(body=self._sound((await request.json()).get("text", "")))

    async def speak(self, request: web.Request) -> web.StreamResponse:
        """Speak a sentence in chunks, as bytes or as lines with the times of its signs."""
        text = (await request.json()).get("text", "")
        self.stats["sentences"] += 1
        self.stats["signs"] += len(text)
        began, first_s = time.monotonic(), self._late.sound.draw(self._chance)
        sound, width, step = self._sound(text), 1, int(8 * CHUNK_MS * TIMES_REAL)
        form = request.query.get("output_format", "ulaw_8000")
        if form.startswith("pcm_"):
            # For others, who want it at 8 kHz too.
            sound, width = ulaw_to_pcm16(sound), 2
        timed = request.path.endswith("with-timestamps")
        response = web.StreamResponse(
            headers={"Content-Type": "application/json" if timed else "audio/basic"}
        )
        written = False
        try:
            await asyncio.sleep(first_s)
            await response.prepare(request)
            for index, start in enumerate(range(0, len(sound), step * width)):
                await _until(began + first_s + index * CHUNK_MS / 1000)
                piece = sound[start : start + step * width]
                await response.write(_line(text, piece, first=not index) if timed else piece)
            await response.write_eof()
            written = True
        except ConnectionError:
            pass
        finally:
            self.stats["sentences_cut"] += not written
            self.stats["signs_cut"] += 0 if written else len(text)
        return response

    async def converse(self, request: web.Request) -> web.WebSocketResponse:
        """Speak the sentences of several contexts, each context's one after the other."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        contexts: dict[str, asyncio.Queue[str | None]] = {}
        async for message in socket:
            given = json.loads(message.data) if message.type is WSMsgType.TEXT else {}
            if given.get("close_socket"):
                break
            name = given.get("context_id", "")
            if name not in contexts:
                contexts[name] = asyncio.Queue()
                self._beside(self._say_all(socket, name, contexts[name]))
            if text := given.get("text", "").strip():
                contexts[name].put_nowait(text)
            if given.get("close_context"):
                contexts.pop(name).put_nowait(None)
        return socket

    async def _say_all(
        self, socket: web.WebSocketResponse, context: str, texts: asyncio.Queue[str | None]
    ) -> None:
        step = int(8 * CHUNK_MS * TIMES_REAL)
        while (text := await texts.get()) is not None:
            self.stats["sentences"] += 1
            self.stats["signs"] += len(text)
            began, first_s, sound = time.monotonic(), self._late.sound.draw(self._chance), self._sound(text)
            for index, start in enumerate(range(0, len(sound), step)):
                await _until(began + first_s + index * CHUNK_MS / 1000)
                if socket.closed:
                    return
                last = start + step >= len(sound)
                chars = _chars_in(text, index * CHUNK_MS * TIMES_REAL, CHUNK_MS * TIMES_REAL, last=last)
                line = {
                    "audio": base64.b64encode(sound[start : start + step]).decode(),
                    "contextId": context,
                    "alignment": chars,
                }
                await socket.send_str(json.dumps(line))
        if not socket.closed:
            await socket.send_json({"contextId": context, "isFinal": True})

    def _sound(self, text: str) -> bytes:
        wanted = _sound_ms(text) * 8
        return (self._voice * (wanted // len(self._voice) + 1))[:wanted]


def _timed(index: int) -> str:
    """Return a token that tells when it leaves; every tenth one ends a sentence."""
    word = time_word(time.monotonic())
    return f" {word if index % 10 else word.capitalize()}{'.' if index % 10 == 9 else ''}"


async def _until(moment: float) -> None:
    left_s = moment - time.monotonic()
    if left_s > 0:
        await asyncio.sleep(left_s)


def _event(base: dict[str, Any], delta: dict[str, str], finish: str | None = None) -> bytes:
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    return b"data: " + json.dumps(base | {"choices": choices}).encode() + b"\n\n"


def _chars_in(text: str, from_ms: float, for_ms: float, *, last: bool) -> dict[str, Any]:
    """Return the characters that are spoken in a piece of the sound, timed from its begin."""
    first = math.ceil(from_ms / MS_PER_CHAR)
    end = len(text) if last else math.ceil((from_ms + for_ms) / MS_PER_CHAR)
    starts = [min(for_ms - 1, index * MS_PER_CHAR - from_ms) for index in range(first, end)]
    return {
        "chars": list(text[first:end]), "charStartTimesMs": starts,
        "charDurationsMs": [MS_PER_CHAR] * len(starts),
    }  # fmt: skip


def _line(text: str, piece: bytes, *, first: bool) -> bytes:
    times = None
    if first:
        each_s = MS_PER_CHAR / 1000
        times = {
            "characters": list(text),
            "character_start_times_seconds": [round(index * each_s, 3) for index in range(len(text))],
            "character_end_times_seconds": [round((index + 1) * each_s, 3) for index in range(len(text))],
        }
    line = {
        "audio_base64": base64.b64encode(piece).decode(),
        "alignment": times,
        "normalized_alignment": None,
    }
    return json.dumps(line).encode() + b"\n"


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--sounds", type=Path, required=True)
    parser.add_argument(
        "--realistic", action="store_true", help="latencies as providers have them, by --seed"
    )
    parser.add_argument("--relay", action="store_true", help="the model's tokens tell when they left it")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    voice = (given.sounds / "voice.ulaw").read_bytes()
    latencies = REALISTIC if given.realistic else FIXED
    providers = Providers(latencies, voice, relay=given.relay, seed=given.seed)
    web.run_app(
        providers.app(), host="127.0.0.1", port=given.port, access_log=None, print=None, handler_cancellation=True,
        keepalive_timeout=300,
    )  # fmt: skip


if __name__ == "__main__":
    main()
