"""Texts leave the house once: claimed, handed over, finished; what nobody answered for is never sent again."""

import random
import re
import threading
from collections import Counter
from dataclasses import replace
from uuid import uuid4

import pytest

from tests.services.texts.text_house import OURS, Interrupted, outgoing, queue, somebody, texts, with_settings
from tests.support.carriers import TextCarrier
from voicebot.domain.handover import Handover, HandoverOutcome
from voicebot.providers.ports import NewMessage, Outcome, ProviderError
from voicebot.services.texts.send import send_due_texts
from voicebot.services.verification import verify_phone
from voicebot.storage.texts import outbox

pytestmark = [pytest.mark.sql, pytest.mark.usefixtures("no_texts")]

TIMEOUT = ProviderError("twilio", "timeout", Outcome.UNKNOWN)
BUSY = ProviderError("twilio", "20429", Outcome.NOT_SENT, retry_after_s=0.0)
LOOP_GUARD = ProviderError("twilio", "14107", Outcome.NOT_SENT, retry_after_s=30.0)
STOPPED = ProviderError("twilio", "21610", Outcome.REFUSED)


def test_a_text_is_handed_over_with_our_id_in_its_callback(sender, carrier, owner):
    number = somebody()
    made = queue(sender, number, "Hello there")

    assert send_due_texts(sender) == 1

    [message] = carrier.taken
    assert (message.to, message.from_number, message.body) == (number, OURS, "Hello there")
    assert f"/twilio/sms/status?message={made}#" in message.status_url
    [row] = outgoing(owner, number)
    assert (row["outbox_state"], row["status"], row["message_sid"]) == (
        "sent",
        "queued",
        carrier.messages[0].sid,
    )
    assert send_due_texts(sender) == 0


def test_the_row_is_sending_before_the_carrier_hears_of_it(sender, carrier, owner):
    number, seen = somebody(), []
    queue(sender, number)
    carrier.script = [lambda _: seen.append(outgoing(owner, number)[0]["outbox_state"])]

    send_due_texts(sender)

    assert seen == ["sending"]


def test_what_was_not_sent_is_tried_again(sender, carrier, owner):
    number = somebody()
    queue(sender, number)
    carrier.script = [BUSY]

    send_due_texts(sender)
    owner.execute("update public.sms_history set not_before = now()")
    send_due_texts(sender)

    assert len(carrier.taken) == 1
    assert outgoing(owner, number)[0]["outbox_state"] == "sent"


def test_an_answer_that_the_loop_guard_held_back_leaves_once_its_window_has_passed(sender, carrier, owner):
    number = somebody()
    queue(sender, number)
    carrier.script = [LOOP_GUARD]

    send_due_texts(sender)
    send_due_texts(sender)
    ((wait_s,),) = owner.execute(
        "select extract(epoch from not_before - now()) from public.sms_history where to_number = %s", [number]
    ).fetchall()
    held = [row["outbox_state"] for row in outgoing(owner, number)]
    owner.execute("update public.sms_history set not_before = now()")
    send_due_texts(sender)

    # 30 s and up to half of it, so that what was held back together does not come back together.
    assert 28 < wait_s <= 45
    assert held == ["generated"]
    assert len(carrier.taken) == 1
    assert [row["outbox_state"] for row in outgoing(owner, number)] == ["sent"]


def test_what_may_have_been_sent_is_never_sent_again(sender, carrier, owner):
    number = somebody()
    queue(sender, number)
    carrier.script = [TIMEOUT]

    for _ in range(3):
        send_due_texts(sender)
        owner.execute("update public.sms_history set lease_until = now() - interval '1 hour'")

    assert len(carrier.taken) == 1
    assert outgoing(owner, number)[0]["outbox_state"] == "unknown"


def test_a_sender_that_died_leaves_an_unconfirmed_text(sender, carrier, owner):
    number = somebody()
    made = queue(sender, number)
    outbox.claim_outgoing(sender.database, token=uuid4(), lease_s=0.01, batch=1)
    owner.execute("select pg_sleep(0.05)")

    send_due_texts(sender)

    assert carrier.taken == []
    assert [row["outbox_state"] for row in outgoing(owner, number)] == ["unknown"]
    assert made


