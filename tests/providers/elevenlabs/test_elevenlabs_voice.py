import pytest

from tests.providers.broken_provider import reset, silence, stream, whole
from voicebot.providers.elevenlabs.account import ElevenLabsAccount
from voicebot.providers.elevenlabs.voice import ElevenLabsVoice
from voicebot.providers.ports import Outcome, ProviderError

NOT_SENT, REFUSED, UNKNOWN = Outcome.NOT_SENT, Outcome.REFUSED, Outcome.UNKNOWN
MP3 = "mp3_22050_32"
SOUND = stream(b"abc", b"def", content_type="audio/mpeg")


@pytest.fixture
def voice(provider) -> ElevenLabsVoice:
    return ElevenLabsVoice(
        ElevenLabsAccount("key", provider.url), "default-voice", first_byte_timeout_s=0.3, total_timeout_s=0.8
    )


def speak(voice, text="Hello.", voice_id="v1", audio_format=MP3, **options) -> bytes:
    return b"".join(voice.stream(text, voice_id=voice_id, audio_format=audio_format, **options))


def test_speech_is_asked_for_as_elevenlabs_expects(provider, voice):
    provider.will(SOUND)

    assert speak(voice) == b"abcdef"

    seen = provider.seen[0]
    assert seen.path == f"/v1/text-to-speech/v1/stream?output_format={MP3}"
    assert seen.headers["xi-api-key"] == "key"
    assert seen.json == {"text": "Hello.", "model_id": "eleven_flash_v2_5"}


def test_voice_and_model_are_chosen_for_each_call(provider, voice):
    provider.will(SOUND, SOUND)

    speak(voice, voice_id="", audio_format="ulaw_8000", model_id="eleven_v3")
    speak(voice, voice_id="other")

    assert provider.seen[0].path == "/v1/text-to-speech/default-voice/stream?output_format=ulaw_8000"
    assert provider.seen[0].json["model_id"] == "eleven_v3"
    assert provider.seen[1].path.startswith("/v1/text-to-speech/other/")


def test_the_first_bytes_do_not_wait_for_a_full_chunk(provider, voice):
    provider.will(stream(b"ab", content_type="audio/mpeg", end="hung_up"))
    audio = voice.stream("Hello.", voice_id="v", audio_format=MP3)

    assert next(audio) == b"ab"

    audio.close()
    assert provider.hung_up.wait(1.0)


def test_the_connection_is_used_again_for_the_next_sentence(provider, voice):
    provider.will(SOUND, SOUND)

    speak(voice)
    speak(voice)

    assert len({seen.port for seen in provider.seen}) == 1


def test_pcm_is_cut_between_samples(provider, voice):
    provider.will(stream(b"a", b"bc", b"de", b"f", b"g", content_type="audio/pcm"))

    chunks = list(voice.stream("Hello.", voice_id="v", audio_format="pcm_16000"))

    assert b"".join(chunks) == b"abcdef"
    assert all(len(chunk) % 2 == 0 for chunk in chunks)


def test_a_text_without_a_sign_asks_nobody(provider, voice):
    assert speak(voice, text=" \n") == b""
    assert provider.seen == []


FAILURES = {
    "no first byte": ([silence], "timeout", UNKNOWN),
    "headers but no byte": ([stream(content_type="audio/mpeg", end="hang")], "timeout", UNKNOWN),
    "reset twice": ([reset, reset], "dropped", UNKNOWN),
    "no sound": ([stream(content_type="audio/mpeg")], "empty", UNKNOWN),
    "html": ([whole(200, b"<html>", "text/html")], "unreadable", UNKNOWN),
    "json": ([whole(200, {"detail": "odd"})], "unreadable", UNKNOWN),
    "500": ([whole(500, b"oops")], "http_500", UNKNOWN),
    "503 json": ([whole(503, {"detail": {"status": "system_busy"}})], "system_busy", UNKNOWN),
    "429": (
        [whole(429, {"detail": {"status": "too_many_concurrent_requests", "message": "x"}})],
        "too_many_concurrent_requests",
        NOT_SENT,
    ),
    "401": ([whole(401, {"detail": {"status": "quota_exceeded"}})], "quota_exceeded", REFUSED),
    "404": ([whole(404, {"detail": {"status": "model_not_found"}})], "model_not_found", REFUSED),
    "422": ([whole(422, {"detail": [{"loc": ["body"], "msg": "bad"}]})], "http_422", REFUSED),
}


@pytest.mark.parametrize("answers, code, outcome", FAILURES.values(), ids=FAILURES.keys())
def test_every_failure_says_what_may_have_happened(provider, voice, answers, code, outcome, stopwatch):
    provider.will(*answers)

    with pytest.raises(ProviderError) as failure:
        speak(voice)

    assert (failure.value.provider, failure.value.code) == ("elevenlabs", code)
    assert failure.value.outcome is outcome
    assert len(provider.seen) == len(answers)
    assert stopwatch() < 1.6


