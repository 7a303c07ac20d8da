"""Schemas are filled from the conversation: any schema, and nothing that was not said."""

import json
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


def test_names_numbers_and_yes_or_no_are_read_by_the_key() -> None:
    assert one("caller_name") == "Ada Byron"
    assert one("phone_number") == "+1 202 555 0123"
    assert one("email") == ""
    assert one("wants_helicopters", type="boolean", description="whether helicopters came up") is True
    assert one("wants_insurance", type="boolean") is False
    assert one("floor", type="integer", minimum=0) == 0
    assert one("price", "Caller: What is the price?\nBot: The price is 80 dollars.", type="integer") == 80


@pytest.mark.parametrize(
    ("said", "mood"),
    [("Thank you, that is great!", "positive"), ("This is terrible.", "negative"), ("It rains.", "neutral")],
)
def test_a_mood_is_read_from_the_callers_words(said: str, mood: str) -> None:
    assert (
        one(
            "sentiment",
            f"Bot: I am happy.\nCaller: {said}",
            type="string",
            enum=["positive", "neutral", "negative"],
        )
        == mood
    )


def test_references_alternatives_and_nested_objects_are_followed() -> None:
    schema = {
        "type": "object",
        "$defs": {
            "person": {"type": "object", "properties": {"name": STRING, "age": {"type": ["integer", "null"]}}}
        },
        "properties": {
            "who": {"$ref": "#/$defs/person"},
            "maybe_email": {"anyOf": [{"type": "null"}, {"type": ["string", "null"]}]},
            "kind": {"const": "call"},
            "action_items": {
                "type": "array",
                "items": {"type": "object", "properties": {"task": STRING, "done": {"type": "boolean"}}},
            },
        },
    }

    value = read(schema)

    assert value["who"]["name"] == "Ada Byron"
    assert value["maybe_email"] in (None, "")
    assert value["kind"] == "call"
    assert [set(item) for item in value["action_items"]] == [{"task", "done"}]
    assert value["action_items"][0]["task"].startswith("Call the caller back")


def test_a_conversation_in_messages_or_in_json_is_read_as_well() -> None:
    rows = [{"speaker": "bot", "text": "Hello."}, {"speaker": "caller", "text": "Is the pool heated?"}]
    as_messages = [
        {"role": "user", "content": "Is the pool heated?"},
        {"role": "assistant", "content": "It is."},
    ]

    assert extract(as_messages, SUMMARY)["title"] == "Is the pool heated"
    assert extract([{"role": "user", "content": json.dumps(rows)}], SUMMARY)["title"] == "Is the pool heated"


def test_a_free_object_has_the_keys_that_the_prompt_names() -> None:
    prompt = f'Answer in JSON with the keys "title", `action_items`.\nTranscript:\n{TRANSCRIPT}'

    value = free_object([{"role": "system", "content": prompt}])

    assert list(value) == ["title", "action_items"]
    assert isinstance(value["action_items"], list)


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "object"},
        {"type": "null"},
        {"enum": []},
        {"type": "array"},
        {"$ref": "#/$defs/none"},
        {"enum": [None]},
    ],
)
def test_odd_schemas_never_break_it(schema: dict[str, Any]) -> None:
    assert json.dumps(read({"type": "object", "properties": {"x": schema}}))
