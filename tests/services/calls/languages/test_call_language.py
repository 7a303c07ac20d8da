"""Whoever wants another language or voice gets it in every document, whichever process writes it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.services.calls.aftermath import Connection
from tests.services.calls.gather.gather_calls import arrives, asks, change_state, follows, languages, verbs
from tests.services.verification.verification_desk import new_number
from tests.support.limits import limits_with
from tests.support.providers import SILENT_MP3, InstantVoice, ScriptedModel
from tests.support.waiting import wait_for
from voicebot.domain.call.events import CallerSaid, KeyPressed
from voicebot.domain.call.phrases import FILLERS, Phrase, phrase
from voicebot.providers.clips import ClipStore
from voicebot.runtime import Runtime
from voicebot.services.calls import last_resort
from voicebot.transports.twilio import urls

pytestmark = pytest.mark.sql
GERMAN = "de-DE"


@pytest.fixture
def german(runtime: Runtime, owner: Connection) -> str:
    """The number of somebody who wants to be spoken to in German."""
    number = new_number()
    found = runtime.database.call("ensure_user", phone=number)
    owner.execute(
        """insert into public.preferences (user_id, language) values (%s, %s)
           on conflict (user_id) do update set language = excluded.language""",
        [found["user_id"], GERMAN],
    )
    return number


@pytest.fixture(autouse=True)
def impatient(runtime: Runtime) -> None:
    """Write a document soon, whatever of the answer is there."""
    runtime.limits = limits_with(turn={"complete_s": 0.1, "first_sound_s": 0.2})


def test_an_answer_in_two_documents_is_in_the_callers_language_to_its_end(
    runtime: Runtime, model: ScriptedModel, call_sid: str, german: str
) -> None:
    greeting = arrives(runtime, call_sid, german)
    model.scripts = [["Wir haben offen. ", 60.0]]

    first = asks(runtime, call_sid, 1, CallerSaid("Haben Sie offen?"))
    model.go_on.set()
    wait_for(lambda: not runtime.live_turns)
    # Nothing is left to say in it.
    second = follows(runtime, call_sid, 1, 1)

    assert [verbs(one)[-1] for one in (greeting, first, second)] == ["Gather", "Redirect", "Gather"]
    assert [set(languages(one)) for one in (greeting, second)] == [{GERMAN}, {GERMAN}]


def test_what_twilios_own_voice_says_is_in_the_callers_language(
    runtime: Runtime, model: ScriptedModel, voice: InstantVoice, call_sid: str, german: str
) -> None:
    voice.failing = True
    documents = [arrives(runtime, call_sid, german)]
    model.scripts = [["Wir haben offen. ", 60.0, "Bis bald."], [60.0, "too late"]]
    documents += [asks(runtime, call_sid, 1, CallerSaid("Haben Sie offen?"))]
    model.go_on.set()
    wait_for(lambda: not runtime.live_turns)
    documents += [follows(runtime, call_sid, 1, 1)]
    model.go_on.clear()
    documents += [asks(runtime, call_sid, 2, CallerSaid("Wann?"))]
    documents += [follows(runtime, call_sid, 2, document) for document in (1, 2, 3, 4)]

    documents += [asks(runtime, call_sid, 3, KeyPressed("#"))]

    ends = [verbs(document)[-1] for document in documents]
    assert ends == ["Gather", "Redirect", "Gather", *["Redirect"] * 4, "Gather", "Hangup"]
    assert [set(languages(document)) for document in documents] == [{GERMAN}] * len(documents)
    model.go_on.set()


def test_a_request_out_of_its_time_is_listened_to_in_the_callers_language(
    runtime: Runtime, call_sid: str, german: str
) -> None:
    arrives(runtime, call_sid, german)

    document = asks(runtime, call_sid, 7, CallerSaid("Hallo?"))

    assert languages(document) == [GERMAN]


def test_another_process_ends_the_answer_in_the_callers_language(
    make_runtime: Callable[..., Runtime], model: ScriptedModel, call_sid: str, german: str
) -> None:
    here, there = make_runtime(), make_runtime()
    arrives(here, call_sid, german)
    model.scripts = [["Wir haben offen. ", 0.3]]
    asks(here, call_sid, 1, CallerSaid("Haben Sie offen?"))
    wait_for(lambda: not here.live_turns)

    rest = follows(there, call_sid, 1, 1)

    assert languages(rest) == [GERMAN]


class NamedVoice(InstantVoice):
    """Remembers with whose voice it said what."""

    def stream(
        self, text: str, *, voice_id: str, audio_format: str, model_id: str | None = None
    ) -> Iterator[bytes]:
        self.spoken.append(f"{voice_id}: {text}")
        yield SILENT_MP3


def test_fillers_are_said_with_the_voice_of_the_call(
    make_runtime: Callable[..., Runtime],
    model: ScriptedModel,
    call_sid: str,
    owner: Connection,
    tmp_path: Path,
) -> None:
    voice = NamedVoice()
    clips: Any = ClipStore(tmp_path / "named", voice, voice)
    here, there = make_runtime(clips=clips), make_runtime(clips=clips)
    arrives(here, call_sid)
    change_state(owner, call_sid, "{core,voice_id}", "'\"wanted\"'")
    # The column that another process reads is written with the state.
    owner.execute(
        """update public.call_states s set voice_id = 'wanted'
             from public.call_history c where c.id = s.call_id and c.call_sid = %s""",
        [call_sid],
    )
    model.scripts = [[60.0, "too late"]]

    asks(here, call_sid, 1, CallerSaid("Are you open?"))
    follows(there, call_sid, 1, 1)

    fillers = [phrase(name) for name in FILLERS[:2]]
    wait_for(lambda: voice.spoken[-2:] == [f"wanted: {words}" for words in fillers])
    model.go_on.set()


def test_a_caller_who_asks_for_another_language_is_heard_and_answered_in_it_from_then_on(
    make_runtime: Callable[..., Runtime],
    model: ScriptedModel,
    voice: InstantVoice,
    call_sid: str,
    owner: Connection,
) -> None:
    here, there = make_runtime(), make_runtime()
    voice.failing = True
    arrives(here, call_sid)
    model.scripts = [["Claro. ¿En qué puedo ayudarle?"], ["Abrimos a las nueve. ", 60.0]]

    switched = asks(here, call_sid, 1, CallerSaid("Can we speak Spanish?"))
    again = asks(there, call_sid, 2, KeyPressed("*"))
    # Another process, which knows the call from its rows alone.
    stale = asks(make_runtime(), call_sid, 9, CallerSaid("¿Hola?"))

    assert [set(languages(document)) for document in (switched, again, stale)] == [{"es-US"}] * 3
    assert "The call is in the language es-US." in model.requests[0].messages[0]["content"]
    assert "&amp;language=es-US" in switched


def test_a_turn_that_cannot_be_taken_apologises_in_the_language_that_the_address_tells(
    runtime: Runtime,
) -> None:
    place = urls.Place(3, 1, language="pt-BR")

    documents = [
        last_resort.turn_failed(runtime.settings, place, ""),
        last_resort.turn_failed(runtime.settings, replace(place, tried=last_resort.ATTEMPTS), ""),
        last_resort.transfer_failed(runtime.settings, place, "busy", ""),
        last_resort.turn_failed(runtime.settings, urls.Place(3, 1), ""),
    ]

    told = urls.place_in(dict(parse_qsl(urlsplit(urls.turn_url(runtime.settings, 3, 1, 0, "pt-BR")).query)))
    assert [set(languages(document)) for document in documents] == [{"pt-BR"}] * 3 + [{"en-US"}]
    assert phrase(Phrase.SERVICE_PATIENCE, "pt-BR") in documents[0]
    assert "language=pt-BR" in documents[0]
    assert told == place
    assert urls.place_in({"turn": "3", "language": "<x>"}).language == ""
