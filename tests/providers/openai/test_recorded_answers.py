"""Every recorded answer of chat completions is understood as the handbook has it, and every recorded refusal (3.2, 3.3)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.providers.broken_provider import Provider, stream, whole
from tests.vectors import PROVIDERS, read
from voicebot.providers.openai.model import OpenAIModel
from voicebot.providers.ports import (
    ModelDone,
    ModelPiece,
    ModelRequest,
    ProviderError,
    TextDelta,
    ToolCall,
)

RECORDED = read(PROVIDERS / "openai_chat.json")
REQUEST = ModelRequest(
    messages=[{"role": "user", "content": "hi"}], first_token_timeout_s=2.0, total_timeout_s=4.0
)
OUR_WORDS = {"cut": "dropped"}
"""What the handbook calls otherwise than we do."""
Ask = Callable[[ModelRequest], tuple[list[ModelPiece], ProviderError | None]]


@pytest.fixture
def ask(provider: Provider):
    """Ask the test's server, with no pause between attempts; return the pieces, and what was raised behind them."""
    model = OpenAIModel("key", f"{provider.url}/v1", "m", sleep=lambda _s: None)

    def asked(request: ModelRequest) -> tuple[list[ModelPiece], ProviderError | None]:
        pieces: list[ModelPiece] = []
        try:
            for piece in model.stream(request):
                pieces.append(piece)
        except ProviderError as error:
            return pieces, error
        return pieces, None

    yield asked
    model.close()


@pytest.mark.parametrize("case", RECORDED["streams"], ids=lambda case: case["id"])
def test_a_recorded_answer_is_understood(provider: Provider, ask: Ask, case: dict[str, Any]) -> None:
    newline, expected = case.get("newline", "\n"), case["expect"]
    body = (newline.join(case["sse_lines"]) + newline).encode()
    parts = [body[start : start + 7] for start in range(0, len(body), 7)] if "split" in case else [body]
    ends = "cut" if "connection" in case else "hang" if "then_stall_ms" in case else "whole"
    # Nothing was given on of some: those are asked for once more.
    provider.will(*[stream(*parts, end=ends)] * 2)

    pieces, error = ask(replace(REQUEST, first_token_timeout_s=0.2) if ends == "hang" else REQUEST)

    said = "".join(piece.text for piece in pieces if isinstance(piece, TextDelta))
    tools = [piece for piece in pieces if isinstance(piece, ToolCall)]
    runs = [[tool.id, tool.name, tool.arguments] for tool in tools if not tool.bad_arguments]
    wanted = expected.get("error")
    assert (error and error.code) == OUR_WORDS.get(wanted, wanted)
    assert said == (expected.get("text") or expected.get("refusal", ""))
    assert runs == expected.get("tools", [])
    if error is None:
        done = pieces[-1]
        assert isinstance(done, ModelDone)
        assert done.finish_reason == expected.get("finish", "tool_calls")
        if usage := expected.get("usage"):
            assert (done.prompt_tokens, done.completion_tokens) == tuple(usage.values())
    elif "outcome" in expected:
        assert error.outcome.value == expected["outcome"]


@pytest.mark.parametrize("case", RECORDED["http_errors"], ids=lambda case: case["id"])
def test_a_recorded_refusal_says_what_may_have_happened(
    provider: Provider, ask: Ask, case: dict[str, Any]
) -> None:
    headers = {name.replace("-", "_"): value for name, value in case["headers"].items() if name != "date"}
    kind = headers.pop("content_type", "application/json")
    body = case["raw_body"].encode() if "raw_body" in case else case["body"]
    # A parameter that is refused is left out, and the rest asked again.
    provider.will(*[whole(case["status"], body, kind, **headers)] * 4)

    pieces, error = ask(REQUEST)

    assert pieces == [] and error is not None
    assert error.outcome.value == case["outcome"]
    if case.get("alert") and error.code != "model_not_found":
        assert error.unwell
    if error.code in ("insufficient_quota", "model_not_found"):
        assert len(provider.seen) == 1, "what never heals is not asked again"


@pytest.mark.parametrize("reason", ["length", "content_filter"])
@pytest.mark.parametrize("arguments", ["", "{}", '{"day":'])
def test_a_tool_of_an_answer_that_was_cut_off_never_runs(
    provider: Provider, ask: Ask, reason: str, arguments: str
) -> None:
    call = {"index": 0, "id": "call_1", "function": {"name": "end_call", "arguments": arguments}}
    completion = {
        "choices": [{"message": {"content": "Good", "tool_calls": [call]}, "finish_reason": reason}]
    }
    provider.will(whole(200, completion))

    pieces, _ = ask(REQUEST)

    assert [piece.bad_arguments for piece in pieces if isinstance(piece, ToolCall)] == [True]
