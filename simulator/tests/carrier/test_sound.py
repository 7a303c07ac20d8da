"""What is heard: lengths measured, downloads whole, silence counted in real time."""

import io
import struct
import time
import wave

import lameenc
import pytest
import requests
from flask import Response

from simulator.carrier.exchange import Exchange
from simulator.carrier.twiml.sound import NotAudio, duration_s
from simulator.carrier.verbs.speaking import ERROR_MESSAGE
from simulator.phone.client import PhoneClient
from simulator.tests.fake_product import FakeProduct, Rest, twiml


def wav(seconds: float, rate: int = 8000) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(bytes(2 * round(seconds * rate)))
    return out.getvalue()


def mp3(seconds: float, rate: int = 22050) -> bytes:
    encoder = lameenc.Encoder()
    encoder.set_bit_rate(32)
    encoder.set_in_sample_rate(rate)
    encoder.set_channels(1)
    encoder.set_quality(7)
    return bytes(encoder.encode(bytes(2 * round(seconds * rate))) + encoder.flush())


def test_wav_mp3_and_raw_ulaw_are_measured() -> None:
    assert duration_s(wav(1.5), "audio/wav") == pytest.approx(1.5, abs=0.001)
    assert duration_s(mp3(2.0), "audio/mpeg") == pytest.approx(2.0, abs=0.15)
    assert duration_s(
        b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10) + mp3(1.0), "audio/mpeg"
    ) == pytest.approx(1.0, abs=0.15)
    assert duration_s(bytes(4000), "audio/basic") == 0.5


def test_a_streamed_wav_with_an_unknown_size_counts_what_is_there() -> None:
    whole = bytearray(wav(1.0))
    struct.pack_into("<I", whole, 40, 0xFFFFFFFF)

    assert duration_s(bytes(whole), "audio/wav") == pytest.approx(1.0, abs=0.001)


@pytest.mark.parametrize("rubbish", [b"", b"<html>no audio</html>", b"RIFF\0\0\0\0WAVE", bytes(5000)])
def test_rubbish_is_not_audio(rubbish: bytes) -> None:
    with pytest.raises(NotAudio):
        duration_s(rubbish, "audio/mpeg")


def test_play_lasts_as_long_as_its_file(product: FakeProduct, phone: PhoneClient) -> None:
    product.says("<Play>/clip.wav</Play>")
    product.on("/clip.wav", Response(wav(3.0), mimetype="audio/wav"))

    view = phone.wait(phone.call(), "over")

    [item] = [each for each in view["heard"] if each["kind"] == "play"]
    assert item["duration_s"] == pytest.approx(3.0, abs=0.1)
    assert item["url"] == f"{product.url}/clip.wav"
    assert phone.audio(view["sid"], item["n"]) == ("audio/wav", wav(3.0))
    assert product.to("/clip.wav")[0].method == "GET"


def test_the_voice_of_the_speech_stand_in_is_recognised(
    product: FakeProduct, phone: PhoneClient, exchange: Exchange
) -> None:
    assert exchange.synthesize is not None
    spoken = exchange.synthesize("The office opens at nine.", "somebody", "mp3_22050_32")
    product.says("<Play>/clip.mp3</Play>")
    product.on("/clip.mp3", Response(spoken, mimetype="audio/mpeg"))

    view = phone.wait(phone.call(), "over")

    assert view["heard"][0]["text"] == "The office opens at nine."


def test_say_is_voiced_when_time_is_real(product: FakeProduct, phone: PhoneClient) -> None:
    product.says("<Say>Good morning</Say>")

    view = phone.wait(phone.call(speed=10.0), "over")

    kind, audio = phone.audio(view["sid"], 1)
    assert (kind, duration_s(audio, kind)) == (
        "audio/mpeg",
        pytest.approx(view["heard"][0]["duration_s"], abs=0.5),
    )


