"""What warm connections save a call, and which way of asking the voice is the quicker one.

`.venv/bin/python -m benchmarks.connections [--slow-ms 50] [--turns 20]`. The providers are the simulator's, at once with
their answers; a door in front of them makes each new connection wait, as a long way and TLS do.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import openai
from openai._models import construct_type
from openai.types.chat import ChatCompletionChunk

from simulator.process import start_simulator
from tests.support.slow_door import Doors, door
from voicebot.providers.elevenlabs.account import ElevenLabsAccount
from voicebot.providers.elevenlabs.formats import SpokenFormat
from voicebot.providers.elevenlabs.socket_speaker import SocketSpeaker
from voicebot.providers.elevenlabs.speaker import ElevenLabsSpeaker
from voicebot.providers.http import warm
from voicebot.providers.http.event_stream import read_events
from voicebot.providers.openai.chat_pieces import ChatPieces
from voicebot.providers.openai.model import OpenAIModel
from voicebot.providers.ports import ModelRequest

MESSAGES = [{"role": "user", "content": "Hello, what are your opening hours?"}]
SENTENCE = "Your appointment is on Friday at nine in the morning."
MODEL = "gpt-4.1-mini"
VOICE = "21m00Tcm4TlvDq8ikWAM"
PAUSE_S = 0.15
"""Between two turns: the time in which a spare connection is opened."""


Rest = Callable[[], object]
"""What is left to do of a turn after its first piece."""


def firsts(turn: Callable[[], Rest], turns: int) -> tuple[list[float], float]:
    """Return how long the first piece of each turn took, and our CPU time a turn, in milliseconds."""
    took, cpu_s = [], time.process_time()
    for _ in range(turns):
        time.sleep(PAUSE_S)
        began = time.perf_counter()
        rest = turn()
        took.append((time.perf_counter() - began) * 1000)
        rest()
    return took, (time.process_time() - cpu_s) * 1000 / turns


def told(name: str, measured: tuple[list[float], float], way: Doors) -> None:
    """Print one line."""
    took, cpu_ms = measured
    p95 = sorted(took)[int(len(took) * 0.95) - 1]
    print(
        f"{name:<46} {way.connections:>4} connections   first piece p50 {statistics.median(took):5.1f} ms, "
        f"p95 {p95:5.1f} ms   CPU {cpu_ms:4.1f} ms"
    )


def begun(answer: Any) -> Rest:
    """Take the first piece of an answer."""
    next(answer)
    return lambda: list(answer)


def cancelled(answer: Any) -> Rest:
    """Take the first piece, and end the answer."""
    next(answer)
    return answer.close  # type: ignore[no-any-return]


def models(port: int, slow_s: float, turns: int) -> None:
    """Turns of a model: through the SDK's own stream, through ours, and cancelled ones."""
    request = ModelRequest(messages=MESSAGES)
    with door(f"127.0.0.1:{port}", slow_s=slow_s) as way:
        sdk = openai.OpenAI(api_key="any", base_url=f"{way.url}/openai/v1", max_retries=0)
        ask: Any = partial(sdk.chat.completions.create, model=MODEL, messages=MESSAGES, stream=True)
        told("model, the SDK's stream", firsts(lambda: begun(ask()), turns), way)
    for name, wanted, take in (
        ("model, ours", warm.WANTED, begun),
        ("model, ours, each answer cancelled, no spare", 0, cancelled),
        ("model, ours, each answer cancelled", warm.WANTED, cancelled),
    ):
        with door(f"127.0.0.1:{port}", slow_s=slow_s) as way:
            model = OpenAIModel("any", f"{way.url}/openai/v1", MODEL)
            model._warm._wanted = wanted
            model.prewarm()
            told(name, firsts(partial(_turn, model, request, take), turns), way)
            model.close()


def _turn(model: OpenAIModel, request: ModelRequest, take: Callable[[Any], Rest]) -> Rest:
    return take(model.stream(request))


def voices(port: int, slow_s: float, turns: int) -> None:
    """Answers of one sentence, over HTTP and on a socket; the CPU time is of a second run without the door."""
    for name, kind in (("voice over HTTP", ElevenLabsSpeaker), ("voice on a socket", SocketSpeaker)):
        with door(f"127.0.0.1:{port}", slow_s=slow_s) as way:
            took, _ = _spoken(kind, way.url, turns)
            _, cpu_ms = _spoken(kind, f"http://127.0.0.1:{port}", turns)
            told(name, (took, cpu_ms), way)


def _spoken(kind: Any, url: str, turns: int) -> tuple[list[float], float]:
    call = kind(ElevenLabsAccount("any", f"{url}/elevenlabs"), VOICE, SpokenFormat()).open(VOICE, "en")
    measured = firsts(lambda: begun(call.say(SENTENCE)), turns)
    call.close()
    return measured


def parsing(tokens: int = 4000) -> None:
    """What reading a token costs: through the SDK's models, and as our adapter does it."""
    chunk = (
        b'{"id":"c","object":"chat.completion.chunk","created":1,"model":"gpt-4.1-mini","choices":[{"index":0,'
        b'"delta":{"content":" word"},"logprobs":null,"finish_reason":null}]}'
    )
    body = b"data: " + chunk + b"\n\n"
    answer = ChatPieces("openai", MODEL)
    began = time.process_time()
    for event in read_events([body * tokens], "openai"):
        answer.take(event)
    ours = (time.process_time() - began) / tokens
    began = time.process_time()
    for _ in range(tokens):
        construct_type(type_=ChatCompletionChunk, value=json.loads(chunk))
    theirs = (time.process_time() - began) / tokens
    print(f"reading a token: {ours * 1e6:.1f} us, through the SDK's models {theirs * 1e6:.1f} us")


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slow-ms", type=float, default=50.0, help="how long a new connection takes")
    parser.add_argument("--turns", type=int, default=20)
    given = parser.parse_args()
    with start_simulator(account_sid="AC" + "0" * 32, auth_token="t" * 32, speed=0.0) as running:
        port = int(running.url.rpartition(":")[2])
        models(port, given.slow_ms / 1000, given.turns)
        voices(port, given.slow_ms / 1000, given.turns)
    parsing()


if __name__ == "__main__":
    main()
