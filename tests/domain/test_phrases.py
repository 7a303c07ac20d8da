"""Every phrase that a call can play has words, in a language of its own or in English."""

import pytest

from voicebot.domain.call.events import TransferOutcome
from voicebot.domain.call.phrases import ENGLISH, FILLERS, WORDS, Phrase, phrase


def test_every_phrase_has_english_words():
    assert set(ENGLISH) == set(Phrase)


@pytest.mark.parametrize(
    "outcome", [each for each in TransferOutcome if each is not TransferOutcome.COMPLETED]
)
def test_every_transfer_that_failed_has_a_phrase(outcome):
    assert f"transfer_{outcome.value.replace('-', '_')}" in set(Phrase)


@pytest.mark.parametrize("words", WORDS.values(), ids=["-".join(key) for key in WORDS])
def test_a_phrase_is_short_and_a_whole_sentence(words):
    assert len(words) <= 110
    assert words[0].isupper()
    assert words[-1] in ".?"


def test_fillers_take_no_more_than_a_breath():
    assert all(len(ENGLISH[name]) <= 25 for name in FILLERS)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", "Auf Wiederhören."),
        ("de-DE", "Auf Wiederhören."),
        ("de-CH", "Adieu."),
        ("fr-FR", ENGLISH[Phrase.GOODBYE]),
    ],
)
def test_a_phrase_is_said_in_the_language_of_the_call_and_in_english_where_that_has_no_words(
    language, words, monkeypatch
):
    monkeypatch.setitem(WORDS, (Phrase.GOODBYE, "de"), "Auf Wiederhören.")
    monkeypatch.setitem(WORDS, (Phrase.GOODBYE, "de-CH"), "Adieu.")

    said = phrase(Phrase.GOODBYE, language)

    assert said == words
