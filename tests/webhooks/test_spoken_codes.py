"""Codes as they come over the wire: spoken, keyed in and texted, in the languages of the caller."""

from typing import Any

import pytest

from tests.domain.verification.spoken_codes import DIGITS, below_hundred, groups, in_full
from tests.services.calls.aftermath import Connection
from tests.services.verification.verification_desk import code_of, new_number
from tests.webhooks.conftest import NUMBER, Sender
from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.services.verification import verify_phone

pytestmark = pytest.mark.sql


class Caller:
    """Somebody who was sent a code and is in a call."""

    def __init__(self, sender: Sender, number: str) -> None:
        self.sender, self.number, self.turn = sender, number, 0
        verify_phone.start(sender.runtime, number, "sms", purpose="call")
        self.code = code_of(sender.runtime, number, "call")
        self.sid = sender.call(From=number)

    def does(self, **form: str) -> str:
        """Send a turn as the carrier does; return its document."""
        self.turn += 1
        path = f"/twilio/voice/turn?turn={self.turn}&document=0"
        fields: dict[str, Any] = {
            "CallSid": self.sid,
            "From": self.number,
            "To": NUMBER,
            "Direction": "inbound",
        }
        answer = self.sender.post(path, **(fields | form))
        assert answer.status_code == 200
        return str(answer.data.decode())


@pytest.fixture
def caller(sender: Sender, owner: Connection) -> Caller:
    owner.execute("delete from public.verification_counters")
    return Caller(sender, new_number())


def said_in(owner: Connection, sid: str) -> list[str]:
    """The transcript so far."""
    rows = owner.execute(
        """select t.content from public.transcripts t join public.call_history c on c.id = t.session_id
            where c.call_sid = %s order by t.sequence_number""",
        [sid],
    )
    return [content for (content,) in rows]


@pytest.mark.parametrize("language", ["en", "es", "fr", "de", "pt", "it"])
def test_half_a_code_is_asked_for_and_the_whole_one_is_taken(
    caller: Caller, owner: Connection, language: str
) -> None:
    names = DIGITS[language].split()
    spoken = [names[int(digit)] for digit in caller.code]

    caller.does(SpeechResult=" ".join(spoken[:4]), Confidence="0.9")
    caller.does(Digits=caller.code[:4])
    caller.does(SpeechResult=f"{spoken[0]} {', '.join(spoken[1:])}.", Confidence="0.9")

    unclear = ["[unclear code]", phrase(Phrase.CODE_UNREAD)]
    assert said_in(owner, caller.sid)[1:] == [*unclear, *unclear, "[code].", phrase(Phrase.CODE_RIGHT)]
    assert owner.execute(
        "select status, attempts from public.verifications where phone_number = %s", [caller.number]
    ).fetchone() == ("approved", 1)


@pytest.mark.parametrize("form", ["pairs", "threes", "in full", "twice", "corrected"])
def test_a_code_is_taken_in_the_ways_that_people_say_it(caller: Caller, owner: Connection, form: str) -> None:
    code, names = caller.code, DIGITS["en"].split()
    digits = " ".join(names[int(digit)] for digit in code)
    wrong = below_hundred("en", (int(code[-1]) + 1) % 10)
    spoken = {
        "pairs": ", ".join(groups("en", code, 2)),
        "threes": ", um, ".join(groups("en", code, 3)),
        "in full": in_full("en", code) if code[0] != "0" else digits,
        "twice": f"{digits}, {digits}",
        "corrected": f"{digits.rsplit(' ', 1)[0]} {wrong}, no wait, {names[int(code[-1])]} not {wrong}",
    }[form]

    caller.does(SpeechResult=f"my code is {spoken}", Confidence="0.8")

    assert said_in(owner, caller.sid)[-1] == phrase(Phrase.CODE_RIGHT)
    assert spoken not in " ".join(said_in(owner, caller.sid))


@pytest.mark.parametrize(
    "words",
    [
        "482 91",
        "quatro oito dois",
        "4 eight two",
        "it starts with four eight",
        "sei due",
        "it's not 123456",
    ],
)
def test_half_a_code_in_a_text_is_no_try_and_is_not_kept(
    sender: Sender, owner: Connection, words: str
) -> None:
    owner.execute("delete from public.verification_counters")
    number = new_number()
    verify_phone.start(sender.runtime, number, "sms")

    sid = f"SM{abs(hash((number, words))):032x}"[:34]
    sender.post("/twilio/sms", MessageSid=sid, From=number, To=NUMBER, Body=words)

    assert owner.execute(
        "select content from public.sms_history where from_number = %s", [number]
    ).fetchall() == [("[unclear code]",)]
    assert owner.execute(
        "select attempts from public.verifications where phone_number = %s", [number]
    ).fetchone() == (0,)
