"""The console of a team whose number a stranger called and wrote to."""

from uuid import uuid4

import pytest

from tests.api.people import new_number
from tests.console.conftest import token_of

pytestmark = pytest.mark.sql


@pytest.fixture
def number(houses, module_owner):
    """A number of the first house."""
    ours = new_number()
    module_owner.execute(
        """insert into public.provider_phone_numbers (
               provider_id, phone_id, country_code, area_code, phone_number, full_number)
           select id, %(ours)s, '1', '415', %(ours)s, %(ours)s from public.call_service_providers limit 1""",
        {"ours": ours},
    )
    return ours


def assign(client, number, organization):
    form = {
        "number": number,
        "organization": str(organization),
        "form_token": token_of(client, "/console/account"),
    }
    return client.post("/console/library/numbers/assign", data=form)


def comes_in(runtime, owner, number):
    """A stranger calls a number of ours, is in the call, and writes; return the number, the call and the thread."""
    caller, sid = new_number(), f"CA{uuid4().hex}"
    runtime.database.call(
        "begin_call", call_sid=sid, direction="inbound", from_number=caller, to_number=number, transport="gather",
        stir_verstat=None, forwarded_from=None, caller_name=None, event_id=sid, token_index=0,
    )  # fmt: skip
    call = owner.execute("select public_id from public.call_history where call_sid = %s", [sid]).fetchone()[0]
    thread = runtime.database.call(
        "message_received", message_sid=f"SM{uuid4().hex}", channel="sms", from_number=caller, to_number=number,
        content="I called you a moment ago.", confirmation="Bye.", operator_notice=None,
    )["conversation_id"]  # fmt: skip
    person = runtime.database.call("ensure_user", phone=caller)["user_id"]
    return caller, str(call), str(thread), str(person)


def test_an_operator_of_a_team_sees_a_stranger_who_called_its_number_on_every_page(
    visitor, houses, runtime, module_owner, number
):
    house, other = houses
    assign(visitor(administrator=True), number, house.one.organization_id)
    caller, call, thread, person = comes_in(runtime, module_owner, number)
    ours, theirs = visitor(house.people["operator"]), visitor(other.people["operator"])
    entry = ours.post(
        "/console/queue",
        data={"number": caller, "purpose": "asked_for", "form_token": token_of(ours, "/console/account")},
    )

    def seen(client):
        pages = {
            "": call, "calls": call, f"calls/{call}": call, "threads": thread, f"threads/{thread}": "a moment ago",
            "people": person, f"people/{person}": call, "queue": entry.headers["Location"].rpartition("/")[2],
        }  # fmt: skip
        return {
            page for page, words in pages.items() if words in client.get(f"/console/{page}".rstrip("/")).text
        }

    assert entry.status_code == 303
    assert seen(ours) == {
        "",
        "calls",
        f"calls/{call}",
        "threads",
        f"threads/{thread}",
        "people",
        f"people/{person}",
        "queue",
    }
    assert seen(theirs) == set()
    assert seen(visitor(house.people["agent"])) == set()
    assert caller not in ours.get("/console/people").text


def test_whose_a_number_is_is_chosen_where_numbers_are_listed_by_whoever_runs_the_service(
    visitor, houses, module_owner, number
):
    administrator, owner = visitor(administrator=True), visitor(houses[0].people["owner"])
    organization = houses[0].one.organization_id

    before = owner.get("/console/library/numbers").text
    refused = assign(owner, number, organization)
    chosen = assign(administrator, number, organization)
    unknown = assign(administrator, number, uuid4())

    assert (refused.status_code, chosen.status_code, unknown.status_code) == (403, 303, 400)
    assert number not in before and number in owner.get("/console/library/numbers").text
    assert f'<option value="{organization}" selected>' in administrator.get("/console/library/numbers").text
    # And back again.
    assign(administrator, number, "")
    assert number not in owner.get("/console/library/numbers").text
