"""Every phrase that a call can play has words in five languages."""

import re

import pytest

from voicebot.domain.call.events import TransferOutcome
from voicebot.domain.call.phrases import ENGLISH, FILLERS, LANGUAGES, WORDS, Phrase, phrase

PLACE = re.compile(r"{\w+}")


@pytest.mark.parametrize("language", ["en", "es", "fr", "de", "pt"])
def test_every_phrase_has_words_in_each_language_with_the_same_places_in_them(language):
    words = LANGUAGES[language]

    assert set(words) == {each.value for each in Phrase}
    assert {each: PLACE.findall(phrase(each, language)) for each in Phrase} == {
        each: PLACE.findall(ENGLISH[each]) for each in Phrase
    }


def test_no_language_has_the_words_of_another_one():
    alike = {each: [phrase(each, language) for language in LANGUAGES] for each in Phrase}
    assert [each for each, words in alike.items() if len(set(words)) < len(words)] == []


@pytest.mark.parametrize(
    "outcome", [each for each in TransferOutcome if each is not TransferOutcome.COMPLETED]
)
def test_every_transfer_that_failed_has_a_phrase(outcome):
    assert f"transfer_{outcome.value.replace('-', '_')}" in set(Phrase)


@pytest.mark.parametrize("words", WORDS.values(), ids=["-".join(key) for key in WORDS])
def test_a_phrase_is_short_and_a_whole_sentence(words):
    assert len(words) <= 110
    assert words.lstrip("¿")[0].isupper()
    assert words[-1] in ".?"


def test_fillers_take_no_more_than_a_breath():
    assert all(len(words[name]) <= 25 for words in LANGUAGES.values() for name in FILLERS)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", "Auf Wiederhören."),
        ("de-DE", "Auf Wiederhören."),
        ("de-CH", "Adieu."),
        ("fr-FR", "Merci de votre appel. Au revoir."),
        ("it-IT", "Grazie per la chiamata. Arrivederci."),
        ("nl-NL", ENGLISH[Phrase.GOODBYE]),
    ],
)
def test_a_phrase_is_said_in_the_language_of_the_call_and_in_english_where_that_has_no_words(
    language, words, monkeypatch
):
    monkeypatch.setitem(WORDS, (Phrase.GOODBYE, "de"), "Auf Wiederhören.")
    monkeypatch.setitem(WORDS, (Phrase.GOODBYE, "de-CH"), "Adieu.")

    said = phrase(Phrase.GOODBYE, language)

    assert said == words
