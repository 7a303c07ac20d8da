"""`plans`: from a plan to what was used of it."""

import json
from typing import Any

import pytest

from tests.support.command_line import Run, environ, run

pytestmark = pytest.mark.sql
__all__ = ["environ", "run"]
ANN = "+13035550142"


@pytest.fixture(autouse=True)
def no_plans(owner: Any) -> None:
    for table in ("user_call_usage", "user_subscriptions", "subscription_plans"):
        owner.execute(f"delete from public.{table}")


def test_a_plan_goes_from_its_making_to_its_end(run: Run) -> None:
    made = run(
        "plans", "new", "Small", "--calls", "100", "--minutes", "60", "--price", "9.90", "--round-up-to", "6"
    )
    subscribed = run("plans", "subscribe", ANN, "small", "--timezone", "America/Denver")
    edited = run("plans", "edit", "Small", "--calls", "none", "--minutes", "90")
    having = run("plans", "subscribers", "--full")
    usage = run("plans", "usage", ANN)
    leaving = run("plans", "unsubscribe", ANN)
    over = run("plans", "unsubscribe", ANN, "--now")
    ended = run("plans", "end", "small")
    left, all_of_them = run("plans", "list"), run("plans", "list", "--all")

    assert "Small (monthly, 9.90): calls 100, minutes 60, each call rounded up to 6 s." in made[1]
    assert "has Small: active" in subscribed[1] and "renewed then" in subscribed[1]
    assert ANN not in subscribed[1]
    assert "Calls: 0 used, 100 left. Minutes: 0 used, 60 left." in subscribed[1]
    assert "calls no limit, minutes 90" in edited[1]
    assert ANN in having[1] and "0 used, 90 left" in having[1]
    assert "0 used, 90 left" in usage[1]
    assert "not renewed" in leaving[1]
    assert "canceled" in over[1] and "Calls wait: the plan of its user has ended" in over[1]
    assert "nobody new can get it" in ended[1]
    assert "There is none" in left[1] and "Small" in all_of_them[1]
    assert {code for code, _, _ in (made, subscribed, edited, having, usage, leaving, over, ended, left)} == {
        0
    }


def test_json_is_one_object_or_a_list(run: Run) -> None:
    def told(*argv: str) -> Any:
        code, out, error = run("plans", *argv, "--json")
        assert (code, error) == (0, "")
        return json.loads(out)

    plan = told("new", "year", "--every", "yearly")
    subscription = told("subscribe", ANN, plan["id"], "--trial")
    other = told("new", "month", "--calls", "5")
    moved = told("subscribe", ANN, "month", "--renew")

    assert (plan["interval"], plan["call_limit"], plan["price"]) == ("yearly", None, "0.00")
    assert (subscription["status"], subscription["renews"]) == ("trialing", False)
    assert subscription["number"].endswith("42") and subscription["number"] != ANN
    assert (moved["id"], moved["plan"]["id"], moved["usage"]["calls_remaining"]) == (
        subscription["id"],
        other["id"],
        5,
    )
    assert told("show", "MONTH") == other | {"updated_at": told("show", "MONTH")["updated_at"]}
    assert {row["name"] for row in told("list")["plans"]} == {"year", "month"}
    assert [row["id"] for row in told("subscribers")["subscriptions"]] == [subscription["id"]]
    assert len(told("usage", ANN)["usage"]) == len(told("usage")["usage"]) == 2
    assert told("usage", "+13035550199")["usage"] == []


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (("show", "none such"), 1, "plan: There is no such plan."),
        (("edit", "none such", "--calls", "1"), 1, "plan: There is no such plan."),
        (("edit", "none such"), 2, "say what changes"),
        (("end", "none such"), 1, "plan: There is no such plan."),
        (("subscribe", ANN, "none such"), 1, "plan: There is no such plan."),
        (("subscribe", "nobody", "x"), 2, "expected a user's number, or id"),
        (
            ("subscribe", "00000000-0000-4000-a000-00000000cafe", "here"),
            1,
            "user_id: Operators' own calls need no plan.",
        ),
        (("subscribe", "11111111-1111-4111-a111-111111111111", "here"), 1, "user_id: There is no such user."),
        (
            ("subscribe", ANN, "here", "--timezone", "Mars/Olympus"),
            1,
            "timezone: Write it like America/Denver.",
        ),
        (("subscribe", ANN, "here", "--from", "yesterday"), 2, "expected a time"),
        (("unsubscribe", "+13035550188"), 1, "This user has no plan."),
        (("new", "here"), 1, "name: Another plan has this name."),
        (("new", " "), 2, "expected 1 to 100 characters"),
        (("new", "x" * 101), 2, "expected 1 to 100 characters"),
        (("new", "y", "--calls", "-1"), 2, "expected a number from 0, or none"),
        (("new", "y", "--calls", "1.5"), 2, "expected a number from 0, or none"),
        (("new", "y", "--minutes", "lots"), 2, "expected a number from 0, or none"),
        (("new", "y", "--minutes", "9" * 9), 2, "expected a number from 0, or none"),
        (("new", "y", "--price", "9,90"), 2, "expected a price as 9.90"),
        (("new", "y", "--price", "-1"), 2, "expected"),
        (("new", "y", "--round-up-to", "7"), 2, "invalid choice"),
        (("new", "y", "--every", "weekly"), 2, "invalid choice"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(run: Run, argv: tuple[str, ...], code: int, words: str) -> None:
    run("plans", "new", "here")

    found, out, error = run("plans", *argv)

    assert (found, out) == (code, "")
    assert words in error


def test_the_proof_of_a_number_is_taken_back(run: Run, owner: Any, database: Any) -> None:
    database.call("ensure_user", phone=ANN)
    owner.execute("update public.phone_links set verified = true where phone_number = %s", [ANN])

    first, second = run("verifications", "revoke", ANN), run("verifications", "revoke", ANN)
    wrong = run("verifications", "revoke", "nobody")

    assert "Taken back" in first[1] and "Nobody had proven" in second[1]
    assert wrong[0] == 2
