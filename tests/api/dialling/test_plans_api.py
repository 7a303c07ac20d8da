"""Plans, subscriptions and usage over the API."""

import uuid
from typing import Any

import pytest

pytestmark = pytest.mark.sql
PLANS, SUBSCRIPTIONS, USAGE = "/api/v1/plans", "/api/v1/subscriptions", "/api/v1/usage"
NOBODY = "11111111-1111-4111-a111-111111111111"


@pytest.fixture
def plan(api: Any) -> Any:
    body = {
        "name": f"plan {uuid.uuid4().hex}",
        "call_limit": 10,
        "minutes_limit": 100,
        "price": 9.9,
        "features": ["calls"],
    }
    answer = api.post(PLANS, json=body)
    assert answer.status_code == 201
    return answer.json


@pytest.fixture
def number() -> str:
    return f"+1303555{uuid.uuid4().int % 10**4:04d}"


@pytest.fixture
def subscription(api: Any, plan: Any, number: str) -> Any:
    answer = api.post(
        SUBSCRIPTIONS, json={"plan": plan["name"], "number": number, "timezone": "America/Denver"}
    )
    assert answer.status_code == 201
    return answer.json


def test_a_plan_is_made_read_changed_and_ended(api: Any, plan: Any) -> None:
    path = f"{PLANS}/{plan['id']}"

    by_name = api.get(f"{PLANS}/{plan['name']}")
    changed = api.patch(path, json={"call_limit": None, "price": 12, "billing_increment_s": 1})
    ended = api.patch(path, json={"ended": True})
    listed = api.get(PLANS, query_string={"page_size": 200})
    with_ended = api.get(PLANS, query_string={"page_size": 200, "ended": "1"})

    assert (plan["price"], plan["interval"], plan["billing_increment_s"], plan["ended_at"]) == (
        "9.90",
        "monthly",
        60,
        None,
    )
    assert by_name.json == plan
    assert (changed.json["call_limit"], changed.json["minutes_limit"], changed.json["price"]) == (
        None,
        100,
        "12.00",
    )
    assert ended.json["ended_at"] is not None
    assert plan["id"] not in [row["id"] for row in listed.json["plans"]]
    assert plan["id"] in [row["id"] for row in with_ended.json["plans"]]


def test_a_user_gets_a_plan_once_and_keeps_what_was_used_when_it_changes(
    api: Any, plan: Any, subscription: Any, number: str, owner: Any
) -> None:
    owner.execute(
        "update public.user_call_usage set calls_used = 4 where subscription_id = %s", [subscription["id"]]
    )
    bigger = api.post(PLANS, json={"name": f"plan {uuid.uuid4().hex}", "call_limit": 50}).json
    path = f"{SUBSCRIPTIONS}/{subscription['id']}"

    again = api.post(SUBSCRIPTIONS, json={"plan": plan["name"], "number": number})
    other = api.post(SUBSCRIPTIONS, json={"plan": bigger["id"], "user_id": subscription["user_id"]})
    moved = api.patch(path, json={"plan": bigger["id"]})
    usage = api.get(USAGE, query_string={"number": number})

    assert (subscription["timezone"], subscription["renews"], subscription["reason"]) == (
        "America/Denver",
        True,
        None,
    )
    assert (again.status_code, again.json["id"]) == (200, subscription["id"])
    assert (other.status_code, other.json["error"]["code"]) == (409, "has_plan")
    assert (moved.json["plan"]["id"], moved.json["usage"]["calls_remaining"]) == (bigger["id"], 46)
    assert usage.json["usage"] == [moved.json["usage"]]


def test_a_subscription_is_left_taken_back_ended_and_made_active_again(
    api: Any, subscription: Any, number: str
) -> None:
    path = f"{SUBSCRIPTIONS}/{subscription['id']}"

    leaving = api.patch(path, json={"cancel_at_period_end": True})
    staying = api.patch(path, json={"cancel_at_period_end": False})
    ended = api.delete(path)
    refused = api.patch(path, json={"renew": True})
    back = api.patch(path, json={"status": "active"})
    canceled = api.get(SUBSCRIPTIONS, query_string={"number": number, "status": "canceled"})

    assert [one.json["renews"] for one in (leaving, staying, ended, back)] == [False, True, False, True]
    assert (ended.json["status"], ended.json["reason"]) == ("canceled", "plan_inactive")
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "subscription_over")
    assert api.get(path).json == back.json
    assert canceled.json["subscriptions"] == []


