"""No team calls or texts from the number of another one, through whichever door the wish comes."""

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.sql.dialling.conftest import NIGHT, NOON, Queue
from tests.sql.teams.teams import World
from tests.sql.texts.texting import someone

pytestmark = pytest.mark.sql
FOREIGN = ("refused", "unknown_caller_number")


@pytest.fixture
def queue(world: World) -> Any:
    made = Queue(world.database, world.owner)
    made.empty()
    world.owner.execute(
        "insert into public.number_connections (number_id, before, registered) select id, '{}', '{}' from public.provider_phone_numbers"
    )
    yield made
    world.owner.execute("delete from public.number_connections")
    world.owner.execute("delete from public.provider_phone_numbers")
    made.empty()
    world.owner.execute("delete from public.call_service_providers where name = 'second'")


def number_id(world: World, number: str) -> UUID:
    return world.owner.execute(
        "select id from public.provider_phone_numbers where full_number = %s", [number]
    ).fetchone()[0]


def answered(answer: Any) -> tuple[str, str | None]:
    return answer["result"], answer.get("code")


def called_from(world: World, queue: Queue, *entries: str, **more: Any) -> dict[str, str | None]:
    """Claim what is due, and return from which number each is called."""
    token = uuid4()
    world("claim_talks", token=token, lease_s=60.0, batch=20, limits={"concurrent": 1000, **more}, at=NOON)
    rows = queue.owner.execute(
        "select call_queue_id::text, from_number from public.call_attempts where token = %s", [token]
    ).fetchall()
    return {entry: number for entry, number in rows if entry in entries}


def test_a_team_is_refused_the_number_of_another_one_like_one_that_is_not_there(world):
    north, south = world.teams
    for actor in (north.actor("operator"), north.actor("owner")):
        asked = {"to_number": someone(), "request": {}, "purpose": "asked_for", "actor": actor}
        made = world("make_campaign", name=uuid4().hex, caller_number=north.number, actor=actor)["campaign"]
        for number in (south.number, "+12025550000"):
            assert answered(world("queue_call", caller_number=number, **asked)) == FOREIGN
            assert answered(world("make_campaign", name="x", caller_number=number, actor=actor)) == FOREIGN
            changed = world(
                "change_campaign", id=UUID(made["id"]), changes={"caller_number": number}, actor=actor
            )
            assert answered(changed) == FOREIGN
        assert (
            world("show_campaign", id=UUID(made["id"]), actor=actor)["campaign"]["caller_number"]
            == north.number
        )
    # Whoever runs the service cannot let a campaign of one team call from another one's, either.
    assert (
        answered(world("change_campaign", id=UUID(north.campaign), changes={"caller_number": south.number}))
        == FOREIGN
    )


def test_a_row_that_names_the_number_of_another_team_is_refused_whoever_writes_it(world):
    north, south = world.teams
    foreign = number_id(world, south.number)
    values = {"team": north.organization, "user": north.people["owner"], "number": foreign}
    for words in (
        "insert into public.call_queue (user_id, organization_id, recipient_number, from_number_id) values (%(user)s, %(team)s, '+12025550123', %(number)s)",
        "insert into public.call_queue (user_id, recipient_number, from_number_id) values (%(user)s, '+12025550123', %(number)s)",
        "insert into public.campaigns (user_id, organization_id, name, from_number_id) values (%(user)s, %(team)s, 'x', %(number)s)",
        "update public.call_queue set from_number_id = %(number)s where organization_id = %(team)s",
        "update public.campaigns set from_number_id = %(number)s where organization_id = %(team)s",
    ):
        with pytest.raises(psycopg.errors.CheckViolation, match="no number of this organization"):
            world.owner.execute(words, values)


def test_the_dialler_chooses_among_the_numbers_of_the_entrys_team_its_own_before_those_that_nobody_has(
    world, queue
):
    north, south = world.teams
    spare = "+16505550100"
    limits = {"caller_number": spare, "caller_country": "US"}
    person = someone()
    ours, theirs, nobodys = (
        queue.put(organization_id=team, recipient_number=person)[0]
        for team in (north.organization, south.organization, None)
    )
    names_own = queue.put(organization_id=north.organization, from_number_id=number_id(world, north.number))[
        0
    ]
    first = {**called_from(world, queue, ours, theirs, nobodys, names_own, **limits)}
    # One call to a person at a time: the two others are claimed once the first is over.
    for _ in range(2):
        queue.owner.execute(
            "update public.call_attempts set state = 'done', sending_at = sending_at - interval '30 days'"
        )
        queue.owner.execute(
            "update public.call_queue set next_attempt_at = %s where status = 'queued'", [NIGHT]
        )
        queue.owner.execute("update public.dialling_lanes set due_at = '-infinity'")
        first |= called_from(world, queue, ours, theirs, nobodys, **limits)

    assert first == {ours: north.number, theirs: south.number, nobodys: spare, names_own: north.number}
    bound = queue.owner.execute(
        "select number from public.caller_bindings where person = %s", [person]
    ).fetchall()
    assert {number for (number,) in bound} == {north.number, south.number, spare}


