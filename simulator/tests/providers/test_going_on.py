"""The stand-in model speaks the results of tools, goes on where an answer was cut off, and passes notes on."""

from typing import Any

import pytest

from simulator.providers.brain.brain import Thought, think
from simulator.tests.providers.brain_talk import TOOLS, talk


@pytest.mark.parametrize(
    ("result", "spoken"),
    [
        ('{"temperature_c": 21, "sky": "clear"}', "Temperature c: 21, sky: clear."),
        ('{"message": "your table is booked"}', "Your table is booked."),
        ('{"error": "no such city"}', "I am sorry, that did not work: No such city."),
        ('{"result": "ok"}', "That is done."),
        ("It rains", "It rains."),
        ("", "That is done."),
    ],
)
def test_a_tools_result_is_spoken(result: str, spoken: str) -> None:
    call = {
        "id": "c1",
        "type": "function",
        "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'},
    }
    messages = [
        *talk("What's the weather in Paris?"),
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": result},
    ]

    assert think(messages, TOOLS).text == spoken


@pytest.mark.parametrize(
    "instruction",
    [
        {
            "role": "system",
            "content": "Your answer above was cut off. Continue exactly where it stops; repeat nothing.",
        },
        {"role": "user", "content": "Please continue."},
        None,
    ],
)
def test_a_cut_answer_is_continued_and_not_repeated(instruction: dict[str, Any] | None) -> None:
    messages = talk("When are you open?", "Opening hours: Monday to Friday")

    thought = think([*messages, *([instruction] if instruction else [])], TOOLS)

    assert thought.text == "from nine to five. On Saturdays we are closed."


def test_an_answer_that_was_complete_is_not_lengthened_when_silence_is_asked_for() -> None:
    messages = talk("Is there parking?", "Parking is free in the courtyard.")

    thought = think(
        [
            *messages,
            {"role": "system", "content": "Continue where it stops. If it was complete, write nothing."},
        ]
    )

    assert thought == Thought("")


def test_a_reminder_after_the_question_does_not_hide_the_question() -> None:
    messages = [
        *talk("Is there parking?"),
        {"role": "system", "content": "Remember: answer in one sentence."},
    ]

    assert think(messages, TOOLS).text == "Parking is free in the courtyard."


def test_a_note_in_the_middle_of_the_talk_is_passed_on() -> None:
    messages = [
        *talk("A person please", "One moment."),
        {"role": "system", "content": "Tell the caller that nobody picked up."},
    ]

    assert think(messages, TOOLS).text == "Nobody picked up."
