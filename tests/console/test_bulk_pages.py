"""Bulk actions on their pages: looked at first, begun once, run by the worker, and an export for its maker alone."""

import re
from uuid import UUID, uuid4

import pytest

from tests.console.conftest import make_house, post
from voicebot.services.bulk.run import run_bulk

pytestmark = pytest.mark.sql


@pytest.fixture
def house(runtime, module_owner):
    return make_house(runtime, module_owner)


def entries(owner, house, count, status="queued", number="+1303555"):
    rows = owner.execute(
        """insert into public.call_queue (user_id, recipient_number, purpose, status, next_attempt_at)
           select %s, %s || lpad((8000 + n)::text, 4, '0'), 'asked_for', %s, now() from generate_series(1, %s) n
           returning id""",
        [house.one.user_id, number, status, count],
    ).fetchall()
    return [str(row[0]) for row in rows]


def words(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


def begun(client, **form):
    answer = post(client, "/console/bulk", **{"over": "queue", "request_key": uuid4().hex, **form})
    assert answer.status_code == 303, words(answer)
    return answer.headers["Location"].removeprefix("/console")


def states(owner, ids):
    rows = owner.execute(
        "select status, count(*) from public.call_queue where id = any (%s::uuid[]) group by status", [ids]
    )
    return dict(rows.fetchall())


def test_what_is_left_out_and_why_is_said_before_anything_happens(visitor, house, module_owner):
    ids = [*entries(module_owner, house, 3), *entries(module_owner, house, 2, "completed")]
    client = visitor(house.people["operator"])

    page = post(client, "/console/bulk/confirm", over="queue", which="ticked", id=ids, action="cancel")

    told = words(page)
    assert "Cancel: 3 entries" in told
    assert "5 chosen, 3 of them change" in told
    assert "over already 2" in told
    assert states(module_owner, ids) == {"queued": 3, "completed": 2}


def test_all_that_a_filter_finds_is_done_by_the_worker_and_the_page_says_how_far_it_is(
    visitor, runtime, house, module_owner
):
    ids = entries(module_owner, house, 4)
    client = visitor(house.people["operator"])
    form = {"which": "filter", "status": "queued", "action": "cancel", "request_key": uuid4().hex}

    at, again = begun(client, **form), begun(client, **form)
    before = client.get(f"/console{at}.json").json["bulk"]
    run_bulk(runtime, before["id"])
    after = client.get(f"/console{at}.json").json["bulk"]

    assert at == again
    # The person's own entry and the one of a campaign wait too.
    assert (before["state"], before["total"], before["left"]) == ("running", 6, 6)
    assert (after["state"], after["done"], after["share"]) == ("done", 6, 100)
    assert states(module_owner, ids) == {"canceled": 4}
    assert visitor(house.people["viewer"]).get(f"/console{at}").status_code == 200
    assert visitor(house.people["agent"]).get(f"/console{at}").status_code == 404
    actions = [
        one["action"]
        for one in visitor(house.people["owner"]).get("/console/settings/audit.json").json["entries"]
    ]
    assert actions.count("bulk.begun") == actions.count("bulk.done") == 1


def test_a_bulk_action_says_in_words_by_what_its_rows_were_chosen(visitor, house, module_owner):
    module_owner.execute(
        "update public.call_history set call_status = 'busy', end_reason = 'busy', ended_at = now(), started_at = now() where public_id = %s",
        [house.one.call_id],
    )
    client = visitor(house.people["operator"])

    place = begun(
        client,
        over="calls",
        which="filter",
        action="tag",
        tag_wanted="late",
        q="outcome:busy after:2020-11-22",
    )

    told = words(client.get(f"/console{place}"))
    assert "Chosen by: " in told and "outcome busy" in told and "from 2020-11-22 00:00:00 UTC" in told
    assert "[" not in told.split("Chosen by: ")[1]


def test_an_agent_does_it_to_own_rows_alone_and_a_viewer_to_none(visitor, runtime, house, module_owner):
    ids = entries(module_owner, house, 2)
    agent = visitor(house.people["agent"])

    at = begun(agent, which="ticked", id=ids, action="cancel")
    run_bulk(runtime, at.rpartition("/")[2])
    refused = post(
        visitor(house.people["viewer"]), "/console/bulk/confirm", over="queue", id=ids, action="cancel"
    )

    assert agent.get(f"/console{at}.json").json["bulk"]["skipped"] == 2
    assert states(module_owner, ids) == {"queued": 2}
    assert refused.status_code == 403


def test_calls_are_tagged_found_by_their_tag_and_given_to_an_agent_who_sees_them_then(
    visitor, runtime, house
):
    client, agent = visitor(house.people["operator"]), visitor(house.people["agent"])
    call = str(house.one.call_id)
    for form in (
        {"action": "tag", "tag_wanted": "Refund"},
        {"action": "assign", "member": str(house.people["agent"])},
    ):
        at = begun(client, over="calls", which="filter", **form)
        run_bulk(runtime, at.rpartition("/")[2])
        assert client.get(f"/console{at}.json").json["bulk"]["done"] == 1

    found = post(client, "/console/bulk/confirm", over="calls", which="filter", tag="refund", action="export")
    nothing = post(
        client, "/console/bulk/confirm", over="calls", which="filter", tag="none such", action="export"
    )

    assert "Export: 1 call" in words(found)
    assert "Nothing is left to do" in words(nothing)
    assert [one["id"] for one in agent.get("/console/calls.json").json["calls"]] == [call]
    assert agent.get(f"/console/calls/{call}").status_code == 200


def test_an_export_is_a_table_for_its_maker_that_runs_nothing_in_a_spreadsheet(
    visitor, runtime, house, module_owner
):
    module_owner.execute(
        "update public.call_history set summary = '=HYPERLINK(1)' where public_id = %s", [house.one.call_id]
    )
    client = visitor(house.people["operator"])
    at = begun(client, over="calls", which="filter", action="export")
    early = client.get(f"/console{at}/file")

    run_bulk(runtime, at.rpartition("/")[2])
    file = client.get(f"/console{at}/file")
    others = [
        visitor(house.people[role]).get(f"/console{at}/file").status_code for role in ("owner", "viewer")
    ]

    assert early.status_code == 404
    assert (file.status_code, file.mimetype, others) == (200, "text/csv", [403, 403])
    lines = file.text.splitlines()
    assert len(lines) == 2 and "'=HYPERLINK(1)" in lines[1] and house.one.number in lines[1]
    actions = [
        one["action"]
        for one in visitor(house.people["owner"]).get("/console/settings/audit.json").json["entries"]
    ]
    assert "export.downloaded" in actions


@pytest.mark.parametrize(
    ("form", "status", "told"),
    [
        ({"over": "people", "which": "filter", "action": "cancel"}, 400, "page of a campaign"),
        ({"over": "house", "action": "cancel"}, 400, "Begin on the page"),
        ({"id": "none", "action": "cancel"}, 400, "open the list again"),
        ({"action": "cancel"}, 400, "No row is chosen"),
        ({"action": "drop", "id": str(UUID(int=1))}, 400, "cannot be done"),
        ({"action": "tag", "id": str(UUID(int=1)), "tag_wanted": ""}, 400, "one to fifty characters"),
        ({"action": "reschedule", "id": str(UUID(int=1))}, 400, "when the calls are to be made"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(visitor, house, form, status, told):
    answer = post(visitor(house.people["operator"]), "/console/bulk", **{"over": "queue", **form})

    assert (answer.status_code, told in words(answer)) == (status, True), words(answer)
