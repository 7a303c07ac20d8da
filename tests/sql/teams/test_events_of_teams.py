"""A system of one team is told of that team's events alone, and an alert of it looks at what is its own."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.sql.figures.calling import NOW
from tests.sql.teams.teams import TeamOf, World, call_over, ids
from tests.support.servers import remove_rows
from voicebot.domain.access.actor import Actor
from voicebot.domain.operators.webhook import EVENT_TYPES

pytestmark = pytest.mark.sql


@pytest.fixture
def told(world: World) -> Any:
    remove_rows(world.owner, "webhook_endpoints", "events", "incidents")
    yield world
    remove_rows(world.owner, "webhook_endpoints", "events", "incidents")


def endpoint(world: World, **whose: Any) -> str:
    return world(
        "add_webhook_endpoint",
        url="https://example.com/hook",
        secret="sealed",
        event_types=list(EVENT_TYPES),
        **whose,
    )["endpoint"]["id"]


def heard(world: World, endpoint_id: str) -> list[tuple[str, str]]:
    return world.owner.execute(
        """select e.type, e.subject from public.events e join public.webhook_deliveries d on d.event_id = e.id
            where d.endpoint_id = %s order by e.id""",
        [UUID(endpoint_id)],
    ).fetchall()


def live(world: World, team: TeamOf) -> list[str]:
    """Something of each kind happens to a team; return the kinds."""
    owner, word = world.owner, team.name
    call_over(world.database, owner, team.number, world.caller, word)
    world.texting.receive(word, sender=world.caller, to_number=team.number)
    (attempt,) = owner.execute(
        """insert into public.call_attempts (call_queue_id, kind, attempt_number, to_number, state)
           values (%s, 'talk', 1, '+12025550123', 'sent') returning id""",
        [UUID(team.entry)],
    ).fetchone()
    owner.execute("update public.call_attempts set state = 'done' where id = %s", [attempt])
    owner.execute(
        "select private.escalate(c, null, 'human_requested') from public.conversations c where c.id = %s",
        [UUID(team.thread)],
    )
    world.owner.execute(
        "insert into public.incidents (kind, subject, reason, opened_at) values ('number_red', %s, 'x', now()), ('stalled', %s, 'x', now())",
        [team.number, team.campaign],
    )
    (key,) = owner.execute(
        """insert into public.api_keys (name, key_hash, key_prefix, organization_id)
           values (gen_random_uuid(), gen_random_uuid(), 'vb_test', %s) returning id""",
        [team.organization],
    ).fetchone()
    owner.execute(
        """with made as (insert into public.verifications (phone_number, purpose, channel, nonce, expires_at, api_key_id)
                         values ('+12025550123', 'api', 'sms', gen_random_uuid()::text, now() + interval '1 hour', %s) returning id)
           select id from made""",
        [key],
    )
    owner.execute(
        "update public.verifications set status = 'approved', used_at = now() where api_key_id = %s", [key]
    )
    return [
        "call.attempted", "call.ended", "call.escalated", "conversation.escalated", "incident.opened", "incident.opened",
        "message.received", "verification.approved",
    ]  # fmt: skip


def test_a_system_of_a_team_is_told_of_that_teams_events_and_of_no_other_ones(told):
    north, south = told.teams
    ours, theirs = (endpoint(told, actor=team.actor("owner")) for team in (north, south))
    everybody = endpoint(told, actor=None)

    kinds = live(told, north)
    assert sorted(kind for kind, _ in heard(told, ours)) == kinds
    assert heard(told, theirs) == []
    assert [kind for kind, _ in heard(told, everybody)] == [kind for kind, _ in heard(told, ours)]
    # A wish to be left alone holds for the whole house, so each that deals with the person is told of it.
    told("suppress", number=told.caller, scope="all", reason="STOP")
    assert [heard(told, one)[-1][0] for one in (ours, theirs, everybody)] == ["person.suppressed"] * 3


def test_a_team_keeps_its_own_endpoints_and_those_of_others_are_not_there(told):
    north, south = told.teams
    key = Actor(None, north.organization, role="operator").to_json()
    owner = north.actor("owner")
    ours, theirs, houses = (
        endpoint(told, actor=owner),
        endpoint(told, actor=south.actor("admin")),
        endpoint(told),
    )
    named = endpoint(told, organization=str(north.organization))
    asks = {
        "show_webhook_endpoint": {}, "set_webhook_endpoint": {"active": True}, "test_webhook": {}, "replay_webhooks": {},
        "remove_webhook_endpoint": {},
    }  # fmt: skip

    for actor in (owner, north.actor("admin"), key):
        assert ids(told("webhook_endpoints_page", actor=actor)) == {ours, named}
        for function, more in asks.items():
            for foreign in (theirs, houses, str(uuid4())):
                answer = told(function, endpoint_id=UUID(foreign), actor=actor, **more)
                assert (answer["result"], answer["code"]) == ("refused", "unknown_endpoint"), function
        refused = told(
            "add_webhook_endpoint", url="https://example.com", secret="s", event_types=["call.ended"], actor=actor,
            organization=str(south.organization),
        )  # fmt: skip
        assert refused["code"] == "unknown_organization"
    told("test_webhook", endpoint_id=UUID(theirs), actor=None)
    told("test_webhook", endpoint_id=UUID(ours), actor=None)
    assert {row["endpoint_id"] for row in told("webhook_deliveries_page", actor=owner)["rows"]} == {ours}
    for role in ("operator", "viewer", "agent"):
        assert told("webhook_endpoints_page", actor=north.actor(role))["code"] == "not_allowed"
        assert (
            told("show_webhook_endpoint", endpoint_id=UUID(ours), actor=north.actor(role))["code"]
            == "not_allowed"
        )
    for function, more in asks.items():
        assert told(function, endpoint_id=UUID(ours), actor=owner, **more)["result"] != "refused", function


@pytest.mark.parametrize("kind", ["opt_outs", "queue_stalled", "number_red", "dead_letters"])
def test_an_alert_of_a_team_looks_at_what_is_its_own(told, kind):
    north, south = told.teams
    remove_rows(told.owner, "alert_rules")
    ours, theirs = (endpoint(told, actor=team.actor("owner")) for team in told.teams)
    whole = Actor(None, north.organization).to_json()
    fields = (
        {"kind": "count", "what": "opt_outs", "threshold": 1, "sample": 1}
        if kind == "opt_outs"
        else {"kind": kind, "threshold": 1}
    )
    made = told("make_alert", rule={"name": "one", **fields}, actor=whole)
    told.owner.execute("update public.alert_rules set checked_at = %s", [NOW - timedelta(minutes=5)])
    at = NOW - timedelta(minutes=3)

    def happens(team: TeamOf, endpoint_id: str) -> None:
        if kind == "opt_outs":
            alone = f"+1202566{team.organization.int % 10**4:04d}"
            call_over(told.database, told.owner, team.number, alone, "stop")
            told("suppress", number=alone, scope="all", reason="STOP", observed_at=at)
        elif kind == "dead_letters":
            told("test_webhook", endpoint_id=UUID(endpoint_id), actor=None)
            told.owner.execute("alter table public.webhook_deliveries disable trigger user")
            told.owner.execute(
                "update public.webhook_deliveries set state = 'dead', created_at = %s, updated_at = %s where endpoint_id = %s",
                [at, at, UUID(endpoint_id)],
            )
            told.owner.execute("alter table public.webhook_deliveries enable trigger user")
        else:
            told.owner.execute(
                "insert into public.incidents (kind, subject, reason, opened_at) values (%s, %s, 'x', %s)",
                [
                    "stalled" if kind == "queue_stalled" else "number_red",
                    team.campaign if kind == "queue_stalled" else team.number,
                    at,
                ],
            )

    happens(south, theirs)
    assert told("check_alerts", at=NOW, notice={})["fired"] == 0, made
    told.owner.execute("update public.alert_rules set checked_at = %s", [NOW - timedelta(minutes=5)])
    happens(north, ours)
    assert told("check_alerts", at=NOW, notice={})["fired"] == 1
    remove_rows(told.owner, "alert_rules")


def test_texts_codes_and_wishes_are_counted_for_the_team_that_they_concern(told):
    north, south = told.teams
    # The caller belongs to the second team; what they write to the first is the first one's all the same.
    told.owner.execute(
        "insert into public.organization_members (organization_id, user_id, role) values (%s, %s, 'agent')",
        [south.organization, told.person],
    )
    told.texting.receive("once more", sender=told.caller, to_number=north.number)
    remove_rows(told.owner, "figure_spans", "figure_rolls")
    while told("roll_figures", zone="UTC", most=500)["rolled"]:
        pass

    texts = {
        team.name: told(
            "console_figures", period=2, by="day", zone="UTC", actor=Actor(None, team.organization).to_json()
        )["total"]["texts_in"]
        for team in told.teams
    }
    used = {
        team.name: sum(
            row["count"]
            for row in told("usage_figures", since="2020-01-01T00:00:00Z", actor=team.actor("owner"))[
                "products"
            ]
            if row["product"] == "texts in"
        )
        for team in told.teams
    }

    assert texts == used == {"north": 2, "south": 1}
