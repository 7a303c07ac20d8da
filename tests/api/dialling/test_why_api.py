"""API and command line say of every reason what the claim goes by, in the same words, and when it expects to dial."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.sql.dialling.conftest import Queue
from tests.sql.dialling.why_cases import ENDS, NOBODY_KNOWS, WAITS, Case, case_of, forget
from tests.support.command_line import Run, environ, run
from voicebot.domain.dialling.reasons import REASONS, sentences

pytestmark = pytest.mark.sql
__all__ = ["environ", "run"]


@pytest.fixture
def case(database: Any, owner: Any) -> Iterator[Case]:
    queue = Queue(database, owner)
    queue.empty()
    yield case_of(queue, datetime.now(UTC))
    queue.empty()
    forget(queue)


def of_the_claim(case: Case) -> Any:
    """What the definition says that the claim goes by."""
    (told,) = case.sql(
        """select private.why_not_yet(q, '{"calls_per_second": 1, "daily_usd": 100, "call_usd": 0.2}', now()) from public.call_queue q where q.id = %s""",
        case.entry,
    ).fetchone()
    return told


@pytest.mark.parametrize("reason", sorted(WAITS))
def test_api_and_command_line_say_why_and_when(case: Case, api: Any, run: Run, reason: str) -> None:
    WAITS[reason][0](case)
    claim = of_the_claim(case)

    shown = api.get(f"/api/v1/queue/{case.entry}").json
    listed = api.get("/api/v1/queue?status=queued").json["entries"]
    code, out, _ = run("queue", "why", case.entry, "--json")
    words = run("queue", "why", case.entry)[1]
    table = run("queue", "list")[1]

    told = json.loads(out)
    assert code == 0
    assert shown["reasons"] == told["reasons"] == claim["reasons"] == [reason]
    assert shown["why"] == told["why"] == sentences([reason])
    assert next(row for row in listed if row["id"] == case.entry)["reasons"] == [reason]
    assert REASONS[reason] in table
    assert f"Waits: {REASONS[reason]}." in words
    if reason in NOBODY_KNOWS:
        assert (shown["next_attempt_at"], told["next_attempt_at"]) == (None, None)
        assert "Nobody knows when it is dialled." in words
    else:
        expected = [datetime.fromisoformat(one["next_attempt_at"]) for one in (shown, told)]
        assert max(expected) > case.at
        assert "Dialled from " in words and "(UTC)" in words


@pytest.mark.parametrize("reason", sorted(ENDS))
def test_what_is_over_says_with_what_it_ended(case: Case, api: Any, run: Run, reason: str) -> None:
    ENDS[reason](case)
    case.queue.claim(case.at, calls_per_second=1000)

    shown = api.get(f"/api/v1/queue/{case.entry}").json
    words = run("queue", "why", case.entry)[1]

    assert (shown["status"], shown["last_error"], shown["next_attempt_at"]) == ("failed", reason, None)
    assert words == f"It does not wait: failed: {REASONS[reason]}.\n"


def test_what_is_next_says_so(case: Case, api: Any, run: Run) -> None:
    shown = api.get(f"/api/v1/queue/{case.entry}").json

    assert (shown["reasons"], shown["why"]) == ([], [])
    assert run("queue", "why", case.entry)[1] == "Dialled next.\n"
