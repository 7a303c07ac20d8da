"""A listed message is one of ours only if it can be no other."""

from datetime import UTC, datetime, timedelta

import pytest

from voicebot.domain.texts.match import Listed, Unconfirmed, matches

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NUMBER = "+12025550123"


def text(id: int, content: str = "Hello", **changes) -> Unconfirmed:
    return Unconfirmed(
        **({"id": id, "to_number": NUMBER, "content": content, "sending_since": NOW} | changes)
    )


def listed(sid: str, body: str = "Hello", **changes) -> Listed:
    return Listed(**({"sid": sid, "to_number": NUMBER, "body": body, "created_at": NOW} | changes))


def test_the_same_words_to_the_same_number_at_the_same_time_are_the_text():
    assert matches([text(1)], [listed("SM1")]) == {1: "SM1"}


@pytest.mark.parametrize(
    "other",
    [
        {"body": "Hello!"},
        {"to_number": "+12025550124"},
        {"created_at": NOW - timedelta(minutes=1)},
        {"created_at": NOW + timedelta(minutes=6)},
        {"created_at": None},
    ],
)
def test_other_words_numbers_and_times_are_not(other: dict[str, object]):
    # Alone: two that fit would bind to nothing, either.
    assert matches([text(1)], [listed("SM1", **other)]) == {}


def test_two_that_fit_bind_to_nothing():
    assert matches([text(1)], [listed("SM1"), listed("SM2")]) == {}
    assert matches([text(1), text(2)], [listed("SM1")]) == {}
    assert matches([text(1), text(2)], [listed("SM1"), listed("SM2")]) == {}


def test_a_name_that_another_text_bears_is_not_free():
    assert matches([text(1)], [listed("SM1"), listed("SM2")], taken={"SM1"}) == {1: "SM2"}


def test_a_code_is_matched_without_being_known():
    content = "[code] is your code. Or reply with: [words] (thanks)"
    sent = listed("SM1", "042137 is your code. Or reply with: amber falcon (thanks)")

    assert matches(
        [text(1, content)], [sent, listed("SM2", "x is your code. Or reply with: a b (thanks)")]
    ) == {1: "SM1"}


def test_what_a_trial_account_puts_in_front_does_not_matter():
    assert matches([text(1)], [listed("SM1", "Sent from your Twilio trial account - Hello")]) == {1: "SM1"}


def test_signs_of_patterns_are_words_like_others():
    assert matches([text(1, "a.*b")], [listed("SM1", "axxb")]) == {}
