"""A number that goes to another team, and what came before there were teams."""

from uuid import UUID

import pytest

from tests.sql.teams.teams import World, call_over, ids, make_team
from tests.sql.texts.texting import someone
from voicebot.domain.access.actor import Actor

pytestmark = pytest.mark.sql


def place(world: World, organization: UUID, number: str | None) -> int:
    """As the job does it, two rows at a time."""
    number_id = None
    if number is not None:
        number_id = world.owner.execute(
            "select id from public.provider_phone_numbers where full_number = %s", [number]
        ).fetchone()[0]
    moved = 0
    while part := world("place_history", organization_id=organization, number_id=number_id, batch=2)["moved"]:
        moved += part
    return moved


def test_what_is_written_after_a_number_moved_is_another_thread_and_neither_team_reads_the_others(world):
    north, south = world.teams
    world("assign_number", number=north.number, organization=str(south.organization))

    after = world.texting.receive("for the new team", sender=world.caller, to_number=north.number)[
        "conversation_id"
    ]
    again = world.texting.receive("once more", sender=world.caller, to_number=north.number)["conversation_id"]
    late = world(
        "reply_in_inbox", item=UUID(north.thread), content="Too late.", actor=north.actor("operator")
    )
    bots = world.owner.execute(
        "select waiting_since, status from public.conversations where id = %s", [UUID(north.thread)]
    ).fetchone()

    assert after == again != north.thread
    assert ids(world("conversations_page", actor=north.reader("owner"))) == {north.thread}
    assert ids(world("conversations_page", actor=south.reader("owner"))) == {south.thread, after}
    assert (late["result"], late["code"]) == ("refused", "number_moved")
    assert bots == (None, "pending")
    # Back again, its first team goes on where it was.
    world("assign_number", number=north.number, organization=str(north.organization))
    back = world.texting.receive("back", sender=world.caller, to_number=north.number)["conversation_id"]
    assert back == north.thread


def test_a_text_that_waits_while_its_number_moves_does_not_leave_from_it(world):
    north, south = world.teams
    queued = world("reply_in_inbox", item=UUID(north.thread), content="Here.", actor=north.actor("operator"))
    world("assign_number", number=north.number, organization=str(south.organization))

    taken = world("claim_outgoing", token=UUID(int=7), lease_s=60.0, batch=50)

    assert queued["message_id"] not in [text["id"] for text in taken["messages"]]
    assert world.owner.execute(
        "select outbox_state, error_code from public.sms_history where id = %s", [queued["message_id"]]
    ).fetchone() == ("failed", "number_moved")


def test_a_team_writes_from_its_own_number_unless_it_names_another_of_its_own(world):
    north, south = world.teams
    key = Actor(None, north.organization).to_json()
    text = {"to_number": world.caller, "content": "Hello.", "actor": key}
    usual = "+12025550100"

    chosen = world("queue_operator_text", our_number=usual, **text)
    named = world("queue_operator_text", our_number=usual, from_number=north.number, **text)
    refused = [
        world("queue_operator_text", our_number=usual, from_number=number, **text)["code"]
        for number in (south.number, "+12025550000")
    ]

    assert chosen["conversation_id"] == named["conversation_id"] == north.thread
    assert refused == ["unknown_from_number", "unknown_from_number"]


def test_the_code_of_a_teams_key_is_in_no_thread_of_another_team(world):
    north, south = world.teams
    (key,) = world.owner.execute(
        """insert into public.api_keys (name, key_hash, key_prefix, organization_id)
           values (gen_random_uuid(), gen_random_uuid(), 'vb_test', %s) returning id""",
        [north.organization],
    ).fetchone()

    world("start_verification", to_number=world.caller, channel="sms", purpose="api", country="US",
          our_number=south.number, actor=Actor(None, north.organization, role="integrator", key_id=key).to_json())  # fmt: skip

    told = world.owner.execute(
        "select conversation_id::text, from_number from public.sms_history where kind = 'verification' and phone_number = %s",
        [world.caller],
    ).fetchall()
    assert told == [(north.thread, north.number)]


