"""What calls and texts are reckoned to cost."""

import pytest

from voicebot.domain.prices import OTHER_MODEL_USD, model_usd, text_usd, tokens_of, voice_usd


@pytest.mark.parametrize(
    ("model", "usd"),
    [
        ("gpt-4.1-mini", 0.40 + 1.60),
        ("gpt-4.1-mini-2025-04-14", 0.40 + 1.60),
        ("gpt-4.1", 2.00 + 8.00),
        ("gpt-4.1-2025-04-14", 2.00 + 8.00),
        ("gpt-4o-mini", 0.15 + 0.60),
        ("gpt-4o", 2.50 + 10.00),
        ("gpt-4onwards", sum(OTHER_MODEL_USD)),
        ("llama-3.3-70b", sum(OTHER_MODEL_USD)),
        ("", sum(OTHER_MODEL_USD)),
    ],
)
def test_a_model_costs_what_its_name_says_and_an_unknown_one_much(model, usd):
    assert model_usd(model, 1_000_000, 1_000_000) == pytest.approx(usd)


def test_a_voice_is_paid_by_the_character_and_a_text_by_the_segment():
    assert voice_usd("x" * 1000) == pytest.approx(0.10)
    assert [text_usd("x" * length) / text_usd("") for length in (0, 152, 153, 306)] == [1, 1, 2, 3]


def test_tokens_that_nobody_tells_are_guessed_from_the_words():
    assert tokens_of([{"content": "x" * 300}, {"content": None}, {}]) == 115