def test_a_team_without_a_number_waits_and_is_told_so_while_every_number_is_another_ones(world, queue):
    north, south = world.teams
    limits = {"caller_number": south.number, "caller_country": "US"}
    queue.owner.execute(
        "delete from public.number_connections where number_id = %s", [number_id(world, north.number)]
    )
    queue.owner.execute("delete from public.provider_phone_numbers where full_number = %s", [north.number])
    (entry,) = queue.put(organization_id=north.organization)
    (given_away,) = queue.put(
        organization_id=south.organization, from_number_id=number_id(world, south.number)
    )
    queue.owner.execute(
        "update public.provider_phone_numbers set organization_id = %s where full_number = %s",
        [north.organization, south.number],
    )

    assert queue.reasons(given_away) == ["caller_number"]
    assert called_from(world, queue, entry, given_away, **limits) == {entry: south.number}
    world("assign_number", number=south.number, organization=str(south.organization))
    (waits,) = queue.put(organization_id=north.organization)
    assert queue.reasons(waits) == ["no_number"]
    assert called_from(world, queue, waits, **limits) == {}
    assert queue.row(waits)[:2] == ("queued", "no_number")


def test_a_number_that_moved_calls_nobody_any_more_for_the_team_that_had_it(world, queue):
    north, south = world.teams
    spare, person = "+16505550100", someone()
    limits = {"caller_number": spare, "caller_country": "US"}
    (first,) = queue.put(organization_id=north.organization, recipient_number=person)
    before = called_from(world, queue, first, **limits)
    world("assign_number", number=north.number, organization=str(south.organization))
    queue.owner.execute(
        "update public.call_attempts set state = 'done', sending_at = sending_at - interval '30 days'"
    )
    queue.owner.execute("update public.call_queue set status = 'completed'")

    (second,) = queue.put(organization_id=north.organization, recipient_number=person)
    queue.owner.execute("update public.dialling_lanes set due_at = '-infinity'")

    assert before == {first: north.number}
    # The person was bound to the number that moved.
    assert called_from(world, queue, second, **limits) == {second: spare}


def test_an_entry_goes_to_the_provider_at_which_its_team_has_a_number(world, queue):
    north, south = world.teams
    queue.owner.execute(
        "insert into public.call_service_providers (name, type, kind, priority, account_sid) values ('second', 'voice', 'twilio', 9, 'AC2')"
    )
    queue.owner.execute(
        """update public.provider_phone_numbers set provider_id = (select id from public.call_service_providers where name = 'second')
            where full_number = %s""",
        [north.number],
    )
    (ours,), (theirs,) = (queue.put(organization_id=team.organization) for team in world.teams)

    at_first = called_from(world, queue, ours, theirs, caller_number=south.number, caller_country="US")
    token = uuid4()
    answer = world(
        "claim_talks", token=token, lease_s=60.0, batch=20, account="second", at=NOON,
        limits={"concurrent": 9, "caller_number": north.number, "caller_country": "US"},
    )  # fmt: skip

    assert at_first == {theirs: south.number}
    assert [dial["from_number"] for dial in answer["dials"]] == [north.number]


def test_calls_of_a_team_are_not_put_through_to_the_number_of_another_one(world):
    north, south = world.teams
    owner = north.actor("owner")

    def save(targets: str, **more: Any) -> Any:
        content = {"name": f"line {north.organization}", "transfer_to": targets, "prompt": "Be kind."}
        return world("save_template", content=content, actor=owner, **more)

    refused = save(f"+13035550142,{south.number}")
    made = save(f"+13035550142,{north.number}")["template"]
    world("assign_number", number=north.number, organization=str(south.organization))

    assert (refused["result"], refused["code"]) == ("refused", "another_teams_number")
    published = world("publish_template", template=UUID(made["id"]), revision=made["revision"], actor=owner)
    assert (published["result"], published["code"]) == ("refused", "another_teams_number")