def test_a_sound_that_may_be_kept_is_fetched_once(product: FakeProduct, phone: PhoneClient) -> None:
    product.says("<Play>/clip.wav</Play><Play>/clip.wav</Play>")
    kept = Response(wav(0.5), mimetype="audio/wav")
    kept.headers["Cache-Control"] = "public, max-age=600"
    product.on("/clip.wav", kept)

    phone.wait(phone.call(), "over")
    fetched_with_cache = len(product.to("/clip.wav"))
    phone.knobs({"media_cache": False})
    product.says("<Play>/other.wav</Play><Play>/other.wav</Play>")
    product.on("/other.wav", kept)
    phone.wait(phone.call(), "over")

    assert (fetched_with_cache, len(product.to("/other.wav"))) == (1, 2)


@pytest.mark.parametrize("knob", ["fallback", "continue"])
def test_a_sound_that_cannot_be_fetched_fails_the_document_or_is_passed_over(
    product: FakeProduct, phone: PhoneClient, knob: str
) -> None:
    phone.knobs({"play_failure": knob})
    product.says("<Play>/missing.wav</Play><Say>After it</Say>")

    view = phone.wait(phone.call(), "over")

    assert view["heard"][0]["text"] == ("After it" if knob == "continue" else ERROR_MESSAGE)
    assert view["alerts"][0]["error_code"] == 11200


def test_an_audio_answer_is_played_and_the_call_is_over(product: FakeProduct, phone: PhoneClient) -> None:
    product.on("/voice", Response(wav(1.0), mimetype="audio/wav"))

    view = phone.wait(phone.call(), "over")

    assert [item["kind"] for item in view["heard"]] == ["play", "hangup"]
    assert len(product.to("/voice")) == 1


def test_the_ear_counts_the_silence_of_a_slow_answer_even_in_compressed_time(
    product: FakeProduct, phone: PhoneClient
) -> None:
    def slowly() -> Response:
        time.sleep(0.7)
        return twiml("<Say>Here I am</Say>")

    product.says('<Gather input="speech" action="/turn"><Say>Well?</Say></Gather>')
    product.on("/turn", slowly)

    sid = phone.call()
    phone.say(sid, "hello")
    ear = phone.wait(sid, "over")["ear"]

    assert 0.7 <= ear["longest_silence_s"] < 1.5
    [turn] = [gap for gap in ear["owed"] if gap["since"] == "turn"]
    assert turn["until"] == "say"


def test_the_ear_counts_a_slow_download_as_silence(product: FakeProduct, phone: PhoneClient) -> None:
    def slowly() -> Response:
        time.sleep(0.6)
        return Response(wav(0.5), mimetype="audio/wav")

    product.says("<Say>One</Say><Play>/clip.wav</Play>")
    product.on("/clip.wav", slowly)

    ear = phone.wait(phone.call(), "over")["ear"]

    assert 0.6 <= ear["longest_silence_s"] < 1.4


def test_the_ear_counts_a_written_pause_as_silence(product: FakeProduct, phone: PhoneClient) -> None:
    product.says('<Say>One</Say><Pause length="6"/><Say>Two</Say>')

    began = time.monotonic()
    ear = phone.wait(phone.call(), "over")["ear"]

    assert ear["longest_silence_s"] == pytest.approx(6, abs=0.5)
    assert time.monotonic() - began < 3


def test_the_person_s_own_thinking_is_not_owed(product: FakeProduct, phone: PhoneClient) -> None:
    product.says('<Gather input="speech" action="/turn"><Say>Well?</Say></Gather>')
    product.says("<Say>Bye</Say>", path="/turn")

    sid = phone.call()
    phone.wait(sid, "speech")
    # The person thinks.
    time.sleep(0.8)
    phone.say(sid, "hello")
    ear = phone.wait(sid, "over")["ear"]

    assert ear["longest_silence_s"] < 0.6


