"""What a chat server streams, piece by piece, and the requests that tests make of it."""

import json
from dataclasses import replace

from tests.providers.broken_provider import stream, whole
from voicebot.providers.ports import ModelDone, ModelRequest, Outcome, TextDelta

NOT_SENT, REFUSED, UNKNOWN = Outcome.NOT_SENT, Outcome.REFUSED, Outcome.UNKNOWN
REQUEST = ModelRequest(
    messages=[{"role": "user", "content": "hi"}], first_token_timeout_s=0.3, total_timeout_s=2.0
)
PATIENT = replace(REQUEST, first_token_timeout_s=2.0, total_timeout_s=4.0)


def event(**fields) -> bytes:
    return b"data: " + json.dumps(fields).encode() + b"\n\n"


def says(text: str) -> bytes:
    return event(id="c1", model="m-1", choices=[{"index": 0, "delta": {"content": text}}])


ROLE = event(choices=[{"delta": {"role": "assistant", "content": ""}}])
STOP = event(choices=[{"delta": {}, "finish_reason": "stop"}])
USAGE = event(choices=[], usage={"prompt_tokens": 3, "completion_tokens": 2})
DONE = b"data: [DONE]\n\n"
HELLO = stream(ROLE, says("Hello"), says(" you."), STOP, USAGE, DONE)
SAID = [TextDelta("Hello"), TextDelta(" you."), ModelDone("stop", "m-1", 3, 2)]
BUSY = whole(503, {"error": {"code": "overloaded", "message": "busy"}})


def models_asked(provider) -> list[str]:
    return [seen.json["model"] for seen in provider.seen]
