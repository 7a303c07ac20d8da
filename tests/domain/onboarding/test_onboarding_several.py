"""One text may answer several questions, in any order; what is not clear is asked for, and nothing wrong is kept."""

from dataclasses import replace

import pytest

from voicebot.domain.onboarding import phrases
from voicebot.domain.onboarding.flow import answer, ask, begin
from voicebot.domain.onboarding.state import OnboardingState, Question, Voice
from voicebot.domain.person.effects import GiveConsent, SetVoice, StartVerification

OFFERED = (Voice("a", "Adam", "male"), Voice("l", "Alice", "female"), Voice("d", "Daniel", "male"))
CATALOGUE = (*OFFERED, Voice("r", "Rachel - calm", "female"), Voice("w", "Will", "male"))
STARTED = replace(begin(OnboardingState(), OFFERED).state, catalogue=CATALOGUE)
VOICE_ASKED = replace(STARTED, first_name="Ada", location="London", question=Question.VOICE)


def kept(text: str, state: OnboardingState = STARTED) -> tuple[str, str, str | None, bool | None]:
    told = answer(state, text).state
    return f"{told.first_name} {told.last_name}".strip(), told.location, told.voice_id, told.consent


@pytest.mark.parametrize(
    "text",
    [
        "My name is Ada Lovelace, I live in London, the voice of Alice please and I agree to offers",
        "I'm Ada Lovelace. I live in London. The voice of Alice please. I agree to offers.",
        "I agree to offers, the voice of Alice, I live in London and my name is Ada Lovelace",
        "my name is ada lovelace i live in london the voice of alice please and i agree to offers",
        "Hi! My name's Ada Lovelace and I'm from London, Alice's voice please, and yes to news and offers",
        "Ada Lovelace, London, Alice, I agree",
        "use Alice's voice, I am Ada Lovelace from London and I consent to marketing",
        "Name: Ada Lovelace, city: London, voice: Alice, offers: yes",
        "Ada Lovelace\nLondon\nAlice's voice\nI agree to the offers",
        "I live in London; offers are fine with me; I'd like the voice of Alice; call me Ada Lovelace",
        "Hello, this is Ada Lovelace, I am based in London, voice 2 and I agree",
        "the Alice voice please, I agree to news, I come from London, I'm Ada Lovelace",
        "You can call me Ada Lovelace and I live in London and I want the voice of Alice and offers are ok",
    ],
)
def test_all_answers_of_one_text_are_taken_in_any_order(text: str) -> None:
    turn = answer(STARTED, text)

    assert kept(text) == ("Ada Lovelace", "London", "l", True)
    assert turn.state.question is Question.VERIFICATION
    assert turn.effects.count(StartVerification("sms")) == 1
    assert turn.reply.endswith(ask(turn.state))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1. Ada Lovelace 2. El Paso, TX 3. Alice 4. agree", ("Ada Lovelace", "El Paso, TX", "l", True)),
        ("1 - Ada Lovelace\n2 - London\n3 - Adam", ("Ada Lovelace", "London", "a", None)),
        ("Ada Lovelace / London / Alice", ("Ada Lovelace", "London", "l", None)),
        ("Jane Doe. Austin.", ("Jane Doe", "Austin", None, None)),
        ("Jane Doe, Austin TX", ("", "", None, None)),
        ("Mike from the gym", ("Mike", "", None, None)),
        ("Lovelace, Ada. Live Oak, FL. Male voice.", ("Ada Lovelace", "Live Oak, FL", "a", None)),
        ("García López, María. Vivo en Mérida.", ("María García López", "Mérida", None, None)),
        ("Soy Ada, de El Paso, sin ofertas por favor", ("Ada", "El Paso", None, False)),
        ("Sou a Ada, moro em Braga, aceito as ofertas", ("Ada", "Braga", None, True)),
        ("Je m'appelle Ada, j'habite à Nice, la voix d'Alice, pas d'offres", ("Ada", "Nice", "l", False)),
        ("My name is Ada and I need my brakes fixed", ("Ada", "", None, None)),
        ("Ada Lovelace, London, no offers please", ("Ada Lovelace", "London", None, False)),
        ("My name is Ada, I live in London and any voice is fine and no to offers", ("Ada", "London", None, False)),
        ("I am Ada, a female voice please, I don't want offers", ("Ada", "", "l", False)),
        ("I'm Ada, I live in Vienna, Austria, and yes to news and offers", ("Ada", "Vienna, Austria", None, True)),
        ("Ada Lovelace, Portland, OR, Alice, no", ("Ada Lovelace", "Portland, OR", "l", None)),
        ("I live in London, Alice voice", ("", "London", "l", None)),
        ("Alice, London, the voice of Daniel, I agree", ("Alice", "London", "d", True)),
        ("offers are fine, I'm Ada", ("Ada", "", None, True)),
        ("I'm Ada, I live in London, the voice of Rachel", ("Ada", "London", "r", None)),
        ("My name is Ada Lovelace, I live in London and I agree to offers but only by text", ("Ada Lovelace", "London", None, None)),
        ("My name is Ada, I live in London, I agree to offers if they are rare", ("Ada", "London", None, None)),
        ("My name is Ada, I live in London, I agree to offers, but only by text", ("Ada", "London", None, None)),
        ("My name is Ada, I live in London. I agree to offers. Unless there are many.", ("Ada", "London", None, None)),
        ("I agree, and my name is Ada, I live in London", ("Ada", "London", None, None)),
        ("the Alice voice please, I agree, I come from London, I'm Ada", ("Ada", "London", "l", None)),
        ("My name is Ada, the voice of Darth Vader, I live in London", ("Ada", "London", None, None)),
        ("I'm Ada, cheers mate", ("", "", None, None)),
        ("My name is Ada, by the way", ("Ada", "", None, None)),
    ],
)  # fmt: skip
def test_what_is_clear_is_kept_and_the_rest_is_asked_for(
    text: str, told: tuple[str, str, str | None, bool | None]
) -> None:
    assert kept(text) == told


