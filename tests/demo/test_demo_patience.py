"""A connection that is late fails no station."""

import pytest

from voicebot.demo.patience import patiently
from voicebot.storage.database import DatabaseAway


def test_what_is_away_for_a_moment_is_read_again() -> None:
    answers = iter([DatabaseAway("busy"), DatabaseAway("busy"), 5])

    def read() -> int:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert patiently(read) == 5


def test_what_stays_away_is_told() -> None:
    def read() -> None:
        raise DatabaseAway("gone")

    with pytest.raises(DatabaseAway):
        patiently(read, within_s=0)
