"""`block`: who is blocked, how it is shown, and what is told of a mistake."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.services.calls.aftermath import add_call
from tests.support.command_line import Run, environ, run
from tests.support.servers import remove_rows

pytestmark = pytest.mark.sql
__all__ = ["environ", "run"]
NUISANCE = "+12025550188"


@pytest.fixture(autouse=True)
def nobody_is_blocked(owner: Any) -> None:
    owner.execute("delete from public.blocked_callers")


def listed(run: Run) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(run("block", "list", "--json", "--full")[1])["blocks"]
    return rows


def test_a_number_is_blocked_listed_and_let_in_again(run: Run) -> None:
    added, said, _ = run("block", "add", NUISANCE, "--reason", "shouts", "--answer", "reject")
    rows = listed(run)
    removed, _, _ = run("block", "remove", NUISANCE)

    assert (added, removed, said) == (0, 0, f"{NUISANCE} is blocked.\n")
    assert [(row["number"], row["reason"], row["answer"], row["until"]) for row in rows] == [
        (NUISANCE, "shouts", "reject", None)
    ]
    assert listed(run) == []


@pytest.mark.parametrize(
    ("written", "kept"),
    [("(202) 555-0188", NUISANCE), ("Anonymous", "anonymous"), ("+1 202 5550188", NUISANCE)],
)
def test_however_it_is_typed_it_is_one(run: Run, written: str, kept: str) -> None:
    run("block", "add", written, "--json")

    assert [row["number"] for row in listed(run)] == [kept]


def test_a_list_shows_no_whole_number_unless_asked(run: Run) -> None:
    run("block", "add", NUISANCE, "--reason", "shouts")

    tables = [run("block", "list", *more)[1] for more in ([], ["--json"], ["--full"])]

    assert [NUISANCE in table for table in tables] == [False, False, True]
    assert all("***88" in table for table in tables[:2])
    assert "shouts" in tables[0]


def test_nobody_blocked_says_what_blocks(run: Run) -> None:
    code, out, _ = run("block", "list")

    assert (code, "block add" in out) == (0, True)
    assert listed(run) == []


def test_a_time_may_say_its_own_zone(run: Run) -> None:
    run("block", "add", NUISANCE, "--until", "2099-01-01T12:00+02:00")

    row = next(each for each in listed(run) if each["until"])
    assert datetime.fromisoformat(row["until"]) == datetime(2099, 1, 1, 10, tzinfo=UTC)


def test_a_time_without_a_zone_is_of_the_zone_in_which_times_are_told(run: Run) -> None:
    berlin = {"VOICEBOT_TIMEZONE": "Europe/Berlin"}

    _, told, _ = run("block", "add", NUISANCE, "--until", "2099-01-01T12:00", **berlin)
    (row,) = [row for row in listed(run) if row["number"] == NUISANCE]

    assert "Jan 01 12:00" in told
    assert datetime.fromisoformat(row["until"]) == datetime(2099, 1, 1, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (["add", "bob"], 2, "is no phone number"),
        (["add", NUISANCE, "--until", "2020-01-01"], 2, "a time to come"),
        (["add", NUISANCE, "--until", "soon"], 2, "expected a time"),
        (["add", NUISANCE, "--reason", "x" * 201], 2, "at most 200 characters"),
        (["add", NUISANCE, "--answer", "shout"], 2, "invalid choice"),
        (["remove", NUISANCE], 1, "is not blocked"),
        (["remove", "anonymous"], 1, "anonymous is not blocked"),
    ],
)
def test_a_mistake_is_told(run: Run, argv: list[str], code: int, words: str) -> None:
    done, out, err = run("block", *argv)

    assert (done, out) == (code, "")
    assert words in err
    assert listed(run) == []


def test_threads_show_that_their_number_is_blocked(run: Run, database: Any, owner: Any) -> None:
    owner.execute("delete from public.conversations")
    database.call(
        "message_received", message_sid="SM-blocked", channel="sms", from_number=NUISANCE,
        to_number="+12025550100", content="hello",
    )  # fmt: skip
    before = run("texts", "list")[1]
    run("block", "add", NUISANCE)

    assert "blocked" not in before
    assert "nobody: blocked" in run("texts", "list")[1]


def test_calls_show_that_their_caller_was_blocked(run: Run, owner: Any) -> None:
    call_id, _ = add_call(owner, phone_number=NUISANCE, end_reason="blocked", outcome="not_reached")

    _, out, _ = run("calls", "list", "--end-reason", "blocked")
    owner.execute("delete from public.call_history where id = %s", [call_id])

    assert "blocked" in out
    assert "not reached" not in out


def test_whoever_was_too_many_is_listed_with_what_they_were_over(run: Run, owner: Any) -> None:
    remove_rows(owner, "caller_counters")
    nobody = run("block", "refused")[1]
    owner.execute(
        """insert into public.caller_counters (kind, subject, refused, refused_at, refused_by) values
           ('calls', %s, 37, now(), 'number_live'), ('texts', '+1404555*', 2, now() - interval '1 hour', 'money'),
           ('calls', 'anonymous*', 5, now() - interval '2 days', 'prefix_live')""",
        [NUISANCE],
    )

    table, whole = run("block", "refused")[1], run("block", "refused", "--full")[1]

    assert "Nobody was refused" in nobody
    assert [
        word in table for word in ("***88", "37", "at once, of a number", "+1404555*", "the day's money")
    ] == [True] * 5
    assert NUISANCE not in table
    assert NUISANCE in whole
    assert "anonymous" not in table
