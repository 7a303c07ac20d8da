"""A stream that is no longer wanted is closed by another thread than the one that waits for it, and its connection with it."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.providers.broken_provider import Provider, stream, wait_for_hang_up
from tests.support.waiting import wait_for
from voicebot.providers.elevenlabs.account import ElevenLabsAccount
from voicebot.providers.elevenlabs.voice import ElevenLabsVoice
from voicebot.providers.openai.model import OpenAIModel
from voicebot.providers.ports import ModelRequest, TextDelta

STALLS_S = 30.0
SOON_S = 5.0
"""Far below what the provider stalls for, and within reach of a busy machine."""
REQUEST = ModelRequest(
    messages=[{"role": "user", "content": "hi"}], first_token_timeout_s=STALLS_S, total_timeout_s=2 * STALLS_S
)
WORDS = b'data: {"choices": [{"index": 0, "delta": {"content": "We are open."}}]}\n\n'
ROOT = Path(__file__).resolve().parents[2]

Begin = Callable[[Provider], Any]


def answer(provider: Provider) -> Any:
    return OpenAIModel("key", f"{provider.url}/v1", "m", "another").stream(REQUEST)


def speech(provider: Provider) -> Any:
    voice = ElevenLabsVoice(
        ElevenLabsAccount("key", provider.url),
        "v",
        first_byte_timeout_s=STALLS_S,
        total_timeout_s=2 * STALLS_S,
    )
    return voice.stream("Hello.", voice_id="v", audio_format="mp3_22050_32")


class Reader:
    """Reads a stream in a thread of its own, and remembers what came and how it ended."""

    def __init__(self, pieces: Iterator[Any]) -> None:
        self.read: list[Any] = []
        self.failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, args=(pieces,), daemon=True)
        self._thread.start()

    def _run(self, pieces: Iterator[Any]) -> None:
        try:
            for piece in pieces:
                self.read.append(piece)
        except Exception as error:
            self.failure = error

    def ends(self) -> bool:
        self._thread.join(SOON_S)
        return not self._thread.is_alive()


@pytest.mark.parametrize("begin", [answer, speech])
def test_who_waits_for_the_first_byte_is_woken_and_the_provider_sees_the_end(
    provider: Provider, begin: Begin
) -> None:
    provider.will(wait_for_hang_up)
    pieces = begin(provider)
    reader = Reader(pieces)
    wait_for(lambda: provider.seen)

    pieces.close()

    assert reader.ends()
    assert (reader.read, reader.failure) == ([], None)
    assert provider.hung_up.wait(SOON_S)
    # Nothing is tried again, with no other model either.
    assert len(provider.seen) == 1


@pytest.mark.parametrize(
    ("begin", "first"), [(answer, stream(WORDS, end="hung_up")), (speech, stream(b"sound", content_type="audio/mpeg", end="hung_up"))]
)  # fmt: skip
def test_who_waits_in_the_middle_of_an_answer_keeps_what_came_and_is_at_its_end(
    provider: Provider, begin: Begin, first: Any
) -> None:
    provider.will(first)
    pieces = begin(provider)
    reader = Reader(pieces)
    wait_for(lambda: reader.read)

    pieces.close()

    assert reader.ends()
    assert reader.read in ([TextDelta("We are open.")], [b"sound"])
    assert reader.failure is None
    assert provider.hung_up.wait(SOON_S)


def test_closing_before_anything_was_asked_asks_nothing(provider: Provider) -> None:
    pieces = answer(provider)

    pieces.close()

    assert list(pieces) == []
    assert provider.seen == []


def test_closing_twice_and_after_the_end_is_nothing(provider: Provider) -> None:
    provider.will(stream(WORDS, b"data: [DONE]\n\n"))
    pieces = answer(provider)
    first = next(pieces)

    rest = list(pieces)
    pieces.close()
    pieces.close()

    assert first == TextDelta("We are open.")
    assert len(rest) == 1


IN_GREENLETS = """
from gevent import monkey
monkey.patch_all()
import sys, threading, time
from voicebot.providers.openai.model import OpenAIModel
from voicebot.providers.ports import ModelRequest
request = ModelRequest(messages=[], first_token_timeout_s=30, total_timeout_s=60)
pieces = OpenAIModel("key", sys.argv[1] + "/v1", "m").stream(request)
heard = threading.Event()
reader = threading.Thread(target=lambda: [heard.set() for _ in pieces])
reader.start()
heard.wait(60)
began = time.monotonic()
pieces.close()
reader.join(20)
print(reader.is_alive(), time.monotonic() - began < 5)
"""


def test_a_greenlet_that_waits_is_woken_as_a_thread_is(provider: Provider) -> None:
    provider.will(stream(WORDS, end="hung_up"))

    done = subprocess.run(
        [sys.executable, "-c", IN_GREENLETS, provider.url], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
    )  # fmt: skip

    assert (done.stdout.split(), done.stderr) == (["False", "True"], "")
    assert provider.hung_up.wait(SOON_S)
