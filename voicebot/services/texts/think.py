"""Have the model answer a thread: it may call tools and gets their results, until it has words for the person."""

import hashlib
import json
import logging
from dataclasses import dataclass, field, replace
from datetime import timedelta

from voicebot.domain.operators.promises import hands_on
from voicebot.domain.person.phone import person_number
from voicebot.domain.thread.events import AnswerFailed, ModelAnswered
from voicebot.providers.ports import ModelRequest, Outcome, ProviderError, ToolCall
from voicebot.runtime import Runtime
from voicebot.services.ask_model import ask_model
from voicebot.services.dialling.callbacks import CALLBACK, use_tool
from voicebot.services.meter import Meter
from voicebot.services.templates.own_tools import Wish, use_own_tool
from voicebot.services.texts.request import NOTE_FOR_TEAM, thread_request
from voicebot.services.tool_results import NOT_READABLE, with_results
from voicebot.storage.dialling.callbacks import AskedIn
from voicebot.storage.texts.threads import ClaimedThread

MOST_CALLS = 3
"""Tools that count of those which the model asks for at once."""
MOST_REQUESTS = 3
"""The most requests for one answer: one to look something up, one to act, and a last one, without tools, for the words."""
ANSWER_WITHIN_S, SHORTEST_S = 40.0, 3.0
"""Seconds for all requests and tools of one answer, which is less than the lease of a thread, and the least time in
which a request is begun.
"""
NOTED, NOT_NOTED = (
    "It is noted for the team.",
    "Nothing was noted: there was no message. Ask what it should say.",
)
UNKNOWN_TOOL = "There is no such tool."
log = logging.getLogger(__name__)


@dataclass
class Thought:
    """The result of asking the model: the event for the flow, and the own tools of the template that were asked."""

    event: ModelAnswered | AnswerFailed
    own_tools: list[dict[str, object]] = field(default_factory=list)
    """Each with its `name`, and whether it was `done`."""


def think(runtime: Runtime, claimed: ClaimedThread, meter: Meter, *, question_follows: bool) -> Thought:
    """Ask the model for an answer to a thread. Raises DatabaseAway."""
    request = thread_request(
        claimed,
        line=runtime.settings.service_name,
        now=runtime.local_now(),
        question_follows=question_follows,
    )
    thinking = _Thinking(runtime, claimed, meter)
    try:
        words = thinking.words(request)
    except ProviderError as error:
        log.warning("model failed", extra={"code": error.code, "outcome": error.outcome})
        kind = "refused" if error.outcome is Outcome.REFUSED else "broken"
        return Thought(AnswerFailed(kind), thinking.own)
    # The person must hear of what was done. Where the model has no words for it, the team is told instead.
    unsaid = [] if words else thinking.outcomes
    note = "\n".join(dict.fromkeys([*thinking.notes, *unsaid]))
    if not note and hands_on(words) and not thinking.is_call_set:
        # It says so without having used its tool: what the person wrote is the note.
        note = "\n".join(each.content for each in claimed.messages if each.id in set(claimed.unanswered))
    event = ModelAnswered(words, note) if words or note else AnswerFailed("empty")
    return Thought(event, thinking.own)


class _Thinking:
    """One answer being made: what its tools did so far."""

    def __init__(self, runtime: Runtime, claimed: ClaimedThread, meter: Meter) -> None:
        self._runtime, self._claimed, self._meter = runtime, claimed, meter
        self._until = runtime.now() + timedelta(seconds=ANSWER_WITHIN_S)
        self.notes: list[str] = []
        self.own: list[dict[str, object]] = []
        self.is_call_set = False
        self._set: list[str] = []
        self.outcomes: list[str] = []
        """What the template's own tools were asked and answered, for the team."""

    def words(self, request: ModelRequest) -> str:
        """Return the words for the person. Raises ProviderError where no tool was used before the model failed."""
        words, calls = self._read(request)
        for left in range(MOST_REQUESTS - 2, -1, -1):
            results = {call.id: self._use(request, call) for call in calls}
            if not calls or (words and all(call.name == NOTE_FOR_TEAM.name for call in calls)):
                break
            # After a note or a call that is set nothing more can be done; a template's own tools may follow each other.
            tools = tuple(request.tools) if self.own and left else ()
            request = with_results(request, words, calls, results, tools)
            words, calls = self._words_after(request)
        return words or " ".join(self._set)

    def _words_after(self, request: ModelRequest) -> tuple[str, list[ToolCall]]:
        if self._left_s() < SHORTEST_S:
            return "", []
        try:
            return self._read(request)
        except ProviderError as error:
            # What the tools did stands all the same, and there are words for it.
            log.warning("model failed", extra={"code": error.code, "outcome": error.outcome})
            return "", []

    def _read(self, request: ModelRequest) -> tuple[str, list[ToolCall]]:
        within = replace(request, total_timeout_s=min(request.total_timeout_s, self._left_s()))
        words, calls = ask_model(self._runtime, within, self._meter, operation="text_answer")
        return words, calls[:MOST_CALLS]

    def _use(self, request: ModelRequest, call: ToolCall) -> str:
        """Use a tool, and return what the model is told of it."""
        if call.bad_arguments:
            return NOT_NOTED if call.name == NOTE_FOR_TEAM.name else NOT_READABLE
        if call.name == NOTE_FOR_TEAM.name:
            return self._note(call)
        if call.name not in {tool.name for tool in request.tools}:
            return UNKNOWN_TOOL
        if call.name == CALLBACK.name:
            return self._set_call(call)
        return self._ask(call)

    def _note(self, call: ToolCall) -> str:
        """Keep a note: it is committed with the answer."""
        note = call.arguments.get("message")
        if not isinstance(note, str) or not note.strip():
            return NOT_NOTED
        self.notes.append(note.strip())
        return NOTED

    def _set_call(self, call: ToolCall) -> str:
        """Set the call at once: when the answer is written anew, the same wish changes nothing."""
        number = person_number(self._claimed.customer_identifier)
        answer = use_tool(self._runtime, number, call.arguments, AskedIn(message_id=self._claimed.upto))
        self.is_call_set |= answer.kept
        self._set.append(answer.words)
        return answer.words

    def _ask(self, call: ToolCall) -> str:
        """Ask a tool of the template's own. It may be asked anew with the answer, and knows the same wish by its id."""
        claimed = self._claimed
        language = claimed.profile.get("language") or next(iter(claimed.template.get("languages") or ()), "")
        wish = Wish(
            f"{call.name}_{_digest(call)}",
            call.arguments,
            person_number(claimed.customer_identifier),
            str(language or self._runtime.settings.home_language),
            message_id=min(claimed.unanswered, default=claimed.upto),
        )
        within_s = max(self._left_s() - SHORTEST_S, 1.0)
        asked = use_own_tool(self._runtime, claimed.template, call.name, wish, within_s=within_s)
        if asked is None:
            return UNKNOWN_TOOL
        self.own.append({"name": call.name, "done": asked.ok})
        told = ", ".join(f"{name}: {value}" for name, value in call.arguments.items())
        self.outcomes.append(f"{call.name} ({told}): {asked.text}")
        return asked.text

    def _left_s(self) -> float:
        return (self._until - self._runtime.now()).total_seconds()


def _digest(call: ToolCall) -> str:
    """Return a short name for a tool call. An answer that is made anew calls in the same words, apart from case and blanks."""
    told = {name: " ".join(str(value).casefold().split()) for name, value in call.arguments.items()}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]
