"""`numbers health`, `numbers clear`, `numbers assign` and `incidents` in the terminal."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.command_line import Run, environ, run

pytestmark = pytest.mark.sql
__all__ = ["environ", "run"]
NUMBER, OTHER = "+13035550190", "+13035550191"
TABLES = ("number_days", "number_health", "incidents", "dialling_accounts", "provider_phone_numbers")


@pytest.fixture(autouse=True)
def nothing_is_known(owner: Any) -> None:
    for table in TABLES:
        owner.execute(f"delete from public.{table}")


@pytest.fixture
def red(owner: Any) -> None:
    """One number is red, and another one is fine."""
    today = datetime.now(UTC).date()
    for number, dials, answers in ((NUMBER, 60, 6), (OTHER, 60, 30)):
        for day, of_day in ((today, (dials, answers)), (today - timedelta(days=2), (100, 40))):
            owner.execute(
                "insert into public.number_days (number, day, dials, answers) values (%s, %s, %s, %s)",
                [number, day, *of_day],
            )
        owner.execute("select private.judge_number(%s, %s)", [number, today])


def test_each_number_is_shown_and_a_red_one_says_why(run: Run, red: None) -> None:
    code, out, error = run("numbers", "health")

    assert (code, error) == (0, "")
    lines = out.splitlines()
    assert [line.split()[:2] for line in lines[1:] if line.startswith("+")][:2] == [
        [NUMBER, "red"],
        [OTHER, "fine"],
    ]
    assert "10 % of 60 calls were answered, usually 40 %" in out
    assert f"numbers clear {NUMBER}" in out


def test_a_red_number_is_cleared_with_a_reason_that_is_shown(run: Run, red: None) -> None:
    cleared = run("numbers", "clear", "(303) 555-0190", "--reason", "the label is gone")
    again = run("numbers", "clear", NUMBER, "--reason", "the label is gone")
    out = run("numbers", "health")[1]

    assert cleared == (0, f"{NUMBER} may call again.\n", "")
    assert again[0] == 1 and "not red" in again[2]
    assert "the label is gone" in out and " red " not in out


def test_without_a_reason_nothing_is_cleared(run: Run, red: None) -> None:
    assert run("numbers", "clear", NUMBER)[0] == 2
    assert run("numbers", "clear", NUMBER, "--reason", " ")[0] == 1
    assert run("numbers", "clear", "x", "--reason", "y")[0] == 2


def test_both_print_json(run: Run, red: None) -> None:
    shown = json.loads(run("numbers", "health", "--json")[1])
    cleared = json.loads(run("numbers", "clear", NUMBER, "--reason", "gone", "--json")[1])

    assert [row["state"] for row in shown["numbers"]] == ["red", "fine"]
    assert cleared == {"number": NUMBER, "state": "fine"}


def test_a_house_that_called_nobody_says_so(run: Run) -> None:
    assert "has called anybody yet" in run("numbers", "health")[1]


def test_incidents_are_listed_and_those_that_are_open(run: Run, red: None, owner: Any) -> None:
    owner.execute("select private.open_incident('breaker_open', 'twilio', '8 of 10 requests failed.')")
    owner.execute("select private.close_incident('breaker_open', 'twilio')")

    everything, opened = run("incidents")[1], run("incidents", "--open")[1]
    listed = json.loads(run("incidents", "--kind", "breaker_open", "--json")[1])

    assert "breaker_open" in everything and NUMBER in everything
    assert "breaker_open" not in opened and NUMBER in opened
    assert [row["reason"] for row in listed["incidents"]] == ["8 of 10 requests failed."]


def test_a_quiet_house_says_so(run: Run) -> None:
    assert run("incidents", "--open")[1] == "No incident is open.\n"
    assert run("incidents")[1] == "There was no incident.\n"


def test_a_number_is_given_to_a_team_and_taken_back(run: Run, owner: Any) -> None:
    owner.execute(
        "insert into public.organizations (name, slug) values ('North', 'north') on conflict do nothing"
    )
    owner.execute(
        """insert into public.provider_phone_numbers (
               provider_id, phone_id, country_code, area_code, phone_number, full_number)
           select id, 'PN1', '1', '303', '5550190', %s from public.call_service_providers limit 1""",
        [NUMBER],
    )

    given = run("numbers", "assign", NUMBER, "--to", "north")
    wrong = run("numbers", "assign", NUMBER, "--to", "south")
    unknown = run("numbers", "assign", OTHER, "--to", "north")
    back = run("numbers", "assign", NUMBER, "--nobody", "--json")

    assert given == (0, f"Calls and texts of {NUMBER} belong to north from now on.\n", "")
    assert wrong[0] == 1 and "no organization south; there are: north" in wrong[2]
    assert unknown[0] == 1 and "numbers sync" in unknown[2]
    assert json.loads(back[1]) == {
        "number": NUMBER, "organization": None, "unplaced_calls": 0, "unplaced_threads": 0,
    }  # fmt: skip
    assert run("numbers", "assign", NUMBER)[0] == 2
