"""A summary of a call tells what was wanted and what came of it, and gives the team nothing to do that nobody asked for."""

from typing import Any

import pytest

from simulator.providers.recaps.fields import extract
from voicebot import prompts
from voicebot.providers.openai.json_answer import strict_schema
from voicebot.services.calls.summarise import WrittenSummary

HELLO = "Bot: Hello, this is Harbour Street Bicycles.\nBot: How can I help you?"
HOURS = "Bot: On Saturday we are open until two."


def summary(*lines: str) -> dict[str, Any]:
    """Summarise as the product asks for it."""
    prompt = prompts.render("summary", goal="", transcript="\n".join([HELLO, *lines]))
    return dict(extract([{"role": "user", "content": prompt}], strict_schema(WrittenSummary)))


def test_a_question_and_its_answer() -> None:
    told = summary(
        "Caller: Hi, when do you close on Saturday?", HOURS, "Caller: Thank you, goodbye!", "Bot: Goodbye!"
    )

    assert told == {
        "title": "When do you close on Saturday",
        "tldr": 'The caller asked "when do you close on Saturday?" and was told: On Saturday we are open until two.',
        "key_decisions": [],
        "action_items": [],
        "follow_up_questions": [],
        "outcome": "answered",
        "quote": "Hi, when do you close on Saturday?",
    }


def test_another_voice_is_no_to_do_and_no_decision() -> None:
    told = summary(
        "Caller: When do you close on Saturday?",
        HOURS,
        "Caller: Could you use another voice please?",
        "Bot: You now speak with the voice George.",
        "Caller: And where is the shop?",
        "Bot: The shop is at 12 Harbour Street.",
    )

    assert told["action_items"] == told["key_decisions"] == told["follow_up_questions"] == []
    assert 'also asked "And where is the shop?"' in told["tldr"]
    assert told["outcome"] == "answered"


@pytest.mark.parametrize(
    ("lines", "tldr", "outcome"),
    [
        (
            ["Caller: A person, please.", "Bot: One moment please, I am connecting you."],
            "The caller wanted a person and was connected.",
            "transferred",
        ),
        (
            ["Caller: (pressed 0)", "Bot: One moment please, I am connecting you."],
            "The caller pressed 0 for a person and was connected.",
            "transferred",
        ),
        (
            ["Caller: (pressed 0)", "Bot: One moment please, I am connecting you.", "Bot: I'm sorry, nobody picked up. How else can I help you?"],
            "The caller pressed 0 for a person and nobody could be reached.",
            "not_reached",
        ),
        (["Caller: Hello?", "Bot: Hello! How can I help you?"], "The caller did not bring up anything.", "abandoned"),
        (["Caller: (pressed 5)", "Bot: I am sorry, I did not catch that."], "The caller pressed 5.", "unclear"),
        (
            ["Bot: When will you come?", "Caller: Yes, on Friday.", "Bot: I am sorry, I do not know that.", "Bot: Goodbye!"],
            'The caller said "Yes, on Friday."',
            "unclear",
        ),
        (
            ["Caller: Do you sell boats?", "Bot: I am sorry, I do not know that. Shall I take a message?", "Caller: No, bye.", "Bot: Goodbye!"],
            'The caller asked "Do you sell boats?", and the bot did not know.',
            "unclear",
        ),
    ],
)  # fmt: skip
def test_what_came_of_it_is_told(lines: list[str], tldr: str, outcome: str) -> None:
    told = summary(*lines)

    assert (told["tldr"], told["outcome"]) == (tldr, outcome)


def test_a_message_is_a_to_do_in_the_callers_words() -> None:
    told = summary(
        "Caller: I would like to leave a message",
        "Bot: Please tell me the message.",
        "Caller: My bicycle squeaks since the service",
        "Bot: The message is written down and will be read.",
        "Caller: bye",
        "Bot: Goodbye!",
    )

    assert told["action_items"] == ['Read the message: "My bicycle squeaks since the service"']
    assert told["tldr"] == 'A message was taken: "My bicycle squeaks since the service".'
    assert told["title"] == "Message: My bicycle squeaks since the service"
    assert told["outcome"] == "message_taken"


