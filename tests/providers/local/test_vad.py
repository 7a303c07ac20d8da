"""Voice activity: the model's own numbers, asked only about what is loud, for many callers in one run."""

import json
import subprocess
import sys
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from tests.support.source_tree import ROOT
from voicebot.domain.call.turn_taking.signals import Frame
from voicebot.providers.local.silero import ModelMissing, Silero
from voicebot.providers.local.silero_net import CHUNK, CONTEXT
from voicebot.providers.local.vad import FRAME_BYTES, MOST_AT_ONCE, DetectorStream, SpeechDetector
from voicebot.transports.audio import PHONE_HZ, pcm16_to_ulaw

VECTORS = Path(__file__).parents[2] / "vectors" / "providers"
ROUNDING = 1e-5
"""Sums of rows that are made together are ordered otherwise."""
VECTOR = json.loads((VECTORS / "silero_vad.json").read_text())
CASES = {case["id"]: case for case in VECTOR["cases"]}
SILENCE = b"\xff" * FRAME_BYTES


@pytest.fixture(scope="module")
def model() -> Silero:
    return Silero()


def sound_of(case) -> bytes:
    return (VECTORS / case["file"]).read_bytes() if "file" in case else b"\xff" * CHUNK * case["chunks"]


def probabilities(model: Silero, sounds: list[bytes]) -> list[list[float]]:
    """Ask about several callers' whole sounds, chunk by chunk in one run."""
    places = [model.open() for _ in sounds]
    padded = [b"\xff" * CONTEXT + sound for sound in sounds]
    found = [
        model.run([sound[start : start + CONTEXT + CHUNK] for sound in padded], places)
        for start in range(0, min(map(len, sounds)) - CHUNK + 1, CHUNK)
    ]
    for place in places:
        model.close(place)
    return [list(column) for column in zip(*found, strict=True)]


class Listener:
    """A detector whose rounds are made by hand, with the model's runs counted."""

    def __init__(self, model: Silero) -> None:
        self.detector = SpeechDetector(lambda: model)
        self.detector.load()
        self.runs: list[int] = []
        self.run, model.run = model.run, self._counted  # type: ignore[method-assign]
        self.model = model

    def _counted(self, chunks, places):
        self.runs.append(len(chunks))
        return self.run(chunks, places)

    def __enter__(self) -> "Listener":
        return self

    def __exit__(self, *_: object) -> None:
        self.model.run = self.run  # type: ignore[method-assign]

    def hear(self, sound: bytes, stream: DetectorStream | None = None) -> list[Frame]:
        stream = stream or self.detector.open()
        frames: list[Frame] = []
        for start in range(0, len(sound), FRAME_BYTES):
            stream.feed(sound[start : start + FRAME_BYTES], frames.append)
            self.detector.judge()
        return frames


@pytest.mark.parametrize("name", ["q0-8k", "q1-8k", "noise-8k", "silence-8k"])
def test_the_model_says_what_it_is_known_to_say(model, name):
    case = CASES[name]

    found = probabilities(model, [sound_of(case)])[0]

    assert found == pytest.approx(case["probabilities"], abs=VECTOR["tolerance"])


def test_callers_in_one_run_do_not_hear_each_other(model):
    sounds = [(VECTORS / "audio" / f"q{number}.ulaw").read_bytes()[:14080] for number in range(4)]

    together, alone = probabilities(model, sounds), [probabilities(model, [sound])[0] for sound in sounds]

    for one, other in zip(together, alone, strict=True):
        assert one == pytest.approx(other, abs=ROUNDING)


def test_without_the_samples_of_before_the_model_answers_nonsense(model):
    wrong = CASES["q0-8k-WRONG-no-context"]["probabilities"]
    sound = sound_of(CASES["q0-8k"])[:14080]

    ours = probabilities(model, [sound])[0]

    assert sum(chunk > 0.5 for chunk in ours) > 2 * sum(chunk > 0.5 for chunk in wrong)


def test_silence_costs_no_run_and_speech_is_found_within_three_frames(model):
    speech = sound_of(CASES["q0-8k"])

    with Listener(model) as listener:
        quiet = listener.hear(SILENCE * 50)
        runs = len(listener.runs)
        frames = listener.hear(SILENCE * 25 + speech)

    assert runs == 0
    assert [frame.at_ms for frame in quiet] == [20 * number for number in range(1, 51)]
    assert {(frame.loudness_db, frame.speech) for frame in quiet} == {(-90.0, None)}
    first = next(frame for frame in frames if (frame.speech or 0) > 0.5)
    loud = next(frame for frame in frames if frame.loudness_db > -22)
    assert first.at_ms <= loud.at_ms + 60
    assert -30 < max(frame.loudness_db for frame in frames) < 0


def test_the_gate_closes_in_a_constant_noise(model):
    wave = np.random.default_rng(7).normal(0, 200, 20 * PHONE_HZ)

    with Listener(model) as listener:
        frames = listener.hear(SILENCE * 50 + pcm16_to_ulaw(wave.astype("<i2").tobytes()))

    assert any(frame.speech is not None for frame in frames[50:100])
    assert all(frame.speech is None for frame in frames[-200:])


