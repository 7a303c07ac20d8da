"""`migrate` and `doctor` as they are typed, and what lists say that have nothing to show yet."""

import json
from typing import Any

import pytest

from tests.support.command_line import Run, environ, run

__all__ = ["environ", "run"]


@pytest.mark.sql
def test_migrate_brings_an_empty_database_up_to_date(server: Any, run: Run) -> None:
    empty = server.create("never_migrated")

    before = run("migrate", "--check", SUPABASE_DB_URL=empty)
    done = run("migrate", SUPABASE_DB_URL=empty)
    after = run("migrate", "--check", SUPABASE_DB_URL=empty)
    server.drop("never_migrated")

    assert [code for code, _, _ in (before, done, after)] == [1, 0, 0]
    assert "missing: 0001_foundations.sql" in before[1]
    assert "applied 0001_foundations.sql" in done[1]


@pytest.mark.sql
def test_migrate_says_that_nothing_is_missing(run: Run) -> None:
    code, out, _ = run("migrate", "--check")

    assert (code, out) == (0, "The database is up to date.\n")


@pytest.mark.sql
def test_doctor_fails_when_something_does_and_says_what_to_do(run: Run) -> None:
    code, out, err = run("doctor", "--json")

    findings = {finding["subject"]: finding for finding in json.loads(out)["findings"]}
    assert (code, err) == (1, "")
    assert findings["database"]["level"] == "ok"
    assert findings["Twilio"]["level"] == "fail"
    assert findings["Twilio"]["do"]


@pytest.mark.parametrize(
    "wrong", [{"VOICEBOT_DATA_DIRR": "x"}, {"PORT": "many"}, {"PORT": "x", "MAX_CALL_SECONDS": "1"}]
)
def test_doctor_puts_one_mark_between_what_it_found_and_what_to_do(run: Run, wrong: dict[str, str]) -> None:
    code, out, _ = run("doctor", **wrong)

    assert code == 1
    assert " To do: correct" in out
    assert not [mark for mark in ("?.", "..", "!.") if mark in out]


@pytest.mark.sql
def test_doctor_fails_where_no_worker_runs(run: Run) -> None:
    code, out, _ = run("doctor")

    assert code == 1
    assert "no worker runs (none was ever seen): no text is answered or sent, no summary is written." in out


@pytest.mark.sql
def test_lists_without_rows_say_what_fetches_them(run: Run) -> None:
    assert "voices sync" in run("voices", "list")[1]
    assert "numbers sync" in run("numbers", "list")[1]
