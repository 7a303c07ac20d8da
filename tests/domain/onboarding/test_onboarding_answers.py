"""Names, places, voices and consent are read from what people really write, and nothing else is."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.growth import assert_grows_gently
from voicebot.domain.onboarding.answers import consent_in, has_no_wish, voice_in
from voicebot.domain.onboarding.names import name_in
from voicebot.domain.onboarding.places import place_in
from voicebot.domain.onboarding.state import Voice

VOICES = (Voice("a", "Anna", "female"), Voice("b", "Ben", "male"), Voice("c", "Clara - warm", "female"))


@pytest.mark.parametrize(
    "text, name",
    [
        ("Anna", ("Anna", "")),
        ("anna smith", ("Anna", "Smith")),
        ("ANNA SMITH", ("Anna", "Smith")),
        ("My name is Jean-Luc Picard.", ("Jean-Luc", "Picard")),
        ("hi, i'm Omar!", ("Omar", "")),
        ("I’m o'brien", ("O'Brien", "")),
        ("it's McCoy", ("McCoy", "")),
        ("This is ludwig van beethoven", ("Ludwig", "van Beethoven")),
        ("You can call me Al", ("Al", "")),
        ("Well, hello there, my name's Zoë, nice to meet you", ("Zoë", "")),
        ("me llamo José Ñandú", ("José", "Ñandú")),
        ("Нина", ("Нина", "")),
        ("李小龙", ("李小龙", "")),
        ("Will Smith", ("Will", "Smith")),
        ("Sofia", ("Sofia", "")),
        ("Soraya here", ("Soraya", "")),
        ("अनिता", ("अनिता", "")),
    ],
)
def test_a_name_is_read(text, name):
    assert name_in(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "", "yes", "ok", "12345", "Anna2", "https://x.org", "anna@x.org", "bad.com", "what?", "I'm busy", "I am fine thanks",
        "hello", "not telling", "I need help", "x", "!!!", "😀", "a very long story about a name that is none",
        "stop it", "order please", "later", "my name", "A" * 80,
    ],
)  # fmt: skip
def test_what_is_no_name_is_refused(text):
    assert name_in(text) is None


@pytest.mark.parametrize(
    "text, place",
    [
        ("Vienna", "Vienna"),
        ("vienna", "Vienna"),
        ("I live in new york", "New York"),
        ("Italy", "Italy"),
        ("wexford", "Wexford"),
        ("austin, tx", "Austin, TX"),
        ("Portland, OR", "Portland, OR"),
        ("I'm from São Paulo, Brazil", "São Paulo, Brazil"),
        ("near Stratford-upon-Avon", "Stratford-upon-Avon"),
        ("10115 Berlin", "10115 Berlin"),
        ("we're based in The Hague", "The Hague"),
        ("in the bay area", "The Bay Area"),
        ("vivo en Córdoba", "Córdoba"),
        ("London now", "London"),
        ("東京", "東京"),
    ],
)
def test_a_place_is_read(text, place):
    assert place_in(text) == place


@pytest.mark.parametrize(
    "text",
    ["", "yes", "here", "at home", "12345", "idk", "https://maps.example/x", "none of your business", "why?"],
)
def test_what_is_no_place_is_refused(text):
    assert place_in(text) is None


@pytest.mark.parametrize(
    "text, voice",
    [
        ("Anna", "a"),
        ("ben please", "b"),
        ("I'd like Clara", "c"),
        ("clara - warm", "c"),
        ("2", "b"),
        ("#3", "c"),
        ("number two", "b"),
        ("the second one", "b"),
        ("the last one", "c"),
        ("a male voice", "b"),
        ("the female one", "a"),
        ("4", None),
        ("0", None),
        ("1 or 2", None),
        ("Anna or Ben", None),
        ("Dave", None),
        ("whatever", None),
    ],
)
def test_a_voice_is_chosen_by_name_number_or_gender(text, voice):
    chosen = voice_in(text, VOICES)

    assert (chosen.voice_id if chosen else None) == voice


@pytest.mark.parametrize("text", ["any", "you choose", "I don't care", "no", "No preference."])
def test_the_choice_can_be_left_to_us(text):
    assert has_no_wish(text)


@pytest.mark.parametrize(
    "text",
    ["AGREE", "yes", "Yes!", "y", "yeah sure", "I agree", "ok", "sure, no problem", "of course", "why not", "please do",
     "sure thing", "that works for me", "I'm ok with that", "✅", "me parece bien", "je veux bien", "passt",
     "Yes, I do", "fine with me", "go ahead", "👍", "sí", "sounds good", "I don't mind",
     "yesss pls", "not a problem", "I have no problem with that", "mhm", "like I said, yes", "I agree to receive messages", "bah ouais", "nichts dagegen", "ma certo", "tá bom",
     "yup all good on my end", "yea go ahead and do that", "I can live with that", "I'll allow it", "Why not?", "I'm gonna have to say yes", "na gut"],
)  # fmt: skip
def test_a_clear_yes_is_consent(text):
    assert consent_in(text) is True


@pytest.mark.parametrize(
    "text",
    ["NO", "no", "nope", "no thanks", "No, thank you.", "I don't agree", "rather not", "please don't", "not interested",
     "I do not", "no way", "of course not", "👎", "No gracias", "I'd rather not", "ok no", "i dont agree", "nope im good",
     "no, sorry", "hell no", "I would prefer not to", "❌", "möchte ich nicht", "certainement pas", "acho que não",
     "nooo", "that's a hard no", "I cant agree to that", "I already told you no", "thats a no from me", "pas question", "nee lass mal", "não precisa", "direi di no",
     "uh-uh", "I'm gonna say no", "not cool", "not ok with me", "declined", "over my dead body", "we won't accept that"],
)  # fmt: skip
def test_a_clear_no_is_none(text):
    assert consent_in(text) is False


@pytest.mark.parametrize(
    "text",
    ["maybe", "yes and no", "yes but only texts", "no calls, texts are fine", "what for?", "", "later", "hm",
     "if you must", "not yes", "ok " * 30, "agree to disagree", "I do not disagree",
     "yeah right 🙄", "kkkk", "yes but", "ich habe was dagegen",
     "yes?", "do I have to say yes", "I will think about it", "I can't say no", "not sure", "no, I mean yes"],
)  # fmt: skip
def test_anything_less_than_clear_is_neither(text):
    assert consent_in(text) is None


@given(text=st.text(max_size=300))
@example(text="가")
def test_any_text_can_be_read(text):
    name, place = name_in(text), place_in(text)

    assert name is None or (name[0] and not any(char.isdigit() for char in " ".join(name)))
    assert place is None or 2 <= len(place) <= 80
    assert consent_in(text) in (True, False, None)
    voice_in(text, VOICES)


def read(text: str) -> None:
    name_in(text), place_in(text), consent_in(text), voice_in(text, VOICES)


@pytest.mark.parametrize("piece", ["ok ", "hi! ", "i am ", "yes, ", "thanks and ", ",.! ", "no "])
def test_a_long_text_costs_in_proportion_to_its_length(piece):
    assert_grows_gently(lambda length: read(piece * length), 500)
