"""The list of blocked callers over the API."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.api.people import new_number

pytestmark = pytest.mark.sql
PATH = "/api/v1/blocks"


@pytest.fixture(autouse=True)
def nobody_is_blocked(owner):
    owner.execute("delete from public.blocked_callers")


def numbers(answer) -> list[str]:
    return [block["number"] for block in answer.json["blocks"]]


def test_a_number_is_blocked_and_let_in_again(api):
    number = new_number()

    added = api.post(PATH, json={"number": number, "reason": "shouts", "answer": "reject"})
    listed = api.get(PATH)
    removed = [api.delete(PATH, query_string={"number": number}) for _ in range(2)]

    assert (added.status_code, added.json["reason"], added.json["answer"]) == (201, "shouts", "reject")
    assert listed.json == {"blocks": [added.json], "next": None}
    # Twice is once.
    assert [(one.status_code, one.json) for one in removed] == [
        (200, {"number": number, "blocked": False})
    ] * 2
    assert numbers(api.get(PATH)) == []


def test_blocking_again_changes_how(api):
    number = new_number()
    api.post(PATH, json={"number": number, "reason": "shouts", "answer": "reject"})

    again = api.post(PATH, json={"number": number})

    assert (again.json["reason"], again.json["answer"], again.json["until"]) == (None, "phrase", None)
    assert numbers(api.get(PATH)) == [number]


def test_however_a_number_is_written_it_is_one(api):
    api.post(PATH, json={"number": "+1 (202) 555-0123"})

    assert numbers(api.get(PATH, query_string={"number": "+12025550123"})) == ["+12025550123"]


@pytest.mark.parametrize("written", ["anonymous", "Anonymous"])
def test_withheld_numbers_are_blocked_together(api, written):
    api.post(PATH, json={"number": written})

    assert numbers(api.get(PATH, query_string={"number": written})) == ["anonymous"]
    api.delete(PATH, query_string={"number": written})
    assert numbers(api.get(PATH)) == []


def test_the_list_is_paged_newest_first(api):
    blocked = [new_number() for _ in range(5)]
    for number in blocked:
        api.post(PATH, json={"number": number})

    pages, query = [], {"page_size": 2}
    while True:
        page = api.get(PATH, query_string=query)
        pages.append(numbers(page))
        if page.json["next"] is None:
            break
        query = {"page_size": 2, "before": page.json["next"]}

    newest_first = blocked[::-1]
    assert pages == [newest_first[:2], newest_first[2:4], newest_first[4:]]


def test_a_block_ends_by_itself(api, owner):
    number = new_number()
    until = (datetime.now(UTC) + timedelta(hours=1)).replace(microsecond=0)
    added = api.post(PATH, json={"number": number, "until": until.isoformat()})
    standing = numbers(api.get(PATH))
    owner.execute("update public.blocked_callers set until = now()")

    assert datetime.fromisoformat(added.json["until"]) == until
    assert standing == [number]
    assert numbers(api.get(PATH)) == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "number"),
        ({"number": "bob"}, "number"),
        ({"number": ""}, "number"),
        ({"number": "+12025550123", "answer": "shout"}, "answer"),
        ({"number": "+12025550123", "reason": "x" * 201}, "reason"),
        ({"number": "+12025550123", "until": "soon"}, "until"),
        ({"number": "+12025550123", "until": "2020-01-01T00:00:00Z"}, "until"),
        ({"number": "+12025550123", "until": "0001-01-01T00:00:00+14:00"}, "until"),
        ({"number": "+12025550123", "untill": "2030-01-01"}, None),
    ],
)
def test_a_wrong_block_is_400_and_says_where(api, body, field):
    answer = api.post(PATH, json=body)

    assert (answer.status_code, answer.json["error"].get("field")) == (400, field)
    assert numbers(api.get(PATH)) == []


@pytest.mark.parametrize("query", [{}, {"number": "bob"}, {"number": "\0"}])
def test_a_number_is_needed_to_let_it_in(api, query):
    answer = api.delete(PATH, query_string=query)

    assert (answer.status_code, answer.json["error"]["field"]) == (400, "number")


def test_conversations_say_that_their_number_is_blocked(api, runtime):
    number = new_number()
    thread = runtime.database.call(
        "message_received", message_sid=f"SM{number}", channel="sms", from_number=number,
        to_number="+12025550100", content="hello",
    )["conversation_id"]  # fmt: skip
    before = api.get(f"/api/v1/conversations/{thread}").json["blocked"]
    api.post(PATH, json={"number": number})

    listed = api.get("/api/v1/conversations", query_string={"number": number}).json["conversations"]

    assert (before, [one["blocked"] for one in listed]) == (False, [True])
