"""Call statuses: whatever order their reports come in, the same one remains."""

from functools import reduce
from itertools import permutations, product

import pytest

from voicebot.domain.call.statuses import RANKS, TERMINAL, CallStatus, is_terminal, later, rank

BEFORE_THE_END = ["queued", "initiated", "ringing", "in-progress"]


@pytest.mark.parametrize("end", sorted(TERMINAL))
def test_all_orders_of_the_same_statuses_end_alike(end):
    kept = {reduce(later, order, None) for order in permutations([*BEFORE_THE_END, end])}

    assert kept == {end}


def test_without_an_end_the_furthest_status_remains():
    assert {reduce(later, order, None) for order in permutations(BEFORE_THE_END)} == {"in-progress"}


def test_a_repeated_status_changes_nothing():
    assert all(later(status, status) == status for status in CallStatus)


def test_a_terminal_status_never_leaves():
    pairs = product(TERMINAL, [*CallStatus, "unheard-of", None])

    assert all(later(end, reported) == end for end, reported in pairs)


def test_a_status_we_do_not_know_changes_nothing():
    assert later("ringing", "levitating") == "ringing"
    assert later(None, "levitating") is None


def test_a_known_status_replaces_one_that_we_do_not_know():
    assert later("levitating", "queued") == "queued"


def test_every_status_has_a_rank():
    assert set(RANKS) == set(CallStatus)


def test_only_the_five_ends_are_terminal():
    assert {status for status in CallStatus if is_terminal(status)} == {
        "completed", "busy", "no-answer", "failed", "canceled",
    }  # fmt: skip
    assert not is_terminal(None)
    assert rank("levitating") == rank(None) == -1
