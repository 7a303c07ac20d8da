"""A fact is a question and its answer, written as one text."""

import pytest

from voicebot.domain.templates.fact import fact_of, question_and_answer


@pytest.mark.parametrize(
    ("question", "answer", "fact"),
    [
        ("When do you close?", "Until six.", "When do you close? Until six."),
        ("When do you  close", " Until six. ", "When do you close? Until six."),
        ("", "We repair bicycles.", "We repair bicycles."),
        ("When?", "", ""),
    ],
)
def test_a_question_stands_before_its_answer(question, answer, fact):
    assert fact_of(question, answer) == fact


@pytest.mark.parametrize(
    ("fact", "parts"),
    [
        ("When do you close? Until six.", ("When do you close?", "Until six.")),
        ("We repair bicycles.", ("", "We repair bicycles.")),
        ("We ask first. Is it yours? Then we begin.", ("", "We ask first. Is it yours? Then we begin.")),
        ("Is it? ", ("", "Is it? ")),
        ("Why? Because? Yes.", ("Why?", "Because? Yes.")),
    ],
)
def test_a_fact_is_read_as_its_question_and_answer_and_written_back_as_it_was(fact, parts):
    assert question_and_answer(fact) == parts
    assert fact_of(*parts) == fact.strip()
