"""A code that a caller says or keys in is tried with the turn it opens: once, or not at all, and kept nowhere."""

import re
import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.services.calls.aftermath import Connection
from tests.services.calls.gather.gather_calls import COMMITS, arrives, asks, core_of, dies, flaky, said_in
from tests.services.verification.verification_desk import another, code_of, new_number
from tests.support.inside import everything_stored
from tests.support.providers import ScriptedModel
from voicebot.domain.call.events import CallerSaid
from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.runtime import Runtime
from voicebot.services.verification import verify_phone
from voicebot.storage.database import DatabaseAway

pytestmark = pytest.mark.sql
NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@pytest.fixture
def number(runtime: Runtime, owner: Connection, call_sid: str) -> str:
    """The number of a caller who was sent a code and waits in a call."""
    owner.execute("delete from public.verification_counters")
    wanted = new_number()
    verify_phone.start(runtime, wanted, "sms", purpose="call")
    arrives(runtime, call_sid, wanted)
    return wanted


def says(runtime: Runtime, call_sid: str, number: str, words: str) -> str:
    """The caller opens the first turn with these words."""
    return asks(runtime, call_sid, 1, CallerSaid(words), caller=number)


def tried(owner: Connection, number: str) -> tuple[str, int]:
    """What became of the number's verification, and how many codes were counted."""
    row = owner.execute(
        "select status, attempts from public.verifications where phone_number = %s", [number]
    ).fetchone()
    assert row is not None
    return row


def opened_by(owner: Connection, call_sid: str) -> list[dict[str, str]]:
    """The stored events that opened the first turn, with what came of the code in them."""
    row = owner.execute(
        """select t.input, t.code_outcome from public.call_turns t join public.call_history c on c.id = t.call_id
            where c.call_sid = %s and t.turn = 1""",
        [call_sid],
    ).fetchone()
    assert row is not None
    return [{**event, "outcome": row[1]} for event in row[0]]


@pytest.mark.parametrize("form", ["{}", "it is {0[0]} {0[1]} {0[2]} {0[3]} {0[4]} {0[5]}"])
def test_a_wrong_code_counts_once_however_often_the_request_is_repeated(
    runtime: Runtime, owner: Connection, number: str, call_sid: str, form: str
) -> None:
    wrong = form.format(another(code_of(runtime, number, "call")))

    documents = {says(runtime, call_sid, number, wrong) for _ in range(3)}

    assert len(documents) == 1
    assert tried(owner, number) == ("pending", 1)
    assert [event["outcome"] for event in opened_by(owner, call_sid)] == ["wrong"]
    assert core_of(owner, call_sid)["assurance"] != "verified"


def test_a_right_code_verifies_the_caller_and_stays_right_when_the_request_is_repeated(
    runtime: Runtime, owner: Connection, number: str, call_sid: str
) -> None:
    code = code_of(runtime, number, "call")

    documents = {says(runtime, call_sid, number, code) for _ in range(3)}

    assert len(documents) == 1
    assert tried(owner, number) == ("approved", 1)
    assert core_of(owner, call_sid)["assurance"] == "verified"


@pytest.mark.parametrize(("right", "came_of_it"), [(True, ("approved", 1)), (False, ("pending", 1))])
def test_the_same_request_at_two_processes_at_once_tries_the_code_once(
    make_runtime: Callable[..., Runtime],
    owner: Connection,
    number: str,
    call_sid: str,
    right: bool,
    came_of_it: tuple[str, int],
) -> None:
    processes = [make_runtime(), make_runtime()]
    code = code_of(processes[0], number, "call")
    said = code if right else another(code)
    documents: list[str] = []

    threads = [
        threading.Thread(target=lambda one=one: documents.append(says(one, call_sid, number, said)))
        for one in (*processes, *processes)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(documents), len(set(documents))) == (4, 1)
    assert tried(owner, number) == came_of_it


def test_a_claim_that_fails_uses_nothing_up(
    runtime: Runtime, owner: Connection, number: str, call_sid: str
) -> None:
    code, database = code_of(runtime, number, "call"), flaky(runtime)
    database.failing = ["claim_turn"]
    with pytest.raises(DatabaseAway):
        says(runtime, call_sid, number, code)
    after_the_failure = tried(owner, number)

    database.failing = []
    says(runtime, call_sid, number, code)

    assert after_the_failure == ("pending", 0)
    assert tried(owner, number) == ("approved", 1)
    assert core_of(owner, call_sid)["assurance"] == "verified"


