"""What one fault, or one long outage, must not do to everybody else's texts."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.services.texts.text_house import OPERATOR, Connection, outgoing, queue, somebody, texts
from tests.support.carriers import TextCarrier
from tests.support.people import DAY, NIGHT, quiet_for, reminded
from tests.support.providers import ScriptedModel
from voicebot.runtime import Runtime
from voicebot.services.onboarding import remind as reminding
from voicebot.services.onboarding.start import Invitation, start_onboarding
from voicebot.services.texts.answer import answer_next_thread
from voicebot.services.texts.send import send_due_texts
from voicebot.settings import load_settings

pytestmark = [pytest.mark.sql, pytest.mark.usefixtures("no_texts")]

# In New York it is eight in the evening, which is night; in Los Angeles five in the afternoon.
EVENING = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


def test_one_onboarding_that_cannot_be_taken_up_keeps_nobody_from_their_reminder(
    make_runtime: Callable[..., Runtime], runtime: Runtime, owner: Connection, monkeypatch, caplog
):
    broken, others = somebody(), [somebody() for _ in range(3)]
    for number in (broken, *others):
        start_onboarding(runtime, Invitation(number))
    quiet_for(owner, 30)
    owner.execute(
        "update public.conversations set last_message_at = now() - interval '3 days' where customer_identifier = %s",
        [broken],
    )
    reply_of = reminding.reply_of

    def faulty(runtime: Runtime, claimed):
        if claimed.customer_identifier == broken:
            raise LookupError("a question that this version does not know")
        return reply_of(runtime, claimed)

    monkeypatch.setattr(reminding, "reply_of", faulty)

    assert reminded(make_runtime, DAY) == 3
    assert [row["kind"] for row in outgoing(owner, broken)] == ["onboarding"]
    assert "somebody could not be reminded" in caplog.text
    assert broken not in caplog.text


@pytest.mark.parametrize(
    ("moment", "timezone", "leaves"),
    [
        (DAY, None, True),
        (NIGHT, None, False),
        (EVENING, None, False),
        (EVENING, "America/Los_Angeles", True),
        (DAY, "Asia/Tokyo", False),
    ],
)
def test_a_reminder_that_an_outage_held_up_does_not_leave_at_night(
    make_runtime: Callable[..., Runtime], owner: Connection, moment, timezone, leaves
):
    carrier, number = TextCarrier(), somebody()
    sender = make_runtime(messaging=carrier, now=lambda: moment)
    person = sender.database.call("ensure_user", phone=number)["user_id"]
    owner.execute("update public.preferences set timezone = %s where user_id = %s", [timezone, person])
    queue(sender, number, kind="reminder", user_id=person)

    send_due_texts(sender)

    [row] = outgoing(owner, number)
    assert len(carrier.taken) == int(leaves)
    assert (row["outbox_state"], row["error_code"]) == (("sent", None) if leaves else ("failed", "night"))


def test_what_somebody_waits_for_leaves_at_night_too(make_runtime: Callable[..., Runtime]):
    carrier = TextCarrier()
    sender = make_runtime(messaging=carrier, now=lambda: NIGHT)
    queue(sender, somebody())

    send_due_texts(sender)

    assert len(carrier.taken) == 1


@pytest.mark.parametrize(
    "sender", ["+442071838750", "+881612345678", "72404", "AMAZON", "whatsapp:DE.1349", "+19005550123"]
)
def test_whom_no_answer_may_reach_costs_none_and_is_for_a_person(
    make_runtime: Callable[..., Runtime], model: ScriptedModel, owner: Connection, tmp_path, sender: str
):
    settings = load_settings({"VOICEBOT_DATA_DIR": str(tmp_path), "OPERATOR_PHONE_NUMBER": OPERATOR})
    runtime = make_runtime(model=model, settings=settings)
    texts(runtime, sender, "Don't stop telling me about your prices")

    assert answer_next_thread(runtime) == 1

    assert model.requests == []
    assert owner.execute(
        "select count(*) from public.sms_history where direction = 'outbound'"
    ).fetchone() == (0,)
    assert owner.execute("select reason, notified from public.support_escalations").fetchall() == [
        ("not_textable", False)
    ]
    assert answer_next_thread(runtime) == 0
