"""Somebody new is welcomed, asked and thanked in a language: the house's, else the one that they chose themselves."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from tests.domain.call.call_driver import SETUP, spoken
from tests.services.texts.text_house import Connection, outgoing, somebody, texts
from voicebot.demo.place import LOOSE_CAPS
from voicebot.domain.call.events import CallerSaid, CallStarted
from voicebot.domain.call.flow import new_call, step
from voicebot.domain.onboarding.state import OnboardingState
from voicebot.runtime import Runtime
from voicebot.services.texts.answer import answer_next_thread
from voicebot.services.texts.steps import voices_to_name
from voicebot.settings import load_settings


@pytest.mark.sql
def test_a_thread_is_onboarded_in_the_language_of_the_house_until_the_person_chooses_another(
    make_runtime: Callable[..., Runtime], owner: Connection, tmp_path
):
    told = {"VOICEBOT_DATA_DIR": str(tmp_path), "VOICEBOT_LANGUAGE": "de", "VOICEBOT_ONBOARDING": "texts"}
    runtime, number = make_runtime(settings=load_settings(LOOSE_CAPS | told)), somebody()

    texts(runtime, number, "Hallo")
    answer_next_thread(runtime)
    texts(runtime, number, "Später")
    answer_next_thread(runtime)
    owner.execute(
        """insert into public.preferences (user_id, language)
           select user_id, 'fr' from public.phone_links where phone_number = %s
           on conflict (user_id) do update set language = 'fr'""",
        [number],
    )
    texts(runtime, number, "continuer")
    answer_next_thread(runtime)
    said = [row["content"] for row in outgoing(owner, number)]

    assert said[0].startswith("Willkommen! Hier ist der automatische Assistent von Voicebot")
    assert said[0].endswith("Wie heißen Sie?")
    assert said[1].startswith("Kein Problem. Sagen Sie WEITER")
    assert said[2] == "Comment vous appelez-vous ?"


@pytest.mark.sql
def test_somebody_who_writes_in_another_language_than_the_house_is_answered_in_theirs(
    make_runtime: Callable[..., Runtime], owner: Connection, tmp_path
):
    told = {"VOICEBOT_DATA_DIR": str(tmp_path), "VOICEBOT_ONBOARDING": "texts"}
    runtime, number = make_runtime(settings=load_settings(LOOSE_CAPS | told)), somebody()

    for words in (
        "Buongiorno, siete aperti domani?",
        "DOPO",
        "CONTINUARE",
        "Mario Rossi",
        "Are you open on my birthday?",
        "HELP",
    ):
        texts(runtime, number, words)
        answer_next_thread(runtime)
    said = [row["content"] for row in outgoing(owner, number)]

    # What they wrote first counts to the end of the questions, whatever they write in between.
    assert any(words.startswith("Nessun problema. Dica CONTINUARE") for words in said)
    assert any("In quale città o regione abita?" in words for words in said)
    assert not any("What is your name" in words or "Welcome" in words for words in said)


def test_a_caller_is_asked_in_the_language_of_the_call_also_after_it_changed():
    setup = replace(SETUP, language="de-DE", languages=("de-DE", "fr-FR"), greeting="")

    state, welcome = step(new_call(setup, OnboardingState()), CallStarted())
    state, again = step(state, CallerSaid("Parlez-vous français ?"))
    state, asked = step(state, CallerSaid("Camille Laurent"))

    assert spoken(welcome)[-1].endswith("Wie heißen Sie?")
    assert spoken(again) == ["Comment vous appelez-vous ?"]
    assert spoken(asked) == ["Merci, Camille. Dans quelle ville ou région habitez-vous ?"]
    assert state.onboarding is not None and state.onboarding.language == ""


def test_somebody_who_has_answered_all_may_ask_for_any_voice_in_their_language():
    asked: list[str] = []

    def call(name: str, **_: object) -> list[dict[str, object]]:
        asked.append(name)
        return [{"voice_id": "r", "name": "Rachel", "gender": "female", "is_premium": False}]

    runtime: Any = SimpleNamespace(database=SimpleNamespace(call=call))

    def named(words: str) -> list[str]:
        message = SimpleNamespace(id=1, content=words)
        claimed: Any = SimpleNamespace(
            onboarding={"status": "completed"}, unanswered=(1,), messages=(message,)
        )
        return [voice.name for voice in voices_to_name(runtime, claimed)]

    assert [
        named(words) for words in ("Vorrei la voce di Rachel", "eine andere Stimme", "la voix de Rachel")
    ] == [["Rachel"]] * 3
    asked.clear()
    assert [named(words) for words in ("Quando aprite?", "Ho un voucher")] == [[], []]
    assert asked == []
