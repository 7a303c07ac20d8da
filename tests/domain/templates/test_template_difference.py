"""What differs between two templates is told by place and word."""

import random
import time

import pytest

from voicebot.domain.templates.difference import Kind, differences, words_changed
from voicebot.domain.templates.template import CallTemplate


def template(**more):
    return CallTemplate.model_validate({"name": "Shop", **more})


def written(pieces):
    signs = {Kind.SAME: "{}", Kind.GONE: "[-{}-]", Kind.NEW: "[+{}+]"}
    return "".join(signs[piece.kind].format(piece.text) for piece in pieces)


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("We open at nine.", "We open at ten.", "We open at [-nine-][+ten+]."),
        ("", "We open.", "[+We open.+]"),
        ("We open.", "", "[-We open.-]"),
        ("One. Two. Three.", "One. Three.", "One. [-Two. -]Three."),
        ("ask a b", "ask c d", "ask [-a b-][+c d+]"),
        ("Same.", "Same.", "Same."),
    ],
)
def test_words_that_went_and_came_stand_where_they_stood(before, after, shown):
    assert written(words_changed(before, after)) == shown


def test_places_are_told_in_the_order_of_a_template_and_rows_by_their_number():
    before = template(greeting="Hello.", facts=["a", "b", "c"], limits={"hints": ["Saoirse"]}, record=True)
    after = template(
        greeting="Hi.",
        facts=["a", "c", "d"],
        variables={"day": "Monday"},
        limits={"hints": ["Saoirse", "Odo"]},
    )

    told = {change.place: written(change.pieces) for change in differences(before, after)}

    assert told == {
        "greeting": "[-Hello-][+Hi+].",
        "facts.2": "[-b-]",
        "facts.3": "[+d+]",
        "variables.day": "[+Monday+]",
        "record": "[-yes-]",
        "limits.hints.2": "[+Odo+]",
    }
    assert list(told)[:2] == ["greeting", "facts.2"]


def test_a_template_differs_from_nothing_by_all_of_it_and_from_itself_by_nothing():
    one = template(greeting="Hello.", pronunciations=[{"word": "Saoirse", "say": "Seer-sha"}])

    assert differences(one, one) == []
    assert {change.place: written(change.pieces) for change in differences(None, one)} == {
        "name": "[+Shop+]",
        "greeting": "[+Hello.+]",
        "pronunciations.1": "[+Saoirse: Seer-sha+]",
    }


def test_both_texts_can_be_read_out_of_the_pieces_whatever_was_written_and_soon():
    chance = random.Random(7)
    words = ["we", "open", "at", "nine", ".", "\n", "!", "Tuesday", ",", "  "]
    for length in (5, 40, 4000):
        before, after = (" ".join(chance.choices(words, k=length))[:20_000] for _ in range(2))
        began = time.process_time()
        pieces = words_changed(before, after)
        assert time.process_time() - began < 2.0
        assert "".join(piece.text for piece in pieces if piece.kind is not Kind.NEW) == before
        assert "".join(piece.text for piece in pieces if piece.kind is not Kind.GONE) == after
