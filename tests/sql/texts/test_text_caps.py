"""Answers are counted by number and neighbourhood: a machine that texts us is answered so often and no more."""

import pytest

from tests.sql.texts.texting import CONFIRMATION, NOTICE, someone

pytestmark = pytest.mark.sql


def test_the_eleventh_answer_in_five_minutes_stops_the_bot_and_calls_the_operator(texting):
    for n in range(10):
        texting.reply(f"{n}", f"{n}, second part")
        assert len(texting.send_all()) == 2, "parts of one answer count once"

    texting.reply("one too many", "second part")

    caps = {"operator_notice": NOTICE}
    assert [row["kind"] for row in texting.outgoing(**caps) + texting.outgoing(**caps)] == ["operator_notice"]
    assert texting.rows("select content, error_code from public.sms_history where outbox_state = 'failed' order by id") == [
        ("one too many", "capped"), ("second part", "capped")
    ]  # fmt: skip
    assert texting.rows("select ai_mode from public.conversations") == [("OFF",)]
    assert texting.rows("select reason, notified from public.support_escalations") == [("capped", True)]
    texting.receive("and again")
    assert texting.claim() == {"result": "none"}


def test_answers_are_counted_by_the_day_and_by_the_neighbourhood_too(texting):
    family = [f"+1202555{n:04d}" for n in range(4)]
    for person in family[:3]:
        texting.reply("hi", sender=person)
        assert len(texting.outgoing(prefix_hour=3)) == 1
    texting.reply("hi", sender=family[3])
    in_the_neighbourhood = texting.outgoing(prefix_hour=3)
    stranger = someone()
    for expected in (1, 1, 0):
        texting.reply("hi", sender=stranger)
        rows = texting.outgoing(number_day=2)
        for row in rows:
            texting.finish(row)
        texting.owner.execute("update public.sms_history set sending_at = sending_at - interval '1 hour'")
        assert len(rows) == expected

    assert in_the_neighbourhood == []


def test_what_people_ask_for_themselves_is_not_counted(texting):
    for n in range(12):
        texting.queue(content=f"{n}", kind="onboarding")

    assert len(texting.send_all()) == 12


def test_a_confirmation_is_not_lost_to_the_caps(texting):
    texting.reply("hi")
    texting.send_all()
    texting.receive("leave me alone", opt_out=True)

    assert [row["content"] for row in texting.outgoing(number_5min=1, number_day=1)] == [CONFIRMATION]
