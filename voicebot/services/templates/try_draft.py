"""Try a draft in writing: the bot answers by the same prompt and model as on the phone. Nothing is stored.

The draft's own tools are really asked, marked as a trial; built-in tools do not run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from voicebot.domain.access.actor import Actor
from voicebot.domain.call.background import CallBackground
from voicebot.domain.call.flow import new_call
from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.domain.call.state import CallState
from voicebot.domain.call.utterances import Role, Utterance
from voicebot.domain.templates.own_tool import own_tools_of
from voicebot.domain.templates.template import CallTemplate
from voicebot.providers.ports import Priority, ToolCall
from voicebot.runtime import Runtime
from voicebot.services.ask_model import ask_model
from voicebot.services.calls.request import model_request
from voicebot.services.calls.setup import call_setup
from voicebot.services.meter import Meter
from voicebot.services.templates.own_tools import Wish, use_own_tool
from voicebot.services.tool_results import NOT_READABLE, with_results
from voicebot.services.tries import Tries
from voicebot.storage.catalogue.templates import row_of_template

LONGEST_TRY = 40
"""Lines of a conversation that is tried."""
MOST_REQUESTS, MOST_CALLS = 3, 3
"""The most requests to the model for one answer, of which the last has no tools, and the most tools of one request."""
NOT_RUN = "This is a trial: it was not run."
TRIES, MOST_TRIES, TRIES_WITHIN_S = "voicebot-tries", 20, 60.0
"""How often a team tries its drafts, and by which name that is kept."""


@dataclass(frozen=True)
class Said:
    """One line: who said it (`caller` or `bot`), and the words."""

    speaker: str
    text: str


@dataclass(frozen=True)
class TriedTool:
    """An own tool of the draft that was asked: its arguments, and its answer for the model."""

    name: str
    arguments: Mapping[str, Any]
    done: bool
    answer: str
    failed: str = ""
    """How the exchange broke off, as `http_500`; blank where the system answered."""


@dataclass(frozen=True)
class Tried:
    """The bot's next words. `tools` are all tools that the model called; `asked` are the draft's own among them, which
    were really asked.
    """

    text: str
    tools: tuple[str, ...] = ()
    asked: tuple[TriedTool, ...] = ()

    @property
    def not_run(self) -> list[str]:
        """The tools that a call would have run, and a trial does not."""
        asked = {use.name for use in self.asked}
        return [name for name in self.tools if name not in asked]


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


def answer(
    runtime: Runtime,
    draft: CallTemplate,
    lines: Sequence[Said],
    at: datetime | None = None,
    *,
    template_id: str = "",
) -> Tried:
    """Return the answer to the last line. Raises ProviderError.

    The draft's own tools are asked, with the secret of `template_id` and marked as a trial; without the id none is
    asked.
    """
    content = row_of_template(draft, None) | {"id": template_id}
    background = CallBackground(template=content)
    state = new_call(call_setup(runtime, background, at))
    for number, line in enumerate(lines[-LONGEST_TRY:]):
        role = Role.CALLER if line.speaker == "caller" else Role.BOT
        state = state.remember(Utterance(role, line.text, number=number))
    # Nobody sits in silence on the telephone.
    request = replace(model_request(background, state, now=at or runtime.local_now()), priority=Priority.NEXT)
    said, names, asked = [], [], list[TriedTool]()
    for left in range(MOST_REQUESTS - 1, -1, -1):
        words, calls = ask_model(runtime, request, Meter(), operation="trial")
        calls = calls[:MOST_CALLS]
        said.append(words)
        names += [call.name for call in calls]
        uses = {call.id: use for call in calls if (use := _asked(runtime, content, state, call))}
        asked += uses.values()
        if not uses or not left:
            break
        results = {call.id: uses[call.id].answer if call.id in uses else NOT_RUN for call in calls}
        request = with_results(request, words, calls, results, tuple(request.tools) if left > 1 else ())
    return Tried(" ".join(filter(None, said)), tuple(names), tuple(asked))


def _asked(
    runtime: Runtime, content: Mapping[str, Any], state: CallState, call: ToolCall
) -> TriedTool | None:
    """Ask a tool of the draft's own; None: it is none, or is left out."""
    if not content["id"]:
        return None
    if call.bad_arguments:
        is_own = any(tool.name == call.name for tool in own_tools_of(content))
        return TriedTool(call.name, {}, False, NOT_READABLE) if is_own else None
    wish = Wish(uuid4().hex, call.arguments, language=state.setup.language, is_trial=True)
    done = use_own_tool(runtime, content, call.name, wish)
    return TriedTool(call.name, call.arguments, done.ok, done.text, done.failed) if done else None
