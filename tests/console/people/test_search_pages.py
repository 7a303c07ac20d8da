"""Searches and saved views in the console: what they find, for whom, and what is put on record."""

from uuid import UUID

import pytest

from tests.console.conftest import post

pytestmark = pytest.mark.sql


def test_one_box_finds_calls_and_texts_and_leads_to_the_utterance(visitor, house, audited):
    client = visitor(house.people["viewer"])

    found = client.get("/console/search?q=refund")
    nothing = client.get("/console/search")

    assert f"/console/calls/{house.one.call_id}#t=83.2" in found.text
    assert "<mark>refund</mark>" in found.text
    assert house.one.number not in found.text
    assert "words.searched" in audited()
    assert "words.searched" not in str(nothing.text) and "Write words" in nothing.text
    assert 'action="/console/search"' in client.get("/console/people").text
    texts = client.get("/console/search.json?q=refund&only=texts").json
    assert (texts["calls"], len(texts["texts"])) == ([], 1)
    assert client.get("/console/search?q=refund&only=odd").status_code == 400
    assert client.get("/console/search?q=refund&only=texts&before=odd").status_code == 400


def test_what_cannot_be_searched_for_is_told_with_a_link_to_what_can(visitor, house):
    client = visitor(house.people["viewer"])

    page = client.get("/console/search?q=outcom:busy+%3Cscript%3Ealert%3C/script%3E")

    assert page.status_code == 200
    assert "There is no outcom: to search by." in page.text
    assert "/console/search?q=outcome%3Abusy" in page.text
    assert "<script>alert" not in page.text
    listed = client.get("/console/calls?q=status:odd")
    assert "status: is one of" in listed.text and str(house.one.call_id) not in listed.text


def test_the_list_of_calls_takes_the_same_qualifiers_and_its_choices_narrow_them(visitor, house):
    client = visitor(house.people["viewer"])

    def calls(query):
        return [UUID(one["id"]) for one in client.get(f"/console/calls.json?{query}").json["calls"]]

    assert (
        calls("q=refund")
        == calls("q=refund&status=completed")
        == calls("q=direction:inbound&direction=inbound")
        == [house.one.call_id]
    )
    assert calls("q=zebra") == calls("q=refund&direction=outbound") == []
    assert client.get("/console/calls.json?q=refund").json["count"] == "1"


def test_a_view_is_a_name_for_a_query_own_or_shared_and_is_counted(visitor, house):
    own, colleague, viewer = (visitor(house.people[role]) for role in ("operator", "agent", "viewer"))

    moved = post(
        own, "/console/views", page="calls", name="Refunds", query="q=refund&status=&before=x", shared="1"
    )
    post(own, "/console/views", page="calls", name="Mine", query="q=busy")
    # Each page counts one of them, and others while there is time.
    for _ in range(2):
        mine = {one["name"]: one for one in own.get("/console/calls.json").json["views"]}
    theirs = {one["name"]: one for one in viewer.get("/console/calls.json").json["views"]}

    assert moved.location == "/console/calls?q=refund"
    assert {"Refunds", "Mine"} <= set(mine) and mine["Refunds"]["count"] == "1"
    assert "Refunds" in theirs and "Mine" not in theirs
    assert theirs["Refunds"]["place"] == "/calls?q=refund"
    assert post(colleague, f"/console/views/{mine['Refunds']['id']}/drop", page="calls").status_code == 404
    assert post(own, f"/console/views/{mine['Mine']['id']}/drop", page="calls").status_code == 303
    assert (
        post(
            visitor(house.people["owner"]), f"/console/views/{mine['Refunds']['id']}/drop", page="calls"
        ).status_code
        == 303
    )
    assert post(own, "/console/views", page="odd", name="x", query="").status_code == 400
    assert post(own, "/console/views", page="calls", name=" ", query="").status_code == 400
    assert post(viewer, "/console/views", page="calls", name="x", query="").status_code == 403


def test_a_shared_view_that_cannot_be_read_takes_no_page_from_anybody(visitor, house):
    agent, owner_of_house = visitor(house.people["agent"]), visitor(house.people["owner"])
    for name, query in (("bad", "number=none&status=nothing"), ("long", "a=b&" * 30)):
        post(agent, "/console/views", page="calls", name=name, query=query, shared="1")

    assert owner_of_house.get("/console/calls").status_code == 200
    assert post(agent, "/console/views", page="calls", name="many", query="a=b&" * 30).status_code == 400


def test_a_page_that_took_long_says_that_there_may_be_more_and_not_that_nobody_is_like_this(
    visitor, runtime, houses, monkeypatch
):
    asked = runtime.database.call

    def hurried(function, /, **params):
        answer = asked(function, **params)
        if function in ("people_page", "search_calls"):
            # Its time was up before it found somebody.
            answer = dict(
                answer,
                rows=[],
                next={
                    "at": "2026-01-01T00:00:00+00:00",
                    "id": 7 if "calls" in function else str(houses[0].one.user_id),
                },
            )
        return answer

    monkeypatch.setattr(runtime.database, "call", hurried)
    client = visitor(houses[0].people["owner"])
    for path, filters in (("/console/people", "name=zoe"), ("/console/calls", "q=zoe")):
        page = client.get(f"{path}?{filters}")
        assert page.status_code == 200
        assert "Looking takes long here" in page.text and 'rel="next"' in page.text, path
        assert "is like this" not in page.text, path
