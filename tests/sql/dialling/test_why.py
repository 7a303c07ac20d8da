"""Why not yet? For each reason that exists: it can stand alone, the claim goes by it, and what is lifted is dialled."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from tests.sql.dialling.conftest import NOON, Queue
from tests.sql.dialling.why_cases import (
    ENDS,
    NOBODY_KNOWS,
    OF_OTHER_ROWS,
    OURS,
    OUTAGE,
    WAITS,
    Case,
    case_of,
    codes_of_the_judgement,
    forget,
)
from voicebot.domain.dialling.reasons import REASONS, sentences

pytestmark = pytest.mark.sql
LIMITS = {
    "concurrent": 1000,
    "calls_per_second": 1000,
    "caller_number": OURS,
    "daily_usd": 1000,
    "call_usd": 1,
}


@pytest.fixture
def case(queue: Queue) -> Iterator[Case]:
    yield case_of(queue, NOON)
    forget(queue)


def why(case: Case, at: datetime = NOON, **limits: Any) -> Any:
    """What stands against the entry, and when it expects to be dialled."""
    (told,) = case.sql(
        "select private.why_not_yet(q, %s, %s) from public.call_queue q where q.id = %s",
        Jsonb({**LIMITS, **limits}), at, case.entry,
    ).fetchone()  # fmt: skip
    return told


def claimed(case: Case, at: datetime = NOON, **limits: Any) -> bool:
    """Claim; say whether the entry was taken."""
    return case.entry in case.queue.claim(at, **{**LIMITS, **limits})


def test_every_reason_has_a_sentence_and_a_case(queue: Queue) -> None:
    codes = codes_of_the_judgement(queue.owner)

    assert codes == set(REASONS) == {*WAITS, *ENDS, *OF_OTHER_ROWS, OUTAGE}
    assert all(said[0].isupper() or said.startswith("CALLS") for said in sentences(codes))
    assert len(set(sentences(codes))) == len(codes)


def test_an_entry_that_nothing_stands_against_is_dialled(case: Case) -> None:
    assert why(case)["reasons"] == []
    assert claimed(case)


@pytest.mark.parametrize("reason", sorted(WAITS))
def test_a_reason_alone_keeps_an_entry_from_being_dialled_until_it_is_lifted(case: Case, reason: str) -> None:
    make, lift = WAITS[reason]
    make(case)

    told = why(case)
    assert (told["reasons"], told["over"]) == ([reason], False)
    assert not claimed(case)

    lift(case)
    # The claim that passed it over has moved it by some seconds.
    case.set(next_attempt_at=NOON)
    assert why(case)["reasons"] == []
    assert claimed(case)


@pytest.mark.parametrize("reason", sorted(set(WAITS) - NOBODY_KNOWS))
def test_an_entry_is_dialled_when_it_was_expected_to_be_and_not_before(case: Case, reason: str) -> None:
    WAITS[reason][0](case)

    expected = datetime.fromisoformat(why(case)["expected_at"])

    assert expected > NOON
    assert not claimed(case, expected - timedelta(seconds=1))
    assert claimed(case, expected)


@pytest.mark.parametrize("reason", sorted(NOBODY_KNOWS - {OUTAGE}))
def test_nobody_pretends_to_know_when_other_reasons_end(case: Case, reason: str) -> None:
    WAITS[reason][0](case)

    assert why(case)["expected_at"] is None


def test_no_entry_of_a_campaign_is_looked_at_while_its_team_is_suspended(case: Case) -> None:
    WAITS["team_suspended"][0](case)

    assert not claimed(case)

    (due_at,) = case.sql("select next_attempt_at from public.call_queue where id = %s", case.entry).fetchone()
    assert due_at == NOON - timedelta(minutes=1), "it was put off by itself"


def test_a_call_of_a_suspended_team_is_looked_at_again_after_two_minutes(case: Case) -> None:
    WAITS["team_suspended"][0](case)
    case.set(campaign_id=None)
    case.sql(
        "insert into public.dialling_lanes (lane, due_at) select lane, '-infinity' from public.call_queue on conflict do nothing"
    )

    assert not claimed(case)

    found = case.sql("select last_error, next_attempt_at from public.call_queue where id = %s", case.entry)
    assert found.fetchone() == ("team_suspended", NOON + timedelta(minutes=2))


def test_an_outage_holds_everything_and_nobody_knows_for_how_long(case: Case) -> None:
    assert (why(case, hold=True)["reasons"], why(case, hold=True)["expected_at"]) == ([OUTAGE], None)
    assert not claimed(case, hold=True)
    assert claimed(case)


@pytest.mark.parametrize("reason", sorted(ENDS))
def test_what_is_never_dialled_says_why_and_ends_with_that(case: Case, reason: str) -> None:
    ENDS[reason](case)

    told = why(case)
    assert (told["reasons"], told["over"], told["expected_at"]) == ([reason], True, None)
    assert not claimed(case)
    assert case.queue.row(case.entry)[:2] == ("failed", reason)


def test_several_reasons_are_all_told(case: Case) -> None:
    for reason in ("held", "person_day", "campaign_paused", "account_full"):
        WAITS[reason][0](case)

    assert set(why(case)["reasons"]) == {"held", "person_day", "campaign_paused", "account_full"}


def test_what_waits_for_several_things_expects_the_last_of_them(case: Case) -> None:
    for reason in ("not_yet", "held", "outside_hours"):
        WAITS[reason][0](case)

    expected = datetime.fromisoformat(why(case)["expected_at"])

    assert expected == NOON + timedelta(days=2)
    assert not claimed(case, expected - timedelta(seconds=1))
    assert claimed(case, expected)