def test_a_zombie_that_comes_back_writes_nothing(sender, carrier, owner):
    number, token = somebody(), uuid4()
    made = queue(sender, number)
    outbox.claim_outgoing(sender.database, token=token, lease_s=0.01, batch=1)
    owner.execute("select pg_sleep(0.05)")

    kept = outbox.finish_outgoing(
        sender.database, made, token=token, handover=Handover(HandoverOutcome.REFUSED, "21211")
    )

    assert not kept
    assert outgoing(owner, number)[0]["outbox_state"] == "unknown"


def test_a_claim_that_is_about_to_run_out_is_not_used(sender, carrier, owner):
    number = somebody()
    queue(sender, number)
    moments = iter([0.0, sender.limits.text.lease_s])

    send_due_texts(sender, clock=lambda: next(moments))

    assert carrier.taken == []
    assert outgoing(owner, number)[0]["outbox_state"] == "generated"


def test_a_recipient_who_is_blocked_at_the_carrier_gets_nothing_more(sender, carrier, owner):
    number = somebody()
    queue(sender, number)
    carrier.script = [STOPPED]

    send_due_texts(sender)
    queue(sender, number)
    send_due_texts(sender)

    assert carrier.taken == []
    assert [(row["outbox_state"], row["error_code"]) for row in outgoing(owner, number)] == [
        ("failed", "21610"),
        ("failed", "suppressed"),
    ]


@pytest.mark.parametrize(
    "number", ["+881612345678", "+19005550123", "+18765550123", "12345", "BANK", "+442071838750"]
)
def test_numbers_outside_our_countries_and_kinds_are_not_texted(sender, carrier, owner, number):
    queue(sender, number)

    send_due_texts(sender)

    assert carrier.taken == []
    assert outgoing(owner, number)[0]["error_code"] == "not_textable"


def test_the_operator_is_told_wherever_they_live(sender, carrier):
    queue(sender, "+4915112345678", kind="operator_notice")

    send_due_texts(sender)

    assert [message.to for message in carrier.taken] == ["+4915112345678"]


def test_a_whatsapp_text_outside_its_window_uses_the_template(make_runtime, carrier, tmp_path, owner):
    template = "HX" + "1" * 32
    runtime = with_settings(make_runtime, carrier, tmp_path, TWILIO_WHATSAPP_TEMPLATE_SID=template)
    number = somebody()
    queue(runtime, f"whatsapp:{number}", "Are you still there?", channel="whatsapp")

    send_due_texts(runtime)

    [message] = carrier.taken
    assert (message.to, message.from_number) == (f"whatsapp:{number}", f"whatsapp:{OURS}")
    assert (message.content_sid, message.content_variables) == (template, {"1": "Are you still there?"})


def test_a_whatsapp_text_outside_its_window_without_a_template_says_why_it_failed(sender, carrier, owner):
    number = somebody()
    queue(sender, f"whatsapp:{number}", channel="whatsapp")

    send_due_texts(sender)

    assert carrier.taken == []
    assert outgoing(owner, number)[0]["error_code"] == "63016"


@pytest.mark.parametrize(
    ("person", "reached"), [("whatsapp:US.1349120865530", 1), ("whatsapp:FR.1349120865530", 0)]
)
def test_who_has_no_number_on_whatsapp_is_answered_in_our_countries(sender, carrier, owner, person, reached):
    texts(sender, person, "Hello", to_number=f"whatsapp:{OURS}", channel="whatsapp")
    queue(sender, person, "Hello to you", channel="whatsapp")
    owner.execute("update public.sms_history set from_number = %s where direction = 'outbound'", [OURS])
    owner.execute("update public.conversations set last_inbound_at = now()")

    send_due_texts(sender)

    assert [message.to for message in carrier.taken] == [person] * reached


