import base64
import threading

import orjson
import pytest

from tests.providers.broken_provider import reset, silence, stream, wait_for_hang_up, whole
from tests.vectors import PROVIDERS, read
from voicebot.providers.elevenlabs.account import ElevenLabsAccount
from voicebot.providers.elevenlabs.formats import SpokenFormat
from voicebot.providers.elevenlabs.speaker import ElevenLabsSpeaker
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.transports.audio import pcm16_to_ulaw

VECTORS = read(PROVIDERS / "elevenlabs_http.json")["cases"]
REFUSALS = [case for case in VECTORS if case.get("status", 200) != 200]
TEXT = "Hello."


def line(audio, text="", each_s=0.06):
    starts = [place * each_s for place in range(len(text))]
    alignment = {
        "characters": list(text),
        "character_start_times_seconds": starts,
        "character_end_times_seconds": [start + each_s for start in starts],
    }
    return orjson.dumps(
        {
            "audio_base64": base64.b64encode(audio).decode(),
            "alignment": alignment if text else None,
            "normalized_alignment": None,
        },
        option=orjson.OPT_APPEND_NEWLINE,
    )


def lines(*pieces, **options):
    return stream(*pieces, content_type="application/json", **options)


SOUND = line(b"\xff" * 2880, TEXT)


@pytest.fixture
def speaker(provider):
    return ElevenLabsSpeaker(
        ElevenLabsAccount("key", provider.url),
        "default-voice",
        SpokenFormat(),
        first_audio_s=0.3,
        total_s=0.8,
    )


def say(speaker, text=TEXT, voice_id="v1", language="en-US", **options):
    return list(speaker.open(voice_id, language).say(text, **options))


def test_a_sentence_is_asked_for_as_elevenlabs_expects(provider, speaker):
    provider.will(lines(SOUND), lines(SOUND))

    chunks = say(speaker, before="Good morning.")
    say(speaker, voice_id="", language="tlh")

    assert b"".join(chunk.audio for chunk in chunks) == b"\xff" * 2880
    assert [char for chunk in chunks for char in chunk.chars] == [(n, n * 60) for n in range(6)]
    first, second = provider.seen
    assert first.path == "/v1/text-to-speech/v1/stream/with-timestamps?output_format=ulaw_8000"
    assert (first.headers["xi-api-key"], first.headers["accept-encoding"]) == ("key", "identity")
    assert first.json == {
        "text": TEXT,
        "model_id": "eleven_flash_v2_5",
        "voice_settings": {"stability": 0.5, "similarity_boost": 0.75},
        "language_code": "en",
        "previous_text": "Good morning.",
    }
    assert second.path.startswith("/v1/text-to-speech/default-voice/")
    assert "language_code" not in second.json
    assert first.port == second.port


def test_sound_is_there_before_the_sentence_is_whole_and_lines_may_be_cut_anywhere(provider, speaker):
    begun = line(b"\x01" * 160, "He")
    provider.will(lines(begun[:30], begun[30:], end="hung_up"))
    spoken = speaker.open("v", "en").say(TEXT)

    assert next(spoken).audio == b"\x01" * 160

    spoken.close()
    assert provider.hung_up.wait(1.0)


def test_a_recorded_answer_replays(provider, speaker):
    case = next(case for case in VECTORS if case["id"] == "tts-stream-timestamps-ok")
    (answer,) = case["response"]["lines"]
    sound = base64.b64encode(b"\xff" * 360 * 8).decode()
    provider.will(lines(orjson.dumps(answer | {"audio_base64": sound}) + b"\n"))

    (chunk,) = say(speaker)

    assert len(chunk.audio) == 360 * 8
    assert chunk.chars == tuple((n, n * 60) for n in range(6))


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case["id"])
def test_every_recorded_refusal_says_what_may_have_happened(provider, speaker, case):
    answer = whole(case["status"], case["body"])
    provider.will(answer, answer, answer)

    with pytest.raises(ProviderError) as failure:
        say(speaker)

    assert failure.value.outcome is Outcome(case["outcome"])
    assert failure.value.unwell or not case.get("alert") or case["status"] == 404


