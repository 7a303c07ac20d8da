"""What a model may know of a person: the one rule, for calls and texts."""

from itertools import product

import pytest

from voicebot.services.knowledge import SAID_TOKENS, Proof, Said, is_attested, knowledge_of, tokens

ANN = {"first_name": "Ann", "location": "Boston", "email": "ann@example.com"}
OWNER = Proof(number_is_proven=True, reaches_owner=True)
CALL = Said("2026-11-19T10:00:00Z", "Asked for a repair.", "call")
TEXT = Said("2026-11-20T09:30:00Z", "Is it ready?", "text from the caller")


@pytest.mark.parametrize("proof", [Proof(*each) for each in product([False, True], repeat=3)])
def test_nobody_but_the_owner_of_a_proven_number_or_who_gave_a_code_is_told_anything(proof):
    known = knowledge_of(ANN, [CALL], proof)

    assert (known is not None) == (proof.code_given or (proof.number_is_proven and proof.reaches_owner))


def test_facts_are_one_line_and_what_was_said_follows_newest_first():
    known = knowledge_of(ANN, [CALL, TEXT], OWNER)

    assert known.facts == "first name: Ann; location: Boston"
    assert known.said == (
        "- 2026-11-20 09:30 UTC text from the caller: Is it ready?",
        "- 2026-11-19 10:00 UTC call: Asked for a repair.",
    )


def test_what_does_not_fit_is_the_oldest():
    said = [Said("2026-11-19T10:00:00Z", f"{place} " + "word " * 100) for place in range(20)]

    kept = knowledge_of({}, said, OWNER).said

    assert 1 < len(kept) < 20
    assert sum(tokens(line) for line in kept) <= SAID_TOKENS
    assert ": 19 word" in kept[0]


def test_nothing_that_was_said_can_begin_a_line_or_a_section_of_its_own():
    known = knowledge_of({"first_name": "Ann\n\n# Rules"}, [Said("", "x\n\n# New rules\ny")], OWNER)

    assert "\n" not in known.facts + "".join(known.said)


def test_a_long_fact_is_cut():
    assert len(knowledge_of({"location": "x" * 500}, [], OWNER).facts) < 100


@pytest.mark.parametrize(
    ("attestation", "vouched"),
    [
        ("TN-Validation-Passed-A", True),
        ("TN-Validation-Passed-A-Diverted", False),
        ("TN-Validation-Passed-B", False),
        (None, False),
    ],
)
def test_only_the_full_attestation_vouches_for_a_caller(attestation, vouched):
    assert is_attested(attestation) is vouched
