"""What a call that brings a code says: nothing of it before a key is pressed, and then slowly and twice."""

import re
import uuid
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest

from tests.services.calls.gather.gather_calls import flaky, verbs, words_of
from tests.services.verification.verification_desk import code_of, let_pass, new_number
from voicebot.domain.call.reports import CallArrival
from voicebot.providers.ports import NewCall
from voicebot.services.dialling import answer as answer_dial
from voicebot.services.dialling.dial import place_dials
from voicebot.services.dialling.settle import record_dial_status
from voicebot.services.verification import read_out, verify_phone
from voicebot.storage.database import DatabaseAway
from voicebot.transports.twilio.urls import RETRY, CodeCallStep, code_call_step

pytestmark = pytest.mark.sql
NOBODYS = "00000000-0000-4000-8000-00000000dead"


@dataclass
class Dialler:
    calls: list[NewCall] = field(default_factory=list)

    def create_call(self, call: NewCall) -> str:
        self.calls.append(call)
        return f"CA{uuid.uuid4().hex}"


@pytest.fixture
def carrier() -> Dialler:
    return Dialler()


@pytest.fixture
def bot(make_runtime, carrier, owner):
    owner.execute("delete from public.verification_counters")
    return make_runtime(telephony=carrier)


@pytest.fixture
def number(bot) -> str:
    number = new_number()
    verify_phone.start(bot, number, "call")
    place_dials(bot)
    return number


@pytest.fixture
def begun(carrier, number) -> CodeCallStep:
    """The call as it is when it is answered."""
    return step_of(carrier.calls[-1].url)


