"""A whole session whose engine hears and speaks by itself, from its document to its rows."""

from collections.abc import Callable, Iterator

import pytest

from simulator.carrier.far_end.said import SaidBook
from simulator.tests.providers.stand_ins import StandIns, app_with, serving
from tests.services.calls.aftermath import Connection
from tests.services.calls.gather.gather_calls import arrives, said_in
from tests.services.calls.media.media_session import AskedTelephony, Senses
from tests.services.calls.realtime.engine_session import EngineSession
from tests.services.calls.realtime.watched_engine import Watched
from tests.services.calls.streams.stream_calls import parameters
from tests.support.providers import ScriptedModel
from tests.support.waiting import wait_for
from voicebot.providers.openai.realtime_engine import RealtimeEngine
from voicebot.providers.ports.engine import EngineReady
from voicebot.runtime import Runtime
from voicebot.storage.calls.calls import call_speech, show_call

QUESTION = "When do you open?"


@pytest.fixture
def running() -> Iterator[StandIns]:
    with serving(app_with()) as stand_ins:
        yield stand_ins


@pytest.fixture
def streaming(make_runtime: Callable[..., Runtime], running: StandIns) -> Runtime:
    runtime = make_runtime(telephony=AskedTelephony())
    runtime.settings = runtime.settings.model_copy(update={"operator_phone_number": "+12025550199"})
    runtime.sockets_health.note(came_through=True)
    runtime.engine = Watched(RealtimeEngine("key", f"{running.url}/openai/v1"))  # type: ignore[assignment]
    return runtime


def test_a_call_with_an_engine_is_kept_like_any_other(
    streaming: Runtime,
    running: StandIns,
    model: ScriptedModel,
    owner: Connection,
    on_template: Callable[..., None],
    call_sid: str,
) -> None:
    on_template(transport="'media'", engine="'realtime'", greeting="'Good day.'", prompt="'We open at nine.'")
    senses, said = Senses(), running.app.extensions.setdefault("said_book", SaidBook())
    senses.given_to(streaming)
    token = parameters(arrives(streaming, call_sid))["token"]
    session = EngineSession(streaming, senses, call_sid, token).begin()
    wait_for(lambda: any(isinstance(each, EngineReady) for each in streaming.engine.events))  # type: ignore[union-attr]
    session.takes(0.3)
    greeting = len(session.played)

    session.speaks(said, QUESTION)
    wait_for(
        lambda: session.takes(0.1) or len(said_in(owner, call_sid)) >= 3,
        told=lambda: said_in(owner, call_sid),
    )
    session.presses("#")
    assert session.waits_for_close() == 1000

    rows = said_in(owner, call_sid)
    assert rows[:2] == [("bot", "Good day."), ("caller", QUESTION)]
    assert "nine" in rows[2][1] and len(session.played) > greeting
    # The chat model had nothing to say.
    assert model.requests == []
    shown = show_call(streaming.database, call_sid=call_sid)
    assert shown is not None
    heard = [line["heard_source"] for line in shown["transcripts"] if line["speaker"] == "bot"]
    assert set(heard) == {"mark"}
    spoken = call_speech(streaming.database, shown["call"]["public_id"])
    assert spoken is not None and spoken["caller"] and len(spoken["bot"]) >= 2
