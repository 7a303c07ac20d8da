"""Figures are said as people say them, in six languages, and what nobody can tell is left to the voice."""

import random
import time

import pytest

from voicebot.domain.answer.numerals import HIGHEST, digits_in_words, in_words
from voicebot.domain.answer.respelling import respelt
from voicebot.domain.verification.number_grammar import Reader
from voicebot.domain.verification.number_terms import tokens

TONGUES = ("en", "es", "fr", "de", "pt", "it")


@pytest.mark.parametrize("tongue", TONGUES)
def test_every_number_is_said_so_that_our_own_reader_of_numbers_hears_it(tongue):
    drawn = random.Random(tongue)
    numbers = [*range(2, 1100), *(drawn.randrange(1100, HIGHEST) for _ in range(300)), 200_000, HIGHEST]

    read = {
        number: "".join(
            term.digits for term in Reader(tokens(in_words(number, tongue)), TONGUES.index(tongue)).terms()
        )
        for number in numbers
    }

    assert {number: said for number, said in read.items() if said != str(number)} == {}
    assert digits_in_words("407", tongue).split() == [
        in_words(4, tongue),
        in_words(0, tongue),
        in_words(7, tongue),
    ]


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        # Codes and numbers of something, digit by digit.
        ("en-US", "Your code is 483920.", "Your code is four eight three, nine two zero."),
        ("en", "483000 is your code", "four eight three, zero zero zero is your code"),
        ("en", "PIN 1234, order number 4711, zip 90210", "PIN one two three four, order number four seven one one, zip nine zero two one zero"),
        ("de", "Ihr Code: 0042", "Ihr Code: null null vier zwei"),
        # Telephone numbers in their groups.
        ("en", "(202) 555-0147 or 202.555.0147", "two zero two, five five five, zero one four seven or two zero two, five five five, zero one four seven"),
        ("en", "+12025550147", "plus one, two zero two, five five five, zero one four seven"),
        ("fr", "01 23 45 67 89", "z\u00e9ro un, deux trois, quatre cinq, six sept, huit neuf"),
        # Money, as each language writes it.
        ("en", "$12.50, $1,250 and \u00a31", "twelve dollars and fifty cents, one thousand two hundred fifty dollars and one pound"),
        ("de", "12,50 \u20ac oder 1.250 EUR", "zw\u00f6lf Euro und f\u00fcnfzig Cent oder eintausendzweihundertf\u00fcnfzig Euro"),
        ("fr", "1 250 \u20ac", "mille deux cent cinquante euros"),
        ("pt-BR", "R$ 15,90", "quinze reais e noventa centavos"),
        ("es", "21 \u20ac", "veinti\u00fan euros"),
        # Times and dates.
        ("en", "9:30am, 5:00 PM, 9:05, 14:00", "nine thirty am, five PM, nine oh five, two PM"),
        ("de", "um 9:30 Uhr", "um neun Uhr drei\u00dfig"),
        ("es", "a la 1:00", "a la una"),
        ("it", "alle 18:15", "alle diciotto e quindici"),
        ("en", "May 5, 2026; 2026-12-01; the 21st", "May fifth, twenty twenty-six; December first, twenty twenty-six; the twenty-first"),
        # Counts, shares and spans.
        ("en", "15% of 10,000 in 3.5 years, 10-15 people", "fifteen percent of ten thousand in three point five years, ten to fifteen people"),
        ("it", "28 minuti", "ventotto minuti"),
    ],
)  # fmt: skip
def test_figures_are_said_as_people_say_them(language, written, said):
    assert respelt(written, (), language).text == said


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Order A4711, 24/7, v2.0, 10.0.0.1, https://a.example/12?b=3, a@b3.example, 5km"),
        ("en", "12/5/2026, 12.05.2026, 3.14159, 1,000,000"),
        ("de", "Am 2. Mai, 1 Minute und 21 Stunden"),
        ("pt", "2 horas"),
        ("nl", "om 9:30"),
        ("", "at 9:30"),
    ],
)
def test_what_can_be_meant_or_said_in_two_ways_stays_as_it_is_written(language, text):
    assert respelt(text, (), language).text == text


def test_what_a_template_spells_goes_before_a_number_in_it_and_places_stay_those_of_the_written_text():
    spelt = respelt("Line 9 at 9.", (("Line 9", "the niner"),), "en")

    assert spelt.text == "the niner at nine."
    assert spelt.written(len(spelt.text)) == len("Line 9 at 9.")
    assert [spelt.heard(chars) for chars in (0, 9, len(spelt.text))] == [0, 6, 12]


def test_a_sentence_costs_microseconds_and_a_text_made_to_be_slow_no_more_than_its_length():
    def cost_s(text: str, times: int) -> float:
        began = time.thread_time()
        for _ in range(times):
            respelt(text, (), "en")
        return (time.thread_time() - began) / times

    assert cost_s("We are open from Monday to Friday, what else can I do for you?", 200) < 0.001
    assert cost_s("We are open from 9:30 AM to 5:00 PM, call 202-555-0147.", 50) < 0.005
    for piece in ("1", "1 ", "$1", "12-", "+1", "(12)", "0 ", "1 000 ", "code 12 "):
        assert cost_s((piece * 400)[:400], 1) < 0.2
