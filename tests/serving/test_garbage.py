"""What holds itself is found after a while, however little is made anew meanwhile."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from tests.support.waiting import wait_for
from voicebot.serving.garbage import MANY, MANY_SESSIONS, OLD, OLDER, YOUNG, YOUNG_OF_MANY, collect_seldom


class Holds:
    """Something that holds itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_what_has_lived_long_and_holds_itself_is_found_by_time_and_not_by_counts() -> None:
    held = Holds()
    gone = weakref.ref(held)
    # It has lived long: whoever looks through the young does not see it.
    gc.collect()
    del held
    gc.collect(1)
    assert gone() is not None

    over = collect_seldom(int, 0.01, every_s=0.01, at_latest_s=0.02)
    try:
        assert gc.get_threshold() == (YOUNG, OLDER, OLD)
        wait_for(lambda: gone() is None, 10)
    finally:
        over.set()


def test_what_piles_up_is_found_before_its_time() -> None:
    piled: list[weakref.ref[Holds]] = []

    def is_found() -> bool:
        held = [Holds() for _ in range(MANY)]
        gc.collect(1)
        piled.append(weakref.ref(held[0]))
        return any(each() is None for each in piled[:-1])

    over = collect_seldom(int, 0.01, every_s=0.01, at_latest_s=float("inf"))
    try:
        wait_for(is_found, 10)
    finally:
        over.set()


def test_the_young_are_looked_through_in_small_pieces_while_many_calls_are_on_sockets() -> None:
    sessions = [MANY_SESSIONS - 1]
    over = collect_seldom(lambda: sessions[0], 0.01)
    try:
        assert gc.get_threshold() == (YOUNG, OLDER, OLD)
        sessions[0] = MANY_SESSIONS
        wait_for(lambda: gc.get_threshold() == (YOUNG_OF_MANY, OLDER, OLD), 10)
        sessions[0] = 0
        wait_for(lambda: gc.get_threshold() == (YOUNG, OLDER, OLD), 10)
    finally:
        over.set()
