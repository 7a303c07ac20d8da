"""Try a draft in writing: the bot's answers by the same prompt and model as on the phone. Nothing is stored."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

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
from voicebot.storage.catalogue.templates import row_of_template

LONGEST_TRY = 40
"""Lines of a conversation that is tried."""


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


class Tries:
    """How often a team tries its drafts: each asks the model that callers wait for. One a process; safe between threads."""

    def __init__(
        self, most: int = 20, window_s: float = 60.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._window_s, self._clock = most, window_s, clock
        self._lock = threading.Lock()
        self._times: dict[str, deque[float]] = {}

    def wait_s(self, actor: Actor) -> float:
        """Count a try and return 0; or return for how long the actor's team may make none."""
        who, now = str(actor.organization_id or actor.user_id or ""), self._clock()
        with self._lock:
            for team, times in list(self._times.items()):
                while times and times[0] <= now - self._window_s:
                    times.popleft()
                if not times:
                    del self._times[team]
            times = self._times.setdefault(who, deque())
            if len(times) >= self._most:
                return times[0] + self._window_s - now
            times.append(now)
            return 0.0


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