def test_record_takes_what_is_said_and_tells_where_it_is(
    product: FakeProduct, phone: PhoneClient, rest: Rest
) -> None:
    product.says('<Record action="/after" recordingStatusCallback="/recording"/>')
    product.says("<Hangup/>", path="/after")
    product.on("/recording", "")

    with product.holding_back():
        sid = phone.call()
        phone.say(sid, "Please call me back about the garden")
        phone.keys(sid, "#")
    phone.wait(sid, "over")
    assert phone.callbacks_idle()

    form = product.to("/after")[0].form
    assert (form["Digits"], form["RecordingDuration"]) == ("#", "3")
    callback = product.to("/recording")[0].form
    assert (callback["RecordingStatus"], callback["RecordingSource"]) == ("completed", "RecordVerb")
    audio = rest.get(form["RecordingUrl"].removeprefix(rest.root) + ".wav")
    with wave.open(io.BytesIO(audio.content)) as file:
        assert file.getnframes() / file.getframerate() == 3
        assert any(file.readframes(file.getnframes()))
    one = f"{rest.root}/Recordings/{form['RecordingUrl'].rpartition('/')[2]}"
    deletions = [requests.delete(f"{one}.json", auth=rest.auth, timeout=10).status_code for _ in range(2)]
    assert (deletions, requests.get(f"{one}.wav", auth=rest.auth, timeout=10).status_code) == (
        [204, 404],
        404,
    )


def test_a_caller_who_hangs_up_on_record_ends_it(product: FakeProduct, phone: PhoneClient) -> None:
    product.says('<Record action="/after"/>')
    product.says("<Say>nobody is there</Say>", path="/after")

    sid = phone.call()
    phone.wait(sid, "speech")
    phone.hangup(sid)
    view = phone.wait(sid, "over")
    assert phone.callbacks_idle()

    form = product.to("/after")[0].form
    assert (form["Digits"], form["CallStatus"]) == ("hangup", "completed")
    assert "say" not in [item["kind"] for item in view["heard"]]


def test_an_empty_recording_falls_through(product: FakeProduct, phone: PhoneClient) -> None:
    product.says('<Record action="/after"/><Say>Nothing then</Say>')

    sid = phone.call()
    phone.silence(sid)
    view = phone.wait(sid, "over")

    assert view["heard"][-2]["text"] == "Nothing then"
    assert not product.to("/after")


def test_a_call_that_is_recorded_from_twiml_reports_both_ends_of_it(
    product: FakeProduct, phone: PhoneClient, rest: Rest
) -> None:
    product.on("/recording", "")
    product.says(
        f'<Start><Recording recordingStatusCallback="{product.url}/recording" '
        'recordingStatusCallbackEvent="in-progress completed"/></Start><Say>This call is recorded</Say>'
    )

    sid = phone.call()
    phone.wait(sid, "over")
    assert phone.callbacks_idle()
    [recording] = rest.get("/Recordings.json", CallSid=sid).json()["recordings"]

    forms = [each.form for each in product.to("/recording")]
    assert {form["RecordingStatus"] for form in forms} == {"in-progress", "completed"}
    assert {(form["RecordingChannels"], form["RecordingSource"]) for form in forms} == {
        ("2", "StartCallRecordingTwiML")
    }
    assert (recording["status"], recording["channels"], recording["duration"]) == ("completed", 2, "2")
    assert (
        rest.session.delete(f"{rest.root}{recording['uri']}").status_code == 204
        if hasattr(rest, "session")
        else True
    )


def test_a_relative_callback_inside_start_is_an_alert(product: FakeProduct, phone: PhoneClient) -> None:
    product.says('<Start><Recording recordingStatusCallback="/recording"/></Start><Say>Hello</Say>')

    view = phone.wait(phone.call(), "over")

    assert view["alerts"][0]["error_code"] == 11200
    assert view["heard"][0]["text"] == "Hello"
    assert not product.to("/recording")


def test_a_recording_can_be_started_over_rest_once(
    product: FakeProduct, phone: PhoneClient, rest: Rest
) -> None:
    product.says('<Gather input="speech"/>')
    sid = phone.call()
    phone.wait(sid, "speech")

    first, second = (rest.post(f"/Calls/{sid}/Recordings.json").json() for _ in range(2))
    phone.hangup(sid)
    phone.wait(sid, "over")
    late = rest.post(f"/Calls/{sid}/Recordings.json")

    deleted = [rest.delete(f"/Recordings/{first['sid']}.json").status_code for _ in range(2)]

    assert deleted == [204, 404]
    assert rest.get("/Recordings.json", CallSid=sid).json()["recordings"] == []
    assert (first["sid"], first["source"]) == (second["sid"], "StartCallRecordingAPI")
    assert late.json()["code"] == 21220
