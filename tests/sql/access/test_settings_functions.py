"""Keys, organizations, usage and examinations in SQL: whose they are to see and to change, and what is put on record."""

from uuid import uuid4

import pytest

from tests.console.conftest import make_house
from voicebot.domain.access.actor import THE_OPERATOR, Actor

pytestmark = pytest.mark.sql
NOT_ALLOWED = {"result": "refused", "code": "not_allowed"}


@pytest.fixture
def houses(database, owner):
    class Runtime:
        pass

    runtime = Runtime()
    runtime.database = database
    return make_house(runtime, owner), make_house(runtime, owner)


def actor_of(house, role):
    return Actor(house.people[role], house.one.organization_id).to_json()


def make_key(database, actor, name="robot", **more):
    made = {"name": name, "key_hash": uuid4().hex, "key_prefix": uuid4().hex[:8]}
    return database.call("make_api_key", **made, **more, actor=actor)


def done_in(owner, house):
    return [
        action
        for (action,) in owner.execute(
            "select action from public.audit_log where organization_id = %s order by id",
            [house.one.organization_id],
        ).fetchall()
    ]


def test_leaders_make_and_end_keys_of_their_organization_and_nobody_sees_a_foreign_one(
    database, owner, houses
):
    house, other = houses
    leader, name = actor_of(house, "admin"), f"robot {uuid4().hex}"

    made = make_key(database, leader, name)
    assert made["result"] == "created"
    assert make_key(database, leader, f"{name} 2", role="root")["code"] == "unknown_role"

    rows = database.call("api_keys_page", actor=leader)["rows"]
    (row,) = [one for one in rows if one["name"] == name]
    assert (row["name"], row["organization_id"], row["holds"]) == (
        name,
        str(house.one.organization_id),
        True,
    )
    assert "key_hash" not in row
    assert row["user_id"] == str(house.people["admin"])
    for role in ("operator", "viewer", "agent"):
        actor = actor_of(house, role)
        assert make_key(database, actor) == NOT_ALLOWED
        assert database.call("api_keys_page", actor=actor) == NOT_ALLOWED
        assert database.call("end_api_key", key_id=made["id"], actor=actor) == NOT_ALLOWED
    by_key = Actor(house.people["owner"], house.one.organization_id, key_id=uuid4()).to_json()
    assert make_key(database, by_key) == NOT_ALLOWED
    foreign = actor_of(other, "owner")
    assert name not in [one["name"] for one in database.call("api_keys_page", actor=foreign)["rows"]]
    assert database.call("end_api_key", key_id=made["id"], actor=foreign)["code"] == "unknown_key"

    for _ in range(2):
        assert database.call("end_api_key", key_id=made["id"], actor=leader)["result"] == "ended"
    assert done_in(owner, house) == ["key.made", "key.revoked"]
    rows = database.call("api_keys_page", actor=leader)["rows"]
    assert [one["holds"] for one in rows if one["name"] == name] == [False]


def test_leaders_change_what_their_organization_says_and_only_the_service_what_it_may_have(
    database, owner, houses
):
    house, other = houses
    wanted = {"organization_id": house.one.organization_id, "changes": {"display_name": "The Shop"}}

    changed = database.call("change_organization", **wanted, actor=actor_of(house, "owner"))

    assert changed["organization"]["display_name"] == "The Shop"
    assert database.call("show_organization", actor=actor_of(house, "admin"))["organization"]["members"] >= 5
    for actor in (actor_of(house, "operator"), actor_of(other, "owner")):
        assert database.call("change_organization", **wanted, actor=actor)["code"] == "unknown_organization"
        found = database.call("show_organization", organization_id=house.one.organization_id, actor=actor)
        assert found["code"] == "unknown_organization"
    limit = wanted | {"changes": {"max_members": 50}}
    assert database.call("change_organization", **limit, actor=actor_of(house, "owner")) == NOT_ALLOWED
    assert (
        database.call("change_organization", **limit, actor=THE_OPERATOR.to_json())["organization"][
            "max_members"
        ]
        == 50
    )
    taken = wanted | {"changes": {"is_active": False}}
    assert database.call("change_organization", **taken, actor=actor_of(house, "owner"))["code"] == (
        "unknown_field"
    )
    assert done_in(owner, house) == ["organization.changed"] * 2


