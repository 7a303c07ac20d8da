"""The engine of a call, put together from the runtime and the call's template."""

from voicebot import prompts
from voicebot.domain.call.background import CallBackground, Transport
from voicebot.domain.call.flow import new_call
from voicebot.domain.call.setup import CallSetup
from voicebot.domain.call.state import CallState
from voicebot.providers.hearing.terms import Bounds, expected_terms
from voicebot.providers.ports import DetectorStream
from voicebot.providers.ports.engine import EngineSetup
from voicebot.runtime import Runtime
from voicebot.services.calls.media.hearing import MakeEngine
from voicebot.services.calls.media.parts import listening_in
from voicebot.services.calls.realtime.conversation import Conversation
from voicebot.services.calls.realtime.parts import ConversationParts
from voicebot.services.calls.request import model_request
from voicebot.services.calls.run_tool import tool_specs
from voicebot.services.calls.streams.line import StreamCall

REALTIME = "realtime"
EXPECTED = Bounds(most=100, longest=100, together=3000)
"""Words that an engine is told to expect: each is read with every answer."""


def has_engine(runtime: Runtime, background: CallBackground, transport: Transport) -> bool:
    """Whether an engine hears and speaks by itself in a call of this template."""
    wanted = background.template.get("engine") == REALTIME
    return wanted and transport is Transport.MEDIA and runtime.engine is not None


def engine_of(runtime: Runtime, call: StreamCall, detector: DetectorStream) -> MakeEngine | None:
    """Return what makes the engine of a call; None where the template wants none. `detector` is handed on to its spare ear."""
    engine = runtime.engine
    if engine is None or not has_engine(runtime, call.background, call.transport):
        return None

    sound = _how_words_sound(call.setup)

    def prompt(state: CallState) -> str:
        request = model_request(call.background, state, now=runtime.local_now())
        return str(request.messages[0]["content"]) + sound

    listening = listening_in(call.language, call.setup)
    setup = EngineSetup(
        instructions=prompt(new_call(call.setup)),
        tools=tuple(tool_specs(call.setup.tools, call.background.template)),
        languages=listening.languages,
        hints=listening.hints,
        voice=str(call.background.template.get("engine_voice") or ""),
    )
    parts = ConversationParts(call.call_id, engine, setup, prompt, detector, call.meter, runtime.now)
    return lambda ports, own: Conversation(parts, ports, own)


def _how_words_sound(setup: CallSetup) -> str:
    """Return the instructions by which an engine follows a template's spellings and expected words, in place of voice
    and transcriber.
    """
    spelt = [f"- {word}, as {say}" for word, say in setup.pronunciations]
    expected = [f"- {term}" for term in expected_terms(setup.hints, EXPECTED)]
    lines = [*spelt, *expected]
    return "\n\n" + prompts.render("sound", words="\n".join(lines)) if lines else ""
