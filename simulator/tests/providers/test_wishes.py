"""What callers want done is done with the tools of the request, and with no others."""

from typing import Any

import pytest

from simulator.providers.brain.brain import Thought, think
from simulator.tests.providers.brain_talk import PROMPT, TOOLS, ask, talk, text, tool

OFFER = "I am sorry, I do not know that. Shall I take a message?"


def test_a_message_is_offered_where_no_fact_fits_and_one_can_be_taken() -> None:
    assert ask("Do you sell sushi?").text == OFFER
    assert "message" not in ask("Do you sell sushi?", tools=[]).text


@pytest.mark.parametrize(
    ("said", "thought"),
    [
        ("yes", Thought("Please tell me the message.")),
        ("no, thanks", Thought("All right. Is there anything else I can help you with?")),
        ("Yes, the roof leaks", Thought(calls=(("take_message", {"message": "the roof leaks"}),))),
        ("is there parking?", Thought("Parking is free in the courtyard.")),
    ],
)
def test_the_offer_of_a_message_is_taken_or_left(said: str, thought: Thought) -> None:
    assert ask("Do you sell sushi?", OFFER, said) == thought


@pytest.mark.parametrize(
    "said",
    [
        "Tell Tom that the crown fell out",
        "could you please let Dr know that I am late",
        "please call me back",
        "Please have somebody call me back tomorrow",
        "can someone ring me back?",
    ],
)
def test_what_is_to_be_told_to_somebody_is_a_message_in_the_callers_words(said: str) -> None:
    assert ask(said).calls == (("take_message", {"message": said}),)


@pytest.mark.parametrize(
    "said", ["Can I leave a message for the owner?", "I want to leave a message", "take a note please"]
)
def test_a_message_without_words_is_asked_for(said: str) -> None:
    assert ask(said) == Thought("Please tell me the message.")


@pytest.mark.parametrize(
    ("said", "wish"),
    [
        ("I want a Darth Vader voice", "Darth Vader"),
        ("Can I have the voice of Rachel?", "Rachel"),
        ("Speak with Sarah's voice", "Sarah"),
        ("Can you use the voice Alice", "Alice"),
        ("a male voice please", "male"),
        ("Could you sound like a woman", "woman"),
        ("another voice please, a man", "man"),
        ("your voice is annoying, could I have a deep male one?", "deep male"),
    ],
)
def test_another_voice_is_wished_for_by_name_gender_or_kind(said: str, wish: str) -> None:
    assert ask(said).calls == (("change_voice", {"wish": wish}),)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("A person please", "I cannot connect you with a person."),
        ("Can I leave a message?", "I cannot take a message here."),
    ],
)
def test_what_the_request_has_no_tool_for_is_said_to_be_impossible(said: str, told: str) -> None:
    thought = think(talk(said, prompt=PROMPT), [])

    assert told in thought.text
    assert not thought.calls


@pytest.mark.parametrize("said", ["Did Peter call?", "When does the course end?", "I have a call at noon"])
def test_the_call_is_ended_on_plain_words_alone(said: str) -> None:
    assert "end_call" not in [name for name, _ in ask(said).calls]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("How are you?", "I am fine"),
        ("hello, are you there?", "I am here"),
        ("I have a complaint", "sorry to hear"),
    ],
)
def test_courtesies_are_answered(said: str, told: str) -> None:
    assert told in ask(said).text


@pytest.mark.parametrize(
    ("prompt", "question", "told"),
    [
        ("You answer calls for Fern Books. Tell callers that we are closed on Mondays.", "Are you open on Mondays?", "closed"),
        ("You are a bot. If you are late, we keep your table for ten minutes.", "What if I am late?", "ten minutes"),
        ("You are a bot. You can pay by card.", "Can I pay by card?", "You can pay by card."),
        ("You are a bot. Call us at 555 0199 about lost keys.", "Who do I call about lost keys?", "555 0199"),
        ("You take calls for Fern Books.", "Who is this?", "I am the assistant of Fern Books."),
    ],
)  # fmt: skip
def test_what_a_prompt_says_to_customers_is_a_fact_too(prompt: str, question: str, told: str) -> None:
    assert told in ask(question, prompt=prompt, tools=TOOLS).text


def test_orders_to_the_model_are_recited_to_nobody() -> None:
    told: list[Any] = [
        ask(
            question,
            prompt="You are a bot. You can transfer callers to a person. Never give callers our discount. Ask the caller for a name.",
        ).text
        for question in ("Do you have a discount?", "What do you ask for a name?")
    ]

    assert all("do not know" in text for text in told)


CALLBACK = tool(
    "callback",
    "Have this line call the person by itself at a time that they name, move that call, or take it back.",
    when=text("The day and time."),
    kind=text("set or cancel."),
)


@pytest.mark.parametrize(
    ("said", "called"),
    [
        ("Call me tomorrow at nine", {"when": "tomorrow at nine", "kind": "set"}),
        ("please call me back in half an hour", {"when": "in half an hour", "kind": "set"}),
        ("Never mind the call", {"kind": "cancel"}),
    ],
)
def test_a_call_at_a_time_is_set_where_there_is_a_tool_for_it(said: str, called: dict[str, Any]) -> None:
    assert ask(said, tools=[*TOOLS, CALLBACK]).calls == (("callback", called),)


@pytest.mark.parametrize("said", ["please call me back", "Please have somebody call me back tomorrow"])
def test_a_call_of_somebody_or_without_a_time_stays_a_message(said: str) -> None:
    assert ask(said, tools=[*TOOLS, CALLBACK]).calls == (("take_message", {"message": said}),)
