"""Nobody waits for a database that was away a moment ago."""

import pytest

from voicebot.storage.database import DatabaseAway, Health
from voicebot.telemetry import metrics


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def health(clock):
    return Health(clock=clock)


def fails(health, times):
    for _ in range(times):
        health.failed()


def test_two_failures_change_nothing(health):
    fails(health, 2)

    health.admit()
    assert not health.away


def test_after_three_failures_calls_fail_at_once(health):
    fails(health, 3)

    with pytest.raises(DatabaseAway):
        health.admit()


def test_one_call_a_second_may_look_again(health, clock):
    fails(health, 3)
    clock.now += 1.0

    health.admit()

    with pytest.raises(DatabaseAway):
        health.admit()


def test_a_probe_that_fails_waits_for_the_next_second(health, clock):
    fails(health, 3)
    clock.now += 1.0
    health.admit()
    health.failed()

    clock.now += 0.9
    with pytest.raises(DatabaseAway):
        health.admit()
    clock.now += 0.1
    health.admit()


def test_one_answer_lets_everybody_through_again(health, clock):
    fails(health, 5)
    clock.now += 1.0
    health.admit()

    health.answered()

    health.admit()
    health.admit()


def test_failures_count_only_in_a_row(health):
    fails(health, 2)
    health.answered()
    fails(health, 2)

    health.admit()


def test_watchers_see_that_it_is_away_and_that_it_is_back(health):
    fails(health, 3)
    away = metrics.DATABASE_AWAY._value.get()
    health.answered()

    assert (away, metrics.DATABASE_AWAY._value.get()) == (1, 0)