def test_a_redirect_does_not_carry_the_key_to_another_host(provider, voice):
    elsewhere = provider.url.replace("127.0.0.1", "localhost")
    provider.will(whole(307, {}, Location=f"{elsewhere}/v1/text-to-speech/v1/stream"), SOUND)

    with pytest.raises(ProviderError) as failure:
        speak(voice)

    assert failure.value.code == "http_307"
    assert len(provider.seen) == 1


def test_a_refusal_that_does_not_end_is_not_read_to_its_end(provider, voice):
    def answer(exchange):
        exchange.head(500, Content_Length=str(1 << 30))
        exchange.send(b" " * 64 * 1024)
        exchange.wait(5)

    provider.will(answer)

    with pytest.raises(ProviderError) as failure:
        speak(voice)

    assert failure.value.code == "http_500"


def test_a_rate_limit_carries_its_wait(provider, voice):
    provider.will(whole(429, {}, Retry_After="3"))

    with pytest.raises(ProviderError) as failure:
        speak(voice)

    assert failure.value.retry_after_s == 3.0


def test_a_connection_that_died_since_the_last_sentence_is_forgiven_once(provider, voice):
    provider.will(reset, SOUND)

    assert speak(voice) == b"abcdef"


def test_speech_that_breaks_off_is_an_error_and_is_not_begun_anew(provider, voice):
    provider.will(stream(b"abc", content_type="audio/mpeg", end="cut"), SOUND)
    heard = []

    with pytest.raises(ProviderError) as failure:
        for chunk in voice.stream("Hello.", voice_id="v", audio_format=MP3):
            heard.append(chunk)

    assert heard == [b"abc"]
    assert (failure.value.code, failure.value.outcome) == ("dropped", UNKNOWN)
    assert len(provider.seen) == 1


def test_speech_that_drips_does_not_outlast_the_total(provider, voice, stopwatch):
    provider.will(stream(*[b"ab"] * 50, every_s=0.05, content_type="audio/mpeg"))

    with pytest.raises(ProviderError) as failure:
        speak(voice)

    assert failure.value.code == "timeout"
    assert 0.7 < stopwatch() < 1.6


def test_speech_that_stalls_is_given_up_before_the_total(provider, stopwatch):
    voice = ElevenLabsVoice(
        ElevenLabsAccount("key", provider.url), "v", first_byte_timeout_s=0.3, total_timeout_s=5.0
    )
    provider.will(stream(b"ab", content_type="audio/mpeg", end="hang"))

    with pytest.raises(ProviderError) as failure:
        speak(voice)

    assert failure.value.code == "timeout"
    assert stopwatch() < 2.0


def test_nobody_listening_is_not_sent(closed_port):
    with pytest.raises(ProviderError) as failure:
        speak(ElevenLabsVoice(ElevenLabsAccount("key", closed_port), "v"))

    assert (failure.value.code, failure.value.outcome) == ("unreachable", NOT_SENT)


@pytest.mark.parametrize("voice_id", ["../user", "a/b", "..", "v?x=1", "v" * 200, "v\r\n"])
def test_a_voice_that_would_be_another_path_is_refused_here(provider, voice, voice_id):
    with pytest.raises(ProviderError) as failure:
        speak(voice, voice_id=voice_id)

    assert failure.value.outcome is REFUSED
    assert provider.seen == []


@pytest.mark.parametrize(
    "header, learned", [("4", [4]), ("0", []), ("", []), ("-1", []), ("unlimited", []), ("99999", [])]
)
def test_the_plans_concurrency_is_learned_from_any_answer_with_speech(provider, header, learned):
    told: list[int] = []
    account = ElevenLabsAccount("key", provider.url, told_limit=told.append)
    answer = whole(200, b"abc", "audio/mpeg", maximum_concurrent_requests=header)
    refused = whole(429, {"detail": {"code": "x"}}, maximum_concurrent_requests=header)
    provider.will(answer, refused)
    voice = ElevenLabsVoice(account, "v")

    speak(voice)
    with pytest.raises(ProviderError):
        speak(voice)

    assert told == 2 * learned


def test_the_default_voice_speaks_where_the_wanted_one_is_gone(provider, voice):
    gone = whole(404, {"detail": {"code": "voice_not_found"}})
    provider.will(gone, SOUND)

    assert b"".join(voice.stream("Hello.", voice_id="gone", audio_format="mp3_22050_32")) == b"abcdef"
    assert [seen.path.split("/")[3] for seen in provider.seen] == ["gone", "default-voice"]
