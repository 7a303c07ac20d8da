"""What the service says that it, or somebody, will do is done: each such sentence names what keeps it, and that is tried.

A sentence that commits and stands in no line of KEPT fails; so does one whose keeper does not keep it any more.
"""

import ast
from collections.abc import Callable
from typing import Any

import pytest

from tests.services.promises.call_keepers import CALLS
from tests.services.promises.kept import Kept
from tests.services.promises.onboarding_keepers import ONBOARDING
from tests.services.promises.text_keepers import TEXTS
from tests.support.committing import commitments, fixed_texts, strings_of

pytestmark = pytest.mark.sql
KEPT = CALLS | TEXTS | ONBOARDING


def test_every_sentence_that_commits_names_what_keeps_it():
    assert commitments(fixed_texts()) == set(KEPT)


@pytest.mark.parametrize(
    "sentence",
    ["I will pass it on.", "Somebody will call you.", "A person will get back to you here.", "I'll connect you.",
     "We will be in touch.", "I have told the team.", "I am connecting you."],
)  # fmt: skip
def test_a_new_sentence_that_commits_is_found(sentence: str):
    tree = ast.parse(f'"""Not this: {sentence}"""\nPHRASES = {{"new": "I see. {sentence}"}}\n')

    assert commitments(strings_of(tree)) == {sentence}


@pytest.mark.parametrize(
    ("sentence", "keeper"),
    [pytest.param(sentence, keeper, id=f"{sentence[:40]}-{number}") for sentence, keepers in KEPT.items() for number, keeper in enumerate(keepers)],
)  # fmt: skip
def test_what_is_said_is_done(house: Kept, sentence: str, keeper: Callable[[Kept], Any]):
    del sentence
    keeper(house)
