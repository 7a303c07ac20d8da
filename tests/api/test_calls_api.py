from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from tests.api.people import ask_by_key, make_owned, new_number

pytestmark = pytest.mark.sql
LIST = "/api/v1/calls"


@pytest.fixture
def person(runtime, owner):
    return make_owned(runtime, owner)


def test_calls_are_paged_newest_first(api, owner, runtime):
    owner.execute("delete from public.call_history")
    made = [str(make_owned(runtime, owner).call_id) for _ in range(5)]

    found, before = [], None
    while before or not found:
        page = api.get(LIST, query_string={"page_size": 2} | ({"before": before} if before else {})).json
        found += [call["id"] for call in page["calls"]]
        before = page["next"]

    assert found == made[::-1]


def test_a_call_is_shown_by_either_name_with_what_was_said(api, person):
    by_id, by_sid = api.get(f"{LIST}/{person.call_id}"), api.get(f"{LIST}/{person.call_sid}")

    assert by_id.json == by_sid.json
    assert by_id.json["phone_number"] == person.number
    assert [said["content"] in person.marks for said in by_id.json["transcript"]] == [True]
    assert by_id.json["notes"] is None


def test_a_summary_is_shown_once_it_is_written(api, owner, person):
    (call,) = owner.execute(
        "select id from public.call_history where call_sid = %s", [person.call_sid]
    ).fetchone()
    owner.execute(
        """insert into public.summaries (session_id, title, tldr, key_decisions, generation_status)
           values (%s, 'A title', 'Short.', '["none"]', 'success')""",
        [call],
    )

    notes = api.get(f"{LIST}/{person.call_id}").json["notes"]

    assert (notes["title"], notes["tldr"], notes["key_decisions"]) == ("A title", "Short.", ["none"])


def test_calls_are_found_by_what_is_known_of_them(api, person):
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()

    def found(**query):
        listed = api.get(LIST, query_string=query | {"number": person.number}).json["calls"]
        return [call["id"] for call in listed] == [str(person.call_id)]

    assert found(status="completed") and found(direction="inbound") and found(until=tomorrow)
    assert not found(status="busy") and not found(direction="outbound") and not found(since=tomorrow)
    assert not found(end_reason="silence")


@pytest.mark.parametrize(
    "query",
    [
        {"status": "x"},
        {"since": "soon"},
        {"until": "0001-01-01T00:00:00+14:00"},
        {"before": "LTE"},
        {"before": "é"},
    ],
)
def test_a_wrong_parameter_is_400(api, query):
    assert api.get(LIST, query_string=query).json["error"]["field"] == next(iter(query))


@pytest.mark.parametrize("name", ["00000000-0000-4000-8000-00000000dead", "CAnothing", "%00", "a" * 2000])
def test_a_call_that_does_not_exist_is_404(api, name):
    answer = api.get(f"{LIST}/{name}")

    assert (answer.status_code, answer.json["error"]["code"]) == (404, "unknown_call")


def test_an_integrator_sees_the_calls_that_its_key_asked_for_and_no_others(
    app, owner, runtime, make_api_key, person
):
    mine, other = (ask_by_key(app, make_api_key(role="integrator")) for _ in range(2))
    number, sid = new_number(), f"CA{uuid4().hex}"
    asked = mine.post("/api/v1/verifications", json={"to": number, "channel": "call"})
    owner.execute(
        "update public.call_attempts set call_sid = %s where verification_id = %s",
        [sid, UUID(asked.json["id"])],
    )
    owner.execute(
        "insert into public.call_history (phone_number, call_sid, direction) values (%s, %s, 'outbound')",
        [number, sid],
    )

    assert [call["call_sid"] for call in mine.get(LIST).json["calls"]] == [sid]
    assert other.get(LIST).json["calls"] == []
    assert [one.get(f"{LIST}/{sid}").status_code for one in (mine, other)] == [200, 404]
    assert mine.get(f"{LIST}/{person.call_id}").status_code == 404
