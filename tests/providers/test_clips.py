"""A clip is made once, plays while it grows, and plays to its end whatever the voice does."""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.waiting import wait_for
from voicebot.domain.voices import ProviderVoice
from voicebot.providers.clips import BYTES_PER_S, KEEP_OPENING_S, LONGEST_S, ClipStore, rest_of
from voicebot.providers.ports import Outcome, ProviderError

MP3 = b"\xff\xf3\x44\xc4"
"""How a frame of our format begins."""


class SlowVoice:
    """Gives its chunks when told to, then fails if told to."""

    def __init__(self, chunks: list[bytes], fails: bool = False) -> None:
        self.chunks, self.fails = chunks, fails
        self.asked: list[str] = []
        self.go_on = threading.Semaphore(0)

    def stream(
        self, text: str, *, voice_id: str, audio_format: str, model_id: str | None = None
    ) -> Iterator[bytes]:
        self.asked.append(text)
        for chunk in self.chunks:
            self.go_on.acquire(timeout=5)
            yield chunk
        if self.fails:
            raise ProviderError("voice", "cut", Outcome.UNKNOWN)

    def list_voices(self) -> list[ProviderVoice]:
        return []


def ready(*chunks: bytes, fails: bool = False) -> SlowVoice:
    voice = SlowVoice(list(chunks), fails)
    voice.go_on.release(100)
    return voice


def test_a_clip_plays_while_it_is_made(tmp_path: Path) -> None:
    voice = SlowVoice([MP3 + b"one", b"two"])
    clip = ClipStore(tmp_path, voice, ready()).ensure("k", "words", "v")

    voice.go_on.release()
    audio = clip.chunks()
    first = next(audio)
    voice.go_on.release()

    assert (first, b"".join(audio)) == (MP3 + b"one", b"two")


def test_two_processes_make_a_clip_once(tmp_path: Path) -> None:
    voice = ready(MP3)
    here, there = ClipStore(tmp_path, voice, ready()), ClipStore(tmp_path, voice, ready())

    sounds = [b"".join(store.audio("k", "words", "v")) for store in (here, there, here)]

    assert sounds == [MP3] * 3
    assert voice.asked == ["words"]


def test_a_voice_that_fails_at_once_is_told_so_that_twilio_speaks(tmp_path: Path) -> None:
    clip = ClipStore(tmp_path, ready(fails=True), ready(b"spare")).ensure("k", "words", "v")

    assert clip.wait(5) is False
    assert clip.failed


@pytest.mark.parametrize(
    "garbage", [b"<html>", b"\xff\xff\x44", b"\xff\xf3\xf4\xc4", b"\xff\xeb\x44", b"\xff"]
)
def test_what_is_no_sound_never_becomes_a_clip(tmp_path: Path, garbage: bytes) -> None:
    store = ClipStore(tmp_path, ready(garbage, b"more"), ready(b"spare"))

    clip = store.ensure("k", "words", "v")

    assert clip.wait(5) is False
    assert b"".join(store.audio("k", "words", "v")) == b"spare"


@pytest.mark.parametrize(
    "chunks", [[b"ID3\4", b"tag"], [b"\xff", b"\xf3\x44", b"\xc4"], [b"\xff\xfb\x90\x00"]]
)
def test_sound_is_recognised_however_it_is_cut(tmp_path: Path, chunks: list[bytes]) -> None:
    store = ClipStore(tmp_path, ready(*chunks), ready(b"spare"))

    assert b"".join(store.audio("k", "words", "v")) == b"".join(chunks)


def test_a_clip_that_was_promised_always_plays(tmp_path: Path) -> None:
    store = ClipStore(tmp_path, ready(fails=True), ready(b"spare"))

    assert b"".join(store.audio("k", "words", "v")) == b"spare"


def test_a_voice_that_breaks_off_is_helped_out_with_the_rest_of_the_words(tmp_path: Path) -> None:
    spare, one_second = ready(b"spare"), MP3.ljust(BYTES_PER_S, b"\0")
    store = ClipStore(tmp_path, ready(one_second, fails=True), spare)

    audio = b"".join(store.audio("k", "one two three four five six", "v"))

    assert audio == one_second + b"spare"
    assert spare.asked == ["five six"]


def test_a_voice_that_does_not_end_fills_no_disk(tmp_path: Path) -> None:
    piece = MP3 + bytes(100 * BYTES_PER_S - len(MP3))
    store = ClipStore(tmp_path, ready(*[piece] * 20), ready())

    sound = b"".join(store.audio("k", "words", "v"))

    assert len(sound) == LONGEST_S * BYTES_PER_S
    assert store.lasts_s("k") == LONGEST_S


def test_a_clip_whose_writer_died_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "k.part").write_bytes(b"half")

    audio = b"".join(ClipStore(tmp_path, ready(MP3), ready(), abandoned_s=-1.0).audio("k", "words", "v"))

    assert audio == MP3


