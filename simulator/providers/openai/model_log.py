"""What the model's stand-in was asked, and how long its answers took: the requests that the phone page shows.

Bounded three ways: so many requests in all, so many for one call or thread, so many characters of one prompt.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response

from simulator.providers.knobs import SeenRequest
from simulator.providers.openai.request import ChatRequest
from simulator.providers.openai.stream import Completion

KEPT = 400
KEPT_EACH = 60
"""So many requests of one call or thread are kept; the oldest of them go first."""
LONGEST_MESSAGE = 8_000
KEPT_MESSAGES = 40
"""The first message and the newest ones of a long prompt."""

Messages = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Subject:
    """Whose request it is: a call (its sid) or a thread (the person's address), and which of their words it answers."""

    about: str
    said_n: int | None = None
    """The number of the heard item, or of the text in its thread; None for a request about all of it."""


Attribute = Callable[[Messages], Subject | None]
"""The messages of a request -> whose it is, None when nobody can tell."""


@dataclass
class AskedModel:
    """One request to the model with its answer; times are in ms from its arrival, None until they are known."""

    n: int
    at: float
    model: str
    wants: str
    """`answer`, or the name of the JSON that is asked for."""
    messages: list[dict[str, Any]]
    tools: list[str]
    subject: Subject | None
    answer: str = ""
    tool_calls: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    first_token_ms: int | None = None
    total_ms: int | None = None
    finished: str = "running"

    def answered(self, completion: Completion) -> None:
        """Note the answer that is about to be sent."""
        usage = completion.usage
        self.answer = "".join(completion.text_tokens)[:LONGEST_MESSAGE]
        self.tool_calls = completion.thought.calls
        self.prompt_tokens, self.completion_tokens = usage["prompt_tokens"], usage["completion_tokens"]

    def shown(self) -> dict[str, Any]:
        """The request as JSON."""
        names = (
            "n", "at", "model", "wants", "messages", "tools", "answer", "prompt_tokens", "completion_tokens",
            "first_token_ms", "total_ms", "finished",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names} | {
            "said_n": self.subject.said_n if self.subject else None,
            "tool_calls": [{"name": name, "arguments": dict(given)} for name, given in self.tool_calls],
        }


class ModelLog:
    """The requests of all calls and threads, oldest first. `attribute` says whose each is, `changed` is told of news."""

    def __init__(
        self, attribute: Attribute = lambda _: None, changed: Callable[[AskedModel], None] = lambda _: None
    ) -> None:
        self._attribute, self._changed = attribute, changed
        # Whose a request is depends on how many there were: it is found out and written down in one step.
        self._lock = threading.RLock()
        self._asked: deque[AskedModel] = deque(maxlen=KEPT)
        self._count = 0

    def note(self, wanted: ChatRequest) -> AskedModel:
        """Write down a request as it arrives."""
        schema = wanted.response_format.get("json_schema") or {}
        with self._lock:
            subject = self._attribute(wanted.messages)
            self._count += 1
            asked = AskedModel(
                self._count,
                time.time(),
                wanted.model,
                str(schema.get("name") or ("answer" if wanted.response_format["type"] == "text" else "json")),
                kept_messages(wanted.messages),
                [str(tool["function"]["name"]) for tool in wanted.tools],
                subject,
            )
            self._asked.append(asked)
            if subject is not None:
                self._forget_oldest(subject.about)
        self._changed(asked)
        return asked

    def about(self, subject: str) -> list[AskedModel]:
        """What was asked for one call or one person's texts, oldest first."""
        with self._lock:
            return [each for each in self._asked if each.subject and each.subject.about == subject]

    def asked_for(self, subject: Subject) -> int:
        """How many requests there were for the same words."""
        with self._lock:
            return sum(each.subject == subject for each in self._asked)

    def watched(self, response: Response, asked: AskedModel, seen: SeenRequest) -> Response:
        """The response, with the times of its first and its last byte written down as it goes out."""

        def over() -> None:
            asked.total_ms = _since_ms(asked)
            asked.finished = "failed" if response.status_code >= 400 else seen.finished
            self._changed(asked)

        if not response.is_sequence:
            response.response = _timed(iter(response.response), asked)
        response.call_on_close(over)
        return response

    def _forget_oldest(self, about: str) -> None:
        same = [each for each in self._asked if each.subject and each.subject.about == about]
        for each in same[:-KEPT_EACH]:
            self._asked.remove(each)


def kept_messages(messages: Messages) -> list[dict[str, Any]]:
    """As much of a prompt as is kept: role, words and tool calls, a long message and a long row of them shortened."""
    kept = [*messages[:1], *messages[1:][-(KEPT_MESSAGES - 1) :]]
    return [
        {"role": each["role"], "content": _shortened(each.get("content"))}
        | ({"tool_calls": _calls(each["tool_calls"])} if each.get("tool_calls") else {})
        for each in kept
    ]


def model_log_of(app: Flask) -> ModelLog:
    """The one log of a simulator, made when first asked for."""
    log = app.extensions.get("model_log")
    if not isinstance(log, ModelLog):
        log = app.extensions["model_log"] = ModelLog()
    return log


def _timed(pieces: Iterator[Any], asked: AskedModel) -> Iterator[Any]:
    try:
        for piece in pieces:
            if asked.first_token_ms is None:
                asked.first_token_ms = _since_ms(asked)
            yield piece
    finally:
        # A client that goes away ends this one, and the maker of the pieces has to learn of it at once.
        if close := getattr(pieces, "close", None):
            close()


def _since_ms(asked: AskedModel) -> int:
    return round((time.time() - asked.at) * 1000)


def _shortened(content: Any) -> str:
    text = content if isinstance(content, str) else "" if content is None else str(content)
    if len(text) <= LONGEST_MESSAGE:
        return text
    half = LONGEST_MESSAGE // 2
    return f"{text[:half]}\n[…]\n{text[-half:]}"


def _calls(calls: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    return [
        {
            "name": str(call["function"].get("name", "")),
            "arguments": _shortened(call["function"]["arguments"]),
        }
        for call in calls
    ]
