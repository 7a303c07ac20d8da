"""A team that is suspended begins nothing; people who write to it are answered."""

from uuid import UUID, uuid4

import pytest

pytestmark = pytest.mark.sql


def test_texts_of_a_suspended_team_wait_and_say_why_while_whoever_writes_is_answered(world):
    north, south = world.teams
    texting = world.texting
    tried, written, other = (
        texting.queue(world.caller, words, our_number=team.number, **how)
        for team, words, how in (
            (north, "Tried.", {"kind": "reminder"}),
            (north, "Written.", {"sent_by": "operator"}),
            (south, "Other.", {"sent_by": "operator"}),
        )
    )
    (taken,) = texting.outgoing()
    texting.finish(taken, "not_sent", retry_after_s=0.0)
    suspends = "update public.organizations set is_active = %s where id = %s"
    world.owner.execute(suspends, [False, north.organization])
    waits = "select outbox_state, error_code from public.sms_history where id = any (%s)"

    # The first of them puts off all.
    texting.outgoing(batch=1)
    assert world.owner.execute(waits, [[tried, written]]).fetchall() == [("generated", "team_suspended")] * 2

    texting.receive("Are you open?", sender=world.caller, to_number=north.number)
    while (claimed := texting.claim(token=uuid4()))["result"] == "claimed":
        texting.answer(claimed, "Yes.", token=UUID(texting.holder(claimed)))
    # A claim that puts one off says that there is more.
    sent = [words for _ in range(4) for words in texting.send_all()]

    assert "Yes." in sent and "Other." in sent and not {"Tried.", "Written."} & {*sent}
    assert world.owner.execute(waits, [[tried, written]]).fetchall() == [("generated", "team_suspended")] * 2
    world.owner.execute(suspends, [True, north.organization])
    for text in (tried, written):
        texting.later(text, minutes=3)
    assert texting.send_all() == ["Tried.", "Written."]
    assert world.owner.execute(waits, [[tried, written, other]]).fetchall() == [("sent", None)] * 3