def test_many_callers_share_runs_of_sixteen(model):
    speech = sound_of(CASES["q0-8k"])[1600:]

    with Listener(model) as listener:
        streams = [listener.detector.open() for _ in range(40)]
        heard: list[list[Frame]] = [[] for _ in streams]
        for start in range(0, FRAME_BYTES * 10, FRAME_BYTES):
            for stream, frames in zip(streams, heard, strict=True):
                stream.feed(speech[start : start + FRAME_BYTES], frames.append)
            listener.detector.judge()

    assert max(listener.runs) == MOST_AT_ONCE
    assert len(heard[0]) == 10
    for frames in heard:
        for frame, first in zip(frames, heard[0], strict=True):
            assert (frame.at_ms, frame.loudness_db) == (first.at_ms, first.loudness_db)
            assert frame.speech == pytest.approx(first.speech, abs=ROUNDING)
    assert any(frame.speech is not None for frame in heard[0])


def test_sound_in_odd_pieces_is_the_same_sound(model):
    speech = sound_of(CASES["q1-8k"])

    with Listener(model) as listener:
        whole = listener.hear(speech)
        stream, pieces = listener.detector.open(), []
        for start in range(0, len(speech), 77):
            stream.feed(speech[start : start + 77], pieces.append)
            listener.detector.judge()

    assert pieces == whole


def test_a_closed_call_is_told_nothing_more_and_its_place_is_given_to_another(model):
    speech = sound_of(CASES["q0-8k"])

    with Listener(model) as listener:
        places = set()
        for _ in range(100):
            stream = listener.detector.open()
            assert listener.hear(speech[: FRAME_BYTES * 5], stream)
            places.add(stream.place)
            stream.close()
            assert listener.hear(speech[: FRAME_BYTES * 5], stream) == []
            listener.detector.judge()

    assert len(places) < 5


def test_a_call_that_makes_a_mistake_does_not_make_the_others_deaf(model):
    def fails(_: Frame) -> None:
        raise ValueError("mine alone")

    with Listener(model) as listener:
        listener.detector.open().feed(SILENCE, fails)
        others: list[Frame] = []
        listener.detector.open().feed(SILENCE, others.append)
        listener.detector.judge()

    assert len(others) == 1


def test_a_caller_who_sends_faster_than_we_listen_is_bounded(model):
    with Listener(model) as listener:
        stream, frames = listener.detector.open(), []
        stream.feed(SILENCE * 500, frames.append)
        listener.detector.judge()
        stream.feed(SILENCE, frames.append)
        listener.detector.judge()

    assert len(frames) == 51
    assert frames[-1].at_ms == 501 * 20


def test_the_detector_listens_by_itself(model):
    detector, told = SpeechDetector(lambda: model), Event()

    detector.open().feed(SILENCE, lambda _: told.set())

    assert told.wait(5)
    detector.end()


def test_a_model_that_cannot_be_loaded_is_said(monkeypatch):
    monkeypatch.setattr("voicebot.providers.local.silero.MODEL_SHA256", "0" * 64)

    with pytest.raises(ModelMissing):
        SpeechDetector().open()


def test_a_server_sums_up_in_one_thread_and_needs_no_runtime():
    code = (
        "import runpy, sys; raw_env = runpy.run_path('gunicorn.conf.py')['raw_env']; is_early = 'numpy' not in sys.modules; "
        "from voicebot.providers.local.vad import SpeechDetector; SpeechDetector().load(); "
        "sys.exit(not is_early or raw_env != ['OPENBLAS_NUM_THREADS=1'] or 'onnxruntime' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, timeout=60)

    assert done.returncode == 0


def test_frames_have_the_carriers_time_where_it_is_told(model):
    with Listener(model) as listener:
        stream, frames = listener.detector.open(), []
        for at_ms in (20, 40, 5000, 5020):
            stream.feed(SILENCE, frames.append, at_ms)
        listener.detector.judge()

    assert [frame.at_ms for frame in frames] == [20, 40, 5000, 5020]


def test_after_a_pause_speech_is_found_as_if_it_were_the_first(model):
    speech = sound_of(CASES["q0-8k"])

    with Listener(model) as listener:
        stream = listener.detector.open()
        first = listener.hear(SILENCE * 50 + speech, stream)
        again = listener.hear(SILENCE * 50 + speech, stream)

    # At first the gate is still open from before.
    assert [frame.speech for frame in again[40:]] == [frame.speech for frame in first[40:]]


def test_the_model_forgets_a_long_noise_that_keeps_the_gate_open(model, monkeypatch):
    forgotten: list[int] = []
    monkeypatch.setattr(model, "reset", forgotten.append)
    wave = np.random.default_rng(7).normal(0, 3000, 6 * PHONE_HZ)

    with Listener(model) as listener:
        listener.hear(pcm16_to_ulaw(wave.astype("<i2").tobytes()))

    assert len(forgotten) >= 3


def test_a_round_that_fails_makes_nobody_deaf_for_ever(model, monkeypatch):
    detector, told, failed = SpeechDetector(lambda: model), Event(), Event()

    def fails(*_: object) -> None:
        failed.set()
        raise RuntimeError("out of memory")

    stream = detector.open()
    with monkeypatch.context() as broken:
        broken.setattr(model, "run", fails)
        stream.feed(sound_of(CASES["q0-8k"])[:4800], lambda _: None)
        assert failed.wait(5)
    stream.feed(SILENCE, lambda _: told.set())

    assert told.wait(5)
    detector.end()
