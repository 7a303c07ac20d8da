"""The stereo tape of a call: what was said and heard lies in it when it was said and heard."""

import base64
import json
import random
import time
from dataclasses import dataclass, field

import numpy as np
import pytest

from tests.services.calls.media.world import Says, World
from voicebot.services.calls.media.tape import BEHIND_MS, PIECE_MS, SILENCE, Tape
from voicebot.transports.audio import ulaw_to_pcm16

FRAME_MS, NEAR_MS, LOOK_MS = 20, 20, 400


@dataclass
class Sink:
    """Keeps both channels in memory."""

    left: bytearray = field(default_factory=bytearray)
    right: bytearray = field(default_factory=bytearray)
    closed: bool = False

    def write(self, left: bytes, right: bytes) -> None:
        samples = max(len(left), len(right))
        self.left += left.ljust(samples, SILENCE)
        self.right += right.ljust(samples, SILENCE)

    def close(self) -> None:
        self.closed = True


class Aloud(World):
    """A call in which every piece of sound is noise of its own, so that a correlation finds it; the network is as slow as it is."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._noise = random.Random(7)
        self.said: list[tuple[float, bytes]] = []
        self.heard: list[tuple[float, bytes]] = []

    def sound(self, byte: int, size: int) -> bytes:
        noise = bytes([byte]) + self._noise.randbytes(size - 1)
        if size == 160:
            self.said.append((self.clock.now_ms, noise))
        return noise

    def send(self, text: str) -> None:
        super().send(text)
        message = json.loads(text)
        if message["event"] == "media":
            self.heard.append((self.played[-1][0], base64.b64decode(message["media"]["payload"])))


def off_ms(channel: bytes, sound: bytes, at_ms: float) -> float | None:
    """How far from `at_ms` the channel holds this sound, by cross-correlation; None: it does not."""
    # The tape begins with the first frame, which was said before it came.
    at_ms += FRAME_MS
    first = max(0, int((at_ms - LOOK_MS) * 8))
    window, wanted = (
        np.frombuffer(ulaw_to_pcm16(bytes(part)), "<i2").astype(np.float64)
        for part in (channel[first : int((at_ms + LOOK_MS) * 8) + len(sound)], sound)
    )
    matches = np.correlate(window, wanted, mode="valid")
    if matches.max() < 0.5 * float(wanted @ wanted):
        return None
    return (first + int(matches.argmax())) / 8 - at_ms


@pytest.mark.parametrize(
    "script",
    [
        (Says(3000, "when do you open tomorrow"),),
        (Says(3000, "when do you open tomorrow"), Says(7000, "no wait I mean on sunday")),
    ],
    ids=["a question", "a barge-in"],
)
def test_what_was_said_and_heard_lies_on_the_tape_within_20_ms_and_nothing_else(
    script: tuple[Says, ...],
) -> None:
    sink = Sink()
    answers = ("We open at eight in the morning. Is there anything else?", "On Sunday at ten.")
    world = Aloud(script=script, answers=answers, tape=Tape(sink))
    world.run(16_000)
    world.line.close()

    played = {begins: ends - begins for begins, ends, _ in world.played}
    whole = [(at, sound) for at, sound in world.heard if played.get(at) == len(sound) / 8]
    never = [(at, sound) for at, sound in world.heard if at not in played]
    said = [(at - FRAME_MS, sound) for at, sound in world.said if at % 500 == 0]
    assert sink.closed and len(whole) > 10 and bool(never) is (len(script) > 1)
    for channel, sounds in ((sink.left, said), (sink.right, whole)):
        for at, sound in sounds:
            off = off_ms(channel, sound, at)
            assert off is not None and abs(off) <= NEAR_MS, (at, off)
    assert {off_ms(sink.right, sound, at) for at, sound in never} <= {None}


def test_a_gap_in_the_carriers_sound_moves_nothing() -> None:
    sink = Sink()
    tape = Tape(sink)
    frame = bytes(160)
    for number in [*range(100), *range(150, 400)]:
        tape.caller(frame, number * 20, number * 20 + 20.0)
    tape.close()

    loud = np.flatnonzero(np.frombuffer(bytes(sink.left), np.uint8) != SILENCE[0])
    assert len(sink.left) == 400 * 160
    assert np.flatnonzero(np.diff(loud) > 1).tolist() == [100 * 160 - 1]


def test_frames_that_come_late_do_not_move_our_sound() -> None:
    tape = Tape(Sink())
    late = random.Random(3)
    for number in range(500):
        tape.caller(bytes(160), number * 20, number * 20 + 20.0 + late.choice((0.0, 0.0, 15.0, 80.0)))

    assert tape.place_of(9000.0) == 9000 * 8


def test_an_operator_lies_on_our_side_beside_what_the_caller_said_then() -> None:
    sink = Sink()
    tape = Tape(sink)
    for number in range(400):
        tape.caller(bytes([number % 250]) * 160, number * 20, number * 20 + 20.0)
        # From two seconds on, with a network that holds two frames up, and once more after a pause.
        if (100 <= number < 200 and number % 10 < 8) or number >= 300:
            for _ in range(1 + 2 * (number % 10 == 7 and number < 200)):
                tape.operator(b"\x07" * 160)
    tape.close()

    loud = np.frombuffer(bytes(sink.right), np.uint8) != SILENCE[0]
    spans = np.flatnonzero(np.diff(loud.astype(int)))
    assert [round(at / 8000, 2) for at in spans] == [2.02, 4.02, 6.02]
    assert len(sink.right) - len(sink.left) <= 2 * 160


def test_a_frame_on_its_way_is_held_up_by_less_than_20_microseconds() -> None:
    tape = Tape(Sink())
    frames = 3 * (BEHIND_MS + PIECE_MS) // 20
    took = []
    for number in range(frames):
        began = time.perf_counter()
        tape.caller(bytes(160), number * 20, number * 20.0)
        took.append(time.perf_counter() - began)

    assert sorted(took)[frames // 2] < 20e-6