def test_usage_is_counted_by_product_for_the_organization_alone(database, owner, houses):
    house, other = houses
    for one, cost in ((house, "0.25"), (other, "9")):
        owner.execute(
            """update public.call_history set duration = 61, cost = %s, price_unit = 'usd' where public_id = %s""",
            [cost, one.one.call_id],
        )
    since = "2020-01-01T00:00:00Z"

    told = database.call("usage_figures", since=since, actor=actor_of(house, "owner"))

    calls = next(one for one in told["products"] if one["product"] == "calls in")
    assert (calls["count"], calls["minutes"], float(calls["cost"]), calls["currency"]) == (1, 2, 0.25, "USD")
    assert told["spent_today"] is None
    assert database.call("usage_figures", since=since, actor=actor_of(house, "viewer")) == NOT_ALLOWED
    whole = database.call("usage_figures", since=since, actor=THE_OPERATOR.to_json())
    assert whole["spent_today"] is not None
    assert sum(float(one["cost"] or 0) for one in whole["products"]) >= 9.25


def test_an_examination_is_asked_for_once_and_its_findings_are_the_services_own(database, owner, houses):
    house, _ = houses
    for name in ("ask_examination", "show_examination"):
        assert database.call(name, actor=actor_of(house, "owner")) == NOT_ALLOWED
    assert database.call("show_examination")["waiting"] is False

    for _ in range(2):
        assert database.call("ask_examination")["result"] == "asked"
    assert owner.execute(
        "select count(*) from jobs.procrastinate_jobs where task_name = 'examine' and status = 'todo'"
    ).fetchone() == (1,)
    assert database.call("show_examination")["waiting"] is True

    database.call("keep_examination", findings=[{"level": "ok", "subject": "database", "what": "is there"}])
    shown = database.call("show_examination")
    assert (shown["waiting"], shown["findings"][0]["subject"]) == (False, "database")


def test_numbers_are_seen_with_the_template_that_they_point_to(database, owner, houses):
    house, other = houses
    number = f"+1415{uuid4().int % 10**7:07d}"
    owner.execute(
        """insert into public.provider_phone_numbers (provider_id, phone_id, country_code, area_code, phone_number, full_number,
                                                      template_id, is_active)
           select id, %s, '1', '415', '5550100', %s, %s, true from public.call_service_providers limit 1""",
        [uuid4().hex, number, house.one.template_id],
    )
    owner.execute(
        "insert into public.number_health (number, red_at, red_day) values (%s, now(), now()::date)", [number]
    )

    def seen(actor):
        rows = database.call("numbers_with_health", actor=actor)["rows"]
        return [row for row in rows if row["number"] == number]

    (row,) = seen(Actor(None, house.one.organization_id).to_json())
    assert (row["template_id"], row["version"], bool(row["red_at"])) == (str(house.one.template_id), 1, True)
    assert seen(Actor(None, other.one.organization_id).to_json()) == []
    assert len(seen(THE_OPERATOR.to_json())) == 1


def test_a_key_that_a_member_made_acts_for_its_maker_as_long_as_the_maker_belongs_to_the_team(
    database, owner, houses
):
    house, _ = houses
    made = {"name": f"robot {uuid4().hex}", "key_hash": uuid4().hex, "key_prefix": uuid4().hex[:8]}
    database.call("make_api_key", **made, actor=actor_of(house, "admin"))

    def found():
        return database.call("find_api_keys", key_prefix=made["key_prefix"])["keys"]

    (key,) = found()
    acting = {
        name: key[at]
        for name, at in (("key_id", "id"), ("user_id", "user_id"), ("organization_id", "organization_id"))
    } | {"role": "operator"}
    number = f"+1202555{uuid4().int % 10**4:04}"
    asked = {"to_number": number, "request": {"to": number}, "purpose": "asked_for"}
    assert database.call("queue_call", **asked, actor=acting)["result"] == "queued"
    assert database.call("webhook_endpoints_page", actor=acting).get("result") != "refused"
    alone = acting | {"user_id": None}
    assert database.call("queue_call", **asked, actor=alone)["code"] == "not_allowed"

    owner.execute(
        "update public.organization_members set status = 'removed' where user_id = %s",
        [house.people["admin"]],
    )
    assert found() == []
