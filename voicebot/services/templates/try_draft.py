"""Try a draft in writing: the bot's answers by the same prompt and model as on the phone. Nothing is stored."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from voicebot.domain.access.actor import Actor
from voicebot.domain.call.background import CallBackground
from voicebot.domain.call.flow import new_call
from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.domain.call.utterances import Role, Utterance
from voicebot.domain.templates.template import CallTemplate
from voicebot.providers.ports import Priority, TextDelta, ToolCall
from voicebot.runtime import Runtime
from voicebot.services.calls.request import model_request
from voicebot.services.calls.setup import call_setup
from voicebot.services.tries import Tries
from voicebot.storage.catalogue.templates import row_of_template

LONGEST_TRY = 40
"""Lines of a conversation that is tried."""
TRIES, MOST_TRIES, TRIES_WITHIN_S = "voicebot-tries", 20, 60.0
"""How often a team tries its drafts, and by which name that is kept."""


@dataclass(frozen=True)
class Said:
    """One line: who said it (`caller` or `bot`), and the words."""

    speaker: str
    text: str


@dataclass(frozen=True)
class Tried:
    """What the bot says next. `tools` are asked for and not run."""

    text: str
    tools: tuple[str, ...] = ()


def wait_s(kept: dict[str, Any], actor: Actor) -> float:
    """Count a try of the actor's team and return 0; or return for how long it may make none: each asks the model that callers wait for.

    `kept` is what an app of this process keeps between requests.
    """
    tries: Tries = kept.setdefault(TRIES, Tries(MOST_TRIES, TRIES_WITHIN_S))
    return tries.take(str(actor.organization_id or actor.user_id or ""))


def greeting(runtime: Runtime, draft: CallTemplate, at: datetime | None = None) -> str:
    """Return the first words of a call that begins at a moment (default: now)."""
    setup = call_setup(runtime, CallBackground(template=row_of_template(draft, None)), at)
    return setup.greeting or phrase(Phrase.GREETING, setup.language)


def answer(runtime: Runtime, draft: CallTemplate, lines: Sequence[Said], at: datetime | None = None) -> Tried:
    """Return the answer to the last line. Raises ProviderError."""
    background = CallBackground(template=row_of_template(draft, None))
    state = new_call(call_setup(runtime, background, at))
    for number, line in enumerate(lines[-LONGEST_TRY:]):
        role = Role.CALLER if line.speaker == "caller" else Role.BOT
        state = state.remember(Utterance(role, line.text, number=number))
    # Nobody sits in silence on the telephone.
    request = replace(model_request(background, state, now=at or runtime.local_now()), priority=Priority.NEXT)
    words, tools = "", []
    for piece in runtime.model.stream(request):
        match piece:
            case TextDelta(text, anew):
                words = text if anew else words + text
            case ToolCall():
                tools.append(piece.name)
    return Tried(words.strip(), tuple(tools))
