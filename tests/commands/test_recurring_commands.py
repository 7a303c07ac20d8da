"""Calls that repeat, holds, hours, rules and redials from the command line."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.services.calls.aftermath import Connection
from tests.support.command_line import Run, environ, run

pytestmark = pytest.mark.sql
__all__ = ["environ", "run"]


@pytest.fixture(autouse=True)
def rules_as_they_were(owner: Connection) -> Iterator[None]:
    for table in ("call_attempts", "call_queue", "call_series", "campaigns", "held_people"):
        owner.execute(f"delete from public.{table}")
    yield
    owner.execute("delete from public.calling_hours where country <> '*'")
    owner.execute(
        "update public.dialling_rules set person_calls_per_week = 3, user_concurrent = null, changed_at = null"
    )


def number() -> str:
    return f"+1303555{uuid.uuid4().int % 10**4:04d}"


def told(run: Run, *words: str) -> Any:
    code, out, err = run(*words, "--json")
    assert code == 0, err
    return json.loads(out)


def repeated(run: Run, rule: str = "FREQ=WEEKLY;BYDAY=MO") -> Any:
    return told(
        run,
        "queue",
        "add",
        number(),
        "--at",
        "2035-02-26T16:00+00:00",
        "--timezone",
        "America/Denver",
        "--repeat",
        rule,
    )


def test_a_call_repeats_and_list_and_show_tell_when(run: Run) -> None:
    entry = repeated(run)

    shown = run("queue", "show", entry["id"])[1]
    listed = run("queue", "list")[1]
    series = told(run, "queue", "series")["series"]

    assert "Repeats FREQ=WEEKLY;BYDAY=MO in America/Denver: active" in shown
    assert "Next: Mon 2035-02-26 09:00, Mon 2035-03-05 09:00, Mon 2035-03-12 09:00" in shown
    assert listed.count("repeats") == 3
    assert [row["id"] for row in series] == [entry["series_id"]]


def test_a_series_is_edited_paused_and_canceled(run: Run) -> None:
    series = repeated(run)["series_id"]

    daily = told(run, "queue", "repeat", series, "--rule", "FREQ=DAILY")
    paused = told(run, "queue", "repeat", series, "--state", "paused")
    canceled = told(run, "queue", "repeat", series, "--state", "canceled")

    assert (daily["repeat"], paused["state"], canceled["state"]) == ("FREQ=DAILY", "paused", "canceled")
    assert run("queue", "repeat", series)[0] == 2
    assert run("queue", "repeat", str(uuid.uuid4()), "--state", "paused")[0] == 1


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY", "every monday", "FREQ=DAILY;COUNT=0"])
def test_a_rule_that_cannot_be_says_why(run: Run, rule: str) -> None:
    code, _, err = run("queue", "add", number(), "--at", "2035-02-26T16:00", "--repeat", rule)

    assert (code, "repeat: " in err) == (1, True)


def test_a_person_is_held_seen_as_the_reason_and_released(run: Run) -> None:
    whose = number()
    entry = told(run, "queue", "add", whose)["id"]

    held = told(
        run, "queue", "hold", whose, "--until", "2035-12-31T18:00", "--reason", "on holiday", "--full"
    )
    why = run("queue", "why", entry)[1]
    listed = told(run, "queue", "held", "--full")["holds"]
    released = told(run, "queue", "release", whose, "--full")

    assert (held["number"], held["waiting"]) == (whose, 1)
    assert "the person is not to be called before a date" in why
    assert [(row["number"], row["reason"]) for row in listed] == [(whose, "on holiday")]
    assert released == {"number": whose, "held": False}
    assert run("queue", "release", whose)[0] == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [(("--until", "2020-01-01", "--reason", "x"), 1), (("--until", "2035-01-01", "--reason", " "), 2), (("--until", "soon", "--reason", "x"), 2),
     (("--reason", "x"), 2)],
)  # fmt: skip
def test_a_hold_without_a_date_to_come_or_a_reason_is_refused(
    run: Run, words: tuple[str, ...], code: int
) -> None:
    assert run("queue", "hold", number(), *words)[0] == code


def test_hours_are_shown_set_for_a_country_and_dropped(run: Run) -> None:
    told(run, "queue", "hours", "--country", "us", "--set", "mon-fri 09:00-17:00, sat 10:00-14:00")

    words = run("queue", "hours", number())[1]
    listed = told(run, "queue", "hours")["hours"]
    dropped = told(run, "queue", "hours", "--country", "us", "--drop")

    assert "mon-fri 09:00-17:00, sat 10:00-14:00 (hours of US)" in words
    assert [row["country"] for row in listed] == ["*", "US"]
    assert dropped == {"country": "US", "dropped": True}
    assert "hours of all countries" in run("queue", "hours", number())[1]
    assert run("queue", "hours", "--country", "us")[1].strip() == "The country has no hours of its own."


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--country", "usa", "--set", "mon 9-17"), 2),
        (("--country", "us", "--set", "mon nine"), 2),
        (("--country", "us", "--set", '{"mon": 5}'), 1),
        (("--country", "us", "--set", "mon 9-17", "--drop"), 2),
        (("--set", "mon 9-17"), 2),
        (("--drop",), 2),
        (("--country", "us", "--drop"), 1),
        (("--country", "any", "--drop"), 1),
    ],
)
def test_hours_that_cannot_be_set_are_refused(run: Run, words: tuple[str, ...], code: int) -> None:
    assert run("queue", "hours", *words)[0] == code


def test_rules_are_shown_and_changed(run: Run) -> None:
    assert "1 calls a day, 3 in seven days" in run("queue", "rules")[1]
    changed = told(run, "queue", "rules", "--a-week", "5", "--user-lines", "4")
    assert (changed["person_calls_per_week"], changed["user_concurrent"]) == (5, 4)
    assert told(run, "queue", "rules", "--user-lines", "none")["user_concurrent"] is None
    assert run("queue", "rules", "--a-day", "50")[0] == 1


def test_an_entry_may_be_moved_to_any_hour_with_a_reason(run: Run) -> None:
    entry = told(run, "queue", "add", number())["id"]

    assert (
        told(run, "queue", "move", entry, "--any-hour", "the ward asked")["hours_lifted"] == "the ward asked"
    )
    assert run("queue", "move", entry, "--any-hour", "  ")[0] == 1


def test_the_rest_of_a_campaign_is_told_and_dialled_again_by_its_name(run: Run, owner: Connection) -> None:
    campaign = told(run, "campaigns", "new", "spring", "--purpose", "asked_for")["id"]
    for status, came_to in (("failed", "busy"), ("failed", "no-answer"), ("canceled", "busy")):
        owner.execute(
            """with one as (insert into public.call_queue (user_id, campaign_id, recipient_number, purpose, status, zones, checked_at)
                            select c.user_id, c.id, %s, 'asked_for', %s, '{UTC}', now() from public.campaigns c returning *)
               insert into public.call_attempts (call_queue_id, kind, attempt_number, to_number, account, campaign_id, state, transport_result)
               select id, 'talk', 1, recipient_number, 'twilio', campaign_id, 'done', %s from one""",
            [number(), status, came_to],
        )
    owner.execute("update public.campaigns set state = 'paused'")

    seen = run("campaigns", "redial", "spring", "--outcome", "busy,no_answer", "--dry-run")[1]
    done = told(run, "campaigns", "redial", campaign, "--outcome", "busy,no_answer", "--yes")
    again = told(run, "campaigns", "redial", campaign, "--outcome", "busy,no_answer", "--yes")

    assert "spring: 2 people would be dialled again" in seen and "somebody canceled them" in seen
    assert (done["people"], again["people"], again["skipped"]) == (2, 0, {"canceled": 1, "waiting": 2})
    assert run("campaigns", "redial", "autumn", "--outcome", "busy")[0] == 1
    assert run("campaigns", "redial", campaign, "--outcome", "answered")[0] == 1