def test_the_code_of_a_teams_key_is_read_out_from_a_number_of_that_team(world):
    north, south = world.teams
    west = make_team(world.database, world.owner, "west")
    usual = "+12025550100"
    world.owner.execute(
        "insert into public.number_connections (number_id, before, registered) select id, '{}', '{}' from public.provider_phone_numbers"
    )
    keys = [
        world.owner.execute(
            """insert into public.api_keys (name, key_hash, key_prefix, organization_id)
               values (gen_random_uuid(), gen_random_uuid(), 'vb_test', %s) returning id""",
            [team and team.organization],
        ).fetchone()[0]
        for team in (north, south, west, None)
    ]

    def called_from(key: UUID, organization: UUID | None) -> str:
        number = someone()
        actor = Actor(None, organization, role="integrator" if organization else "operator", key_id=key)
        world("start_verification", to_number=number, channel="call", purpose="api", country="US",
              our_number=usual, actor=actor.to_json())  # fmt: skip
        (ours,) = world.owner.execute(
            "select from_number from public.call_attempts where kind = 'code' and to_number = %s", [number]
        ).fetchone()
        return ours

    assert called_from(keys[0], north.organization) == north.number
    assert called_from(keys[1], south.organization) == south.number
    # A team without a number calls from one that nobody assigned, never from another team's.
    assert called_from(keys[2], west.organization) not in (north.number, south.number)
    assert called_from(keys[3], None) == usual
    # Brought to another provider, it is called from a number that the team has there.
    world.owner.execute("update public.call_attempts set account = 'elsewhere' where kind = 'code'")
    world.owner.execute("select private.bring_codes('twilio', clock_timestamp())")
    brought = world.owner.execute(
        """select a.from_number from public.call_attempts a join public.call_queue q on q.id = a.call_queue_id
            where a.kind = 'code' and q.api_key_id = %s""",
        [keys[0]],
    ).fetchall()
    assert brought == [(north.number,)]


def test_what_is_nobodys_is_given_with_its_number_when_that_is_asked_for_and_what_is_another_teams_never(
    world,
):
    south = world.teams[1]
    west = make_team(world.database, world.owner, "west")
    before = call_over(world.database, world.owner, west.number, world.caller, "before")
    thread = world.texting.receive("before", sender=world.caller, to_number=west.number)["conversation_id"]
    west.call = before

    assigned = world("assign_number", number=west.number, organization=str(west.organization))
    unseen = ids(world("list_calls", actor=west.reader("owner")), "public_id")
    jobs = "select args from jobs.procrastinate_jobs where task_name = 'place_history' and args ->> 'organization_id' = %s"
    without = world.owner.execute(jobs, [str(west.organization)]).fetchall()
    world("assign_number", number=west.number, organization=str(west.organization), history=True)
    asked = world.owner.execute(jobs, [str(west.organization)]).fetchall()

    assert (assigned["unplaced"], unseen, without, len(asked)) == ({"calls": 1, "threads": 1}, set(), [], 1)
    assert place(world, south.organization, west.number) == 0
    assert place(world, west.organization, west.number) == 2
    assert ids(world("list_calls", actor=west.reader("owner")), "public_id") == {before}
    assert ids(world("inbox_page", actor=west.reader("owner"))) == {before, thread}
    found = {"said": [{"text": "before", "phrase": False}]}
    assert world("count_calls", wanted=found, actor=west.reader("owner"))["count"] == 1
    # What the other team was told over its number does not come along with it.
    world("assign_number", number=south.number, organization=str(west.organization), history=True)
    assert place(world, west.organization, south.number) == 0
    assert ids(world("list_calls", actor=south.reader("owner")), "public_id") == {south.call}


def test_the_first_organization_of_a_house_gets_what_came_before_it_and_the_second_does_not(texting):
    database, owner = texting.database, texting.owner
    owner.execute("update public.organizations set deleted_at = now() where deleted_at is null")
    owner.execute("update public.provider_phone_numbers set organization_id = null")
    caller, number = someone(), "+12025550100"
    call = call_over(database, owner, number, caller, "before")
    thread = texting.receive("before", sender=caller, to_number=number)["conversation_id"]
    entry = database.call("queue_call", to_number=someone(), request={}, purpose="asked_for")["entry"]["id"]

    made = [
        UUID(database.call("make_organization", name=f"House {slug}", slug=slug)["id"])
        for slug in ("h-one", "h-two")
    ]
    asked = [
        row[0]["organization_id"]
        for row in owner.execute(
            "select args from jobs.procrastinate_jobs where task_name = 'place_history' and args ->> 'number_id' is null order by id desc"
        ).fetchall()
        if UUID(row[0]["organization_id"]) in made
    ]
    second = place(World(texting, database, owner, caller, made[0], ()), made[0], None)
    owner.execute("update public.organizations set deleted_at = now() where id = %s", [made[1]])
    # A person who writes before the job came goes on in the same thread.
    same = texting.receive("after", sender=caller, to_number=number)["conversation_id"]
    moved = place(World(texting, database, owner, caller, made[0], ()), made[0], None)

    assert asked == [str(made[0])]
    assert (second, same) == (0, thread)
    assert moved >= 3
    reader = Actor(None, made[0]).to_json()
    assert call in ids(database.call("list_calls", actor=reader), "public_id")
    assert thread in ids(database.call("conversations_page", actor=reader))
    assert entry in ids(database.call("list_queued_calls", actor=reader))
    assert texting.receive("again", sender=caller, to_number=number)["conversation_id"] == thread
