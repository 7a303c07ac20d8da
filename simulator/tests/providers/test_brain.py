"""The demo brain answers from whatever prompt and tools it is given, and from nothing else."""

from random import Random
from typing import Any

import pytest

from simulator.providers.brain.brain import Thought, think
from simulator.tests.providers.brain_talk import PROMPT, TOOLS, ask, talk, text, tool


@pytest.mark.parametrize("seed", range(3))
def test_a_random_fact_in_the_prompt_is_told(seed: int) -> None:
    rng = Random(seed)
    word = "".join(rng.choices("bcdfglmnprstv", k=3)) + "ophant" + rng.choice("aeiou")
    place, number = rng.choice(["cellar", "attic", "greenhouse", "boathouse"]), rng.randint(21, 999)
    fact = f"The {word} is kept in the {place} behind door {number}."

    told = ask(f"Where is the {word} kept?", prompt=PROMPT.replace("- Parking", f"- {fact}\n- Parking"))

    assert fact in told.text
    assert not told.calls


def test_a_tool_of_somebodys_own_is_called_once_all_that_it_needs_is_said() -> None:
    table = tool(
        "book_table",
        "Book a table, once the caller has said the day and how many people will come.",
        ["day", "people"],
        day=text("The day and hour, as the caller said them."),
        people=text("How many people will come."),
        note=text("Anything else."),
    )
    wish = "I would like to book a table on Friday at seven"
    asked = ask(wish, tools=[*TOOLS, table])
    told = ask(wish, asked.text, "We are four", tools=[*TOOLS, table])

    assert (asked.text, asked.calls) == ("Please tell me how many people will come.", ())
    ((name, arguments),) = told.calls
    assert (name, arguments["day"], arguments["people"]) == ("book_table", "Friday at seven", "four")
    assert ask("Goodbye!", tools=[table]) == Thought("Goodbye!")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What are your opening hours?", "Monday to Friday from nine to five"),
        ("when are you open", "Monday to Friday from nine to five"),
        ("Where are you located?", "12 Quay Street"),
        ("Where can I find you?", "12 Quay Street"),
        ("How much does a check-up cost?", "80 dollars"),
        ("What is the price of a check-up?", "80 dollars"),
        ("Can I park there?", "free in the courtyard"),
        ("Who are the dentists?", "Elena Ruiz"),
        ("Who are you?", "I am the telephone assistant of Harbour Dental"),
        ("Hi, thanks for picking up, do you have parking?", "free in the courtyard"),
    ],
)
def test_questions_are_answered_with_the_prompts_own_words(question: str, answer: str) -> None:
    thought = ask(question)

    assert answer in thought.text
    assert not thought.calls


@pytest.mark.parametrize(
    "question",
    [
        "What is the capital of France?",
        "Do you sell helicopters?",
        "What do you know about pizza?",
        "Who won the match?",
    ],
)
def test_what_the_prompt_does_not_say_is_not_known(question: str) -> None:
    thought = ask(question)

    assert "do not know" in thought.text
    assert not thought.calls


def test_the_same_question_to_another_prompt_has_another_answer() -> None:
    other = "You help callers of a bakery.\n\nWe open at six in the morning. Bread costs two euros."

    assert ask("How much is bread?", prompt=other).text == "Bread costs two euros."
    assert "do not know" in ask("How much does a check-up cost?", prompt=other).text


def test_two_questions_in_one_breath_get_both_answers() -> None:
    thought = ask("When are you open and where can I find you?")

    assert "nine to five" in thought.text
    assert "12 Quay Street" in thought.text


def test_a_short_question_goes_on_with_the_topic() -> None:
    thought = ask(
        "Tell me about the check-up",
        "A check-up costs 80 dollars and takes thirty minutes.",
        "And how long is that?",
    )

    assert "thirty minutes" in thought.text


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("Hello", "How can I help"),
        ("good morning!", "How can I help"),
        ("Thank you very much", "welcome"),
        ("...", "did not catch"),
    ],
)
def test_manners_are_answered_with_manners(said: str, heard: str) -> None:
    assert heard in ask(said).text


def test_the_last_answer_is_repeated_when_asked_for() -> None:
    assert (
        ask("Is there parking?", "Parking is free in the courtyard.", "Could you repeat that?").text
        == "Parking is free in the courtyard."
    )


def test_what_the_caller_told_is_remembered() -> None:
    assert "Rosalind" in ask("My name is Rosalind", "Hello.", "What is my name?").text


@pytest.mark.parametrize(
    ("said", "call"),
    [
        ("Could you use another voice, please?", ("change_voice", {})),
        ("A deeper voice please", ("change_voice", {"wish": "deeper"})),
        (
            "I would like to speak to a real person because I am in pain",
            ("transfer", {"reason": "I am in pain"}),
        ),
        ("put me through to somebody", ("transfer", {})),
        (
            "I want to leave a message: the delivery is late",
            ("take_message", {"message": "the delivery is late"}),
        ),
    ],
)
def test_a_tool_is_called_with_what_the_caller_said(said: str, call: tuple[str, dict[str, Any]]) -> None:
    assert ask(said).calls == (call,)


