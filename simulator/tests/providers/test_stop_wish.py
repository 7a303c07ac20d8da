"""The stand-in model's opinion on opt-out: what is to stop decides, and not the word."""

from pathlib import Path

import pytest

from simulator.providers.recaps.fields import extract
from voicebot import prompts
from voicebot.providers.openai.json_answer import strict_schema
from voicebot.services.texts.second_opinion import Opinion

LINES = [
    line.split("\t")
    for line in Path(__file__).with_name("stop_lines.tsv").read_text("utf-8").splitlines()
    if line
]


def opinion(text: str) -> bool:
    """Ask as the product does."""
    answer = extract(
        [
            {
                "role": "user",
                "content": prompts.render("opt_out", text=text, question="None.", before="- nothing"),
            }
        ],
        strict_schema(Opinion),
    )
    return bool(answer["stop"])


@pytest.mark.parametrize("text", [text for label, text in LINES if label == "stop"])
def test_a_request_to_end_all_contact_is_one(text: str) -> None:
    assert opinion(text) is True


@pytest.mark.parametrize("text", [text for label, text in LINES if label == "go"])
def test_what_stops_ends_or_is_declined_otherwise_is_none(text: str) -> None:
    assert opinion(text) is False


def test_there_are_many_of_both() -> None:
    labels = [label for label, _ in LINES]

    assert labels.count("stop") >= 30 and labels.count("go") >= 30
