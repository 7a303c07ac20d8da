"""Escalations over the API: listed, shown, closed by a person, and opened again."""

from typing import Any

import pytest

from tests.api.pages import pages
from tests.api.people import ask_by_key, make_owned, new_number

pytestmark = pytest.mark.sql
LIST = "/api/v1/escalations"


@pytest.fixture
def person(runtime: Any, owner: Any) -> Any:
    return make_owned(runtime, owner)


def test_they_are_paged_and_none_is_missed(api: Any, owner: Any, runtime: Any):
    owner.execute("delete from public.support_escalations")
    made = [make_owned(runtime, owner) for _ in range(5)]
    # All at one moment: none may hide what comes after it.
    owner.execute("update public.support_escalations set created_at = '2026-01-01T00:00:00Z'")

    found = pages(api, LIST, "escalations", page_size=2)

    assert [len(page) for page in found] == [2, 2, 1]
    ids = [row["id"] for page in found for row in page]
    assert sorted(ids) == sorted(str(one.escalation_id) for one in made)


def test_they_are_found_by_state_reason_and_number(api: Any, person: Any):
    def found(**query: str) -> bool:
        listed = api.get(LIST, query_string=query | {"page_size": 200}).json["escalations"]
        return str(person.escalation_id) in [row["id"] for row in listed]

    assert found(state="open") and found(reason="message") and found(number=person.number)
    assert not found(state="closed") and not found(reason="call_back") and not found(number=new_number())


@pytest.mark.parametrize(
    "query", [{"state": "done"}, {"reason": "a b"}, {"reason": "x" * 61}, {"reason": ""}, {"why": "x"}]
)
def test_what_cannot_be_a_filter_is_refused(api: Any, query: dict[str, str]):
    answer = api.get(LIST, query_string=query)

    assert answer.status_code == 400
    assert answer.json["error"]["code"] == "invalid_request"


def test_one_shows_whom_it_is_about_and_where_it_came_from(api: Any, person: Any):
    shown = api.get(f"{LIST}/{person.escalation_id}").json

    assert (shown["reason"], shown["state"], shown["phone_number"]) == ("message", "open", person.number)
    assert (shown["call_id"], shown["call_sid"]) == (str(person.call_id), person.call_sid)
    assert (shown["closed_at"], shown["closed_by"]) == (None, None)


def test_who_closes_it_first_is_named_and_opening_it_again_forgets_that(
    api: Any, app: Any, make_api_key: Any, person: Any
):
    path = f"{LIST}/{person.escalation_id}"
    first, second = ask_by_key(app, make_api_key(name="first")), ask_by_key(app, make_api_key(name="second"))

    closed = [each.patch(path, json={"state": "closed"}).json for each in (first, second)]
    opened = api.patch(path, json={"state": "open"}).json

    assert [(each["state"], each["closed_by"]) for each in closed] == [("closed", "first")] * 2
    assert closed[0]["closed_at"] == closed[1]["closed_at"] is not None
    assert (opened["state"], opened["closed_at"], opened["closed_by"]) == ("open", None, None)


@pytest.mark.parametrize(
    "body", [{}, {"state": "done"}, {"state": None}, {"state": "closed", "message": "x"}, []]
)
def test_a_change_that_is_none_is_refused(api: Any, person: Any, body: Any):
    assert api.patch(f"{LIST}/{person.escalation_id}", json=body).status_code == 400


@pytest.mark.parametrize("name", ["2f0e1e8e-6b2c-4a8e-9a59-222222222222", "x"])
def test_one_that_does_not_exist_is_not_found(api: Any, name: str):
    answers = [api.get(f"{LIST}/{name}"), api.patch(f"{LIST}/{name}", json={"state": "closed"})]

    assert [(each.status_code, each.json["error"]["code"]) for each in answers] == [
        (404, "unknown_escalation")
    ] * 2


def test_a_call_says_what_of_it_is_open(api: Any, person: Any):
    calls = f"/api/v1/calls/{person.call_id}"
    before = api.get(calls).json
    listed = api.get("/api/v1/calls", query_string={"number": person.number}).json["calls"]

    api.patch(f"{LIST}/{person.escalation_id}", json={"state": "closed"})

    assert before["open_escalations"] == 1
    assert [row["id"] for row in before["escalations"]] == [str(person.escalation_id)]
    assert [row["open_escalations"] for row in listed] == [1]
    after = api.get(calls).json
    assert (after["open_escalations"], after["escalations"][0]["state"]) == (0, "closed")


def test_who_got_no_answer_is_listed_and_counted_for_the_whole_services_operators(
    api: Any, app: Any, make_api_key: Any, runtime: Any, owner: Any, person: Any
):
    number = new_number()
    for _ in range(2):
        runtime.database.call(
            "queue_text",
            to_number=number,
            our_number="+12025550100",
            channel="sms",
            content="Hi",
            kind="conversation",
        )
    owner.execute(
        "update public.sms_history set outbox_state = 'failed', error_code = 'capped', part = 0 where phone_number = %s",
        [number],
    )

    answer = api.get("/api/v1/unanswered", query_string={"number": number}).json
    narrow = ask_by_key(app, make_api_key(user_id=person.user_id)).get("/api/v1/unanswered")

    (row,) = answer["unanswered"]
    assert (row["number"], row["reason"], row["channel"], row["times"]) == (number, "capped", "sms", 2)
    assert answer["people"] >= 1
    assert answer["next"] is None
    assert (narrow.status_code, narrow.json["error"]["code"]) == (403, "not_allowed")
