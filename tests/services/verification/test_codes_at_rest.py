"""Thirty people prove their phones in every way there is, and afterwards no code can be read anywhere."""

import itertools
import json
import logging
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.services.calls.gather.gather_calls import flaky
from tests.services.verification.verification_desk import (
    another,
    code_of,
    let_pass,
    new_number,
    take_code,
    words_of,
)
from tests.support.inside import everything_stored
from voicebot.domain.texts.reports import InboundText
from voicebot.providers.ports import SentMessage
from voicebot.services.dialling.dial import place_dials
from voicebot.services.texts.receive import receive
from voicebot.services.texts.send import send_due_texts
from voicebot.services.verification import read_out, verify_phone
from voicebot.storage.database import DatabaseAway
from voicebot.storage.spool.facts import Facts
from voicebot.telemetry.logs import JsonFormatter
from voicebot.transports.twilio.urls import CodeCallStep

pytestmark = pytest.mark.sql
NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


class Phones:
    """Takes texts and dials, and remembers what it was told: a code is meant for it, and for nobody else."""

    def __init__(self) -> None:
        self.texts, self.calls = [], []

    def send_message(self, message):
        self.texts.append(message)
        return SentMessage(f"SM{uuid.uuid4().hex}", "queued", 1)

    def create_call(self, call):
        self.calls.append(call)
        return f"CA{uuid.uuid4().hex}"


@pytest.fixture
def carrier():
    return Phones()


@pytest.fixture
def bot(make_runtime, carrier):
    return make_runtime(messaging=carrier, telephony=carrier)


def text_from(bot, number, body):
    said = InboundText(
        message_sid=f"SM{uuid.uuid4().hex}", account_sid="AC1", channel="sms", from_number=number,
        to_number=bot.settings.twilio_phone_number, content=body, observed_at=datetime.now(UTC),
    )  # fmt: skip
    # The carrier tells it three times.
    return [receive(bot, said) for _ in range(3)]


def by_api(bot, number, code, words):
    verify_phone.check(bot, number, another(code))
    return verify_phone.check(bot, number, code)


def by_text(bot, number, code, words):
    text_from(bot, number, f"is it {another(code)}?")
    text_from(bot, number, f"No, it is {code[:3]} {code[3:]}")
    text_from(bot, number, f"did {code} work?")


def by_words(bot, number, code, words):
    text_from(bot, number, words.title())
    text_from(bot, number, f"I sent {words}, all right?")


def by_voice(bot, number, code, words):
    spoken = " ".join(NAMES[int(digit)] for digit in code)
    take_code(bot, number, f"my code is {spoken}")
    take_code(bot, number, f"once more {code}")


def by_keys(bot, number, code, words):
    take_code(bot, number, code)


def by_text_said_twice(bot, number, code, words):
    text_from(bot, number, f"{code} {code}!")


def everything_in_files(bot):
    """What stands in the data folder: spool, clips and all."""
    for file in Path(bot.settings.data_dir).rglob("*"):
        if file.is_file():
            yield f"file {file.name}", file.read_bytes().decode("latin-1")


def test_no_code_is_at_rest_after_thirty_verifications(bot, carrier, owner, caplog):
    caplog.set_level(logging.DEBUG)
    ways = itertools.cycle((by_api, by_text, by_words, by_voice, by_keys, by_text_said_twice))
    secrets, approved = {}, 0
    for way in itertools.islice(ways, 30):
        owner.execute("delete from public.verification_counters")
        number = new_number()
        verify_phone.start(bot, number, "call" if way in (by_voice, by_keys) else "sms")
        code, words = code_of(bot, number), words_of(bot, number)
        secrets[number] = (code, words)
        while send_due_texts(bot) or place_dials(bot):
            pass
        way(bot, number, code, words)
        if way is by_text:
            let_pass(owner, number, 61)
            verify_phone.start(bot, number, "sms")
        (mark,) = owner.execute(
            "select count(*) from public.phone_links where phone_number = %s and verified", [number]
        ).fetchone()
        approved += mark
    steps = [
        CodeCallStep(call.url.split("attempt=")[1][:36], asked=1, pressed=True) for call in carrier.calls
    ]
    said = [read_out.document(bot, step) for step in steps]

    # The carrier was told every code, or the test would find nothing anywhere.
    told = "\n".join(message.body for message in carrier.texts)
    assert sum(code in told for code, _ in secrets.values()) == 20
    assert (len(said), approved) == (10, 30)
    stored = [*everything_stored(owner), *everything_in_files(bot)]
    assert "public.sms_history.content" in {place for place, _ in stored}
    logged = [(record.name, JsonFormatter().format(record)) for record in caplog.records]
    logged += [
        (record.name, json.dumps(vars(record), default=str))
        for record in caplog.records
        if record.name != "asyncio"
    ]
    assert len(logged) > 60
    leaks = [
        (place, value[:80])
        for place, value in stored + logged
        for code, words in secrets.values()
        for form in (code, f"{code[:3]} {code[3:]}", words, " ".join(NAMES[int(digit)] for digit in code))
        if _stands_alone(form, value.lower())
    ]
    assert leaks == []


