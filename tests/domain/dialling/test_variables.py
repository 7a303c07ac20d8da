"""The variables of a call fit its template, or somebody is told."""

import pytest

from voicebot.domain.dialling.variables import variables_problem

TEMPLATE = {
    "greeting": "Hello {{ first_name }}, this is {{line}}.",
    "prompt": "The bike is {{bike}}.",
    "params": {"bike": "a bike"},
    "closed": {"greeting": "Sorry {{first_name}}."},
}


@pytest.mark.parametrize("given", [{"first_name": "Ann"}, {"first_name": "Ann", "bike": "red"}])
def test_what_the_template_asks_for_is_enough(given):
    assert variables_problem(TEMPLATE, given) is None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "needs the variable first_name"),
        ({"first_name": "Ann", "fist_name": "Ann"}, "no variable fist_name: it knows bike, first_name"),
        ({"first name": "Ann"}, "is no name of a variable"),
        ({"first_name": "x" * 2001}, "at most 2000 characters"),
        ({f"v{n}": "" for n in range(51)}, "at most 50 variables"),
    ],
)
def test_what_does_not_fit_is_told(given, words):
    assert words in str(variables_problem(TEMPLATE, given))


def test_without_a_template_there_are_no_variables():
    assert variables_problem(None, {}) is None
    assert "it knows none" in str(variables_problem(None, {"name": "Ann"}))