@pytest.mark.parametrize(
    "said", ["Goodbye!", "No, that's all. Bye.", "thanks, that was all", "please hang up"]
)
def test_a_farewell_ends_the_call_with_a_goodbye(said: str) -> None:
    thought = ask("Hello", "Is there anything else I can help you with?", said)

    assert thought == Thought("Goodbye!", (("end_call", {}),))


def test_a_farewell_without_a_tool_for_it_is_only_said() -> None:
    assert ask("Goodbye!", tools=[]) == Thought("Goodbye!")


def test_no_tool_is_called_when_none_may_be() -> None:
    assert think(talk("Please use another voice"), TOOLS, "none").calls == ()


def test_what_a_tool_still_needs_is_asked_for() -> None:
    asked = ask("Can I leave a message?")
    told = ask("Can I leave a message?", asked.text, "The roof leaks")

    assert asked == Thought("Please tell me the message.")
    assert told.calls == (("take_message", {"message": "The roof leaks"}),)


def test_whoever_changes_the_subject_is_not_held_to_the_tool() -> None:
    thought = ask("Can I leave a message?", "Please tell me the message.", "Is there parking?")

    assert thought.text == "Parking is free in the courtyard."


def test_words_that_were_asked_for_go_to_the_tool_that_wants_them() -> None:
    thought = ask(
        "A person please",
        "Nobody is free. Please tell me your message and I will pass it on.",
        "The roof leaks",
    )

    assert thought.calls == (("take_message", {"message": "The roof leaks"}),)


def test_yes_to_an_offer_does_what_was_offered() -> None:
    assert ask("Hm", "Shall I connect you with a colleague?", "Yes please").calls[0][0] == "transfer"


def test_without_a_word_from_the_caller_it_greets_as_the_prompt_wants() -> None:
    assert (
        think([{"role": "system", "content": 'Greet the caller with "Harbour Dental, good day."'}]).text
        == "Harbour Dental, good day."
    )
    assert "help" in think([{"role": "system", "content": PROMPT}]).text


def test_the_same_request_always_has_the_same_answer() -> None:
    said = "Leave a message for Tom: it hurts, and tell me where you are"

    assert [ask(said) for _ in range(3)] == [ask(said)] * 3


@pytest.mark.parametrize(
    "said",
    ["", "?" * 5000, "a " * 5000, "\x00\x01", "😀", "{}[]()*+?\\", "Где вы находитесь?", "don't " * 50],
)
def test_odd_words_never_break_it(said: str) -> None:
    thought = ask(said)

    assert thought.text or thought.calls


def test_odd_prompts_and_tools_never_break_it() -> None:
    odd = ["", "#", "- \n-\n*", "A:\nB:\n\n\nC: d", "**x**", "Q: What?\nA: That.", ":" * 300, "1. 2. 3."]
    tools = [
        tool("x", ""),
        {"type": "function", "function": {"name": "bare"}},
        tool("y-z", "y", a={}, b={"type": ["null", "integer"]}),
    ]

    for prompt in odd:
        assert ask("What is x and y?", prompt=prompt, tools=tools)


@pytest.mark.parametrize("question", ["who is this?", "Who am I texting with?", "are you a robot?"])
def test_who_asks_who_this_is_hears_it_once_and_no_rules(question: str) -> None:
    prompt = (
        "You are the automated assistant of Harbour Dental, and you are texting.\n\nHow you write:\n- Short: one sentence.\n\n"
        "You are the assistant of Harbour Dental."
    )

    assert ask(question, prompt=prompt).text == "I am the automated assistant of Harbour Dental."


def test_a_rule_with_a_label_is_no_fact() -> None:
    prompt = "You are a bot.\n\nHow you write:\n- Short: one to three plain sentences.\n"

    assert "sentences" not in ask("What is short?", prompt=prompt).text


def test_a_message_is_written_down_from_where_it_begins() -> None:
    take = tool(
        "take_message", "Write down a message that the caller wants to leave.", message=text("The message.")
    )

    asked = ask("I would like to leave a message", tools=[take])
    told = ask("I would like to leave a message that my bike is ready", tools=[take])

    assert asked == Thought("Please tell me the message.")
    assert told.calls == (("take_message", {"message": "my bike is ready"}),)


SHOP = (
    "You are the telephone assistant of Pine Street Shoes, a shop.\n\n- The shop is open from ten to six.\n"
    "- The shop is closed on Sunday.\n- The shop is at 9 Pine Street.\n"
)


def test_who_asks_where_it_is_is_told_that_alone() -> None:
    assert ask("And where is the shop?", prompt=SHOP).text == "The shop is at 9 Pine Street."


def test_two_facts_that_answer_alike_are_told_in_the_order_of_the_prompt() -> None:
    answer = ask("What are your hours?", prompt=SHOP).text

    assert answer == "The shop is open from ten to six. The shop is closed on Sunday."


def test_several_questions_in_one_breath_are_all_answered() -> None:
    answer = ask("When are you open, what is the price of a shoe and where is the shop?", prompt=SHOP).text

    assert "from ten to six" in answer
    assert answer.endswith("The shop is at 9 Pine Street.")
