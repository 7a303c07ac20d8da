"""What listening costs: a frame of turn taking, a chunk of the model alone and in runs, a second of a call."""

import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.turns import sounds
from benchmarks.turns.scenes import Scene
from voicebot.domain.call.turn_taking.rules import TurnRules
from voicebot.domain.call.turn_taking.signals import Frame
from voicebot.domain.call.turn_taking.taker import TurnTaker
from voicebot.providers.local.silero import Silero
from voicebot.providers.local.silero_net import CHUNK, CONTEXT
from voicebot.providers.local.vad import FRAME_BYTES, SpeechDetector

_SECONDS, _CALLS = 10, 100


def print_costs(model: Silero, heard: list[tuple[Scene, list[Frame]]]) -> None:
    """Measure and print; CPU time of this process."""
    frames = [frame for _, frames in heard for frame in frames]
    taken = _cpu_s(lambda: [_take(each) for _, each in heard])
    print(f"\na frame of turn taking: {taken / len(frames) * 1e6:.1f} µs")
    for size in (1, 8, 16, 32):
        chunks, places = [os.urandom(CONTEXT + CHUNK)] * size, [model.open() for _ in range(size)]
        runs = 100
        spent = _cpu_s(lambda: [model.run(chunks, places) for _ in range(runs)])  # noqa: B023
        print(f"a chunk of 32 ms in runs of {size:2}: {spent / runs / size * 1e6:.0f} µs")
    print(f"a second of a call that is half speech, {_CALLS} calls: {_call_second(model) * 1000:.2f} ms")


def _take(frames: list[Frame]) -> None:
    taker = TurnTaker(TurnRules())
    for frame in frames:
        taker.frame(frame)


def _call_second(model: Silero) -> float:
    speech = sounds.voice("I would like to know when you open on Sunday morning", "en-us", 170, 45)
    sound = sounds.ulaw(np.concatenate([speech, sounds.silence(len(speech) / 8)]))
    sound = sound[: len(sound) // FRAME_BYTES * FRAME_BYTES]
    detector = SpeechDetector(lambda: model)
    detector.load()
    streams = [detector.open() for _ in range(_CALLS)]

    def hear() -> None:
        for number in range(_SECONDS * 50):
            for call, stream in enumerate(streams):
                start = (number + call * 7) * FRAME_BYTES % len(sound)
                stream.feed(sound[start : start + FRAME_BYTES], lambda _: None)
            detector.judge()

    return _cpu_s(hear) / _SECONDS / _CALLS


def _cpu_s(work: Callable[[], Any]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
