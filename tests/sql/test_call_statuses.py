"""Call statuses: whatever order their reports come in, the same one remains. And what SQL shares with the domain."""

from functools import reduce
from itertools import permutations, product

import pytest

from voicebot.domain.call.sides import our_number, their_number
from voicebot.domain.call.statuses import TERMINAL, CallStatus
from voicebot.domain.texts.errors import Remedy, known_codes, message_error

pytestmark = pytest.mark.sql

BEFORE_THE_END = ["queued", "initiated", "ringing", "in-progress"]


@pytest.fixture
def ranks(owner) -> dict[str | None, int]:
    words = [*CallStatus, "levitating", None]
    rows = owner.execute(
        "select word, private.status_rank(word) from unnest(%s::text[]) word", [words]
    ).fetchall()
    return {word: -1 if rank is None else rank for word, rank in rows}


@pytest.fixture
def later(ranks):
    """As `record_call_status` keeps one of two."""
    return lambda current, reported: reported if ranks[reported] > ranks[current] else current


@pytest.mark.parametrize("end", sorted(TERMINAL))
def test_all_orders_of_the_same_statuses_end_alike(later, end):
    assert {reduce(later, order, None) for order in permutations([*BEFORE_THE_END, end])} == {end}


def test_without_an_end_the_furthest_status_remains(later):
    assert {reduce(later, order, None) for order in permutations(BEFORE_THE_END)} == {"in-progress"}


def test_a_repeated_status_changes_nothing(later):
    assert all(later(status, status) == status for status in CallStatus)


def test_a_terminal_status_never_leaves(later):
    assert all(
        later(end, reported) == end for end, reported in product(TERMINAL, [*CallStatus, "levitating", None])
    )


def test_a_status_we_do_not_know_changes_nothing(later):
    assert later("ringing", "levitating") == "ringing"
    assert later(None, "levitating") is None


def test_a_known_status_replaces_one_that_we_do_not_know(later):
    assert later("levitating", "queued") == "queued"


def test_every_status_has_a_rank_and_the_ends_have_the_highest(ranks):
    highest = max(ranks.values())

    assert {word for word, rank in ranks.items() if rank < 0} == {"levitating", None}
    assert {word for word, rank in ranks.items() if rank == highest} == TERMINAL


@pytest.mark.parametrize("direction", ["inbound", "outbound"])
def test_sql_and_the_domain_agree_whose_number_is_whose(owner, direction):
    (row,) = owner.execute(
        "select private.our_side(%(way)s, 'from', 'to'), private.their_side(%(way)s, 'from', 'to')",
        {"way": direction},
    ).fetchall()

    assert row == (our_number(direction, "from", "to"), their_number(direction, "from", "to"))


def test_the_errors_that_suppress_are_those_whose_remedy_says_so(owner):
    rows = owner.execute(
        "select code from unnest(%s::text[]) code where private.refuses_us(code)", [sorted(known_codes())]
    ).fetchall()

    # Ours is the reason why a text to somebody suppressed does not leave; it makes nobody suppressed.
    assert {code for (code,) in rows} | {"suppressed"} == {
        code for code in known_codes() if message_error(code).remedy is Remedy.SUPPRESS
    }
