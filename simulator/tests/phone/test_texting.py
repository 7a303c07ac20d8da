"""Texting from a terminal, and texts and calls of one person side by side."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from simulator.__main__ import main
from simulator.carrier.books.numbers import IDLE
from simulator.carrier.exchange import Exchange
from simulator.phone.client import PhoneClient
from simulator.phone.terminal_texts import run_texting
from simulator.process import start_simulator
from simulator.providers.brain.brain import think
from simulator.tests.fake_product import ACCOUNT, CALLER, NUMBER, TOKEN, FakeProduct, Rest, twiml


def test_one_text_from_the_terminal_shows_its_answers(
    product: FakeProduct,
    phone: PhoneClient,
    capsys: pytest.CaptureFixture[str],
    texts_back: Callable[..., Any],
) -> None:
    product.on("/sms", texts_back("We open at [8].", "See you."))

    code = main(["text", "--url", phone.base_url, "when", "do", "you", "open?"])

    assert code == 0
    assert product.to("/sms")[0].form["Body"] == "when do you open?"
    shown = capsys.readouterr().out
    assert "We open at [8]." in shown
    assert "See you." in shown


def test_a_thread_in_the_terminal_sends_every_line(
    product: FakeProduct,
    phone: PhoneClient,
    capsys: pytest.CaptureFixture[str],
    texts_back: Callable[..., Any],
) -> None:
    product.on("/sms", texts_back("Who is this?"), texts_back("Hello Ann."))

    def typed() -> Iterator[str]:
        yield "hi"
        yield ""
        phone.wait_text(CALLER, after=1)
        yield "Ann"
        phone.wait_text(CALLER, after=3)

    code = run_texting(phone.base_url, CALLER, typed=typed())

    assert code == 0
    assert [each["body"] for each in phone.texts() if each["direction"] == "inbound"] == ["hi", "Ann"]
    shown = capsys.readouterr().out
    assert shown.index("Who is this?") < shown.index("Hello Ann.")


@pytest.mark.parametrize("words", [["Hello"], []])
def test_the_terminal_texts_another_number_of_the_account(
    product: FakeProduct,
    phone: PhoneClient,
    exchange: Exchange,
    words: list[str],
    texts_back: Callable[..., Any],
) -> None:
    product.on("/other", texts_back("Hello from the other line.", path="/other"))
    other = exchange.numbers.by_number(IDLE)
    assert other is not None
    exchange.numbers.change(other.sid, {"SmsUrl": f"{product.url}/other"})

    code = run_texting(phone.base_url, CALLER, " ".join(words), typed=["Hello"], to=IDLE)

    assert code == 0
    assert [each.form["To"] for each in product.to("/other")] == [IDLE]


def test_the_terminal_says_when_nobody_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_texting("http://127.0.0.1:9", CALLER, "hello") == 1
    assert "No simulator" in capsys.readouterr().out


def test_texts_are_events_of_their_own(product: FakeProduct, phone: PhoneClient, rest: Rest) -> None:
    phone.text("Hello")
    rest.post("/Messages.json", From=NUMBER, To=CALLER, Body="Hi")
    assert phone.callbacks_idle()

    told = [event["data"] for event in phone.events(timeout_s=0)["events"] if event["kind"] == "text"]
    assert {(each["with"], each["body"]) for each in told} == {(CALLER, "Hello"), (CALLER, "Hi")}
    assert [each["status"] for each in told if each["body"] == "Hi"] == [
        "queued",
        "sending",
        "sent",
        "delivered",
    ]


def test_threads_are_listed_with_their_newest_text(phone: PhoneClient) -> None:
    for number, body in ((CALLER, "One"), ("+13035550111", "Two"), (CALLER, "Three")):
        phone.text(body, number)

    threads = requests.get(f"{phone.base_url}/phone/threads", timeout=5).json()["threads"]

    assert [(each["with"], each["body"]) for each in threads] == [(CALLER, "Three"), ("+13035550111", "Two")]


def test_a_verification_call_is_heard_and_answered_by_keys(
    product: FakeProduct, phone: PhoneClient, rest: Rest
) -> None:
    spoken = "Your code is <break time='1s'/>4. 8. 2. 9. 1. 3.\n Again: 4. 8. 2. 9. 1. 3."
    product.says(
        f'<Gather input="dtmf" numDigits="1" finishOnKey="" action="/turn"><Say>{spoken}</Say></Gather>'
    )
    product.says("<Hangup/>", path="/turn")

    sid = rest.post("/Calls.json", From=NUMBER, To=CALLER, Url=f"{product.url}/voice").json()["sid"]
    phone.wait(sid, "keys")
    phone.keys(sid, "1")
    view = phone.wait(sid, "over")

    assert [item["text"] for item in view["heard"] if item["kind"] == "say"] == [
        "Your code is 4. 8. 2. 9. 1. 3. Again: 4. 8. 2. 9. 1. 3."
    ]
    assert product.to("/turn")[0].form["Digits"] == "1"


def test_a_dialled_person_presses_the_key_they_are_told_and_a_voicemail_does_not(
    product: FakeProduct, phone: PhoneClient, rest: Rest
) -> None:
    menu = '<Gather input="dtmf" numDigits="1" finishOnKey="" timeout="2" action="/turn"><Say>Press 7 to go on.</Say></Gather>'
    product.says(menu)
    product.says(menu, path="/turn")
    phone.knobs({"patience_s": 0.05})
    phone.operator("voicemail", number="+13035550111")
    phone.operator("answer", number="+13035550113", obeys=2)
    form = {"From": NUMBER, "Url": f"{product.url}/voice"}

    pressed = []
    for last in (1, 2, 3):
        sid = rest.post("/Calls.json", To=f"+1303555011{last}", **form).json()["sid"]
        heard = phone.wait(sid, "over")["heard"]
        pressed.append("".join(item["text"] for item in heard if item["kind"] == "key"))

    assert pressed == ["", "7", "77"]


def test_who_plays_the_dialled_person_acts_instead_of_them(
    product: FakeProduct, phone: PhoneClient, rest: Rest
) -> None:
    product.says('<Gather input="dtmf" numDigits="1" action="/turn"><Say>Press 7 to go on.</Say></Gather>')
    product.says('<Gather input="dtmf" numDigits="1" action="/more"><Say>Well?</Say></Gather>', path="/turn")
    phone.knobs({"patience_s": 0.05})

    with product.holding_back():
        sid = rest.post("/Calls.json", From=NUMBER, To=CALLER, Url=f"{product.url}/voice").json()["sid"]
        phone.keys(sid, "9")
    phone.wait(sid, "over")

    assert [each.form["Digits"] for each in product.to("/turn")] == ["9"]
    assert product.to("/more") == []


def test_a_verification_call_reaches_a_voicemail_or_nobody(
    product: FakeProduct, phone: PhoneClient, rest: Rest
) -> None:
    product.says("<Say>Your code is 4. 8. 2.</Say>")
    phone.operator("voicemail", number="+13035550111")
    phone.operator("no-answer", number="+13035550112")
    form = {"From": NUMBER, "Url": f"{product.url}/voice", "MachineDetection": "Enable"}

    sids = [rest.post("/Calls.json", To=f"+1303555011{n}", **form).json()["sid"] for n in (1, 2)]
    views = [phone.wait(sid, "over") for sid in sids]

    assert [view["status"] for view in views] == ["completed", "no-answer"]
    assert product.to("/voice")[0].form["AnsweredBy"] == "machine_start"


def test_the_demo_brain_answers_a_thread_of_texts_as_it_answers_a_call() -> None:
    prompt = (
        "You answer text messages of the Blue Door bakery. Keep every answer short; it is read on a phone.\n"
        "- We open at 7 in the morning.\n- Birthday cakes have to be ordered two days ahead.\n"
    )
    messages = [
        {"role": "system", "content": prompt},
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "Hello! How can I help?"},
        {"role": "user", "content": "quick question"},
        {"role": "user", "content": "when do you open?"},
    ]

    assert "7 in the morning" in think(messages).text


def test_a_simulator_process_carries_many_texts_and_cuts_connections(product: FakeProduct) -> None:
    product.on("/sms", twiml(""))

    with start_simulator(account_sid=ACCOUNT, auth_token=TOKEN, sms_url=f"{product.url}/sms") as simulator:
        phone = PhoneClient(simulator.url)
        rest = Rest(f"{simulator.url}/2010-04-01/Accounts/{ACCOUNT}")
        people = [f"+1303555{number:04}" for number in range(100, 140)]
        with ThreadPoolExecutor(8) as pool:
            sids = list(pool.map(lambda person: phone.text("Hello", person), people))
            phone.knobs({"rest_fault": {"cut": True, "acted": True, "path": "/Messages"}})
            outcomes = list(pool.map(lambda person: _posted(rest, person, product), people))
        assert phone.callbacks_idle(20)
        counts, messages = phone.message_counts(), phone.messages()

    assert {each.form["MessageSid"] for each in product.to("/sms")} == set(sids)
    assert sorted(outcomes) == ["cut", *["made"] * 39]
    assert counts == {(person, "Hi"): 1 for person in people}
    assert {each["status"] for each in messages} == {"received", "delivered"}
    assert len(product.to("/delivery")) == 80
    assert not [line for line in simulator.complaints if "Traceback" in line]


def _posted(rest: Rest, person: str, product: FakeProduct) -> str:
    try:
        made = rest.post(
            "/Messages.json", From=NUMBER, To=person, Body="Hi", StatusCallback=f"{product.url}/delivery"
        )
    except requests.ConnectionError:
        return "cut"
    return "made" if made.status_code == 201 else made.text
