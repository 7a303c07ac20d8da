"""The ElevenLabs stand-in over HTTP: raw, and through the real SDK."""

import base64
import json
from collections.abc import Iterator

import pytest
import requests
from elevenlabs.client import ElevenLabs
from elevenlabs.core.api_error import ApiError

from simulator.providers.ledger import ledger_of
from simulator.tests.providers.stand_ins import RACHEL, VOICE_KEY, StandIns, app_with, serving
from voicebot.transports.audio import duration_s

TEXT = "Your table for two is booked for seven o'clock."


@pytest.fixture(scope="module")
def stand_ins() -> Iterator[StandIns]:
    with serving(app_with()) as running:
        yield running


@pytest.fixture
def sdk(stand_ins: StandIns) -> ElevenLabs:
    return ElevenLabs(api_key="any", base_url=f"{stand_ins.url}/elevenlabs", timeout=10)


@pytest.mark.parametrize(
    ("audio_format", "mimetype"),
    [
        ("mp3_22050_32", "audio/mpeg"),
        ("mp3_44100_128", "audio/mpeg"),
        ("ulaw_8000", "audio/basic"),
        ("pcm_16000", "audio/pcm"),
    ],
)
def test_text_is_spoken_in_the_asked_format(stand_ins: StandIns, audio_format: str, mimetype: str) -> None:
    response = stand_ins.speak(TEXT, audio_format=audio_format)

    assert response.headers["Content-Type"].split(";")[0] == mimetype
    assert 2.0 < duration_s(response.content, audio_format) < 5.0


def test_the_sdk_streams_speech_in_pieces(sdk: ElevenLabs) -> None:
    pieces = list(
        sdk.text_to_speech.stream(
            RACHEL, text=TEXT, output_format="mp3_22050_32", model_id="eleven_flash_v2_5"
        )
    )

    assert len(pieces) > 3
    assert 2.0 < duration_s(b"".join(pieces), "mp3_22050_32") < 5.0


def test_the_sdk_converts_at_once(sdk: ElevenLabs) -> None:
    clip = b"".join(sdk.text_to_speech.convert(RACHEL, text=TEXT, output_format="pcm_16000"))

    assert 2.0 < duration_s(clip, "pcm_16000") < 5.0


def test_the_sdk_gets_the_time_of_every_character(sdk: ElevenLabs) -> None:
    chunks = list(sdk.text_to_speech.stream_with_timestamps(RACHEL, text=TEXT, output_format="mp3_22050_32"))

    clip = b"".join(base64.b64decode(chunk.audio_base_64) for chunk in chunks)
    times = [chunk.alignment for chunk in chunks if chunk.alignment]
    starts = [start for each in times for start in each.character_start_times_seconds]
    assert "".join(char for each in times for char in each.characters) == TEXT
    assert len(times) > 3
    assert times[-1].character_end_times_seconds[-1] == pytest.approx(
        duration_s(clip, "mp3_22050_32"), abs=0.05
    )
    assert starts == sorted(starts)


def test_the_sdk_pages_through_all_voices(sdk: ElevenLabs) -> None:
    ids, token, pages = [], None, 0
    while True:
        page = sdk.voices.search(page_size=3, next_page_token=token)
        ids += [voice.voice_id for voice in page.voices]
        token, pages = page.next_page_token, pages + 1
        if not page.has_more:
            break

    everything = sdk.voices.get_all().voices
    assert ids == [voice.voice_id for voice in everything]
    assert pages == -(-len(ids) // 3) >= 2
    assert len({voice.name for voice in everything}) == len(ids) >= 6


def test_voices_tell_language_gender_accent_and_a_preview_that_plays(sdk: ElevenLabs) -> None:
    voices = sdk.voices.get_all().voices

    labels = [voice.labels or {} for voice in voices]
    assert {label["gender"] for label in labels} == {"male", "female"}
    assert {"american", "british"} <= {label["accent"] for label in labels}
    assert {"en", "de", "es"} <= {label["language"] for label in labels}
    preview = requests.get(voices[0].preview_url or "", timeout=10)
    assert duration_s(preview.content, "mp3_22050_32") > 1.0


def test_voices_sound_different(stand_ins: StandIns) -> None:
    clips = {
        stand_ins.speak(TEXT, voice=voice, audio_format="pcm_8000").content
        for voice in (RACHEL, "pNInz6obpgDQGcFmaJgB")
    }

    assert len(clips) == 2


def test_the_sdk_reads_account_and_models(sdk: ElevenLabs) -> None:
    assert sdk.user.subscription.get().character_limit > 0
    assert "eleven_flash_v2_5" in {model.model_id for model in sdk.models.list()}
    assert sdk.voices.get(RACHEL).name == "Rachel"


@pytest.mark.parametrize(
    ("headers", "word"), [({}, "needs_authorization"), ({"xi-api-key": ""}, "invalid_api_key")]
)
def test_no_key_no_voice(stand_ins: StandIns, headers: dict[str, str], word: str) -> None:
    for path in ("voices", "models", "user/subscription"):
        response = requests.get(f"{stand_ins.url}/elevenlabs/v1/{path}", headers=headers, timeout=5)
        assert response.status_code == 401
        assert response.json()["detail"]["status"] == word


def test_an_unknown_voice_is_not_found(stand_ins: StandIns, sdk: ElevenLabs) -> None:
    assert stand_ins.speak(TEXT, voice="nobody").json()["detail"]["status"] == "voice_not_found"
    with pytest.raises(ApiError) as failure:
        list(sdk.text_to_speech.stream("nobody", text=TEXT))
    assert failure.value.status_code == 404


@pytest.mark.parametrize(
    ("body", "audio_format", "status"),
    [
        ({}, "mp3_22050_32", 422),
        ({"text": 5}, "mp3_22050_32", 422),
        ({"text": "  "}, "mp3_22050_32", 400),
        ({"text": "x" * 10_001}, "mp3_22050_32", 400),
        ({"text": "x", "model_id": "eleven_nothing"}, "mp3_22050_32", 400),
        ({"text": "x"}, "mp3_1_1", 400),
    ],
)
def test_what_cannot_be_spoken_is_refused(
    stand_ins: StandIns, body: dict[str, object], audio_format: str, status: int
) -> None:
    response = requests.post(
        f"{stand_ins.url}/elevenlabs/v1/text-to-speech/{RACHEL}/stream",
        params={"output_format": audio_format},
        data=json.dumps(body),
        headers={**VOICE_KEY, "Content-Type": "application/json"},
        timeout=5,
    )

    assert response.status_code == status
    assert response.json()["detail"]


def test_the_simulator_recognises_what_was_spoken(stand_ins: StandIns) -> None:
    clip = stand_ins.speak("A sentence for the ledger.").content

    assert ledger_of(stand_ins.app).recognise(clip) == "A sentence for the ledger."


def test_the_same_words_in_the_same_voice_are_the_same_bytes(stand_ins: StandIns) -> None:
    assert stand_ins.speak(TEXT).content == stand_ins.speak(TEXT).content