def _stands_alone(code: str, value: str) -> bool:
    """Six digits inside an id or a time are chance."""
    place = value.find(code)
    while place >= 0:
        around = value[max(0, place - 1) : place] + value[place + len(code) : place + len(code) + 1]
        if not any(one.isalnum() or one in ".-" for one in around):
            return True
        place = value.find(code, place + 1)
    return False


def test_a_code_in_a_text_is_counted_once_however_often_the_text_comes(bot, owner):
    owner.execute("delete from public.verification_counters")
    number = new_number()
    verify_phone.start(bot, number, "sms")

    came = text_from(bot, number, another(code_of(bot, number)))

    assert came == ["stored", "duplicate", "duplicate"]
    assert owner.execute(
        "select attempts from public.verifications where phone_number = %s", [number]
    ).fetchone() == (1,)
    assert owner.execute(
        "select content, code_outcome from public.sms_history where direction = 'inbound' and from_number = %s",
        [number],
    ).fetchall() == [("[code]", "wrong")]


def test_a_code_is_hidden_in_whatever_else_a_message_tells_in_its_senders_words(bot, owner):
    owner.execute("delete from public.verification_counters")
    number = new_number()
    verify_phone.start(bot, number, "sms")
    code = code_of(bot, number)
    told = {
        "ButtonText": f"Send {code}", "ButtonPayload": code, "InteractiveData": f'{{"a":"{code}"}}',
        "FlowData": f"my code: {code}", "FromZip": "94103",
    }  # fmt: skip

    receive(
        bot,
        InboundText(
            message_sid=f"SM{uuid.uuid4().hex}", account_sid="AC1", channel="whatsapp", from_number=f"whatsapp:{number}",
            to_number="whatsapp:+12025550100", content="pressed", observed_at=datetime.now(UTC), details=told,
        ),
    )  # fmt: skip

    (details,) = owner.execute(
        "select details from public.sms_history where phone_number = %s and direction = 'inbound'", [number]
    ).fetchone()
    assert details == {
        "ButtonText": "Send [code]", "ButtonPayload": "[code]", "InteractiveData": '{"a":"[code]"}',
        "FlowData": "my code: [code]", "FromZip": "94103",
    }  # fmt: skip


def test_a_text_with_a_code_is_not_spooled_and_uses_nothing_up_when_the_database_goes_away(bot, owner):
    """The spool would try it whenever the database is back, and tell nobody now what came of it."""
    owner.execute("delete from public.verification_counters")
    number = new_number()
    verify_phone.start(bot, number, "sms")
    code, database = code_of(bot, number), flaky(bot)
    bot.spool.probe()
    bot.facts = Facts(database, bot.spool, bot.now)
    database.failing = ["message_received"]

    with pytest.raises(DatabaseAway):
        text_from(bot, number, code)
    held = bot.spool.holds(number)
    without_code = text_from(bot, new_number(), "hello")
    database.failing = []
    came = text_from(bot, number, code)

    assert (held, without_code) == (False, ["spooled"] * 3)
    assert came == ["stored", "duplicate", "duplicate"]
    assert owner.execute(
        "select status, attempts from public.verifications where phone_number = %s", [number]
    ).fetchone() == ("approved", 1)
