import pytest

from voicebot.providers.http.deadlines import Deadline


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_deadline_counts_down_and_is_a_number(clock):
    deadline = Deadline(4.0, clock)

    clock.now += 1.5

    assert deadline.left() == 2.5
    assert float(deadline) == 4.0


def test_a_nearer_stop_counts_until_it_is_relaxed(clock):
    deadline = Deadline(10.0, clock)

    deadline.until(2.0)
    clock.now += 1.0

    assert deadline.left() == 1.0
    deadline.relax(gap_s=3.0)
    assert deadline.left() == 3.0


def test_a_nearer_stop_never_moves_the_end(clock):
    deadline = Deadline(5.0, clock)

    deadline.until(60.0)

    assert deadline.left() == 5.0


def test_a_gap_starts_anew_with_every_read_but_the_end_does_not(clock):
    deadline = Deadline(5.0, clock)
    deadline.relax(gap_s=2.0)

    clock.now += 2.5

    assert deadline.left() == 2.0
    clock.now += 2.0
    assert deadline.left() == 0.5


def test_time_that_is_up_is_not_positive(clock):
    deadline = Deadline(1.0, clock)

    clock.now += 3.0

    assert deadline.left() < 0
