"""Providers over the API: added, changed, tried; their secrets go in and never come out."""

from typing import Any
from uuid import uuid4

import pytest

from tests.api.people import ask_by_key

pytestmark = pytest.mark.sql
SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def client(app: Any, make_api_key: Any, runtime: Any) -> Any:
    return ask_by_key(app, make_api_key())


def wanted(**changes: Any) -> dict[str, Any]:
    made = {
        "name": f"p{uuid4().hex[:12]}", "account_sid": f"AC{uuid4().hex}", "secrets": {"auth_token": SECRET},
        "default_number": "+13035550142", **changes,
    }  # fmt: skip
    return {name: value for name, value in made.items() if value is not ...}


def test_a_provider_is_added_shown_changed_and_switched_off(client: Any) -> None:
    asked = wanted(priority=3, concurrency_limit=7, calls_per_second=0.5, base_url="")
    added = client.post("/api/v1/providers", json=asked)
    path = f"/api/v1/providers/{asked['name']}"
    changed = client.patch(
        path, json={"enabled": False, "default_number": None, "secrets": {"auth_token": SECRET}}
    )
    listed, shown = client.get("/api/v1/providers"), client.get(path)

    assert [answer.status_code for answer in (added, changed, listed, shown)] == [201, 200, 200, 200]
    row = shown.json
    assert (row["enabled"], row["default_number"], row["priority"], row["concurrency_limit"]) == (
        False,
        None,
        3,
        7,
    )
    assert (row["has_secrets"], row["from_settings"], row["breaker"]["state"]) == (True, False, "closed")
    assert row in listed.json["providers"]
    assert all(SECRET not in answer.text for answer in (added, changed, listed, shown))


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"name": "Backup"}, 400, "name"),
        ({"name": "back up"}, 400, "name"),
        ({"name": "9lives"}, 400, "name"),
        ({"name": "-"}, 400, "name"),
        ({"name": ""}, 400, "name"),
        ({"account_sid": "AC12"}, 400, "account_sid"),
        ({"account_sid": f"SK{'0' * 32}"}, 400, "account_sid"),
        ({"account_sid": f"AC{'0' * 32} "}, 400, "account_sid"),
        ({"account_sid": "a/b", "base_url": "https://sip.example.com"}, 400, "account_sid"),
        ({"kind": "asterisk"}, 400, "kind"),
        ({"kind": "vapi"}, 400, "secrets"),
        ({"secrets": {}}, 400, "secrets"),
        ({"secrets": {"auth_token": ""}}, 400, "secrets"),
        ({"secrets": {"auth_token": "two words"}}, 400, "secrets"),
        ({"secrets": {"auth_token": "a,b,c"}}, 400, "secrets"),
        ({"secrets": {"auth_token": "a,"}}, 400, "secrets"),
        ({"secrets": {"auth_token": SECRET, "key": "k"}}, 400, "secrets"),
        ({"secrets": {"token": SECRET}}, 400, "secrets.token"),
        ({"secrets": ...}, 400, "secrets"),
        ({"base_url": "http://169.254.169.254/latest"}, 400, "base_url"),
        ({"base_url": "https://10.0.0.1"}, 400, "base_url"),
        ({"base_url": "https://user:pw@example.com"}, 400, "base_url"),
        ({"base_url": "https://example.com/?key=1"}, 400, "base_url"),
        ({"base_url": "ftp://example.com"}, 400, "base_url"),
        ({"default_number": "12345"}, 400, "default_number"),
        ({"default_number": "client:bob"}, 400, "default_number"),
        ({"priority": -1}, 400, "priority"),
        ({"priority": 1001}, 400, "priority"),
        ({"concurrency_limit": 0}, 400, "concurrency_limit"),
        ({"calls_per_second": 0}, 400, "calls_per_second"),
        ({"calls_per_second": 1001}, 400, "calls_per_second"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(
    client: Any, changes: dict[str, Any], status: int, field: str
) -> None:
    answer = client.post("/api/v1/providers", json=wanted(**changes))

    assert (answer.status_code, answer.json["error"].get("field", "").split(".")[0]) == (
        status,
        field.split(".")[0],
    )
    assert SECRET not in answer.text


def test_names_and_accounts_are_taken_once_and_the_settings_own_one(client: Any, runtime: Any) -> None:
    asked = wanted()
    client.post("/api/v1/providers", json=asked)

    def code(answer: Any) -> str:
        return str(answer.json["error"]["code"])

    again = client.post("/api/v1/providers", json=wanted(name=asked["name"]))
    account = client.post("/api/v1/providers", json=wanted(account_sid=asked["account_sid"]))
    main = client.post("/api/v1/providers", json=wanted(account_sid=runtime.carriers.main.account_sid))
    settings = client.patch("/api/v1/providers/twilio", json={"default_number": "+13035550142"})
    unknown = client.patch("/api/v1/providers/nobody", json={"enabled": False})
    speech = client.get("/api/v1/providers/elevenlabs")

    assert [code(one) for one in (again, account, main, settings, unknown, speech)] == [
        "name_taken", "account_taken", "account_taken", "from_settings", "unknown_provider", "unknown_provider",
    ]  # fmt: skip
    own = client.patch("/api/v1/providers/twilio", json={"priority": 4, "concurrency_limit": 9})
    assert (own.json["priority"], own.json["from_settings"]) == (4, True)
    client.patch("/api/v1/providers/twilio", json={"priority": 1, "concurrency_limit": 5})


def test_a_provider_that_cannot_be_asked_says_so(client: Any) -> None:
    asked = wanted()
    client.post("/api/v1/providers", json=asked)

    answer = client.post(f"/api/v1/providers/{asked['name']}/test", json={})

    assert (answer.status_code, answer.json["ok"]) == (200, False)
