"""The fields of a summary are filled from the conversation, with nothing that was not said."""

from random import Random
from typing import Any

import pytest

from simulator.providers.recaps.fields import extract, free_object

TRANSCRIPT = """Bot: Hello. How can I help you?
Caller: Hi, when are you open on Fridays?
Bot: Monday to Friday from nine to five.
Caller: Do you sell helicopters?
Bot: I am sorry, I do not know that.
Caller: My name is Ada Byron. Please tell John to call me back at +1 202 555 0123.
Bot: Thank you, I have noted your message. Is there anything else I can do for you?
Caller: No, goodbye.
Bot: Goodbye!"""

STRING, STRINGS = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
OUTCOMES = ["answered", "message_taken", "transferred", "not_reached", "abandoned", "unclear"]
SUMMARY = {
    "type": "object",
    "properties": {
        "title": STRING,
        "tldr": STRING,
        "key_decisions": STRINGS,
        "action_items": STRINGS,
        "follow_up_questions": STRINGS,
        "outcome": {"type": "string", "enum": OUTCOMES},
    },
}


def read(schema: dict[str, Any], transcript: str = TRANSCRIPT) -> Any:
    return extract(
        [{"role": "system", "content": f"Summarise it.\n- title: short.\n\nTranscript:\n{transcript}"}],
        schema,
    )


def one(name: str, transcript: str = TRANSCRIPT, **schema: Any) -> Any:
    return read({"type": "object", "properties": {name: schema or STRING}}, transcript)[name]


def test_a_calls_summary_says_who_wanted_what_and_what_came_of_it() -> None:
    summary = read(SUMMARY)

    assert summary["title"] == "When are you open on Fridays"
    assert "when are you open on Fridays?" in summary["tldr"]
    assert "Monday to Friday from nine to five" in summary["tldr"]
    assert summary["action_items"] == [
        'Call the caller back: "My name is Ada Byron. Please tell John to call me back at +1 202 555 0123."'
    ]
    assert summary["follow_up_questions"] == ["Do you sell helicopters?"]
    assert summary["outcome"] == "message_taken"


@pytest.mark.parametrize("seed", range(5))
def test_a_random_question_comes_back_in_the_summary(seed: int) -> None:
    noun = "".join(Random(seed).choices("bcdfglmnprstvaeiou", k=9))

    summary = read(
        SUMMARY, f"Bot: Hello.\nCaller: How old is the {noun}?\nBot: The {noun} is seven.\nCaller: Bye."
    )

    assert noun in summary["title"] and noun in summary["tldr"]
    assert summary["outcome"] == "answered"
    assert summary["action_items"] == [] and summary["follow_up_questions"] == []


@pytest.mark.parametrize(
    ("talk", "outcome"),
    [
        ("Bot: Hello. How can I help you?", "abandoned"),
        (
            "Bot: Hello.\nCaller: A person, please.\nBot: One moment please, I am connecting you.",
            "transferred",
        ),
        (
            "Bot: Hello.\nCaller: A person, please.\nBot: I'm sorry, nobody picked up. How else can I help you?",
            "not_reached",
        ),
        ("Bot: Hello.\nCaller: Do you sell boats?\nBot: I am sorry, I do not know that.", "unclear"),
        ("Bot: Hello.\nCaller: Is it far?\nBot: It is two miles.", "answered"),
    ],
)
def test_the_outcome_is_what_the_talk_shows(talk: str, outcome: str) -> None:
    assert one("outcome", talk, type="string", enum=OUTCOMES) == outcome


def test_a_talk_in_which_nothing_was_said_gives_empty_lists() -> None:
    summary = read(SUMMARY, "Bot: Hello. How can I help you?")

    assert summary["key_decisions"] == summary["action_items"] == summary["follow_up_questions"] == []
    assert summary["title"] and summary["tldr"]


def test_a_conversation_in_messages_is_read_as_well() -> None:
    as_messages = [
        {"role": "user", "content": "Is the pool heated?"},
        {"role": "assistant", "content": "It is."},
    ]

    assert extract(as_messages, SUMMARY)["title"] == "Is the pool heated"


def test_a_free_object_has_the_keys_that_the_prompt_names() -> None:
    prompt = f'Answer in JSON with the keys "title", `action_items`.\nTranscript:\n{TRANSCRIPT}'

    value = free_object([{"role": "system", "content": prompt}])

    assert list(value) == ["title", "action_items"]
    assert isinstance(value["action_items"], list)


def test_a_field_that_is_not_in_the_table_stays_empty() -> None:
    assert one("floor", type="integer") == 0
    assert one("caller_name", type="string") == ""
    assert one("odd") == ""
    assert read({}) == {}
