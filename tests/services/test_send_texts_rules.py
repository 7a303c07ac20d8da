"""When a text may leave, from which number, and who is told when it may not."""

from dataclasses import replace

import pytest

from tests.services.text_house import OPERATOR, Interrupted, outgoing, queue, somebody, with_settings
from voicebot.services.texts.send import send_due_texts
from voicebot.services.verification import verify_phone
from voicebot.storage.database import DatabaseBug
from voicebot.storage.spool.files import SpooledFact

pytestmark = [pytest.mark.sql, pytest.mark.usefixtures("no_texts")]


def test_while_facts_wait_in_the_spool_only_what_somebody_waits_for_leaves(sender, carrier):
    queue(sender, somebody(), "An invitation", kind="onboarding")
    queue(sender, somebody(), "An answer")
    stop = SpooledFact("message_received", "key", {"keyword": "stop"}, sender.now())
    sender.spool.probe()
    sender.spool.append(stop)

    while send_due_texts(sender):
        pass
    during = [message.body for message in carrier.taken]
    for path in sender.spool.waiting():
        sender.spool.remove(path)
    while send_due_texts(sender):
        pass

    assert during == ["An answer"]
    assert [message.body for message in carrier.taken] == ["An answer", "An invitation"]


def test_the_time_that_claiming_took_counts_too(sender, carrier, owner):
    number, moment = somebody(), [0.0]
    queue(sender, number)

    class Slow(Interrupted):
        def call(self, function, /, **params):
            answer = super().call(function, **params)
            moment[0] += sender.limits.text.lease_s if function == "claim_outgoing" else 0.0
            return answer

    send_due_texts(replace(sender, database=Slow(sender.database, "nothing")), clock=lambda: moment[0])

    assert carrier.taken == []
    assert outgoing(owner, number)[0]["outbox_state"] == "generated"


def test_a_fault_of_ours_before_the_carrier_is_asked_leaves_the_text_to_be_tried_again(
    sender, carrier, owner
):
    number = somebody()
    verify_phone.start(sender, number, "sms")

    class Faulty(Interrupted):
        def call(self, function, /, **params):
            if function == "read_verification":
                raise DatabaseBug(function, "42883")
            return super().call(function, **params)

    send_due_texts(replace(sender, database=Faulty(sender.database, "nothing")))

    assert carrier.taken == []
    [row] = outgoing(owner, number)
    assert (row["outbox_state"], row["error_code"]) == ("generated", "fault")


def test_who_wrote_to_another_number_of_ours_is_answered_from_that_one(make_runtime, carrier, tmp_path):
    service, second = "MG" + "1" * 32, "+12025550155"
    runtime = with_settings(make_runtime, carrier, tmp_path, TWILIO_MESSAGING_SERVICE_SID=service)
    queue(runtime, somebody(), "Hello", our_number=second)

    send_due_texts(runtime)

    [message] = carrier.taken
    assert (message.messaging_service_sid, message.from_number) == ("", second)


def test_the_operator_is_told_when_somebody_gets_too_many_answers(make_runtime, carrier, tmp_path, owner):
    runtime = with_settings(make_runtime, carrier, tmp_path, OPERATOR_PHONE_NUMBER=OPERATOR)
    number = somebody()
    for place in range(11):
        queue(runtime, number, f"Answer {place}")
    # As if each answered a text of its own.
    owner.execute("update public.sms_history set in_reply_to = id, part = 0, sent_by = 'bot'")

    while send_due_texts(runtime):
        pass

    assert [message.to for message in carrier.taken] == [number] * 10 + [OPERATOR]
