"""Whisper, words and mute where sound passes through us: a chat model that is asked anew, or an engine that hears and speaks itself."""

from collections.abc import Callable, Iterator

import pytest

from simulator.carrier.far_end.said import SaidBook
from simulator.tests.providers.stand_ins import StandIns, app_with, serving
from tests.services.calls.aftermath import Connection
from tests.services.calls.gather.gather_calls import arrives, said_in
from tests.services.calls.media.media_session import MediaSession, Senses
from tests.services.calls.realtime.engine_call import Watched
from tests.services.calls.realtime.engine_session import EngineSession
from tests.services.calls.stepping.step_calls import asks, committed, is_done, on_media
from tests.services.calls.streams.stream_calls import end_sessions, parameters
from tests.support.providers import ScriptedModel
from tests.support.waiting import wait_for
from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.providers.openai.realtime_engine import RealtimeEngine
from voicebot.providers.ports.engine import EngineReady
from voicebot.runtime import Runtime

JOINS = phrase(Phrase.PERSON_JOINS)
WHISPER = "Students get twenty percent off."


@pytest.fixture
def senses() -> Senses:
    return Senses()


@pytest.fixture
def streaming(make_runtime: Callable[..., Runtime], senses: Senses) -> Iterator[Runtime]:
    runtime = make_runtime()
    runtime.settings = runtime.settings.model_copy(update={"voice_transport": "media"})
    runtime.sockets_health.note(came_through=True)
    senses.given_to(runtime)
    yield runtime
    end_sessions(runtime)


def is_said(owner: Connection, call_sid: str, line: tuple[str, str], session: MediaSession) -> None:
    wait_for(
        lambda: session.takes(0.05) or line in said_in(owner, call_sid), told=lambda: said_in(owner, call_sid)
    )


def test_on_media_the_next_request_knows_a_whisper_and_a_muted_bot_asks_nobody(
    streaming: Runtime, senses: Senses, model: ScriptedModel, owner: Connection, call_sid: str
):
    model.scripts = [["Twenty percent."], ["At nine."]]
    session = on_media(streaming, senses, call_sid)

    asks(streaming, call_sid, "whisper", text=WHISPER)
    is_done(streaming, call_sid)
    session.says("when")
    session.hears("Twenty percent.")
    asks(streaming, call_sid, "say", text="Anna here.")
    session.hears("Anna here.")
    asks(streaming, call_sid, "mute")
    is_done(streaming, call_sid)
    asked = len(model.requests)
    session.says("who")
    session.hears(JOINS)
    unasked = len(model.requests) - asked
    asks(streaming, call_sid, "unmute")
    session.hears("At nine.")
    committed(streaming)
    session.hangs_up()

    assert WHISPER in str(model.requests[0].messages) and unasked == 0
    assert said_in(owner, call_sid)[1:] == [
        ("caller", "when"), ("bot", "Twenty percent."), ("operator", "Anna here."), ("caller", "who"), ("bot", JOINS),
        ("bot", "At nine."),
    ]  # fmt: skip


@pytest.fixture
def running() -> Iterator[StandIns]:
    with serving(app_with()) as stand_ins:
        yield stand_ins


def test_an_engine_is_told_of_a_whisper_says_nothing_while_it_is_muted_and_others_words_are_said(
    streaming: Runtime,
    senses: Senses,
    running: StandIns,
    owner: Connection,
    on_template: Callable[..., None],
    call_sid: str,
):
    watched = streaming.engine = Watched(RealtimeEngine("key", f"{running.url}/openai/v1"))  # type: ignore[assignment]
    on_template(transport="'media'", engine="'realtime'", greeting="'Good day.'", prompt="'We open at nine.'")
    said = running.app.extensions.setdefault("said_book", SaidBook())
    token = parameters(arrives(streaming, call_sid))["token"]
    session = EngineSession(streaming, senses, call_sid, token).begin()
    wait_for(lambda: any(isinstance(each, EngineReady) for each in watched.events))
    session.takes(0.3)

    asks(streaming, call_sid, "whisper", text=WHISPER)
    asks(streaming, call_sid, "say", text="Anna here.")
    is_done(streaming, call_sid)
    is_said(owner, call_sid, ("operator", "Anna here."), session)
    session.takes(0.3)
    asks(streaming, call_sid, "mute")
    is_done(streaming, call_sid)
    before = list(watched.asked)
    session.speaks(said, "Who is Anna?")
    is_said(owner, call_sid, ("bot", JOINS), session)
    muted = watched.asked[len(before) :]
    asks(streaming, call_sid, "unmute")
    wait_for(
        lambda: session.takes(0.05) or len(said_in(owner, call_sid)) >= 5,
        told=lambda: said_in(owner, call_sid),
    )
    session.hangs_up()

    told = [each[1] for each in before if each[0] == "add"]
    assert [each.role for each in told if WHISPER in each.text] == ["system"]
    assert ("answer",) not in muted and ("answer",) in watched.asked[len(before) + len(muted) :]
    assert said_in(owner, call_sid)[:4] == [
        ("bot", "Good day."), ("operator", "Anna here."), ("caller", "Who is Anna?"), ("bot", JOINS),
    ]  # fmt: skip
