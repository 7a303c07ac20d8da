"""Calls and texts of one telephone, as signed webhooks in the spellings of carriers: one person, answered where they wrote."""

from typing import Any

import pytest

from tests.services.texts.text_house import OURS, answer_all, outgoing, rows, with_settings
from tests.support.apps import app_of
from tests.support.carriers import TextCarrier, sid
from tests.webhooks.conftest import Sender
from voicebot.services.texts.send import send_due_texts

pytestmark = pytest.mark.sql


@pytest.fixture
def carrier() -> TextCarrier:
    return TextCarrier()


@pytest.fixture
def house(make_runtime, carrier, tmp_path) -> Any:
    return with_settings(make_runtime, carrier, tmp_path, ALLOWED_COUNTRIES="US,MX,BR,AR,GB")


@pytest.fixture
def sender(house) -> Sender:
    return Sender(app_of(house).test_client(), house)


def texts(sender: Sender, address: str, body: str) -> None:
    ours = f"whatsapp:{OURS}" if address.startswith("whatsapp:") else OURS
    account = sender.runtime.settings.twilio_account_sid
    form = {
        "MessageSid": sid(),
        "AccountSid": account,
        "From": address,
        "To": ours,
        "Body": body,
        "NumMedia": "0",
    }
    assert sender.post("/twilio/sms", **form).status_code == 200


@pytest.mark.parametrize(
    ("spelling", "number"),
    [
        ("whatsapp:+5215512340101", "+525512340101"),
        ("whatsapp:+556191230101", "+5561991230101"),
        ("+4407400120101", "+447400120101"),
        ("rcs:+12025550161", "+12025550161"),
        ("whatsapp:+5491112340101", "+5491112340101"),
        ("whatsapp:+17872340101", "+17872340101"),
    ],
)
def test_whoever_writes_in_an_old_spelling_is_answered_there(house, sender, carrier, owner, spelling, number):
    texts(sender, spelling, "Hello, are you open today?")
    answer_all(house)
    while send_due_texts(house):
        pass

    assert [row["from_number"] for row in rows(owner, number, "inbound")] == [spelling]
    assert {row["to_number"] for row in outgoing(owner, number)} == {spelling}
    assert spelling in {text.to for text in carrier.taken}
    assert number not in {text.to for text in carrier.taken} - {spelling}


def test_a_stop_on_whatsapp_in_the_old_spelling_ends_texts_to_the_new_one(house, sender, owner):
    texts(sender, "whatsapp:+5215512340102", "STOP")
    house.database.call(
        "queue_text",
        to_number="+525512340102",
        our_number=OURS,
        content="News",
        channel="sms",
        kind="conversation",
    )
    while send_due_texts(house):
        pass

    news = [row for row in outgoing(owner, "+525512340102") if row["content"] == "News"]
    assert [(row["status"], row["message_sid"]) for row in news] == [("suppressed", None)]


def test_a_call_and_a_text_in_two_spellings_are_one_person(sender, owner):
    texts(sender, "whatsapp:+5215512340103", "Hola")
    call = sender.call(From="+525512340103", To=OURS)

    people = owner.execute(
        """select m.user_id = c.user_id, c.phone_number, c.from_number
             from public.sms_history m, public.call_history c
            where m.phone_number = '+525512340103' and m.direction = 'inbound' and c.call_sid = %s""",
        [call],
    ).fetchall()
    assert people == [(True, "+525512340103", "+525512340103")]


@pytest.mark.parametrize(
    "sent",
    ["+266696687", "+7378742833", "+2562533", "+86282452253", "+8656696", "+17378742833", "+464", "anonymous", "Restricted",
     "Unknown", "", "sip:anonymous@anonymous.invalid", "Unbekannt"],
)  # fmt: skip
def test_a_caller_who_withholds_the_number_is_nobody(sender, owner, sent):
    call = sender.call(From=sent, To=OURS)

    assert owner.execute(
        "select user_id, phone_number, from_number from public.call_history where call_sid = %s", [call]
    ).fetchall() == [(None, "anonymous", sent)]


def test_a_caller_who_shows_a_national_number_is_whom_it_belongs_to(house, sender, owner):
    call = sender.call(From="(202) 555-0164", To=OURS)

    user = house.database.call("ensure_user", phone="+12025550164")["user_id"]
    assert owner.execute(
        "select user_id::text, phone_number from public.call_history where call_sid = %s", [call]
    ).fetchall() == [(user, "+12025550164")]


def test_a_blocked_telephone_is_refused_in_every_spelling(house, sender, owner):
    house.database.call("block_caller", number="+525512340104", answer="reject")

    call = sender.call(From="+5215512340104", To=OURS)

    assert owner.execute(
        "select end_reason from public.call_history where call_sid = %s", [call]
    ).fetchall() == [("blocked",)]


@pytest.mark.parametrize("confidence", ["0.0", "0", "", None])
def test_a_transcriber_that_does_not_say_how_sure_it_is_is_taken_at_its_word(sender, owner, confidence):
    call = sender.call(From="+12025550165", To=OURS)
    form = {
        "CallSid": call,
        "From": "+12025550165",
        "To": OURS,
        "Direction": "inbound",
        "SpeechResult": "When do you open?",
    }

    sender.post(
        "/twilio/voice/turn?turn=1&document=0",
        **form,
        **({} if confidence is None else {"Confidence": confidence}),
    )

    assert owner.execute(
        """select t.confidence, t.said from public.call_turns t join public.call_history c on c.id = t.call_id
            where c.call_sid = %s and t.turn = 1""",
        [call],
    ).fetchall() == [(None, "When do you open?")]


@pytest.mark.parametrize("name", ["UNAVAILABLE", "WIRELESS CALLER", "LOS ANGELES  CA", "null"])
def test_a_placeholder_is_nobodys_name(sender, owner, name):
    call = sender.call(
        From="+12025550166", To=OURS, CallerName=name, ForwardedFrom="anonymous", StirVerstat=""
    )

    (kept,) = owner.execute(
        "select call_data from public.call_history where call_sid = %s", [call]
    ).fetchone()
    assert not {"caller_name", "forwarded_from", "stir_verstat"} & set(kept or {})
