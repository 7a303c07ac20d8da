"""The stand-in model answers questions about businesses that it has never heard of: a floor under how often it is right."""

import pytest

from simulator.providers.brain.brain import Thought, think
from simulator.tests.providers.businesses import Labelled, labelled_questions
from voicebot.services.calls.run_tool import SPECS

TOOLS = [
    {
        "type": "function",
        "function": {"name": spec.name, "description": spec.description, "parameters": spec.parameters},
    }
    for spec in SPECS.values()
    if spec.name != "send_code"
]
NOBODY_KNOWS = (
    "Do you sell helicopters?",
    "What is the capital of France?",
    "Can you fix my roof?",
    "who won the football match yesterday",
    "do you have a job for me",
    "what's your fax number",
    "How tall is the Eiffel tower?",
    "Is there a discount for students?",
    "do you have a loyalty card",
    "Which bank are you with?",
    "Can I bring my horse?",
    "Do you sell car tyres?",
    "what about my order number 5512?",
    "Did Peter call?",
    "how old is the house",
    "is it going to rain tomorrow?",
    "When is the next train to Paris?",
    "is there a doctor on Mars",
    "Do you have a table for two at eight?",
    "are you hiring",
)


def asked(prompt: str, question: str) -> Thought:
    return think([{"role": "system", "content": prompt}, {"role": "user", "content": question}], TOOLS)


def wrong(questions: list[Labelled]) -> list[str]:
    thoughts = [(one, asked(one.prompt, one.question)) for one in questions]
    return [
        f"{one.business}: {one.question} -> {thought}" for one, thought in thoughts if not one.fits(thought)
    ]


@pytest.mark.parametrize(("split", "floor"), [("tune", 59), ("held", 52)])
def test_questions_in_peoples_own_words_find_their_fact_or_tool(split: str, floor: int) -> None:
    questions = labelled_questions(split)

    mistakes = wrong(questions)

    assert len(questions) == 60
    assert len(questions) - len(mistakes) >= floor, "\n".join(mistakes)


def test_what_no_business_says_is_hardly_ever_answered() -> None:
    prompts = {one.business: one.prompt for one in labelled_questions("tune")}

    answered = [
        f"{business}: {question} -> {thought}"
        for business, prompt in prompts.items()
        for question in NOBODY_KNOWS
        for thought in [asked(prompt, question)]
        if thought.calls or "do not know" not in thought.text
    ]

    assert len(answered) <= 2, "\n".join(answered)
