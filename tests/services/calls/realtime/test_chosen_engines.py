"""Which calls have an engine, and what it is told of them at their beginning."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from simulator.tests.providers.stand_ins import StandIns, app_with, serving
from tests.services.calls.media.media_session import STREAM, AskedTelephony, Senses
from tests.services.calls.realtime.watched_engine import Watched
from voicebot.domain.call.background import CallBackground, Transport
from voicebot.domain.call.setup import CallSetup
from voicebot.providers.openai.realtime_engine import RealtimeEngine
from voicebot.runtime import Runtime
from voicebot.services.calls.media.line import MediaLine
from voicebot.services.calls.realtime.conversation import Conversation
from voicebot.services.calls.realtime.make import has_engine
from voicebot.services.calls.streams.line import StreamCall
from voicebot.services.calls.streams.lines import make_brain, make_line
from voicebot.services.meter import Meter


class Silent:
    """A socket and a chat model of which nothing is wanted."""

    closed = False

    def send(self, message: str) -> None:
        pass

    def close(self, code: int = 1000, reason: str = "") -> None:
        pass


@pytest.fixture(scope="module")
def running() -> Iterator[StandIns]:
    with serving(app_with()) as stand_ins:
        yield stand_ins


@pytest.fixture
def streaming(make_runtime: Callable[..., Runtime], running: StandIns) -> Runtime:
    runtime = make_runtime(telephony=AskedTelephony())
    Senses().given_to(runtime)
    runtime.engine = Watched(RealtimeEngine("key", f"{running.url}/openai/v1"))  # type: ignore[assignment]
    return runtime


def call_of(template: dict[str, Any], **wishes: Any) -> StreamCall:
    setup = CallSetup(tools=("take_message",), languages=("en-US",), **wishes)
    background = CallBackground(template=template)
    return StreamCall(1, "CA1", STREAM, Transport.MEDIA, background, setup, "v", "en-US", Meter())


def test_a_template_alone_chooses_an_engine_and_only_where_we_have_the_sound(streaming: Runtime) -> None:
    wants = CallBackground(template={"engine": "realtime"})

    assert has_engine(streaming, wants, Transport.MEDIA)
    assert not has_engine(streaming, wants, Transport.RELAY)
    assert not has_engine(streaming, CallBackground(), Transport.MEDIA)
    streaming.engine = None
    assert not has_engine(streaming, wants, Transport.MEDIA)


def test_an_engine_has_the_calls_prompt_tools_and_voice_and_is_its_brain(streaming: Runtime) -> None:
    template = {"engine": "realtime", "engine_voice": "cedar", "prompt": "Be brief."}
    line = make_line(streaming, Silent(), call_of(template))  # type: ignore[arg-type]
    plain = make_line(streaming, Silent(), call_of({}))  # type: ignore[arg-type]
    chat: Any = Silent()

    [setup] = streaming.engine.opened  # type: ignore[union-attr]
    assert "Be brief." in setup.instructions
    assert ([tool.name for tool in setup.tools], setup.languages, setup.voice) == (
        ["take_message"],
        ("en",),
        "cedar",
    )
    assert isinstance(line, MediaLine)
    assert isinstance(make_brain(line, chat), Conversation)
    assert make_brain(plain, chat) is chat
    line.close()
    plain.close()


def test_an_engine_is_told_how_words_sound_and_which_to_expect(streaming: Runtime) -> None:
    template = {"engine": "realtime", "prompt": "Be brief."}
    wishes = {"pronunciations": (("Saoirse", "Seer-sha"),), "hints": ("Kuznetsov", "x" * 101)}
    for line in (
        make_line(streaming, Silent(), call_of(template)),  # type: ignore[arg-type]
        make_line(streaming, Silent(), call_of(template, **wishes)),  # type: ignore[arg-type]
    ):
        line.close()

    plain, spelt = streaming.engine.opened  # type: ignore[union-attr]
    assert "How words sound" not in plain.instructions
    assert spelt.instructions.endswith("- Saoirse, as Seer-sha\n- Kuznetsov")
    assert spelt.hints == wishes["hints"]
