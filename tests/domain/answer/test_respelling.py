"""Words are given to a voice as they sound; each character still belongs to the written text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.domain.answer.respelling import respelt, said_otherwise

SAYS = (("Saoirse", "Seer-sha"), ("Dr. Ng", "Doctor Ing"), ("Ng", "Ing"), ("C++", "see plus plus"))


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Saoirse is here.", "Seer-sha is here."),
        ("SAOIRSE, saoirse!", "Seer-sha, Seer-sha!"),
        ("Ask Dr. Ng or Ng.", "Ask Doctor Ing or Ing."),
        ("Saoirses sing.", "Saoirses sing."),
        ("We write C++.", "We write see plus plus."),
        ("Nothing of it.", "Nothing of it."),
    ],
)
def test_whole_words_are_spelt_otherwise_and_the_longest_goes_first(text, spoken):
    assert respelt(text, SAYS).text == spoken
    assert said_otherwise(text, SAYS) == ("" if spoken == text else spoken)


def test_the_first_of_two_spellings_of_a_word_is_the_one():
    assert respelt("Ng", (("Ng", "Ing"), ("ng", "Eng"))).text == "Ing"


@given(st.text(alphabet="Ng aSoirse.+C", max_size=60))
def test_places_rise_and_what_is_not_replaced_is_the_same_sign(text):
    spelt = respelt(text, SAYS)
    places = [spelt.written(index) for index in range(len(spelt.text) + 1)]
    inside = {index for begin, end, *_ in spelt.spans for index in range(begin, end)}

    assert places == sorted(places)
    assert places[0] == 0 and places[-1] == len(text)
    assert all(
        spelt.text[index] == text[place] for index, place in enumerate(places[:-1]) if index not in inside
    )