def test_a_person_who_was_not_reached_and_a_message_instead() -> None:
    told = summary(
        "Caller: (pressed 0)",
        "Bot: One moment please, I am connecting you.",
        "Bot: I'm afraid nobody can take your call right now. Please tell me your message and I will pass it on.",
        "Caller: Please call me back about my bike",
        "Bot: Thank you, I have noted your message. Is there anything else I can do for you?",
    )

    assert told["action_items"] == ['Call the caller back: "Please call me back about my bike"']
    assert told["outcome"] == "message_taken"
    assert "(pressed" not in str(told)


def test_a_person_who_was_not_reached_and_an_answer_instead() -> None:
    told = summary(
        "Caller: (pressed 0)",
        "Bot: One moment please, I am connecting you.",
        "Bot: I'm sorry, nobody picked up. How else can I help you?",
        "Caller: Then tell me, what does a flat tyre cost?",
        "Bot: Fixing a flat tyre costs fifteen dollars.",
    )

    assert told["outcome"] == "answered"
    assert "fifteen dollars" in told["tldr"]
    assert "nobody could be reached" in told["tldr"]


def test_a_question_stays_open_only_while_the_bot_does_not_know() -> None:
    told = summary(
        "Caller: Do you sell boats?",
        "Bot: I am sorry, I do not know that. Shall I take a message?",
        "Caller: mumble",
        "Bot: Sorry, I did not catch that. Could you say it again, please?",
        "Caller: When do you close on Saturday?",
        HOURS,
    )

    assert told["follow_up_questions"] == ["Do you sell boats?"]
    assert told["outcome"] == "answered"


@pytest.mark.parametrize(
    ("line", "decisions"),
    [
        ("Caller: Let's do Tuesday at noon then.", ["Let's do Tuesday at noon then."]),
        ("Bot: Your table is booked for eight.", ["Your table is booked for eight."]),
        ("Caller: I would like to know the price.", []),
        ("Caller: I want another voice.", []),
        ("Caller: Can you confirm my booking?", []),
        ("Bot: Shall I say that it is confirmed?", []),
    ],
)
def test_a_decision_settles_something(line: str, decisions: list[str]) -> None:
    assert summary("Caller: Do you have a table?", "Bot: We have.", line)["key_decisions"] == decisions


def test_an_answer_that_was_cut_off_is_told_as_far_as_it_was_heard() -> None:
    told = summary(
        "Caller: What are your hours?", "Bot: The shop is open Monday to —", "Caller: Thanks", "Bot: Bye."
    )

    assert told["tldr"].endswith("was told: The shop is open Monday to …")


def test_an_answer_that_is_heard_whole_the_second_time_is_told_whole() -> None:
    told = summary(
        "Caller: What are your hours?",
        "Bot: We are open unti —",
        "Caller: (pressed *)",
        "Bot: We are open until two.",
    )

    assert told["tldr"] == 'The caller asked "What are your hours?" and was told: We are open until two.'


def test_every_outcome_is_one_that_the_schema_allows() -> None:
    assert WrittenSummary.model_validate(summary("Caller: " + "word " * 300))


@pytest.mark.parametrize(
    ("lines", "goal", "quote"),
    [
        (("Caller: Yes, I will come on Monday.",), "reached", "Yes, I will come on Monday."),
        (("Caller: Yes, hello.", "Caller: No, I sold it."), "not_reached", "No, I sold it."),
        (("Caller: Who is this?",), "unknown", ""),
        (("Bot: Yes, of course.",), "unknown", ""),
    ],
)
def test_whether_a_goal_was_reached_is_the_last_word_of_the_person(lines, goal, quote) -> None:
    told = extract(
        [{"role": "user", "content": "\n".join(["Transcript:", HELLO, *lines])}],
        {"properties": {"goal": {"type": "string"}, "goal_quote": {"type": "string"}}},
    )

    assert (told["goal"], told["goal_quote"]) == (goal, quote)