def test_an_entry_says_that_it_waits_for_the_plan(
    api: Any, plan: Any, number: str, owner: Any, make_api_key: Any, app: Any
) -> None:
    subscription = api.post(SUBSCRIPTIONS, json={"plan": plan["id"], "number": number}).json
    api.patch(f"{PLANS}/{plan['id']}", json={"call_limit": 0})
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = (
        f"Bearer {make_api_key(user_id=uuid.UUID(subscription['user_id']))}"
    )

    asked = client.post(
        "/api/v1/queue", json={"to": "+13035550177", "purpose": "asked_for", "hours_lifted": "a test"}
    )
    own = client.get(SUBSCRIPTIONS)

    assert asked.json["reasons"][0] == "plan_calls"
    assert asked.json["next_attempt_at"] >= subscription["period_end"]
    assert own.json["subscriptions"][0]["reason"] == "plan_calls"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code", "field"),
    [
        ("post", PLANS, {"name": ""}, 400, "invalid_request", "name"),
        ("post", PLANS, {"name": "x" * 101}, 400, "invalid_request", "name"),
        ("post", PLANS, {"name": "x", "call_limit": -1}, 400, "invalid_request", "call_limit"),
        ("post", PLANS, {"name": "x", "call_limit": 1.5}, 400, "invalid_request", "call_limit"),
        ("post", PLANS, {"name": "x", "call_limit": 10**9}, 400, "invalid_request", "call_limit"),
        ("post", PLANS, {"name": "x", "minutes_limit": "60"}, 400, "invalid_request", "minutes_limit"),
        ("post", PLANS, {"name": "x", "price": -1}, 400, "invalid_request", "price"),
        ("post", PLANS, {"name": "x", "price": 10**9}, 400, "invalid_request", "price"),
        ("post", PLANS, {"name": "x", "interval": "weekly"}, 400, "invalid_request", "interval"),
        ("post", PLANS, {"name": "x", "billing_increment_s": 7}, 400, "invalid_request", "billing_increment_s"),
        ("post", PLANS, {"name": "x", "billing_increment_s": 0}, 400, "invalid_request", "billing_increment_s"),
        ("post", PLANS, {"name": "x", "features": [1]}, 400, "invalid_request", "features"),
        ("post", PLANS, {"name": "x", "limit": 1}, 400, "invalid_request", None),
        ("post", PLANS, {"name": "a\0b"}, 400, "invalid_request", "name"),
        ("patch", f"{PLANS}/none", {"call_limit": 1}, 404, "unknown_plan", "plan"),
        ("patch", f"{PLANS}/none", {"name": None}, 400, "invalid_request", "name"),
        ("patch", f"{PLANS}/none", {"ended": None}, 400, "invalid_request", "ended"),
        ("get", f"{PLANS}/none", None, 404, "unknown_plan", "plan"),
        ("post", SUBSCRIPTIONS, {"plan": "none", "number": "+13035550142"}, 404, "unknown_plan", "plan"),
        ("post", SUBSCRIPTIONS, {"plan": "none"}, 400, "invalid_request", "user_id"),
        ("post", SUBSCRIPTIONS, {"plan": "none", "user_id": "x"}, 400, "invalid_request", "user_id"),
        ("post", SUBSCRIPTIONS, {"plan": "none", "user_id": 1}, 400, "invalid_request", "user_id"),
        ("post", SUBSCRIPTIONS, {"plan": "none", "number": "nobody"}, 400, "invalid_number", "number"),
        ("post", SUBSCRIPTIONS, {"plan": "none", "number": "+13035550142", "user_id": NOBODY}, 400, "invalid_request", "user_id"),
        ("get", f"{SUBSCRIPTIONS}/x", None, 404, "unknown_subscription", None),
        ("get", f"{SUBSCRIPTIONS}/{NOBODY}", None, 404, "unknown_subscription", None),
        ("patch", f"{SUBSCRIPTIONS}/{NOBODY}", {"status": "trialing"}, 400, "invalid_request", "status"),
        ("delete", f"{SUBSCRIPTIONS}/{NOBODY}", None, 404, "unknown_subscription", None),
        ("get", f"{USAGE}?user_id=x", None, 400, "invalid_request", "user_id"),
        ("get", f"{SUBSCRIPTIONS}?status=paid", None, 400, "invalid_request", "status"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_with_its_field(
    api: Any, method: str, path: str, body: Any, status: int, code: str, field: str | None
) -> None:
    answer = getattr(api, method)(path, **({"json": body} if body is not None else {}))

    assert (answer.status_code, answer.json["error"]["code"]) == (status, code)
    assert answer.json["error"].get("field") == field


@pytest.mark.parametrize("more", [{"timezone": "Mars/Olympus"}, {"timezone": "EST5"}])
def test_a_zone_that_is_none_is_refused(api: Any, plan: Any, number: str, more: dict[str, str]) -> None:
    answer = api.post(SUBSCRIPTIONS, json={"plan": plan["id"], "number": number, **more})

    assert (answer.status_code, answer.json["error"]["field"]) == (400, "timezone")


def test_the_house_and_nobody_get_no_plan(api: Any, plan: Any) -> None:
    house, nobody = (
        api.post(SUBSCRIPTIONS, json={"plan": plan["id"], "user_id": user})
        for user in ("00000000-0000-4000-a000-00000000cafe", str(uuid.uuid4()))
    )

    assert (house.status_code, house.json["error"]["code"]) == (422, "house_account")
    assert (nobody.status_code, nobody.json["error"]["code"]) == (422, "unknown_user")