def test_what_a_sender_holds_when_it_dies_is_one_text_at_most(sender, carrier, owner):
    for _ in range(5):
        queue(sender, somebody())
    carrier.script = [_die]

    with pytest.raises(SystemExit):
        send_due_texts(sender)

    states = owner.execute("select outbox_state from public.sms_history").fetchall()
    assert Counter(states) == {("sending",): 1, ("generated",): 4}


def _die(_: NewMessage) -> None:
    raise SystemExit


def test_a_messaging_service_sends_what_leaves_our_own_number(make_runtime, carrier, tmp_path):
    service = "MG" + "1" * 32
    runtime = with_settings(make_runtime, carrier, tmp_path, TWILIO_MESSAGING_SERVICE_SID=service)
    queue(runtime, somebody())

    send_due_texts(runtime)

    [message] = carrier.taken
    assert (message.messaging_service_sid, message.from_number) == (service, "")


def test_parts_of_an_answer_leave_in_their_order(sender, carrier):
    number = somebody()
    for words in ("one", "two", "three"):
        queue(sender, number, words)

    while send_due_texts(sender):
        pass

    assert [message.body for message in carrier.taken] == ["one", "two", "three"]


def test_media_goes_along(sender, carrier, owner):
    number = somebody()
    made = queue(sender, number)
    owner.execute(
        "update public.sms_history set media = %s where id = %s",
        ['[{"url": "https://x.example/a.jpg", "content_type": "image/jpeg"}]', made],
    )

    send_due_texts(sender)

    assert carrier.taken[0].media_urls == ["https://x.example/a.jpg"]


def test_a_database_that_goes_away_before_the_carrier_is_asked_costs_only_time(sender, carrier, owner):
    number = somebody()
    verify_phone.start(sender, number, "sms")
    away = replace(sender, database=Interrupted(sender.database, "read_verification"))

    send_due_texts(away)

    assert carrier.taken == []
    [row] = outgoing(owner, number)
    assert (row["outbox_state"], row["error_code"]) == ("generated", "database_away")


def test_a_code_stands_in_the_text_that_leaves_and_nowhere_else(sender, carrier, owner):
    number = somebody()
    verify_phone.start(sender, number, "sms")

    send_due_texts(sender)

    [message] = carrier.taken
    [code] = re.findall(r"\b\d{6}\b", message.body.splitlines()[0])
    stored = owner.execute("select string_agg(m::text, ' ') from public.sms_history m").fetchone()[0]
    assert "[code]" in stored
    assert code not in stored


def test_the_carriers_answer_is_kept_when_the_database_comes_back(sender, carrier, owner):
    number = somebody()
    queue(sender, number)
    away = replace(sender, database=Interrupted(sender.database, "finish_outgoing", times=2))

    send_due_texts(away)

    assert outgoing(owner, number)[0]["outbox_state"] == "sent"


def test_whatever_the_carrier_does_nobody_gets_a_text_twice(make_runtime, owner):
    numbers = [somebody() for _ in range(30)]
    carriers = [TextCarrier(script=_troubles(seed)) for seed in range(4)]
    senders = [make_runtime(messaging=carrier) for carrier in carriers]
    for place in range(60):
        queue(senders[0], numbers[place % 30], f"Text {place}")

    at_once = threading.Lock()

    def send(runtime):
        for _ in range(80):
            send_due_texts(runtime)
            with at_once:
                # What is to be tried again is tried at once.
                owner.execute("update public.sms_history set not_before = now() where not_before > now()")

    workers = [threading.Thread(target=send, args=(each,)) for each in senders]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    taken = Counter(message.body for carrier in carriers for message in carrier.taken)
    assert max(taken.values()) == 1
    states = Counter(row["outbox_state"] for number in numbers for row in outgoing(owner, number))
    assert set(states) <= {"sent", "unknown", "failed"}
    assert states["sent"] + states["unknown"] == len(taken)


def _troubles(seed: int) -> list:
    kinds = [
        TIMEOUT,
        BUSY,
        ProviderError("twilio", "http_500", Outcome.UNKNOWN),
        lambda _: None,
        lambda _: None,
    ]
    return random.Random(seed).choices(kinds, k=40)
