"""Names and places as a recogniser writes what callers say: without capitals, spelled out, or for the model to read."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.services.calls.guided_caller import Caller, profile, spoken
from tests.services.texts.text_house import Connection, empty, somebody
from tests.support.answer_reader import AnswerReader
from voicebot.domain.onboarding.phrases import not_taken
from voicebot.domain.onboarding.state import Question
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.runtime import Runtime

pytestmark = pytest.mark.sql


@pytest.fixture(autouse=True)
def nobody(owner: Connection) -> None:
    empty(owner)


@pytest.fixture
def reader() -> AnswerReader:
    return AnswerReader()


@pytest.fixture
def guiding(make_runtime: Callable[..., Runtime], runtime: Runtime, reader: AnswerReader) -> Runtime:
    return make_runtime(model=reader, settings=runtime.settings.model_copy(update={"onboarding": "all"}))


def kept(owner: Connection, caller: Caller) -> tuple[str, str, str]:
    known = profile(owner, caller.number)
    return known["first_name"], known["last_name"], known["location"] or ""


@pytest.mark.parametrize(
    ("words", "row"),
    [
        (["my name is john f keller", "nice france"], ("John", "Keller", "Nice France")),
        (["uh it's me mario", "i live in live oak florida"], ("Mario", "", "Live Oak Florida")),
        (["j o h n", "i'm from los angeles"], ("John", "", "Los Angeles")),
        (["doctor jane smith s m y t h", "boston"], ("Jane", "Smyth", "Boston")),
        (["me llamo ana lópez", "vivo en madrid"], ("Ana", "López", "Madrid")),
        (["my name is sean o'brien and i live in cork"], ("Sean", "O'Brien", "Cork")),
    ],
)
def test_what_callers_say_is_kept_as_it_is_written(
    guiding: Runtime, reader: AnswerReader, owner: Connection, words: list[str], row: tuple[str, str, str]
) -> None:
    caller = Caller(guiding, somebody())

    for said in words:
        caller.says(said)

    assert kept(owner, caller) == row
    assert reader.asked == []


def test_where_the_rules_are_unsure_the_model_reads_what_was_said(
    guiding: Runtime, reader: AnswerReader, owner: Connection
) -> None:
    caller = Caller(guiding, somebody())
    reader.found = {"name": "kim do", "place": ""}

    caller.says("people say kim do to me")

    assert kept(owner, caller) == ("Kim", "Do", "")
    assert spoken(owner, caller)[-1] == "Thank you, Kim. Which city or region do you live in?"
    assert len(reader.asked) == 1


@pytest.mark.parametrize(
    "found",
    [
        {"name": "", "place": ""},
        {"name": "Bob", "place": ""},
        ProviderError("openai", "500", Outcome.UNKNOWN),
    ],
)
def test_what_nobody_can_read_is_asked_for_again_and_then_taken_as_it_stands(
    guiding: Runtime, reader: AnswerReader, owner: Connection, found: Any
) -> None:
    caller = Caller(guiding, somebody())
    reader.found = found

    caller.says("kim do")
    assert spoken(owner, caller)[-1] == f"{not_taken(Question.NAME)} What is your name?"

    caller.says("kim do")
    assert kept(owner, caller) == ("Kim", "Do", "")


def test_a_turn_that_comes_again_is_read_once(
    guiding: Runtime, reader: AnswerReader, owner: Connection
) -> None:
    caller = Caller(guiding, somebody())
    reader.found = {"name": "kim do", "place": ""}

    caller.says("kim do")
    caller.turn -= 1
    caller.says("kim do")

    assert kept(owner, caller) == ("Kim", "Do", "")
    assert len(reader.asked) == 1
