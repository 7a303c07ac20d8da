"""What stands in a URL of ours is read again as it was written; calls of the version before are understood too."""

from dataclasses import replace
from types import SimpleNamespace
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.transports.twilio import urls
from voicebot.transports.twilio.urls import CodeCallStep, Place

SETTINGS = SimpleNamespace(public_url="https://bot.example", home_language="en-US")
ATTEMPT = str(uuid4())
counts = st.integers(0, urls.MAX_NUMBER)


def query_of(url: str) -> dict[str, str]:
    assert url.startswith("https://bot.example/twilio/")
    assert "#" + urlsplit(url).fragment == urls.RETRY
    return dict(parse_qsl(urlsplit(url).query))


@given(turn=counts, document=counts, tried=counts)
def test_a_turn_is_read_as_it_was_written(turn, document, tried):
    query = query_of(urls.turn_url(SETTINGS, turn, document, tried))

    assert urls.place_in(query) == Place(turn, document, tried)


@given(turn=counts, tried=counts, status=st.sampled_from(["busy", "no-answer", "a&b=c", ""]))
def test_a_transfer_is_read_as_it_was_written(turn, tried, status):
    query = query_of(urls.transfer_url(SETTINGS, turn, tried, status))

    assert urls.place_in(query) == Place(turn, tried=tried, status=status)


def test_a_call_that_begins_is_read_as_it_was_written():
    assert urls.place_in(query_of(urls.start_url(SETTINGS))) == Place()
    assert urls.place_in(query_of(urls.start_url(SETTINGS, 2))) == Place(tried=2)


@given(asked=counts, read=counts, pressed=st.booleans(), tried=counts)
def test_a_step_of_a_code_s_call_is_read_as_it_was_written(asked, read, pressed, tried):
    step = CodeCallStep(ATTEMPT, asked, read, pressed, tried)

    query = query_of(urls.code_url(SETTINGS, step))

    assert urls.code_call_step(query, key_pressed=False) == step
    assert urls.code_call_step(query, key_pressed=True) == replace(step, pressed=True)


def test_ids_of_ours_are_read_as_they_were_written():
    attempt = uuid4()

    assert urls.attempt_in(query_of(urls.dial_url(SETTINGS, attempt))) == str(attempt)
    assert urls.attempt_in(query_of(urls.dial_status_url(SETTINGS, attempt))) == str(attempt)
    assert urls.message_in(query_of(urls.text_status_url(SETTINGS, 7))) == 7


def test_the_end_of_a_hand_over_is_told_from_the_fallback_of_a_number():
    numbers = urls.number_urls(SETTINGS)

    assert urls.was_handed_over(query_of(urls.handed_over_url(SETTINGS)))
    assert not urls.was_handed_over(query_of(numbers["voice_fallback_url"]))
    assert all(urls.is_ours(SETTINGS, url) for url in numbers.values())


def test_a_call_that_began_under_the_version_before_goes_on():
    assert urls.place_in({"n": "3", "k": "2", "t": "1", "s": "busy"}) == Place(3, 2, 1, "busy")
    assert urls.code_call_step(
        {"v": ATTEMPT, "a": "1", "r": "2", "p": "1", "t": "3"}, key_pressed=False
    ) == CodeCallStep(ATTEMPT, 1, 2, True, 3)
    assert urls.was_handed_over({"over": "1"})
    assert urls.message_in({"m": "7"}) == 7


@pytest.mark.parametrize("nonsense", ["", "-1", "x", "\0", "1e3", "9" * 30, "٣"])
def test_what_is_no_number_counts_as_nothing(nonsense):
    assert urls.place_in({"turn": nonsense, "document": nonsense, "tried": nonsense}) == Place()


def test_whatever_was_signed_is_bounded():
    assert urls.place_in({"turn": "999999999"}).turn == urls.MAX_NUMBER
    assert len(urls.attempt_in({"attempt": "x" * 5000})) == 64
