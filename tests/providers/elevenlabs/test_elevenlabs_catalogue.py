import pytest

from tests.providers.broken_provider import reset, whole
from voicebot.domain.voices import ProviderVoice
from voicebot.providers.elevenlabs.account import ElevenLabsAccount
from voicebot.providers.elevenlabs.voice import ElevenLabsVoice
from voicebot.providers.ports import Outcome, ProviderError

ANNA = {
    "voice_id": "anna",
    "name": "Anna",
    "category": "professional",
    "labels": {"language": "de", "gender": "female", "accent": "bavarian", "age": "old"},
    "description": "Warm.",
    "preview_url": "https://example.com/anna.mp3",
}
BARE = {"voice_id": "bare"}


@pytest.fixture
def voice(provider) -> ElevenLabsVoice:
    return ElevenLabsVoice(ElevenLabsAccount("key", provider.url), "v", total_timeout_s=2.0)


def test_a_voice_has_what_is_told_of_it(provider, voice):
    provider.will(whole(200, {"voices": [ANNA, BARE], "has_more": False}))

    assert voice.list_voices() == [
        ProviderVoice(
            "anna",
            "Anna",
            "de",
            "female",
            "bavarian",
            "Warm.",
            "https://example.com/anna.mp3",
            is_premium=True,
        ),
        ProviderVoice("bare", "bare", "en"),
    ]


@pytest.mark.parametrize(
    "more, field, value",
    [
        ({"labels": {"gender": "Non-Binary"}}, "gender", "neutral"),
        ({"labels": {"gender": "robot"}}, "gender", None),
        ({"labels": None, "verified_languages": [{"language": "fr"}]}, "language", "fr"),
        ({"labels": {"description": "calm"}}, "description", "calm"),
        ({"category": "premade"}, "is_premium", False),
    ],
)
def test_fields_are_told_in_our_words(provider, voice, more, field, value):
    provider.will(whole(200, {"voices": [BARE | more], "has_more": False}))

    assert getattr(voice.list_voices()[0], field) == value


def test_pages_are_followed_and_a_voice_is_listed_once(provider, voice):
    provider.will(
        whole(200, {"voices": [ANNA], "has_more": True, "next_page_token": "t1"}),
        whole(200, {"voices": [ANNA, BARE], "has_more": False, "next_page_token": None}),
    )

    assert [each.voice_id for each in voice.list_voices()] == ["anna", "bare"]
    assert "next_page_token=t1" in provider.seen[1].path


def test_a_page_that_points_at_itself_ends_the_list(provider, voice):
    page = whole(200, {"voices": [ANNA], "has_more": True, "next_page_token": "t1"})
    provider.will(page, page, page)

    assert len(voice.list_voices()) == 1
    assert len(provider.seen) == 2


def test_a_server_without_search_is_asked_for_the_old_list(provider, voice):
    provider.will(whole(404, {"detail": "Not Found"}), whole(200, {"voices": [ANNA]}))

    assert [each.voice_id for each in voice.list_voices()] == ["anna"]
    assert provider.seen[1].path.startswith("/v1/voices")


@pytest.mark.parametrize(
    "answer, code, outcome",
    [
        (whole(401, {"detail": {"status": "invalid_api_key"}}), "invalid_api_key", Outcome.REFUSED),
        (whole(500, b"oops"), "http_500", Outcome.UNKNOWN),
        (whole(429, {}), "http_429", Outcome.NOT_SENT),
        (whole(200, b"<html>", "text/html"), "unreadable", Outcome.UNKNOWN),
        (reset, "dropped", Outcome.UNKNOWN),
    ],
)
def test_failures_say_what_may_have_happened(provider, voice, answer, code, outcome):
    provider.will(answer)

    with pytest.raises(ProviderError) as failure:
        voice.list_voices()

    assert (failure.value.code, failure.value.outcome) == (code, outcome)
    assert len(provider.seen) == 1
