"""A call goes on in another language when its caller asks for it, or is heard to speak it."""

from dataclasses import replace

import pytest

from tests.domain.call.call_driver import listening
from voicebot.domain.call.actions import CancelModel, PlayClip, StartModel, SwitchLanguage
from voicebot.domain.call.events import CallerMaybeDone, CallerSaid, LanguageHeard, ModelFailed
from voicebot.domain.call.flow import step
from voicebot.domain.call.setup import CallSetup
from voicebot.domain.call.state import CallState


def offering(*languages: str, **voices: str) -> CallState:
    state = listening()
    setup = replace(state.setup, language="en-US", languages=languages, voices=voices)
    return replace(state, setup=setup, voice_id="emma")


def test_a_wish_switches_language_and_voice_before_the_model_is_asked():
    state, actions = step(offering("en-US", "es-MX", es="lucia"), CallerSaid("¿Habla español?"))

    assert actions[-2:] == [SwitchLanguage("es-MX", "lucia"), StartModel(1, speculative=False)]
    assert (state.setup.language, state.voice_id) == ("es-MX", "lucia")


def test_fixed_phrases_are_in_the_new_language_and_the_first_voice_comes_back_with_the_first_language():
    state, _ = step(offering("en-US", "es-MX", es="lucia", en="other"), CallerSaid("Spanish, please"))

    failed, said = step(state, ModelFailed(state.gen, "broken"))
    _, back = step(failed, CallerSaid("English, please."))

    assert [each.name for each in said if isinstance(each, PlayClip)] == ["apology_again"]
    assert failed.history[-1].text == "Disculpe, algo ha fallado. ¿Podría repetirlo, por favor?"
    assert SwitchLanguage("en-US", "emma") in back


@pytest.mark.parametrize(
    ("languages", "words"),
    [
        (("en-US", "es-MX"), "Do you speak German?"),
        (("en-US",), "Spanish please"),
        (("en-US", "es-MX"), "English please"),
        ((), "Can we speak Dutch?"),
        ((), "I teach German."),
    ],
)
def test_what_is_not_offered_or_spoken_already_changes_nothing(languages, words):
    state, actions = step(offering(*languages), CallerSaid(words))

    assert not [each for each in actions if isinstance(each, SwitchLanguage)]
    assert state.setup.language == "en-US"


def test_a_template_that_names_no_languages_offers_all_that_have_phrases():
    state, _ = step(offering(), CallerSaid("auf Deutsch bitte"))

    assert (state.setup.language, state.voice_id) == ("de-DE", "emma")


def test_a_wish_is_not_answered_early_in_the_language_of_before():
    waiting, begun = step(offering(), CallerMaybeDone("can we speak spanish"))
    speculating, _ = step(offering(), CallerMaybeDone("can we"))

    dropped, actions = step(speculating, CallerMaybeDone("can we speak Spanish"))

    assert (begun, waiting.answer.speculative) == ([], False)
    assert (actions, dropped.answer.speculative) == ([CancelModel(1)], False)


def test_words_in_another_language_of_the_template_count_twice_in_a_row():
    state, first = step(offering("en-US", "de-DE", de="anna"), LanguageHeard("de"))
    state, _ = step(state, LanguageHeard("en-US"))
    again, second = step(state, LanguageHeard("de-AT"))

    switched, third = step(again, LanguageHeard("de"))

    assert (first, second, third) == ([], [], [SwitchLanguage("de-DE", "anna")])
    for kept in (switched, again):
        read = CallState.from_json(kept.to_json())
        assert (read.voices_before, read.heard_language) == (kept.voices_before, kept.heard_language)
        assert read.setup.language == kept.setup.language


def test_a_template_of_one_language_follows_no_transcriber():
    for languages in ((), ("en-US",)):
        state, _ = step(offering(*languages), LanguageHeard("de"))

        assert step(state, LanguageHeard("de"))[1] == []


def test_while_a_message_is_left_a_wish_in_it_is_part_of_the_message():
    state, actions = step(
        replace(offering(), taking_message=True), CallerSaid("Please speak Spanish when you call")
    )

    assert state.setup.language == "en-US"
    assert not [each for each in actions if isinstance(each, SwitchLanguage)]


def test_processes_of_before_can_read_the_state_of_a_call_that_stays_in_its_language():
    state = offering("en-US", "es-MX", es="lucia")

    stored = state.to_json()

    assert {"languages", "voices"} & set(stored["plan"]) == set()
    assert {"voices_before", "heard_language"} & set(stored) == set()


def test_a_call_of_which_nobody_tells_the_languages_stays_in_its_own():
    state, _ = step(listening(), CallerSaid("Spanish, please"))

    assert CallSetup().languages is None
    assert state.setup.language == "en-US"