def step_of(url: str, *, key: str = "") -> CodeCallStep:
    """What the webhook reads from an address, and from the key that came with the request."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    return code_call_step(query, key_pressed=key == read_out.KEY)


def gather(said: str) -> ElementTree.Element:
    found = ElementTree.fromstring(said).find("Gather")
    assert found is not None, said
    return found


def goes_on(said: str, *, key: str = "") -> CodeCallStep:
    """Where the call goes after a document in which somebody pressed a key, or nobody did."""
    return step_of(gather(said).attrib["action"], key=key)


def digits_in(said: str, language: str = "en-US") -> str:
    words = re.findall(r">(\w+)\.</Say>", said)
    digits = read_out.WORDS.said(read_out.DIGITS, language).split()
    return "".join(str(digits.index(word)) for word in words if word in digits)


def heard(bot, begun: CodeCallStep) -> str:
    """What somebody hears who presses the key at once."""
    return read_out.document(bot, goes_on(read_out.document(bot, begun), key="1"))


# --- the question ---------------------------------------------------------------------------------


def test_whoever_answers_is_told_who_calls_and_asked_for_one_key(bot, begun):
    said = read_out.document(bot, begun)

    name = bot.settings.service_name
    assert words_of(said) == [f"This is {name} with your verification code. Press 1 to hear it."]
    asked = gather(said).attrib
    assert (asked["input"], asked["numDigits"], asked["finishOnKey"]) == ("dtmf", "1", "")
    assert asked["actionOnEmptyResult"] == "true"
    assert asked["action"].endswith(RETRY)


def test_a_voicemail_box_is_asked_twice_and_never_hears_the_code(bot, number, begun):
    documents = [read_out.document(bot, begun)]
    while "<Gather" in documents[-1]:
        documents.append(read_out.document(bot, goes_on(documents[-1])))

    assert [verbs(said) for said in documents] == [["Gather"], ["Gather"], ["Say", "Hangup"]]
    assert words_of(documents[0]) == words_of(documents[1])
    assert not any(digits_in(said) for said in documents)
    assert code_of(bot, number) not in "".join(documents)


def test_the_second_question_can_still_be_answered(bot, number, begun):
    second = read_out.document(bot, goes_on(read_out.document(bot, begun)))

    assert digits_in(read_out.document(bot, goes_on(second, key="1"))) == code_of(bot, number) * 2


@pytest.mark.parametrize("key", ["2", "#", "*", "hangup"])
def test_another_key_is_asked_again(bot, begun, key):
    first = read_out.document(bot, begun)

    assert words_of(read_out.document(bot, goes_on(first, key=key))) == words_of(first)


def test_a_key_that_was_not_asked_for_opens_nothing(bot, begun):
    assert verbs(read_out.document(bot, replace(begun, pressed=True))) == ["Gather"]


# --- the code -------------------------------------------------------------------------------------


def test_the_code_is_read_slowly_and_twice(bot, number, begun):
    said = heard(bot, begun)

    assert digits_in(said) == code_of(bot, number) * 2
    assert len(re.findall(r'<Pause length="1"', said)) >= 12
    # A second key press does not cut it off: only the question after it listens.
    assert words_of(ElementTree.tostring(gather(said), encoding="unicode")) == ["To hear it again, press 1."]


def test_a_code_is_texted_and_read_out_in_the_language_that_it_was_asked_for_in(bot, carrier, owner):
    number = new_number()
    verify_phone.start(bot, number, "sms", language="de-AT")
    let_pass(owner, number, 61)
    verify_phone.start(bot, number, "call", language="de-AT")
    place_dials(bot)
    [(text,)] = owner.execute("select content from public.sms_history where to_number = %s", [number])
    answered = step_of(carrier.calls[-1].url)
    [(call_sid,)] = owner.execute(
        "select call_sid from public.call_attempts where id = %s", [answered.attempt_id]
    )
    arrival = CallArrival(call_sid, "outbound-api", bot.settings.twilio_phone_number, number)

    asked = answer_dial.document(bot, arrival, answered)
    read = read_out.document(bot, goes_on(asked, key="1"))

    assert "ist Ihr Code für" in text
    assert words_of(asked)[0].endswith("mit Ihrem Bestätigungscode. Drücken Sie die 1, um ihn zu hören.")
    assert digits_in(read, "de-AT") == code_of(bot, number) * 2
    assert 'language="de-AT"' in read and 'language="en' not in read
    assert words_of(ElementTree.tostring(gather(read), encoding="unicode")) == [
        "Um ihn noch einmal zu hören, drücken Sie die 1."
    ]


def test_the_code_that_is_read_is_right(bot, number, begun):
    assert verify_phone.check(bot, number, digits_in(heard(bot, begun))[:6]).outcome == "approved"


def test_the_code_is_read_again_for_a_key_and_three_times_in_all(bot, number, begun):
    documents = [heard(bot, begun)]
    while "<Gather" in documents[-1]:
        documents.append(read_out.document(bot, goes_on(documents[-1], key="1")))

    assert [digits_in(said) for said in documents] == [code_of(bot, number) * 2] * 3
    assert verbs(documents[-1])[-1] == "Hangup"


def test_who_has_heard_enough_is_told_goodbye(bot, begun):
    said = read_out.document(bot, goes_on(heard(bot, begun)))

    assert words_of(said) == ["Goodbye."]
    assert verbs(said)[-1] == "Hangup"


def test_a_repeated_request_gets_the_same_document(bot, begun):
    ask = read_out.document(bot, begun)
    key = goes_on(ask, key="1")

    assert read_out.document(bot, begun) == ask
    assert read_out.document(bot, key) == read_out.document(bot, key)
    assert read_out.document(bot, goes_on(ask)) == read_out.document(bot, goes_on(ask))


# --- codes that are not read ----------------------------------------------------------------------


@pytest.mark.parametrize("attempt", ["", "nonsense", NOBODYS])
def test_a_call_that_is_nobodys_hears_no_code(bot, attempt):
    assert "no longer valid" in read_out.document(bot, CodeCallStep(attempt, asked=1, pressed=True))


def test_a_code_that_was_used_is_not_read_out(bot, number, begun):
    verify_phone.check(bot, number, code_of(bot, number))

    assert "no longer valid" in heard(bot, begun)


def test_a_code_that_is_too_old_is_not_read_out_and_not_noted_as_heard(bot, owner, number, begun):
    let_pass(owner, number, 601)

    assert "no longer valid" in heard(bot, begun)
    assert heard_at(owner, begun) is None


def test_a_code_is_not_read_out_once_the_call_is_over(bot, owner, begun):
    (sid,) = owner.execute(
        "select call_sid from public.call_attempts where id = %s", [begun.attempt_id]
    ).fetchone()

    record_dial_status(bot, begun.attempt_id, f"CA{uuid.uuid4().hex}", "completed")
    after_anothers_end = heard(bot, begun)
    record_dial_status(bot, begun.attempt_id, sid, "completed")

    assert "Once more" in after_anothers_end
    assert "no longer valid" in heard(bot, begun)


def test_the_first_key_is_noted_and_later_ones_change_nothing(bot, owner, begun):
    before = heard_at(owner, begun)
    heard(bot, begun)
    first = heard_at(owner, begun)
    heard(bot, begun)

    assert before is None
    assert first is not None
    assert heard_at(owner, begun) == first


# --- the database is away -------------------------------------------------------------------------


def test_without_the_database_the_question_is_asked_all_the_same(bot, begun):
    flaky(bot).away = True

    assert verbs(read_out.document(bot, begun)) == ["Gather"]
    assert verbs(read_out.document(bot, replace(begun, asked=2))) == ["Say", "Hangup"]


def test_a_key_pressed_without_the_database_is_tried_again_twice_and_not_asked_for_again(bot, number, begun):
    database, key = flaky(bot), replace(begun, asked=1, pressed=True)
    database.away = True
    with pytest.raises(DatabaseAway):
        read_out.document(bot, key)
    documents = []
    while not documents or "<Redirect" in documents[-1]:
        documents.append(read_out.without_database(bot.settings, key))
        if (onward := ElementTree.fromstring(documents[-1]).find("Redirect")) is not None:
            key = step_of(onward.text)
    database.away = False

    assert [verbs(said)[-1] for said in documents] == ["Redirect", "Redirect", "Hangup"]
    assert "cannot read your code out" in words_of(documents[-1])[0]
    assert digits_in(read_out.document(bot, key)) == code_of(bot, number) * 2


def heard_at(owner, step: CodeCallStep):
    (moment,) = owner.execute(
        "select heard_at from public.call_attempts where id = %s", [step.attempt_id]
    ).fetchone()
    return moment
