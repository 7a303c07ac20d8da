"""A team sees what came over its own number, and nothing else."""

import json
from uuid import UUID, uuid4

import pytest

from tests.sql.teams.teams import ROLES, call_over, ids, make_team, number_of_ours
from tests.sql.texts.texting import someone
from voicebot.domain.access.actor import Actor
from voicebot.domain.access.roles import keeps

pytestmark = pytest.mark.sql


@pytest.mark.parametrize("role", ["owner", "admin", "operator", "viewer"])
def test_each_team_sees_exactly_what_came_over_its_number(world, role):
    both = {each.call for each in world.teams}
    for team in world.teams:
        reader, said = team.reader(role), {"said": [{"text": "about", "phrase": False}]}

        assert ids(world("list_calls", actor=reader), "public_id") == {team.call}
        assert ids(world("conversations_page", actor=reader)) == {team.thread}
        assert ids(world("inbox_page", actor=reader)) == {team.thread, team.left}
        assert world("inbox_counts", actor=reader)["open"] == 2
        assert ids(world("search_calls", wanted=said, actor=reader), "public_id") == {team.call}
        assert world("count_calls", wanted=said, actor=reader)["count"] == 1
        assert [row["text"] for row in world("search_texts", wanted={}, actor=reader)["rows"]] == [
            f"writing {team.name}"
        ]
        assert {row["call_id"] for row in world("escalations_page", actor=reader)["rows"]} == {team.call}
        assert ids(world("list_queued_calls", actor=reader)) == {team.entry}
        assert ids(world("list_campaigns", actor=reader)) == {team.campaign}
        assert world("queue_standing", actor=reader)["states"]["queued"] == 1
        now = world("console_now", zone="UTC", actor=reader)
        assert (now["today"]["calls"], now["queue"]["waiting"]) == (1, 1)
        assert world("show_call", public_id=UUID(team.call), actor=reader)["call"]["public_id"] == team.call
        assert world("conversation_messages", conversation_id=UUID(team.thread), actor=reader)["rows"]
        (other,) = both - {team.call}
        assert world("show_call", public_id=UUID(other), actor=reader)["code"] == "unknown_call"


def test_what_a_member_does_with_another_team_is_that_teams_affair(world):
    north, south = world.teams
    member, reader = north.people["agent"], json.dumps(north.reader("operator"))

    seen = [
        world.owner.execute(
            "select private.may_see_row(%s, %s, %s)", [reader, member, organization]
        ).fetchone()[0]
        for organization in (south.organization, north.organization, None)
    ]

    assert seen == [False, True, True]


def test_a_team_knows_a_person_by_what_came_over_its_own_number(world):
    stranger = make_team(world.database, world.owner, "west")
    world.owner.execute(
        "update public.user_profiles set email = 'ann@example.com' where user_id = %s", [world.person]
    )
    for team in world.teams:
        reader = team.reader("operator")
        seen = world("show_person", person=world.person, actor=reader)["person"]
        timeline = world("person_timeline", person=world.person, actor=reader)["rows"]
        assert str(world.person) in ids(world("people_page", actor=reader))
        assert [thread["id"] for thread in seen["threads"]] == [team.thread]
        assert seen["email"] is None
        assert [row["call_id"] for row in timeline if row["kind"] == "call"] == [team.call]
        assert [row["text"] for row in timeline if row["kind"] == "text"] == [f"writing {team.name}"]
        assert len([row for row in timeline if row["kind"] == "case"]) == 1
        # What the other team has with this person would go, too.
        admin = Actor(None, team.organization, by=team.people["admin"]).to_json()
        assert world("erase_person", person=world.person, actor=admin)["code"] == "elsewhere_too"
    assert (
        world("show_person", person=world.person, actor=stranger.reader("owner"))["code"] == "unknown_person"
    )
    assert str(world.person) not in ids(world("people_page", actor=stranger.reader("owner")))


