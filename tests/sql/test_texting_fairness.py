"""Nobody's texts keep another's waiting: not a thousand invitations, not somebody who writes without a pause, not the past."""

from uuid import UUID, uuid4

import pytest
from texting import LINE, PERSON, ago, someone

from tests.support.plans import explained, scanned

pytestmark = pytest.mark.sql


def one_by_one(texting) -> list[str]:
    """Send as the product does, one text a claim; return the words in the order in which they left."""
    sent: list[str] = []
    while rows := texting.outgoing(batch=1):
        texting.finish(rows[0])
        sent.append(rows[0]["content"])
    return sent


# --- who is answered first -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["onboarding", "reminder"])
def test_an_answer_does_not_wait_behind_what_nobody_waits_for(texting, kind):
    for number in range(20):
        texting.queue(someone(), f"mass {number}", kind=kind)
    texting.reply("an answer")
    texting.queue(someone(), "from a person")

    assert one_by_one(texting)[:2] == ["an answer", "from a person"]


def test_who_was_invited_reads_the_invitation_before_the_answer(texting):
    texting.queue(PERSON, "welcome", kind="onboarding")
    texting.reply("an answer", sender=PERSON)

    assert one_by_one(texting) == ["welcome", "an answer"]


def test_the_next_question_of_an_onboarding_is_an_answer(texting):
    texting.queue(someone(), "mass", kind="onboarding")
    texting.receive()
    claimed = texting.claim()
    texting.answer(claimed, texts=[{"content": "And where do you live?", "kind": "onboarding"}])

    assert one_by_one(texting) == ["And where do you live?", "mass"]


# --- who writes without a pause ------------------------------------------------------------------------


def waits_for(texting, **span: float) -> None:
    texting.owner.execute("update public.conversations set waiting_since = %s", [ago(**span)])


def test_who_writes_without_a_pause_is_answered_after_a_minute_all_the_same(texting):
    first = texting.receive("one")["message_id"]
    for number in range(5):
        claimed = texting.claim()
        texting.receive(f"and {number}")
        assert texting.answer(claimed, "too early") == {"result": "newer"}
    waits_for(texting, seconds=61)
    claimed = texting.claim()
    latest = texting.receive("and one more")["message_id"]

    outcome = texting.answer(claimed, "at last")
    again = texting.claim(token=uuid4())

    assert outcome["result"] == "committed"
    assert claimed["unanswered"][0] == first
    assert again["unanswered"] == [latest], "what is newer is the next turn's"
    assert texting.answer(again, "and that", token=UUID(texting.holder(again)))["result"] == "committed"
    assert one_by_one(texting) == ["at last", "and that"]


def test_an_answer_that_was_given_in_between_is_the_same_when_it_is_told_again(texting):
    texting.receive("one")
    claimed = texting.claim()
    waits_for(texting, seconds=61)
    texting.receive("two")

    answers = [texting.answer(claimed, "at last") for _ in range(2)]

    assert answers[0] == answers[1]
    assert len(texting.outgoing()) == 1


def test_a_stop_voids_the_answer_however_long_somebody_waited(texting):
    texting.receive("one")
    claimed = texting.claim()
    waits_for(texting, minutes=10)
    texting.receive("STOP", keyword="stop")

    assert texting.answer(claimed, "hello") == {"result": "newer"}
    assert texting.outgoing() == []


# --- what the years leave behind -------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "status"), [("sent", "sent"), ("unknown", "unknown")])
def test_looking_for_texts_without_an_end_costs_nothing_for_those_of_other_years(texting, state, status):
    with texting.owner.transaction(force_rollback=True):
        texting.owner.execute(
            """insert into public.sms_history (phone_number, direction, content, from_number, to_number, message_sid,
                                               outbox_state, status, sending_at)
               select '+12025550123', 'outbound', 'hello', %s, '+12025550123', 'SM' || n, %s, %s,
                      now() - interval '1 year'
                 from generate_series(1, 30000) n""",
            [LINE, state, status],
        )
        texting.owner.execute("analyze public.sms_history")
        plan = explained(
            texting, "public.unresolved_messages", older_than_s="900", page_size="100", after_id="0",
            younger_than_s="172800", thin_after_s="900.0",
        )  # fmt: skip

    assert scanned(plan) < 100
