"""A reaction is known by its shape, in any language in which telephones write one; words of a person are none."""

import pytest

from tests.support.growth import assert_grows_gently
from tests.vectors import TWILIO, read
from voicebot.domain.texts.reactions import LONGEST, is_reaction

WELCOME = "Welcome! Reply STOP for no more texts."
VECTORS = read(TWILIO / "reactions.json")


@pytest.mark.parametrize("text", [each["text"] for each in VECTORS["reactions"]])
def test_reactions_that_telephones_were_seen_to_write(text):
    assert is_reaction(text)


@pytest.mark.parametrize("text", [each["text"] for each in VECTORS["no_reactions"]])
def test_words_that_only_resemble_one(text):
    assert not is_reaction(text)


@pytest.mark.parametrize(
    "lead",
    [
        "Liked", "Loved", "Disliked", "Laughed at", "Emphasized", "Emphasised", "Questioned", "Removed a like from", "Removed a heart from",
        "Removed an exclamation from", "Removed a question mark from", "Removed \U0001f389 from", "Reacted \U0001f389 to", "Reacted \u2764\ufe0f\u200d\U0001f525 to",
        "Reacted with a sticker to", "Le gust\u00f3", "Le encant\u00f3", "Me encant\u00f3", "No le gust\u00f3", "Se rio de", "Enfatiz\u00f3", "Pregunt\u00f3",
        "Reaccion\u00f3 con \U0001f389 a", "Ha reaccionado con \U0001f44d a", "A aim\u00e9", "A ador\u00e9", "N\u2019a pas aim\u00e9", "A ri \u00e0", "A soulign\u00e9",
        "A r\u00e9agi avec \U0001f389 \u00e0", "Gef\u00e4llt", "Curtiu", "Gostou de", "Amou", "N\u00e3o gostou de", "Riu de", "Reagiu com \U0001f389 a", "Ha adorato",
        "Ha riso per", "Ha messo \u201cMi piace\u201d a", "Ha rimosso \u201cMi piace\u201d da", "Ha reagito con \U0001f389 a", "Gillade", "\u041f\u043e\u043d\u0440\u0430\u0432\u0438\u043b\u043e\u0441\u044c", "\u8d5e\u4e86",
    ],
)  # fmt: skip
@pytest.mark.parametrize("quotes", ["\u201c{}\u201d", "\u00ab\u00a0{}\u00a0\u00bb", '"{}"', "\u201e{}\u201c"])
def test_a_verb_and_our_words_in_quotes(lead, quotes):
    assert is_reaction(f"{lead} {quotes.format(WELCOME)}")


@pytest.mark.parametrize(
    "text",
    [
        "Hat \u201e{}\u201c geliebt", "Hat \u00fcber \u201e{}\u201c gelacht", "Hat \u201e{}\u201c hervorgehoben", "Hat \u201e{}\u201c mit \u201eGef\u00e4llt mir\u201c markiert",
        "Hat mit \U0001f389 auf \u201e{}\u201c reagiert", "Hat ein \u201eGef\u00e4llt mir\u201c von \u201e{}\u201c entfernt", "Vond \u201c{}\u201d leuk", "\u300c{}\u300d\u3092\u300c\u3044\u3044\u306d\u300d\u3057\u307e\u3057\u305f",
        "\u559c\u6b61\u4e86\u300c{}\u300d", "Le ha gustado \u00ab{}\u00bb",
    ],
)  # fmt: skip
def test_languages_in_which_the_verb_stands_behind(text):
    assert is_reaction(text.format(WELCOME))


@pytest.mark.parametrize("between", ["to", "a", "\u00e0", "zu", "auf", "para", "op", "na"])
@pytest.mark.parametrize(
    "sign",
    [
        "\U0001f44d",
        "\U0001f44d\U0001f3fd",
        "\u2764\ufe0f",
        "\u203c\ufe0f",
        "\U0001f602\U0001f602",
        "\u200b\U0001f62e\u200b",
    ],
)
def test_an_emoji_to_our_words(sign, between):
    assert is_reaction(f"{sign} {between} \u201c\u200b {WELCOME}\u200b \u201d")


@pytest.mark.parametrize(
    "text",
    ["Loved an image", "Liked a video", "Laughed at an attachment", "Le gust\u00f3 una imagen", "A aim\u00e9 une image", "Hat ein Bild geliked", "Curtiu uma imagem",
     "\U0001f44d to an image", "Reacted \U0001f602 to a photo"],
)  # fmt: skip
def test_reactions_to_what_is_no_text(text):
    assert is_reaction(text)


@pytest.mark.parametrize(
    "text",
    [
        "Liked \u201cWe are open",
        "Liked \u201cReply \u201cSTOP\u201d now\u201d",
        "Liked \u201cone\ntwo\u2026\u201d",
    ],
)
def test_words_of_ours_that_are_cut_or_hold_quotes_themselves(text):
    assert is_reaction(text)


@pytest.mark.parametrize(
    "text",
    [
        "Liked \u201cThe Bicycle Thief\u201d, do you have posters?", "Thanks \U0001f389 for \u201cFull service\u201d today", "\U0001f44d", "ok \U0001f44d", "\U0001f44d to you all", "Loved it", "liked your shop",
        "Disliked the way you text me, stop", "Questioned my bill", "Removed my card from file", "Hat mein Rad schon", "mag nicht mehr", "Pare", "ama", "I love a photo",
        "Me encanta la foto", "\u201cReply STOP\u201d what is that", "Liked \u201cx\u201d\nstop texting me", "Edited to \u201cstop texting me\u201d", "Reacted badly to the cream", "",
    ],
)  # fmt: skip
def test_a_persons_own_words_are_none(text):
    assert not is_reaction(text)


@pytest.mark.parametrize(
    "piece", ['liked "', "a ", '"', "\U0001f44d ", "hat ", "removed a ", "ha rimosso ", 'x " ']
)
def test_a_long_text_costs_in_proportion_to_its_length(piece):
    assert_grows_gently(lambda length: is_reaction((piece * length)[:LONGEST]), 400)