def test_an_agent_sees_what_was_assigned_and_no_call_of_another_team(world):
    north, south = world.teams
    agent = north.actor("agent")

    assert world("list_calls", actor=agent)["rows"] == []
    assert world("inbox_page", actor=agent)["rows"] == []
    world(
        "assign_inbox_item",
        item=UUID(north.thread),
        assignee=north.people["agent"],
        actor=north.actor("operator"),
    )

    assert ids(world("inbox_page", actor=agent)) == {north.thread}
    assert ids(world("list_calls", actor=agent), "public_id") == {north.call}
    assert world("list_calls", actor=south.actor("agent"))["rows"] == []
    # What is an agent's own is the agent's to step into.
    for team, allowed in ((north, True), (south, False)):
        panel = world("list_call_commands", public_id=UUID(north.call), actor=team.actor("agent"))
        assert panel.get("may_step_in", False) is allowed


def test_a_team_acts_on_its_own_and_on_nothing_of_another(world):
    north, south = world.teams
    operator = north.actor("operator")
    whole = Actor(None, north.organization).to_json()

    assert (
        world("reply_in_inbox", item=UUID(north.thread), content="Here.", actor=operator)["result"]
        != "refused"
    )
    assert (
        world("reply_in_inbox", item=UUID(south.thread), content="Here.", actor=operator)["code"]
        == "unknown_item"
    )
    assert world("cancel_queued_call", id=UUID(south.entry), actor=whole)["code"] == "unknown_entry"
    assert world("cancel_queued_call", id=UUID(north.entry), actor=whole)["result"] != "refused"
    text = {"to_number": world.caller, "content": "One more thing.", "actor": whole}
    for number in (south.number, "+12025550000"):
        refused = world("queue_operator_text", our_number=north.number, from_number=number, **text)
        assert refused["code"] == "unknown_from_number"
    assert world("queue_operator_text", our_number=south.number, **text)["conversation_id"] == north.thread
    assert world("queue_operator_text", our_number=north.number, **text)["conversation_id"] == north.thread
    asked = {"to_number": someone(), "request": {}, "purpose": "asked_for", "actor": operator}
    assert world("queue_call", caller_number=south.number, **asked)["code"] == "unknown_caller_number"
    assert world("queue_call", caller_number=north.number, **asked)["result"] == "queued"


def test_a_number_that_is_nobodys_is_the_services_operators_alone_and_moving_one_changes_what_comes_after(
    world,
):
    north, south = world.teams
    spare = number_of_ours(world.owner)

    unseen = call_over(world.database, world.owner, spare, world.caller, "nobody's")
    world("assign_number", number=north.number, organization=str(south.organization))
    after = call_over(world.database, world.owner, north.number, world.caller, "moved")

    assert ids(world("list_calls", actor=None), "public_id") >= {unseen, after}
    assert ids(world("list_calls", actor=north.reader("owner")), "public_id") == {north.call}
    assert ids(world("list_calls", actor=south.reader("owner")), "public_id") == {south.call, after}


def test_who_may_say_whose_a_number_is(world):
    north, south = world.teams
    said = {"number": south.number, "organization": str(north.organization)}

    assert world("assign_number", **said, actor=north.actor("owner"))["code"] == "not_allowed"
    assert world("assign_number", number="+12025550000", actor=None)["code"] == "unknown_number"
    assert (
        world("assign_number", number=south.number, organization="nobody")["code"] == "unknown_organization"
    )
    assert [row["number"] for row in world("numbers_with_health", actor=north.reader("viewer"))["rows"]] == [
        north.number
    ]
    (logged,) = world.owner.execute(
        "select after ->> 'organization' from public.audit_log where action = 'number.assigned' and object_id = %s order by id limit 1",
        [north.number],
    ).fetchone()
    assert logged.startswith("north")


