"""Every sentence of ours stands in every language, with the same places in it, and English is said only where nothing else is known."""

import re

import pytest

from voicebot.domain.languages.chosen import chosen_language
from voicebot.domain.languages.tables import TABLES
from voicebot.domain.onboarding import phrases as onboarding
from voicebot.domain.onboarding.answers import consent_in
from voicebot.domain.onboarding.intents import Intent, intent_of
from voicebot.domain.onboarding.state import Medium, OnboardingState, Question, Voice
from voicebot.domain.opt_out.asked import SCOPE_WORDS, OpenQuestion, asked_by
from voicebot.domain.opt_out.judge import Verdict, wants_no_more
from voicebot.domain.opt_out.scope import Scope, scope_in
from voicebot.domain.person import emergency
from voicebot.domain.templates import starter
from voicebot.domain.texts.segments import Encoding, segments
from voicebot.domain.thread import phrases as thread
from voicebot.domain.verification import codes
from voicebot.domain.verification.find import CodeScan
from voicebot.services.calls.setup import IDENTITY
from voicebot.services.verification import read_out

PARTS = (
    *(onboarding.WORDS, thread.WORDS, SCOPE_WORDS, codes.WORDS, read_out.WORDS, IDENTITY, starter.WORDS),
    emergency.WORDS,
)
PLACES = re.compile(r"\{\w+\}|\[[\w ]+\]")
ALIKE = {"voice_or", "when_minutes"}
"""Too short to differ in each language."""


def test_each_language_has_every_sentence_with_the_same_places_and_none_left_in_english():
    english = {name: words for part in PARTS for name, words in part.english.items()}

    for language, table in TABLES.items():
        assert set(table) == set(english), language
        for name, words in table.items():
            assert sorted(PLACES.findall(words)) == sorted(PLACES.findall(english[name])), (language, name)
            assert words != english[name] or name in ALIKE, (language, name)
            assert words == words.strip() or name in ("voice_or", "code_text_words"), (language, name)


def test_a_first_text_and_help_name_the_word_that_ends_all_of_it_in_each_language():
    for table in TABLES.values():
        for name in ("welcome_text", "help", "call_dropped", "reminder_1", "reminder_2", "opt_in_confirmed"):
            assert "STOP" in table[name], name
        assert "START" in table["opt_out_confirmed"] and "START" in table["help_when_stopped"]


@pytest.mark.parametrize("language", TABLES)
def test_the_word_that_a_text_tells_to_reply_is_understood(language):
    """What stands in capitals in our own sentences means what they say."""
    table = TABLES[language]

    def told(name, place=0):
        words = re.findall(
            r"(?:\b(?!STOP|START|CODE\b)[A-ZÀ-Ý]{2,}(?: [A-ZÀ-Ý]{2,})*)",
            table[name].replace("[our name]", "").replace("SMS", ""),
        )
        return words[place]

    assert intent_of(told("welcome_text"), Question.NAME) is Intent.LATER
    assert intent_of(told("not_taken_name"), Question.NAME) is Intent.SKIP
    assert intent_of(told("not_taken_location"), Question.LOCATION) is Intent.SKIP
    assert intent_of(told("postponed"), Question.NAME) is Intent.GO_ON
    asked = re.findall(
        r"[A-ZÀ-Ý]{2,}(?:[ '-][A-ZÀ-Ý]{2,})*", table["ask_verification_text"].replace("SMS", "")
    )
    assert [intent_of(each, Question.VERIFICATION) for each in asked] == [Intent.NEW_CODE, Intent.CALL_ME]
    yes, no = re.findall(r"(?:J')?[A-ZÀ-Ý]{2,}", table["ask_consent_text"])
    assert (consent_in(yes), consent_in(no)) == (True, False)
    scopes = re.findall(r"[A-ZÀ-Ý]{2,}", table["scope_asked"])
    assert [scope_in(each) for each in scopes] == [Scope.ALL, Scope.OFFERS, Scope.NOTHING]


@pytest.mark.parametrize("language", ["", *TABLES])
def test_our_own_question_is_known_again_in_each_language_and_no_sentence_of_ours_ends_anything(language):
    state = OnboardingState(question=Question.CONSENT, language=language)
    consent = onboarding.by_the_way(onboarding.ask(state), language)

    assert asked_by([consent]).question is OpenQuestion.OFFERS
    assert (
        asked_by([SCOPE_WORDS.said(SCOPE_WORDS.english["scope_question"], language)]).question
        is OpenQuestion.SCOPE
    )
    assert wants_no_more(onboarding.ask(state)).verdict is not Verdict.YES


def test_a_question_is_worded_whole_in_a_language_with_its_voices_and_its_small_letter():
    voices = (Voice("1", "Anna"), Voice("2", "Ben"), Voice("3", "Eva"))
    german = OnboardingState(question=Question.VOICE, language="de-AT", voices=voices)
    spanish = OnboardingState(question=Question.NAME, language="es-ES")

    assert "Anna, Ben oder Eva?" in onboarding.ask(german, Medium.CALL)
    assert "1 Anna, 2 Ben, 3 Eva?" in onboarding.ask(german)
    assert onboarding.by_the_way(onboarding.ask(spanish), "es-ES") == "Por cierto, ¿cómo se llama?"
    assert onboarding.code_refused(1800, "fr").endswith(
        "Écrivez-moi CODE dans 30 minutes, et nous terminerons."
    )
    assert onboarding.ask(OnboardingState(question=Question.NAME, language="nl-NL")) == "What is your name?"
    assert (onboarding.consent_wording("de-DE"), onboarding.consent_wording("nl")) == (
        "onboarding-1-de",
        "onboarding-1",
    )


def test_digits_as_they_are_read_out_are_understood_as_they_are_said_back():
    for table in TABLES.values():
        digits = table["digits"].split()

        assert len(digits) == 10
        assert CodeScan(" ".join(digits[2:8])).code == "234567", table["digits"]


@pytest.mark.parametrize(
    ("wanted", "offered", "language"),
    [
        ("", (), "de-DE"),
        ("fr", (), "fr-FR"),
        ("fr-CA", (), "fr-CA"),
        ("nonsense!", (), "de-DE"),
        ("", ("es",), "es-US"),
        ("fr", ("es-ES", "fr-CA"), "fr-CA"),
        ("fr", ("es-ES",), "es-ES"),
        ("nl", (), "nl"),
    ],
)
def test_who_is_spoken_to_in_which_language(wanted, offered, language):
    assert chosen_language(wanted, offered, "de-DE") == language


@pytest.mark.parametrize("language", ["de", "fr", "it"])
def test_texts_of_ours_stay_in_the_alphabet_that_holds_160_characters_a_message(language):
    texts = {
        name: words
        for name, words in TABLES[language].items()
        if not name.endswith("_call") and not name.startswith("code_call")
    }

    assert [name for name, words in texts.items() if segments(words).encoding is not Encoding.GSM7] == []