def test_a_text_that_only_looks_like_several_answers_keeps_nothing() -> None:
    for text in ("Smith, Ann", "I am busy, call me later", "stop it, please", "the voice of reason, ha"):
        assert kept(text)[1:] == ("", None, None)


def test_a_question_among_the_answers_goes_to_the_model_and_the_open_question_follows() -> None:
    turn = answer(STARTED, "I'm Ada, I live in London, when do you open?")

    assert turn.ask_model
    assert turn.reply == phrases.by_the_way(ask(turn.state))
    assert turn.state.question is Question.VOICE


def test_a_voice_that_does_not_exist_is_named_among_what_was_understood() -> None:
    turn = answer(STARTED, "My name is Ada, the voice of Darth Vader, I live in London")

    assert phrases.not_taken(Question.VOICE) in turn.reply
    assert turn.reply.endswith(ask(turn.state))


def test_consent_told_before_its_question_is_kept_with_its_wording() -> None:
    turn = answer(STARTED, "offers are fine, I'm Ada")

    assert GiveConsent("marketing", "granted", phrases.CONSENT_WORDING) in turn.effects
    assert turn.state.question is Question.LOCATION


@pytest.mark.parametrize(
    "text",
    [
        "Rachel",
        "rachel please",
        "the voice of Rachel",
        "I would like to have the voice of Rachel",
        "can I have Rachel?",
        "Rachel's voice",
    ],
)
def test_any_voice_of_the_catalogue_may_be_named(text: str) -> None:
    turn = answer(VOICE_ASKED, text)

    assert turn.state.voice_id == "r"
    assert SetVoice("r") in turn.effects


def test_a_name_that_is_also_a_word_is_meant_where_it_stands_alone() -> None:
    assert answer(VOICE_ASKED, "Will").state.voice_id == "w"
    assert answer(VOICE_ASKED, "when will you call me back?").state.voice_id is None


@pytest.mark.parametrize("text", ["Vader", "I want a Darth Vader voice please", "the voice of my uncle"])
def test_a_voice_that_nobody_has_is_asked_for_once_more_and_then_left(text: str) -> None:
    first = answer(VOICE_ASKED, text)
    second = answer(first.state, text)

    assert first.reply == f"{phrases.not_taken(Question.VOICE)} {ask(VOICE_ASKED)}"
    assert second.state.question is Question.CONSENT
    assert second.state.voice_id is None
    assert second.reply.startswith(phrases.ANY_VOICE)


def test_a_voice_may_be_changed_to_any_of_the_catalogue_later() -> None:
    later = replace(VOICE_ASKED, voice_id="a", question=Question.CONSENT)

    turn = answer(later, "change my voice to Rachel")

    assert turn.state.voice_id == "r"
    assert turn.state.question is Question.CONSENT


def test_the_catalogue_is_not_kept_with_the_state() -> None:
    assert "catalogue" not in STARTED.to_json()
    assert OnboardingState.from_json(STARTED.to_json()).catalogue == ()
