"""Names and places as people text them, over the real database: read by rules, by the model where these are unsure, or asked for again."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.services.texts.text_house import Connection, answer_all, outgoing, somebody, texts
from tests.support.answer_reader import AnswerReader
from voicebot.domain.onboarding.phrases import not_taken
from voicebot.domain.onboarding.reading import Reading
from voicebot.domain.onboarding.state import Question
from voicebot.providers.openai.json_answer import strict_schema
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.runtime import Runtime
from voicebot.services.onboarding.read_answer import FoundWords, read_answer

pytestmark = [pytest.mark.sql, pytest.mark.usefixtures("no_texts")]


@pytest.fixture
def reader() -> AnswerReader:
    return AnswerReader()


@pytest.fixture
def reading(make_runtime: Callable[..., Runtime], reader: AnswerReader) -> Runtime:
    return make_runtime(model=reader)


def asked_for(runtime: Runtime, question: str) -> str:
    """Somebody whose open question is the one for a name or for a place."""
    number = somebody()
    texts(runtime, number, "Hello")
    answer_all(runtime)
    if question == "place":
        texts(runtime, number, "Ada")
        answer_all(runtime)
    return number


def says(runtime: Runtime, number: str, *words: str, **more: Any) -> None:
    for each in words:
        texts(runtime, number, each, **more)
        answer_all(runtime)


def kept(owner: Connection, number: str) -> tuple[str, str, str]:
    found = owner.execute(
        "select first_name, last_name, coalesce(location, '') from public.user_profiles where phone_number = %s",
        [number],
    ).fetchone()
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("question", "words", "row"),
    [
        ("name", "John F. Keller", ("John", "Keller", "")),
        ("name", "Dr. Jane Smith", ("Jane", "Smith", "")),
        ("name", "Smith, John", ("John", "Smith", "")),
        ("name", "It's me, Mario", ("Mario", "", "")),
        ("name", "Sean O´Brien", ("Sean", "O'Brien", "")),
        ("name", "Kim Do", ("Kim", "Do", "")),
        ("name", "Je m'appelle Marie", ("Marie", "", "")),
        ("name", "Mrs. Robinson", ("", "Robinson", "")),
        ("place", "Nice, France", ("Ada", "", "Nice, France")),
        ("place", "Live Oak, FL", ("Ada", "", "Live Oak, FL")),
    ],
)
def test_what_is_clear_is_stored_without_the_model(
    reading: Runtime,
    reader: AnswerReader,
    owner: Connection,
    question: str,
    words: str,
    row: tuple[str, str, str],
) -> None:
    number = asked_for(reading, question)

    says(reading, number, words)

    assert kept(owner, number) == row
    assert reader.asked == []


def test_where_the_rules_are_unsure_the_model_reads(
    reading: Runtime, reader: AnswerReader, owner: Connection
) -> None:
    number = asked_for(reading, "name")
    reader.found = {"name": "kim do", "place": "nice"}

    says(reading, number, "they say kim do, and nice is where i am")

    assert kept(owner, number) == ("Kim", "Do", "Nice")
    assert "they say kim do" in reader.asked[0]
    assert "Thank you, Kim." in outgoing(owner, number)[-1]["content"]


@pytest.mark.parametrize(
    "found",
    [
        {"name": "", "place": ""},
        {"name": "John Smith", "place": "London"},
        {"name": None, "place": 3},
        {"something": "else"},
        ProviderError("openai", "500", Outcome.UNKNOWN),
    ],
)
def test_what_the_model_does_not_find_or_makes_up_is_asked_for_again_and_then_taken_as_it_stands(
    reading: Runtime, reader: AnswerReader, owner: Connection, found: Any
) -> None:
    number = asked_for(reading, "name")
    reader.found = found

    says(reading, number, "kim do")
    assert kept(owner, number) == ("", "", "")
    assert not_taken(Question.NAME) in outgoing(owner, number)[-1]["content"]

    says(reading, number, "kim do")
    assert kept(owner, number) == ("Kim", "Do", "")


@pytest.mark.parametrize("words", ["later", "skip", "what is this for?", "talk to a human", "STOP"])
def test_the_model_reads_nothing_that_the_rules_understand(
    reading: Runtime, reader: AnswerReader, owner: Connection, words: str
) -> None:
    number = asked_for(reading, "name")

    says(reading, number, words)

    assert reader.asked == []
    assert kept(owner, number) == ("", "", "")


def test_a_long_story_is_read_by_the_model_alone(
    reading: Runtime, reader: AnswerReader, owner: Connection
) -> None:
    number = asked_for(reading, "name")
    reader.found = {"name": "Ada Lovelace", "place": "London"}

    says(reading, number, "It is a long story " * 40 + "but I am Ada Lovelace and have always been in London")

    assert kept(owner, number) == ("Ada", "Lovelace", "London")


# --- a location -----------------------------------------------------------------------------------

PIN = {"Latitude": "40.4168", "Longitude": "-3.7038"}


def test_a_location_answers_the_question_for_a_place(reading: Runtime, owner: Connection) -> None:
    number = asked_for(reading, "place")

    says(reading, number, "", details={**PIN, "Address": "Plaza Mayor 1, Madrid, Spain", "Label": "Home"})

    assert kept(owner, number) == ("Ada", "", "Madrid, Spain")
    assert "Noted: Madrid, Spain." in outgoing(owner, number)[-1]["content"]


def test_a_location_without_words_for_it_is_kept_as_coordinates(reading: Runtime, owner: Connection) -> None:
    number = asked_for(reading, "place")

    says(reading, number, "", details=PIN)

    assert kept(owner, number) == ("Ada", "", "40.42, -3.70")


def test_a_location_that_comes_before_its_question_answers_it(reading: Runtime, owner: Connection) -> None:
    number = asked_for(reading, "name")

    says(reading, number, "", details={**PIN, "Address": "Madrid, Spain"})

    assert kept(owner, number) == ("", "", "Madrid, Spain")
    assert "What is your name?" in outgoing(owner, number)[-1]["content"]


def test_a_first_text_that_is_a_location_is_kept(reading: Runtime, owner: Connection) -> None:
    number = somebody()

    says(reading, number, "", details={**PIN, "Address": "Madrid, Spain"})

    assert kept(owner, number) == ("", "", "Madrid, Spain")
    said = [row["content"] for row in outgoing(owner, number)]
    assert any("Thank you for the location." in text for text in said)


# --- what the model is asked ----------------------------------------------------------------------


def test_the_model_is_asked_for_two_texts_and_nothing_beside_them() -> None:
    assert strict_schema(FoundWords) == {
        "type": "object",
        "properties": {"name": {"type": "string"}, "place": {"type": "string"}},
        "required": ["name", "place"],
        "additionalProperties": False,
    }


def test_a_reading_is_trimmed(reading: Runtime, reader: AnswerReader) -> None:
    reader.found = {"name": " Ada ", "place": "  "}

    assert read_answer(reading, "I am Ada") == Reading("Ada", "")
