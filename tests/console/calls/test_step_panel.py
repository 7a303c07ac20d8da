"""Stepping in from the console: who may, what the panel offers, and where its sound comes from."""

import re

import pytest

from tests.api.people import talks
from tests.console.conftest import make_house, token_of

pytestmark = pytest.mark.sql


def posts(client, house, form, path="step"):
    token = token_of(client, "/console/account")
    return client.post(f"/console/calls/{house.one.call_id}/{path}", data=form | {"form_token": token})


def test_a_role_steps_in_as_the_matrix_says_and_nobody_into_a_call_of_others(visitor, runtime, module_owner):
    own, other = make_house(runtime, module_owner), make_house(runtime, module_owner)
    for house in (own, other):
        talks(module_owner, house.one)
    form = {"kind": "whisper", "text": "Be kind."}

    status = {role: posts(visitor(user), own, form).status_code for role, user in own.people.items()}
    foreign = {role: posts(visitor(user), other, form).status_code for role, user in own.people.items()}
    mine = posts(visitor(own.one.user_id), own, form).status_code

    assert status == {"owner": 303, "admin": 303, "operator": 303, "viewer": 403, "agent": 404}
    assert foreign == dict.fromkeys(own.people, 404) | {"viewer": 403}
    # An agent steps into the agent's own calls.
    assert mine == 303
    (count,) = module_owner.execute(
        "select count(*) from public.audit_log where object_id = %s and action = 'call.whisper'",
        [str(own.one.call_id)],
    ).fetchone()
    assert count == 4


def test_the_panel_offers_what_the_line_can_do_and_says_why_the_rest_is_missing(
    visitor, runtime, module_owner
):
    house = make_house(runtime, module_owner)
    client = visitor(house.people["operator"])
    path = f"/console/calls/{house.one.call_id}/step"
    before = client.get(path).text
    talks(module_owner, house.one)

    relay = client.get(path)
    refused = posts(client, house, {"talks": "1"}, "sound")
    empty = posts(client, house, {"kind": "say", "text": " "})

    assert "Whisper to the bot" not in before and "Nobody has picked up yet." in before
    assert "Whisper to the bot" in relay.text and "Take over by telephone" in relay.text
    assert "Listen, Talk in the browser: The sound of this call does not pass through us" in relay.text
    assert (refused.status_code, "does not pass through us" in refused.json["message"]) == (409, True)
    assert (empty.status_code, "Say the words." in empty.text) == (400, True)


def test_a_page_may_reach_the_sockets_of_calls_where_they_have_a_place_of_their_own(
    visitor, runtime, houses, monkeypatch
):
    client = visitor(houses[0].people["operator"])
    here = client.get("/console/calls").headers["Content-Security-Policy"]
    settings = runtime.settings.model_copy(update={"public_ws_url": "wss://calls.example.com"})
    monkeypatch.setattr(runtime, "settings", settings)
    elsewhere = client.get("/console/calls").headers["Content-Security-Policy"]

    assert "connect-src" not in here
    assert elsewhere.endswith("connect-src 'self' wss://calls.example.com")


def test_a_form_of_the_panel_that_is_sent_twice_asks_once_and_other_words_are_another_command(
    visitor, runtime, module_owner
):
    house = make_house(runtime, module_owner)
    talks(module_owner, house.one)
    client = visitor(house.people["operator"])
    page = client.get(f"/console/calls/{house.one.call_id}/step").text
    (key,) = set(re.findall(r'name="request_key" value="(\w+)"', page))
    whisper = {"kind": "whisper", "text": "Be kind.", "request_key": key}

    answers = [
        posts(client, house, form).status_code
        for form in (
            whisper,
            whisper,
            whisper | {"text": "Be brief."},
            {"kind": "mute", "request_key": key},
            whisper,
        )
    ]
    again = client.get(f"/console/calls/{house.one.call_id}/step").text

    rows = module_owner.execute(
        """select k.kind, k.arguments ->> 'text' from public.call_commands k join public.call_history c on c.id = k.call_id
            where c.public_id = %s order by k.id""",
        [house.one.call_id],
    ).fetchall()
    assert answers == [303] * 5
    assert rows == [("whisper", "Be kind."), ("whisper", "Be brief."), ("mute", None)]
    # Each look has its own, and each form that changes something has it.
    assert key not in again
    assert page.count('name="request_key"') == page.count('name="kind"') >= 5
