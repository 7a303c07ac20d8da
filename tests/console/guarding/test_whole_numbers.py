"""Whole numbers: one rule for every way to one. Some roles, a fresh proof, a row of the audit log; nobody else finds a digit of them."""

import re
from uuid import uuid4

import pytest

from tests.console.asking import CLOSED
from tests.console.conftest import token_of
from voicebot.domain.access.roles import MEMBER_ROLES, READ_NUMBERS
from voicebot.services.bulk.export import write_export

pytestmark = pytest.mark.sql
# Each way to a whole number, and what stands on record then.
WAYS = {"entryNumber": "number.read", "personNumber": "number.read", "bulkFile": "export.downloaded"}
OTHERS = [role for role in MEMBER_ROLES if role not in READ_NUMBERS]


def age(owner, user, minutes):
    owner.execute(
        "update public.console_sessions set created_at = now() - make_interval(mins => %s) where user_id = %s",
        [minutes, user],
    )


def actions(owner, house):
    query = "select action from public.audit_log where organization_id = %s and object_type <> 'route' order by id"
    return [action for (action,) in owner.execute(query, [house.one.organization_id])]


def export_of(client, house, runtime, owner):
    """Have an export of the entry made, by whoever asks."""
    form = {"over": "queue", "id": str(house.one.entry_id), "action": "export", "request_key": uuid4().hex}
    answer = client.post("/console/bulk", data=form | {"form_token": token_of(client, "/console/account")})
    if answer.status_code != 303:
        return answer.status_code, None
    bulk = answer.location.rpartition("/")[2]
    write_export(runtime, bulk)
    owner.execute("update public.bulk_actions set state = 'done' where id = %s", [bulk])
    return 303, bulk


def test_each_way_to_a_whole_number_takes_a_role_a_fresh_proof_and_leaves_a_row(
    visitor, houses, runtime, module_owner
):
    house, _ = houses
    for role in MEMBER_ROLES:
        client = visitor(house.people[role])
        made, bulk = export_of(client, house, runtime, module_owner)
        assert made == (303 if role in READ_NUMBERS else 403), role
        for name in WAYS:
            route = next(one for one in CLOSED if one.name == name)
            assert route.roles == READ_NUMBERS
            path = "/console" + house.fill(route.path.replace("<uuid:bulk>", bulk or str(house.one.bulk_id)))
            form = {"form_token": token_of(client, "/console/account")} if route.method == "POST" else {}

            def asked(method=route.method, path=path, form=form, client=client):
                return client.open(path, method=method, data=form)

            before = actions(module_owner, house)
            if role not in READ_NUMBERS:
                assert (asked().status_code, actions(module_owner, house)) == (403, before), (role, name)
                continue
            age(module_owner, house.people[role], 6)
            unproven = asked()
            assert (unproven.status_code, actions(module_owner, house)) == (303, before), (role, name)
            assert unproven.location.startswith("/console/confirm?next=")
            age(module_owner, house.people[role], 0)
            assert house.one.number in asked().text, (role, name)
            assert actions(module_owner, house) == [*before, WAYS[name]], (role, name)


@pytest.mark.parametrize("role", OTHERS)
def test_whoever_sees_last_digits_alone_does_not_find_the_others_one_by_one(visitor, houses, role):
    house, _ = houses
    number, client = house.one.number, visitor(house.people[role])
    lists = {
        "/console/people.json": ("q", "people"),
        "/console/calls.json": ("q", "calls"),
        "/console/search.json": ("q", "calls"),
    }
    for path, (field, rows) in lists.items():
        for typed in (number[:-1], number[:5], number[1:-2], "+", number + "0"):
            written = typed if "people" in path else f"number:{typed}"
            answer = client.get(path, query_string={field: written})
            # Nothing is looked for: what was typed is told to be no whole number.
            assert answer.status_code == 400 or answer.json[rows] == [], (path, typed)
    wide = {"over": "calls", "which": "filter", "q": f"number:{number[:5]}", "action": "tag"}
    answer = client.post(
        "/console/bulk/confirm", data=wide | {"form_token": token_of(client, "/console/account")}
    )
    assert answer.status_code in (400, 403)


def test_a_whole_number_that_is_known_finds_its_person_for_everybody_who_sees_it(visitor, houses):
    house, _ = houses
    number = house.one.number
    for role in ("operator", "viewer"):
        client = visitor(house.people[role])
        people = client.get("/console/people.json", query_string={"q": number}).json["people"]
        calls = client.get("/console/calls.json", query_string={"q": f"number:{number}"}).json["calls"]
        assert [one["id"] for one in people] == [str(house.one.user_id)]
        assert [one["id"] for one in calls] == [str(house.one.call_id)]
    # By its beginning for whoever may have it shown.
    begun = visitor(house.people["operator"]).get("/console/people.json", query_string={"q": number[:-1]})
    assert str(house.one.user_id) in [one["id"] for one in begun.json["people"]]
    assert not re.search(re.escape(number), begun.text)
