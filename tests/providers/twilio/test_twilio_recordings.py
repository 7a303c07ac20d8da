"""Recordings are started in two channels, fetched to the disk and deleted."""

from base64 import b64encode
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.providers.twilio.exchange import (
    ACCOUNT,
    CALL,
    NOT_SENT,
    RECORDING,
    REFUSED,
    TOKEN,
    TWILIO,
    UNKNOWN,
    form,
)
from voicebot.providers.ports import ProviderError

pytestmark = pytest.mark.usefixtures("twilio")


def test_a_recording_is_started_in_two_channels(twilio, phone):
    twilio.post(f"{TWILIO}/Calls/{CALL}/Recordings.json", status=201, json={"sid": RECORDING})

    assert phone.start_recording(CALL, callback_url="https://bot.example/r") == RECORDING

    sent = form(twilio.calls[0])
    assert ("RecordingChannels", "dual") in sent
    assert ("RecordingStatusCallback", "https://bot.example/r") in sent
    assert ("RecordingStatusCallbackEvent", "absent") in sent


def test_a_recording_is_deleted_and_one_that_is_gone_already_is_no_failure(twilio, phone):
    recording = f"{TWILIO}/Recordings/{RECORDING}.json"
    twilio.delete(recording, status=204)
    twilio.delete(recording, status=404, json={"code": 20404, "message": "not found", "status": 404})
    twilio.delete(recording, status=500, json={"code": 20500})

    phone.delete_recording(RECORDING)
    phone.delete_recording(RECORDING)
    with pytest.raises(ProviderError):
        phone.delete_recording(RECORDING)
    with pytest.raises(ProviderError):
        phone.delete_recording("../Calls")


def test_a_recording_is_fetched_in_two_channels_to_the_disk_and_deleted(twilio, phone, tmp_path):
    file, sound = tmp_path / "sound.wav", b"RIFF" + b"x" * 200_000
    twilio.get(f"{TWILIO}/Recordings/{RECORDING}.wav", body=sound)
    twilio.delete(f"{TWILIO}/Recordings/{RECORDING}.json", status=204)

    assert phone.fetch_recording(RECORDING, file, most_bytes=len(sound)) == len(sound)
    phone.delete_recording(RECORDING)

    assert file.read_bytes() == sound
    asked = twilio.calls[0].request
    assert parse_qs(urlsplit(asked.url).query) == {"RequestedChannels": ["2"]}
    assert asked.headers["Authorization"] == f"Basic {b64encode(f'{ACCOUNT}:{TOKEN}'.encode()).decode()}"


@pytest.mark.parametrize(
    ("answer", "code", "outcome"),
    [
        ({"body": b"x" * 101}, "too_large", REFUSED),
        ({"status": 404}, "http_404", REFUSED),
        ({"status": 302, "headers": {"Location": "https://evil.example/"}}, "http_302", REFUSED),
        ({"status": 500}, "http_500", UNKNOWN),
        ({"status": 429}, "http_429", UNKNOWN),
        ({"body": requests.exceptions.ReadTimeout()}, "no-answer", UNKNOWN),
        ({"body": requests.exceptions.ConnectionError()}, "unreachable", NOT_SENT),
    ],
)
def test_a_recording_that_cannot_be_fetched_says_why(twilio, phone, tmp_path, answer, code, outcome):
    twilio.get(f"{TWILIO}/Recordings/{RECORDING}.wav", **answer)

    with pytest.raises(ProviderError) as failure:
        phone.fetch_recording(RECORDING, tmp_path / "sound.wav", most_bytes=100)

    assert (failure.value.code, failure.value.outcome) == (code, outcome)