def test_a_call_that_was_dialled_is_its_entrys_and_a_callback_goes_where_it_was_asked_for(world):
    north, south = world.teams
    sid = f"CA{uuid4().hex}"

    # The carrier's report comes first, and knows no entry.
    world("record_call_status", call_sid=sid, status="ringing", direction="outbound-api",
          from_number=south.number, to_number=someone())  # fmt: skip
    early = world.organization_of("call_history", sid, "call_sid")
    world.owner.execute(
        "update public.call_history set call_queue_id = %s where call_sid = %s", [UUID(north.entry), sid]
    )
    call_sid = world.owner.execute(
        "select call_sid from public.call_history where public_id = %s", [UUID(south.call)]
    ).fetchone()[0]
    (callback,) = world.owner.execute(
        """insert into public.call_queue (user_id, recipient_number, purpose, asked_in)
           values (private.house_account(), %s, 'asked_for', %s) returning id""",
        [someone(), call_sid],
    ).fetchone()

    assert (early, world.organization_of("call_history", sid, "call_sid")) == (
        south.organization,
        north.organization,
    )
    assert world.organization_of("call_queue", callback) == south.organization
    assert world.organization_of("inbox_items", callback) == south.organization


def test_a_house_with_one_team_works_without_any_assignment(texting):
    database, owner = texting.database, texting.owner
    owner.execute("update public.organizations set deleted_at = now() where deleted_at is null")
    team = make_team(database, owner, "only")

    call = call_over(database, owner, team.number, someone(), "hello")
    unknown = call_over(database, owner, someone(), someone(), "over a number that was never fetched")
    thread = texting.receive("hello", sender=someone(), to_number=team.number)["conversation_id"]
    entry = database.call("queue_call", to_number=someone(), request={}, purpose="asked_for")["entry"]["id"]

    reader = team.reader("operator")
    assert ids(database.call("list_calls", actor=reader), "public_id") == {call, unknown}
    assert ids(database.call("inbox_page", actor=reader)) == {call, unknown, thread}
    assert ids(database.call("list_queued_calls", actor=reader)) == {entry}


def test_the_templates_of_a_house_are_its_only_teams_and_nobodys_once_there_are_two(texting):
    database, owner = texting.database, texting.owner
    owner.execute("update public.organizations set deleted_at = now() where deleted_at is null")
    team = make_team(database, owner, "first")
    made = database.call("save_template", content={"name": f"line {someone()}", "greeting": "Hello."})[
        "template"
    ]

    def seen_and_changed(role):
        seen = made["id"] in ids(database.call("list_templates", actor=team.reader(role), page_size=200))
        draft = database.call("show_template", template=made["id"])["template"]
        saved = database.call(
            "save_template",
            content=draft["draft"],
            template=made["id"],
            revision=draft["revision"],
            actor=team.actor(role),
        )
        return seen, saved["result"] == "saved"

    assert {role: seen_and_changed(role) for role in ROLES} == {
        "owner": (True, True), "admin": (True, True), "operator": (True, True), "viewer": (True, False), "agent": (True, False),
    }  # fmt: skip
    make_team(database, owner, "second")
    assert {seen_and_changed(role) for role in ROLES} == {(False, False)}


def test_an_operators_stop_is_the_houses_and_lifted_by_any_team_that_deals_with_the_person(world):
    north, south = world.teams
    west = make_team(world.database, world.owner, "west")

    def acts(team):
        return keeps(Actor(team.people["operator"], team.organization), "operator").to_json()

    for team in (north, south):
        world("suppress_person", person=world.person, scope="all", actor=acts(team))

    strangers = world("lift_person", person=world.person, actor=acts(west))
    stopped = world("is_suppressed", number=world.caller)["reasons"]
    world("lift_person", person=world.person, actor=acts(south))
    lifted = world("is_suppressed", number=world.caller)["suppressed"]
    world("suppress", number=world.caller, scope="all", reason="STOP")
    world("lift_person", person=world.person, actor=acts(south))
    own = world("is_suppressed", number=world.caller)["reasons"]

    # However many teams set it, it is one; what the person said is the person's alone.
    assert (strangers["code"], stopped, lifted, own) == ("unknown_person", ["operator"], False, ["STOP"])
    noted = world.owner.execute(
        """select action, organization_id from public.audit_log
            where object_id = %s and action in ('person.suppressed', 'person.lifted') order by id""",
        [str(world.person)],
    ).fetchall()
    assert noted[:3] == [
        ("person.suppressed", north.organization),
        ("person.suppressed", south.organization),
        ("person.lifted", south.organization),
    ]
