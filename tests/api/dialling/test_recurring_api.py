"""Calls that repeat, holds, hours, rules and redials over the API."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

pytestmark = pytest.mark.sql
API = "/api/v1"
# Monday, nine in the morning in Denver.
FIRST = "2035-02-26T16:00:00Z"


def number():
    return f"+1303555{uuid.uuid4().int % 10**4:04d}"


def repeated(api, **given):
    body = {
        "to": number(),
        "purpose": "asked_for",
        "timezone": "America/Denver",
        "scheduled_time": FIRST,
        "repeat": "FREQ=WEEKLY",
    }
    return api.post(f"{API}/queue", json={**body, **given})


def test_a_call_that_repeats_is_begun_looked_at_edited_paused_and_canceled(api):
    entry = repeated(api).json
    path = f"{API}/series/{entry['series_id']}"

    shown = api.get(path).json
    daily = api.patch(path, json={"repeat": "FREQ=DAILY", "revision": shown["revision"]})
    stale = api.patch(path, json={"priority": 3, "revision": shown["revision"]})
    paused = api.patch(path, json={"state": "paused"}).json
    canceled = api.patch(path, json={"state": "canceled"}).json
    over = api.patch(path, json={"state": "active"})

    assert entry["occurrence"].startswith("2035-02-26T16:00:00")
    assert (shown["repeat"], shown["zone"], len(shown["entries"]), len(shown["next"])) == (
        "FREQ=WEEKLY",
        "America/Denver",
        3,
        5,
    )
    assert shown["next"][2].startswith("2035-03-12T15:00:00")
    assert daily.json["next"][:2] != shown["next"][:2]
    assert (stale.status_code, stale.json["error"]["code"]) == (409, "changed_meanwhile")
    assert (paused["state"], paused["entries"], canceled["state"]) == ("paused", [], "canceled")
    assert (over.status_code, over.json["error"]["code"]) == (409, "wrong_state")
    assert path.rpartition("/")[2] in [row["id"] for row in api.get(f"{API}/series").json["series"]]


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"repeat": "FREQ=SECONDLY"}, (400, "invalid_request", "repeat")),
        ({"repeat": ""}, (400, "invalid_request", "repeat")),
        ({"repeat": "FREQ=DAILY", "scheduled_time": None}, (400, "invalid_request", "repeat")),
        ({"timezone": None, "to": "+12085550142"}, (422, "unclear_zone", "timezone")),
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_its_field(api, given, refused):
    answer = repeated(api, **given)

    error = answer.json["error"]
    assert (answer.status_code, error["code"], error["field"]) == refused


def test_a_person_is_held_listed_and_released(api):
    whose, until = number(), (datetime.now(UTC) + timedelta(days=3)).isoformat()
    entry = api.post(f"{API}/queue", json={"to": whose, "purpose": "asked_for"}).json

    held = api.post(f"{API}/holds", json={"number": whose, "until": until, "reason": "on holiday"})
    reasons = api.get(f"{API}/queue/{entry['id']}").json["reasons"]
    listed = [row["number"] for row in api.get(f"{API}/holds").json["holds"]]
    released = api.delete(f"{API}/holds", query_string={"number": whose})

    assert (held.status_code, held.json["waiting"]) == (201, 1)
    assert "held" in reasons and whose in listed
    assert released.json == {"number": whose, "held": False}
    assert whose not in [row["number"] for row in api.get(f"{API}/holds").json["holds"]]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"until": "2020-01-01T00:00:00Z", "reason": "x"}, "until"),
        ({"until": "2035-01-01T00:00:00Z", "reason": "   "}, "reason"),
        ({"until": "2035-01-01T00:00:00Z"}, "reason"),
        ({"until": "soon", "reason": "x"}, "until"),
    ],
)
def test_a_hold_without_a_date_to_come_or_a_reason_is_refused(api, body, field):
    answer = api.post(f"{API}/holds", json={"number": number(), **body})

    assert (answer.status_code, answer.json["error"]["field"]) == (400, field)


def test_hours_of_a_country_are_set_shown_for_a_number_and_dropped(api):
    week = {"tue": [["09:00", "17:00"]]}

    refused = api.put(f"{API}/calling-hours/us", json={"week": {"tue": [["17:00", "09:00"]]}})
    done = api.put(f"{API}/calling-hours/us", json={"week": week})
    told = api.get(f"{API}/number-hours", query_string={"number": "+13035550142"}).json
    dropped = api.delete(f"{API}/calling-hours/US").json
    again = api.delete(f"{API}/calling-hours/US")
    last = api.delete(f"{API}/calling-hours/any")
    nowhere = api.put(f"{API}/calling-hours/USA", json={"week": week})

    assert (refused.status_code, refused.json["error"]["field"]) == (400, "week")
    assert (done.json["country"], done.json["week"]) == ("US", week)
    assert (told["of"], told["week"], told["zones"]) == ("country", week, ["America/Denver"])
    assert [row["country"] for row in dropped["hours"]] == ["*"]
    assert (again.status_code, last.status_code, nowhere.status_code) == (404, 409, 400)


def test_rules_of_dialling_are_shown_and_changed(api):
    before = api.get(f"{API}/dialling-rules").json

    changed = api.patch(
        f"{API}/dialling-rules", json={"user_concurrent": 7, "redial": {"unknown": [600]}}
    ).json
    refused = [
        api.patch(f"{API}/dialling-rules", json=body)
        for body in (
            {"person_calls_per_day": 50},
            {"redial": {"answered": [60]}},
            {"person_calls_per_week": None},
        )
    ]
    api.patch(f"{API}/dialling-rules", json={"user_concurrent": None, "redial": before["redial"]})

    assert (changed["user_concurrent"], changed["redial"]) == (7, {"unknown": [600]})
    assert [(answer.status_code, answer.json["error"]["field"]) for answer in refused] == [
        (400, "person_calls_per_week"), (400, "redial"), (400, "person_calls_per_week"),
    ]  # fmt: skip
    assert api.get(f"{API}/dialling-rules").json["user_concurrent"] is None


@pytest.mark.parametrize("reason", ["", "   ", "\n"])
def test_hours_are_lifted_for_an_entry_with_a_written_reason_alone(api, reason):
    entry = api.post(f"{API}/queue", json={"to": number(), "purpose": "asked_for"}).json
    path = f"{API}/queue/{entry['id']}"

    new = api.post(f"{API}/queue", json={"to": number(), "purpose": "asked_for", "hours_lifted": reason})
    refused = api.patch(path, json={"hours_lifted": reason})
    lifted = api.patch(path, json={"hours_lifted": "the ward asked for it"}).json

    assert (new.status_code, new.json["error"]["field"]) == (400, "hours_lifted")
    assert (refused.status_code, refused.json["error"]["field"]) == (400, "hours_lifted")
    assert lifted["hours_lifted"] == "the ward asked for it" and "outside_hours" not in lifted["reasons"]


def test_the_rest_of_a_campaign_is_counted_before_it_is_dialled_again(api):
    campaign = api.post(f"{API}/campaigns", json={"name": "spring", "purpose": "asked_for"}).json
    path = f"{API}/campaigns/{campaign['id']}"
    api.post(f"{path}/people", data=f"phone\n{number()}\n", content_type="text/csv")
    draft = api.post(f"{path}/redial", json={"outcomes": ["busy"]})
    api.patch(path, json={"state": "running"})

    told = api.post(f"{path}/redial", json={"outcomes": ["no_answer", "busy"], "dry": True}).json
    unknown = api.post(f"{path}/redial", json={"outcomes": ["answered"]})

    assert (draft.status_code, draft.json["error"]["code"]) == (409, "wrong_state")
    assert (told["people"], told["skipped"], told["outcomes"]) == (0, {}, ["busy", "no-answer"])
    assert (unknown.status_code, unknown.json["error"]["field"]) == (400, "outcomes")
