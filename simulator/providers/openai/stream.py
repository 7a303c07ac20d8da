"""A finished thought as OpenAI sends it: one object, or the same in server-sent events token by token."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import orjson

from simulator.providers.brain.brain import Thought
from simulator.providers.faults import Piece
from simulator.providers.latency import FIRST_TOKEN, NEXT_TOKEN, Pace

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def cut_into_tokens(text: str) -> list[str]:
    """Pieces about as long as a tokenizer's; joined they are the text."""
    return re.findall(r"\s*[^\W_]{1,7}|\s*[\W_]|\s+", text)


def new_id(prefix: str, rng: Random) -> str:
    """An identifier such as `call_…` that the request's randomness decides."""
    return prefix + "".join(rng.choices(_ALPHABET, k=24))


@dataclass(frozen=True)
class Completion:
    """One answer with all that surrounds it."""

    thought: Thought
    model: str
    prompt_tokens: int
    max_tokens: int | None
    created: int
    id: str
    call_ids: tuple[str, ...]

    @property
    def text_tokens(self) -> list[str]:
        """The text's tokens as far as the limit lets them."""
        return cut_into_tokens(self.thought.text)[: self.max_tokens]

    @property
    def finish_reason(self) -> str:
        """Why it ended."""
        if self.max_tokens is not None and len(cut_into_tokens(self.thought.text)) > self.max_tokens:
            return "length"
        return "tool_calls" if self.thought.calls else "stop"

    @property
    def usage(self) -> dict[str, Any]:
        """Token counts as the usage object has them."""
        called = sum(len(cut_into_tokens(name + _json(arguments))) for name, arguments in self._calls)
        answered = len(self.text_tokens) + called
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": answered,
            "total_tokens": self.prompt_tokens + answered,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        }

    def whole(self) -> dict[str, Any]:
        """The chat.completion object."""
        text = "".join(self.text_tokens)
        message: dict[str, Any] = {
            "role": "assistant",
            "content": text or (None if self._calls else ""),
            "refusal": None,
        }
        if self._calls:
            message["tool_calls"] = [
                {"id": call_id, "type": "function", "function": {"name": name, "arguments": _json(arguments)}}
                for call_id, (name, arguments) in zip(self.call_ids, self._calls, strict=True)
            ]
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": self.finish_reason}
        return {**self._frame("chat.completion"), "choices": [choice], "usage": self.usage}

    def events(self, pace: Pace, rng: Random, *, include_usage: bool) -> Iterator[Piece]:
        """Server-sent events with the time between them; each with the characters of text it carries."""
        usage: dict[str, Any] = {"usage": None} if include_usage else {}
        for number, (delta, weight) in enumerate(self._deltas()):
            pace.spend(NEXT_TOKEN if number else FIRST_TOKEN, rng)
            yield (
                self._event([{"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}], usage),
                weight,
            )
        yield (
            self._event(
                [{"index": 0, "delta": {}, "logprobs": None, "finish_reason": self.finish_reason}], usage
            ),
            0,
        )
        if include_usage:
            yield self._event([], {"usage": self.usage}), 0
        yield b"data: [DONE]\n\n", 0

    def _deltas(self) -> Iterator[tuple[dict[str, Any], int]]:
        yield {"role": "assistant", "content": "" if self.thought.text else None, "refusal": None}, 0
        for token in self.text_tokens:
            yield {"content": token}, len(token)
        for index, (call_id, (name, arguments)) in enumerate(zip(self.call_ids, self._calls, strict=True)):
            opening = {
                "index": index,
                "id": call_id,
                "type": "function",
                "function": {"name": name, "arguments": ""},
            }
            yield {"tool_calls": [opening]}, 0
            for token in cut_into_tokens(_json(arguments)):
                yield {"tool_calls": [{"index": index, "function": {"arguments": token}}]}, len(token)

    def _event(self, choices: list[dict[str, Any]], more: dict[str, Any]) -> bytes:
        return (
            b"data: "
            + orjson.dumps({**self._frame("chat.completion.chunk"), "choices": choices, **more})
            + b"\n\n"
        )

    def _frame(self, kind: str) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "service_tier": "default",
            "system_fingerprint": "fp_standin",
        }

    @property
    def _calls(self) -> tuple[tuple[str, dict[str, Any]], ...]:
        """The tool calls; an answer that ran into its limit has none."""
        return () if self.finish_reason == "length" else self.thought.calls


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
