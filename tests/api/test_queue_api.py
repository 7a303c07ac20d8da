"""The queue of calls over the API."""

import uuid

import pytest

pytestmark = pytest.mark.sql
PATH = "/api/v1/queue"
NIGHT, NOON = "2035-12-04T09:00:00Z", "2035-12-04T18:00:00Z"


@pytest.fixture
def number():
    return f"+1303555{uuid.uuid4().int % 10**4:04d}"


@pytest.fixture
def asked(api, number):
    return api.post(PATH, json={"to": number, "purpose": "asked_for", "scheduled_time": NOON}).json


def test_a_call_is_asked_for_shown_moved_and_canceled(api, number, asked):
    path = f"{PATH}/{asked['id']}"

    shown = api.get(path)
    moved = api.patch(path, json={"scheduled_time": "2035-12-05T18:00:00Z", "priority": 3})
    canceled = api.delete(path)
    again = api.patch(path, json={"priority": 1})

    assert (asked["status"], asked["to"], asked["zones"]) == ("queued", number, ["America/Denver"])
    assert (shown.json["reasons"][0], shown.json["attempts"]) == ("not_yet", [])
    assert moved.json["next_attempt_at"].startswith("2035-12-05T18:00:00")
    assert moved.json["priority"] == 3
    assert canceled.json["status"] == "canceled"
    assert (again.status_code, again.json["error"]["code"]) == (409, "not_queued")


def test_the_same_key_is_the_same_call_and_another_body_is_told_where_it_differs(api, number):
    body = {"to": number, "purpose": "asked_for", "scheduled_time": NOON, "request_key": uuid.uuid4().hex}

    first, again = api.post(PATH, json=body), api.post(PATH, json=body)
    other = api.post(PATH, json=body | {"priority": 9, "timezone": "America/Denver"})

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json["id"] == again.json["id"]
    assert other.status_code == 409
    assert "priority, timezone differ" in other.json["error"]["message"]


@pytest.mark.parametrize(
    ("given", "status", "code", "field"),
    [
        ({"to": "+19005550142"}, 422, "not_callable", "to"),
        ({"to": "nobody"}, 400, "invalid_number", "to"),
        ({"timezone": "EST5"}, 400, "invalid_request", "timezone"),
        ({"purpose": "marketing"}, 422, "no_consent", "consent"),
        ({"purpose": "song"}, 400, "invalid_request", "purpose"),
        ({"variables": {"a": "b"}}, 422, "invalid_variables", "variables"),
        ({"variables": {"a": 1}}, 400, "invalid_request", "variables"),
        ({"template": "none such"}, 422, "unknown_template", "template"),
        ({"caller_number": "+12025550111"}, 422, "unknown_caller_number", "caller_number"),
        ({"not_after": "2020-01-01T00:00:00Z"}, 400, "invalid_request", "not_after"),
        ({"not_before": NIGHT, "not_after": "2035-12-04T10:00:00Z"}, 422, "window_over", "not_after"),
        ({"scheduled_time": "tomorrow"}, 400, "invalid_request", "scheduled_time"),
        ({"priority": 101}, 400, "invalid_request", "priority"),
        ({"status": "completed"}, 400, "invalid_request", None),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(api, number, given, status, code, field):
    answer = api.post(PATH, json={"to": number, "purpose": "asked_for", **given})

    error = answer.json["error"]
    assert (answer.status_code, error["code"], error.get("field")) == (status, code, field)


def test_who_asked_not_to_be_called_is_not_queued(api, number):
    api.post("/api/v1/suppressions", json={"number": number, "scope": "calls"})

    answer = api.post(PATH, json={"to": number, "purpose": "asked_for"})

    assert (answer.status_code, answer.json["error"]["field"]) == (400, "to")


def test_the_list_has_pages_and_filters(api, number):
    made = [
        api.post(PATH, json={"to": number, "purpose": "asked_for", "scheduled_time": NOON}).json["id"]
        for _ in range(3)
    ]

    first = api.get(PATH, query_string={"number": number, "page_size": 2}).json
    second = api.get(PATH, query_string={"number": number, "page_size": 2, "before": first["next"]}).json

    assert [one["id"] for one in first["entries"] + second["entries"]] == made[::-1]
    assert second["next"] is None
    assert api.get(PATH, query_string={"number": number, "status": "failed"}).json["entries"] == []


@pytest.mark.parametrize("name", ["00000000-0000-4000-8000-000000000000", "nonsense"])
def test_an_entry_that_is_not_there_is_not_found(api, name):
    assert api.get(f"{PATH}/{name}").status_code == 404
    assert api.delete(f"{PATH}/{name}").status_code == 404