@pytest.mark.parametrize("fails", [True, False])
def test_a_clip_is_forgotten_once_it_is_made_or_has_failed(tmp_path: Path, fails: bool) -> None:
    store = ClipStore(tmp_path, ready(*([] if fails else [MP3]), fails=fails), ready(b"spare"))

    for number in range(5):
        store.ensure(f"k{number}", "words", "v")

    wait_for(lambda: not store._own)


def test_a_clip_whose_folder_goes_away_ends_with_what_there_is_of_it(tmp_path: Path) -> None:
    voice = SlowVoice([MP3, b"two"])
    clip = ClipStore(tmp_path / "clips", voice, ready()).ensure("k", "words", "v")
    voice.go_on.release()
    audio = clip.chunks()
    first = next(audio)

    shutil.rmtree(tmp_path / "clips")
    voice.go_on.release()

    assert (first, list(audio)) == (MP3, [])
    wait_for(lambda: clip.failed)


def test_only_a_clip_that_is_whole_or_grows_is_followed(tmp_path: Path) -> None:
    store = ClipStore(tmp_path, ready(), ready())
    for name in ("whole.mp3", "growing.part", "lost.part"):
        (tmp_path / name).write_bytes(MP3)
    os.utime(tmp_path / "lost.part", (0, 0))

    followed = {key: store.follow(key) is not None for key in ("whole", "growing", "lost", "unknown")}

    assert followed == {"whole": True, "growing": True, "lost": False, "unknown": False}


def test_old_clips_go_and_fixed_phrases_stay(tmp_path: Path) -> None:
    store = ClipStore(tmp_path, ready(MP3), ready())
    for key in ("fixed-hello-1", "1-2-3"):
        b"".join(store.audio(key, "words", "v"))
    wait_for(lambda: len(list(tmp_path.glob("*.mp3"))) == 2)

    gone = store.sweep(now=4_000_000_000)

    assert gone == 1
    assert [path.stem for path in tmp_path.iterdir()] == ["fixed-hello-1"]


def test_a_greeting_stays_for_as_long_as_it_is_played(tmp_path: Path) -> None:
    store = ClipStore(tmp_path, ready(MP3), ready())
    for key in ("fixed-opening-1", "fixed-opening-2", "fixed-hello"):
        b"".join(store.audio(key, "words", "v"))
    wait_for(lambda: len(list(tmp_path.glob("*.mp3"))) == 3)
    now = time.time()
    for path in tmp_path.iterdir():
        os.utime(path, (now - KEEP_OPENING_S - 60,) * 2)
    b"".join(store.audio("fixed-opening-2", "words", "v"))

    gone = store.sweep(now)

    assert gone == 1
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["fixed-hello", "fixed-opening-2"]
    assert store.lasts_s("fixed-opening-1") is None


@pytest.mark.parametrize(("heard_s", "rest"), [(0.0, "two three"), (0.5, "three"), (9.0, "")])
def test_the_rest_begins_at_a_word(heard_s: float, rest: str) -> None:
    assert rest_of("one two three", heard_s) == rest


def test_how_long_a_clip_lasts_is_known_once_it_is_whole(tmp_path: Path) -> None:
    voice = SlowVoice([MP3, bytes(2 * BYTES_PER_S - len(MP3))])
    store = ClipStore(tmp_path, voice, ready())
    clip = store.ensure("k", "words", "v")

    voice.go_on.release()
    assert clip.wait(5)
    growing = store.lasts_s("k")
    voice.go_on.release()
    wait_for(lambda: store.lasts_s("k") is not None)

    assert (growing, store.lasts_s("k"), store.lasts_s("nobody")) == (None, 2.0, None)


def test_a_fixed_clip_that_is_whole_is_not_looked_at_again(tmp_path: Path) -> None:
    store = ClipStore(tmp_path, ready(MP3 + b"x" * 3996), ready())
    b"".join(store.audio("fixed-hello", "words", "v"))
    # Who makes it lets go of it after it is whole; until then it is not kept.
    wait_for(lambda: store.ensure("fixed-hello", "words", "v").lasts_s is not None)
    (tmp_path / "fixed-hello.mp3").unlink()

    clip = store.ensure("fixed-hello", "words", "v")

    assert clip.wait(0) and store.ready("fixed-hello")
    assert store.lasts_s("fixed-hello") == 1.0


def test_a_fixed_clip_whose_file_was_deleted_is_made_again(tmp_path: Path) -> None:
    voice = ready(MP3 + b"sound")
    store = ClipStore(tmp_path, voice, ready(MP3 + b"spare"))
    b"".join(store.audio("fixed-hello", "words", "v"))
    # Who makes it lets go of it after it is whole; until then it is not kept.
    wait_for(lambda: store.ensure("fixed-hello", "words", "v").lasts_s is not None)
    (tmp_path / "fixed-hello.mp3").unlink()

    first = b"".join(store.audio("fixed-hello", "words", "v"))
    second = b"".join(store.audio("fixed-hello", "words", "v"))

    assert (first, second) == (MP3 + b"sound", MP3 + b"sound")
