"""What a person said to one team is not known to the bot or the people of another one."""

import json
from typing import Any
from uuid import uuid4

import pytest

from tests.sql.teams.teams import TeamOf, World

pytestmark = pytest.mark.sql


@pytest.fixture
def known(world: World) -> World:
    """The caller's number is proven, each team's call was summarised, and the first was told where they live."""
    world.owner.execute(
        "update public.phone_links set verified = true, verified_at = now() where user_id = %s",
        [world.person],
    )
    world.owner.execute(
        """select private.apply_effects(c, '[{"type": "set_profile", "first_name": "Ann", "location": "Boston"}]', null, null)
             from public.conversations c where c.id = %s""",
        [world.teams[0].thread],
    )
    for team in world.teams:
        world.owner.execute(
            "update public.call_history set summary = %s where public_id = %s",
            [f"spoke with {team.name}", team.call],
        )
    return world


def background(world: World, team: TeamOf) -> str:
    """What a call of the person over a team's number begins with."""
    sid = f"CA{uuid4().hex}"
    begun = world(
        "begin_call", call_sid=sid, direction="inbound", from_number=world.caller, to_number=team.number, transport="media",
        stir_verstat="TN-Validation-Passed-A", forwarded_from=None, caller_name=None, event_id=sid, token_index=0,
    )  # fmt: skip
    plan = world.owner.execute(
        "select plan from public.call_states where call_id = %s", [begun["call_id"]]
    ).fetchone()[0]
    return json.dumps([plan["elsewhere"], plan["person"]])


def threads(world: World) -> dict[str, Any]:
    """What the answers to the two threads may be made from."""
    claimed: dict[str, Any] = {}
    for _ in world.teams:
        thread = world("claim_thread", token=uuid4(), lease_s=60.0)
        claimed[thread["our_number"]] = json.dumps([thread["calls"], thread["messages"], thread["profile"]])
    return claimed


def test_a_bot_knows_what_was_said_to_its_own_team(known):
    north, south = known.teams
    written = threads(known)

    for team, other in ((north, south), (south, north)):
        told = background(known, team) + written[team.number]
        assert f"spoke with {team.name}" in told and f"writing {team.name}" in told
        assert f"spoke with {other.name}" not in told and f"writing {other.name}" not in told
        assert "Ann" in told and ("Boston" in told) == (team is north)
        seen = known("show_person", person=known.person, actor=team.reader("operator"))["person"]
        assert (seen["first_name"], seen["location"]) == ("Ann", "Boston" if team is north else None)
    assert known("show_person", person=known.person)["person"]["location"] == "Boston"


def test_a_call_of_ours_knows_what_was_said_to_the_team_of_its_entry(known):
    north, south = known.teams
    (attempt,) = known.owner.execute(
        """insert into public.call_attempts (call_queue_id, kind, attempt_number, to_number, from_number, state)
           values (%s, 'talk', 1, %s, %s, 'sent') returning id""",
        [north.entry, known.caller, "+16505550100"],
    ).fetchone()

    told = json.dumps(known("dial_background", attempt_id=attempt, ours="+16505550100")["elsewhere"])

    assert f"spoke with {north.name}" in told and f"spoke with {south.name}" not in told
