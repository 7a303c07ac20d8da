"""A rule of alerts as one sentence."""

import pytest

from voicebot.domain.operators.alerts import AlertRule, sentence


@pytest.mark.parametrize(("threshold", "words"), [(1, "no call in 1 h"), (5, "fewer than 5 calls in 1 h")])
def test_silence_is_told_as_somebody_would_say_it(threshold: float, words: str) -> None:
    assert sentence(AlertRule("quiet", "silence", threshold).to_json()) == words