def test_what_came_of_a_code_outlives_the_process_that_tried_it(
    make_runtime: Callable[..., Runtime], owner: Connection, number: str, call_sid: str
) -> None:
    dying, heir = make_runtime(), make_runtime()
    code, database = code_of(heir, number, "call"), flaky(dying)
    database.failing = COMMITS
    with pytest.raises(DatabaseAway):
        says(dying, call_sid, number, code)
    dies(owner, call_sid, database)

    # Asked again, the caller says the code again, which is used up by now.
    says(heir, call_sid, number, f"I said {code}")

    assert tried(owner, number) == ("approved", 1)
    assert core_of(owner, call_sid)["assurance"] == "verified"


def test_a_code_given_when_asked_again_for_words_that_were_lost_is_tried(
    make_runtime: Callable[..., Runtime],
    model: ScriptedModel,
    owner: Connection,
    number: str,
    call_sid: str,
) -> None:
    dying, heir = make_runtime(), make_runtime()
    database = flaky(dying)
    database.failing = COMMITS
    with pytest.raises(DatabaseAway):
        says(dying, call_sid, number, "Just a moment please")
    dies(owner, call_sid, database)
    asked, code = len(model.requests), code_of(heir, number, "call")

    documents = {says(heir, call_sid, number, code) for _ in range(2)}

    assert len(documents) == 1
    assert tried(owner, number) == ("approved", 1)
    assert core_of(owner, call_sid)["assurance"] == "verified"
    assert len(model.requests) == asked


def test_no_row_holds_a_code_that_was_said(
    runtime: Runtime, owner: Connection, number: str, call_sid: str
) -> None:
    code = code_of(runtime, number, "call")

    says(runtime, call_sid, number, f"My code is {another(code)}")
    asks(runtime, call_sid, 2, CallerSaid(f"No, it is {' '.join(code)}"), caller=number)

    assert core_of(owner, call_sid)["assurance"] == "verified"
    # Digits inside an id or a time are chance.
    forms = [form for one in (code, another(code)) for form in (one, " ".join(one))]
    alone = re.compile(rf"(?<![\w.-])({'|'.join(forms)})(?![\w.-])")
    assert [place for place, value in everything_stored(owner) if alone.search(value)] == []


@pytest.mark.parametrize(("asked", "keys"), [(True, 6), (False, 1)])
def test_a_code_that_was_asked_for_elsewhere_can_be_keyed_in_from_the_first_word_on(
    runtime: Runtime, owner: Connection, call_sid: str, asked: bool, keys: int
) -> None:
    owner.execute("delete from public.verification_counters")
    wanted = new_number()
    if asked:
        verify_phone.start(runtime, wanted, "sms")

    greeting = arrives(runtime, call_sid, wanted)

    assert f'numDigits="{keys}"' in greeting


UNCLEAR = (
    "{0} {1} {2}",
    "um {0} {1}",
    "{0} {1} {2} {3} {4} {5} no wait",
    "{0} {1} {2} {3} {4} {5} {0}",
    "I think it's {0} {1} something {3} {4} {5}",
)


@pytest.mark.parametrize("form", UNCLEAR)
def test_a_code_that_was_not_understood_is_no_try_and_no_word_of_it_is_kept(
    runtime: Runtime,
    model: ScriptedModel,
    owner: Connection,
    number: str,
    call_sid: str,
    caplog: Any,
    form: str,
) -> None:
    code = code_of(runtime, number, "call")
    words = form.format(*(NAMES[int(digit)] for digit in code))
    asked_before = len(model.requests)

    document = says(runtime, call_sid, number, words)

    assert tried(owner, number) == ("pending", 0)
    assert len(model.requests) == asked_before
    assert said_in(owner, call_sid)[-2:] == [
        ("caller", "[unclear code]"),
        ("bot", phrase(Phrase.CODE_UNREAD)),
    ]
    assert [event["text"] for event in opened_by(owner, call_sid)] == ["[unclear code]"]
    assert 'numDigits="6"' in document
    kept = [value for _, value in everything_stored(owner)] + [str(vars(record)) for record in caplog.records]
    assert [value for value in kept if words in value] == []


def test_the_code_is_taken_after_it_was_not_understood(
    runtime: Runtime, owner: Connection, number: str, call_sid: str
) -> None:
    names = [NAMES[int(digit)] for digit in code_of(runtime, number, "call")]

    says(runtime, call_sid, number, " ".join(names[:4]))
    asks(runtime, call_sid, 2, CallerSaid(f"{', um, '.join(names)} thank you"), caller=number)

    assert tried(owner, number) == ("approved", 1)
    assert core_of(owner, call_sid)["assurance"] == "verified"


def test_every_number_word_is_hidden_from_the_model_while_a_code_runs(
    runtime: Runtime, model: ScriptedModel, owner: Connection, number: str, call_sid: str
) -> None:
    says(runtime, call_sid, number, "do you have any red bikes for my two children")

    assert said_in(owner, call_sid)[1] == ("caller", "do you have any red bikes for my [code] children")
    assert "two children" not in str(model.requests[-1].messages)
