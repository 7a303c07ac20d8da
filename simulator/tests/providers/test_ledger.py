"""The ledger tells what a clip says: whole, cut, followed by something else, after a restart."""

from pathlib import Path
from random import Random

import pytest

from simulator.providers.elevenlabs.spoken import Mouth, synthesize
from simulator.providers.ledger import AudioLedger

ONE, TWO = Random(1).randbytes(20_000), Random(2).randbytes(9_000)


def ledger_with(*clips: tuple[bytes, str], **options: int) -> AudioLedger:
    ledger = AudioLedger(**options)
    for audio, text in clips:
        ledger.add(audio, text)
    return ledger


@pytest.mark.parametrize("cut", [600, 1024, 5000, 19_999, 20_000])
def test_a_clip_is_recognised_whole_and_cut(cut: int) -> None:
    ledger = ledger_with((ONE, "first"), (TWO, "second"))

    heard = ledger.listen(ONE[:cut])

    assert ledger.recognise(ONE[:cut]) == "first"
    assert heard[0].share == pytest.approx(cut / len(ONE), abs=0.03)


def test_clips_that_follow_each_other_are_all_told() -> None:
    ledger = ledger_with((ONE, "first"), (TWO, "second"))

    assert ledger.recognise(TWO + ONE + TWO[:4000]) == "second first second"


def test_a_clip_that_goes_on_as_something_else_is_told_with_the_share_that_was_there() -> None:
    ledger = ledger_with((ONE, "first"))

    heard = ledger.listen(ONE[:10_000] + Random(3).randbytes(10_000))

    assert [part.text for part in heard] == ["first"]
    assert heard[0].share == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("audio", [b"", b"x", TWO, ONE[1:], ONE[:600] + TWO])
def test_what_it_did_not_make_is_not_recognised(audio: bytes) -> None:
    assert ledger_with((ONE, "first")).recognise(audio) is None


def test_only_the_newest_clips_are_remembered() -> None:
    clips = [(Random(n).randbytes(3000), f"clip {n}") for n in range(50)]

    ledger = ledger_with(*clips, capacity=10)

    assert [ledger.recognise(audio) for audio, _ in clips] == [None] * 40 + [text for _, text in clips[40:]]


def test_a_ledger_with_a_file_outlives_its_process(tmp_path: Path) -> None:
    file = tmp_path / "spoken.jsonl"
    before = AudioLedger(file)
    before.add(ONE, "first")
    before.add(ONE, "first")
    with file.open("a") as out:
        out.write('{"text": "half a li')

    after = AudioLedger(file)

    assert after.recognise(ONE[:8000]) == "first"
    assert len(file.read_text().splitlines()) == 2


def test_real_speech_of_one_voice_is_told_apart() -> None:
    ledger = AudioLedger()
    mouth = Mouth(ledger)
    texts = ["Good morning.", "Good evening, how are you?", "We close at five.", "One moment please."]
    clips = {text: mouth.synthesize(text, voice="anna", audio_format="mp3_22050_32") for text in texts}

    assert {text: ledger.recognise(clip) for text, clip in clips.items()} == {text: text for text in texts}
    assert {text: ledger.recognise(clip[: len(clip) // 2]) for text, clip in clips.items()} == {
        text: text for text in texts
    }
    unknown = synthesize("Something that nobody has in the books.", voice="anna", audio_format="mp3_22050_32")
    assert ledger.recognise(unknown) is None


def test_a_listener_who_leaves_early_has_still_heard_a_known_clip() -> None:
    ledger = AudioLedger()
    stream = Mouth(ledger).stream(
        "This is a rather long sentence. And one more.", voice="anna", audio_format="ulaw_8000"
    )

    start = next(stream)
    stream.close()

    assert ledger.recognise(start) == "This is a rather long sentence. And one more."
    assert ledger.listen(start)[0].share < 0.3