BROKEN = {
    "silence": ([silence], "timeout"),
    "headers and no sound": ([lines(end="hang")], "timeout"),
    "a pause in the middle": ([lines(line(b"\xff" * 80), end="hang")], "timeout"),
    "no sound": ([lines()], "empty"),
    "lines without sound": ([lines(line(b""))], "empty"),
    "html": ([whole(200, b"<html>proxy</html>", "text/html")], "unreadable"),
    "no json": ([lines(b"sound\n")], "unreadable"),
    "no base64": ([lines(b'{"audio_base64":"!"}\n')], "unreadable"),
    "cut": ([lines(SOUND, end="cut")], "dropped"),
    "reset twice": ([reset, reset], "dropped"),
}


@pytest.mark.parametrize("answers, code", BROKEN.values(), ids=BROKEN.keys())
def test_a_sentence_that_breaks_is_an_error_soon(provider, speaker, answers, code, stopwatch):
    provider.will(*answers)

    with pytest.raises(ProviderError) as failure:
        say(speaker)

    assert (failure.value.code, failure.value.outcome) == (code, Outcome.UNKNOWN)
    assert stopwatch() < 1.6
    assert len(provider.seen) == len(answers)


def test_a_connection_that_died_since_the_last_sentence_is_forgiven_once(provider, speaker):
    provider.will(reset, lines(SOUND))

    assert say(speaker)


@pytest.mark.parametrize("case", ["tts-http-400-invalid_output_format", "tts-http-403-subscription_required"])
def test_mu_law_is_made_here_where_the_plan_refuses_it(provider, speaker, case):
    refusal = next(each for each in VECTORS if each["id"] == case)
    pcm = bytes(range(256)) * 20
    provider.will(whole(refusal["status"], refusal["body"]), lines(line(pcm[:801]), line(pcm[801:])))
    provider.will(lines(line(pcm)))

    first, second = say(speaker), say(speaker)

    for chunks in (first, second):
        assert b"".join(chunk.audio for chunk in chunks) == pcm16_to_ulaw(pcm)
    formats = [seen.path.partition("output_format=")[2] for seen in provider.seen]
    assert formats == ["ulaw_8000", "pcm_8000", "pcm_8000"]


def test_a_text_without_a_sign_asks_nobody_and_a_voice_that_is_another_path_neither(provider, speaker):
    assert say(speaker, text=" \n") == []
    with pytest.raises(ProviderError) as failure:
        say(speaker, voice_id="../user")

    assert failure.value.outcome is Outcome.REFUSED
    assert provider.seen == []


@pytest.mark.parametrize("stop", ["drop", "close"])
def test_a_barge_in_ends_what_is_being_said_while_somebody_waits_for_it(provider, speaker, stop):
    provider.will(lines(line(b"\xff" * 80), end="hung_up"))
    call = speaker.open("v", "en")
    waiting, unread = call.say(TEXT), call.say("And more.")
    read = [next(waiting)]
    reader = threading.Thread(target=lambda: read.extend(waiting), daemon=True)
    reader.start()

    getattr(call, stop)()

    reader.join(1.0)
    assert not reader.is_alive()
    assert len(read) == 1
    assert list(unread) == []
    assert provider.hung_up.wait(1.0)


def test_after_a_barge_in_the_call_speaks_on_and_after_its_end_it_does_not(provider, speaker):
    provider.will(lines(SOUND), wait_for_hang_up)
    call = speaker.open("v", "en")

    call.drop()
    spoken = list(call.say(TEXT))
    call.close()

    assert spoken
    assert list(call.say(TEXT)) == []
    assert len(provider.seen) == 1


def test_mu_law_is_made_here_where_a_finding_names_the_format(provider, speaker):
    pcm = b"\x01\x02" * 160
    found = [{"loc": ["query", "output_format"], "msg": "Input should be one of mp3_22050_32"}]
    provider.will(whole(422, {"detail": found}), lines(line(pcm)))

    (chunk,) = say(speaker)

    assert chunk.audio == pcm16_to_ulaw(pcm)


@pytest.mark.parametrize(
    ("status", "name"), [(404, "voice_not_found"), (400, "voice_not_found"), (403, "voice_access_denied")]
)
def test_the_default_voice_speaks_where_the_wanted_one_is_gone_and_it_is_asked_for_no_more(
    provider, speaker, status, name
):
    provider.will(whole(status, {"detail": {"status": name}}), lines(SOUND), lines(SOUND))

    assert say(speaker)
    assert say(speaker)

    voices = [seen.path.split("/")[3] for seen in provider.seen]
    assert voices == ["v1", "default-voice", "default-voice"]
