"""Media Streams seen from outside: `streamdouble`, which we did not write, calls over a bad line."""

import os
import wave
from pathlib import Path
from statistics import median

import pytest

from tests.chaos.streams.double import measured, proxied
from tests.house import House
from voicebot.providers.local.voice import LocalVoice

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.timeout(300),
    pytest.mark.skipif(os.environ.get("CHAOS") != "long", reason="make chaos plays it"),
]
LOSS, JITTER_MS, SEEDS = 0.05, 60, (11, 12, 13, 14, 15)
USUAL_FIRST_AUDIO_MS, MOST_FIRST_AUDIO_MS = 400.0, 1200.0
"""The first call of a process loads what tells speech from silence: these processes were not told to carry streams."""


@pytest.fixture(scope="module")
def question(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the caller says, while the greeting is heard."""
    path = tmp_path_factory.mktemp("double") / "question.wav"
    pcm = LocalVoice().synthesize("When do you open on Saturday?", voice="caller", audio_format="pcm_8000")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16_000) + pcm)
    return path


def test_a_bad_line_breaks_no_rule_of_the_protocol_and_the_first_sound_is_soon(
    streaming: House, question: Path
) -> None:
    with proxied(streaming) as proxy:
        reports = [measured(proxy, question, seed=seed, loss=LOSS, jitter_ms=JITTER_MS) for seed in SEEDS]

    assert [report["violations"] for report in reports] == [[]] * len(SEEDS)
    first_ms = [report["time_to_first_audio_ms"] for report in reports]
    print(f"first audio over a bad line: {first_ms} ms")
    assert median(first_ms) <= USUAL_FIRST_AUDIO_MS
    assert max(first_ms) <= MOST_FIRST_AUDIO_MS
    # Each of them was a call like any other.
    kept = streaming.rows(
        """select count(*) filter (where t.speaker = 'bot' and t.heard is not null) as heard from public.transcripts t
             join public.call_history c on c.id = t.session_id where c.call_sid = any(%s)""",
        proxy.calls,
    )
    assert kept[0]["heard"] >= len(SEEDS)
