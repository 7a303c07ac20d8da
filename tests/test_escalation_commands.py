"""`escalations`: what is open, one of them, closing it, and the secret of the operator's own system."""

import base64
import json
import uuid
from typing import Any

import pytest

from tests.services.aftermath import CALLER, Connection, add_call
from tests.support.command_line import Run, environ, run
from voicebot.services.operators.tell import webhook_secret
from voicebot.settings import load_settings
from voicebot.storage import escalations

pytestmark = pytest.mark.sql
__all__ = ["environ", "run"]


@pytest.fixture
def left(owner: Connection, database: Any) -> str:
    """A wish to be called back, the only escalation that there is."""
    owner.execute("delete from public.support_escalations")
    call, _ = add_call(owner)
    escalations.escalate_call(
        database,
        call,
        cause_key="1-t",
        reason="call_back",
        message="About the bill, \x1b[2J please.",
        call_back_number="+12025550144",
        call_back_when="after six",
    )
    return str(escalations.escalations_page(database).rows[0]["id"])


def test_what_is_open_is_listed_with_masked_numbers_and_marked_in_the_calls(run: Run, left: str) -> None:
    code, out, _ = run("escalations", "list")

    assert code == 0
    assert left in out and "call_back" in out and "About the bill" in out
    assert CALLER not in out and "\x1b" not in out
    assert CALLER in run("escalations", "list", "--full")[1]
    assert "(open)" in run("calls", "list")[1]


def test_json_masks_both_numbers(run: Run, left: str) -> None:
    [row] = json.loads(run("escalations", "list", "--json")[1])["escalations"]
    whole = json.loads(run("escalations", "show", left, "--json", "--full")[1])

    assert (row["phone_number"], row["call_back_number"]) == ("***23", "***44")
    assert (whole["phone_number"], whole["call_back_number"]) == (CALLER, "+12025550144")


def test_one_is_shown_whole(run: Run, left: str) -> None:
    _, out, _ = run("escalations", "show", left)

    assert "after six" in out and "***44" in out and "About the bill" in out
    assert "\x1b" not in out


def test_a_closed_one_is_listed_no_longer_and_says_who_closed_it(run: Run, left: str) -> None:
    code, out, _ = run("escalations", "close", left)

    assert (code, out.startswith("Closed")) == (0, True)
    assert left not in run("escalations", "list")[1]
    assert left in run("escalations", "list", "--all")[1]
    assert json.loads(run("escalations", "show", left, "--json")[1])["closed_by"] == "command line"
    assert "(open)" not in run("calls", "list")[1]


def test_they_are_found_by_reason(run: Run, left: str) -> None:
    assert left in run("escalations", "list", "--reason", "call_back")[1]
    assert left not in run("escalations", "list", "--reason", "message")[1]


@pytest.mark.parametrize("action", ["show", "close"])
def test_one_that_does_not_exist_fails_in_one_line(run: Run, action: str) -> None:
    code, out, err = run("escalations", action, str(uuid.uuid4()))

    assert (code, out) == (1, "")
    assert "there is no escalation" in err
    assert run("escalations", action, "x")[0] == 2


def test_the_secret_is_the_key_of_the_signatures_and_nothing_else(run: Run, environ: dict[str, str]) -> None:
    code, out, _ = run("escalations", "secret")

    assert code == 0
    assert out.strip() == webhook_secret(load_settings(environ))
    assert len(base64.b64decode(out.strip().removeprefix("whsec_"))) == 32
