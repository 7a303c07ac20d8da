"""OpenAI's HTTP API as far as it is used here, answered by the demo brain.

Paths, bodies and errors follow https://platform.openai.com/docs/api-reference.
"""

import base64
import time
from collections.abc import Iterator
from random import Random
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, jsonify, request

from simulator.config import SimulatorConfig
from simulator.providers.brain.brain import Thought, think
from simulator.providers.faults import Piece, never_answered, streamed, suffered
from simulator.providers.knobs import Knob, Mode, SeenRequest, board_of
from simulator.providers.latency import FIRST_TOKEN, Pace
from simulator.providers.openai.embeddings import DIMENSIONS, embed
from simulator.providers.openai.errors import ApiError, bad, failed, out_of_quota, rate_limited
from simulator.providers.openai.model_log import model_log_of
from simulator.providers.openai.request import (
    CHAT_MODELS,
    ChatRequest,
    chat_request,
    json_body,
    require_key,
    require_model,
)
from simulator.providers.openai.stream import Completion, cut_into_tokens, new_id
from simulator.providers.recaps.fields import extract, free_object

_TOKENS_PER_MESSAGE = 4


def chat_blueprint(config: SimulatorConfig) -> Blueprint:
    """`/openai/v1/…`: chat completions, models, embeddings."""
    blueprint = Blueprint("openai", __name__, url_prefix="/openai/v1")
    pace = Pace(config.seed, config.speed, "model")
    blueprint.register_error_handler(ApiError, lambda error: error.response())
    blueprint.before_request(lambda: require_key(request))

    @blueprint.post("/chat/completions")
    def complete() -> Response:
        wanted = chat_request(json_body(request))
        rng = pace.next_request()
        log = model_log_of(current_app)
        asked = log.note(wanted)
        said = "\n".join(str(message.get("content") or "") for message in wanted.messages)
        knob, seen = board_of(current_app).meet("model", path=request.path, model=wanted.model, text=said)
        response = _spoiled(knob, seen, stream=wanted.stream)
        if response is None:
            asked.answered(completion := _completion(wanted, rng))
            events = completion.events(pace, rng, include_usage=wanted.include_usage)
            if wanted.stream:
                response = _streamed(events, new_id("req_", rng), knob, seen)
            else:
                pace.spend(FIRST_TOKEN, rng)
                response = _whole(completion.whole(), knob, seen)
        return log.watched(response, asked, seen)

    @blueprint.post("/embeddings")
    def embeddings() -> Response:
        body = json_body(request)
        model = require_model(body.get("model"), embeds=True)
        knob, seen = board_of(current_app).meet(
            "model", path=request.path, model=model, text=str(body.get("input"))
        )
        return _spoiled(knob, seen, stream=False) or _whole(_embedded(body, model), knob, seen)

    @blueprint.get("/models")
    def models() -> Response:
        return jsonify({"object": "list", "data": [_model(name) for name in (*CHAT_MODELS, *DIMENSIONS)]})

    @blueprint.get("/models/<name>")
    def model(name: str) -> Response:
        return jsonify(_model(require_model(name, embeds=name in DIMENSIONS)))

    return blueprint


def _completion(wanted: ChatRequest, rng: Random) -> Completion:
    return Completion(
        thought := _thought(wanted),
        wanted.model,
        prompt_tokens=_prompt_tokens(wanted),
        max_tokens=wanted.max_tokens,
        created=int(time.time()),
        id=new_id("chatcmpl-", rng),
        call_ids=tuple(new_id("call_", rng) for _ in thought.calls),
    )


def _streamed(events: Iterator[Piece], request_id: str, knob: Knob, seen: SeenRequest) -> Response:
    response = streamed(suffered(events, knob, board_of(current_app), seen), knob, "text/event-stream")
    response.headers["x-request-id"] = request_id
    return response


def _thought(wanted: ChatRequest) -> Thought:
    kind = wanted.response_format["type"]
    if kind == "json_schema":
        schema = wanted.response_format["json_schema"]["schema"]
        return Thought(orjson.dumps(extract(wanted.messages, schema)).decode())
    if kind == "json_object":
        return Thought(orjson.dumps(free_object(wanted.messages)).decode())
    return think(wanted.messages, wanted.tools, wanted.tool_choice)


def _whole(body: dict[str, Any], knob: Knob, seen: SeenRequest) -> Response:
    """One JSON body, which the knob may delay or break off."""
    sent = orjson.dumps(body)
    pieces = ((sent[at : at + 64], len(sent[at : at + 64])) for at in range(0, len(sent), 64))
    return streamed(suffered(pieces, knob, board_of(current_app), seen), knob, "application/json")


def _spoiled(knob: Knob, seen: SeenRequest, *, stream: bool) -> Response | None:
    """The answer of a model that does not think at all; None when it will."""
    if knob.mode in (Mode.OK, Mode.SLOW, Mode.CUT):
        return None
    seen.finished = "failed"
    if knob.mode is Mode.TIMEOUT:
        return never_answered(knob, board_of(current_app), seen)
    if knob.mode is Mode.RATE_LIMIT:
        return rate_limited().response(knob.delay_s)
    if knob.mode is Mode.QUOTA:
        return out_of_quota().response()
    if knob.mode is Mode.GARBAGE:
        broken = b'data: {"choices": [{"delta": {"content": \n\ndata: <html>\x00\xff</html>\n\n'
        return Response(broken, mimetype="text/event-stream" if stream else "application/json")
    return failed(knob.status).response()


def _embedded(body: dict[str, Any], model: str) -> dict[str, Any]:
    texts = _inputs(body.get("input"))
    dimensions = body.get("dimensions") or DIMENSIONS[model]
    if not isinstance(dimensions, int) or not 1 <= dimensions <= DIMENSIONS[model]:
        raise bad(f"dimensions lies between 1 and {DIMENSIONS[model]}.", "dimensions")
    vectors = [embed(text, dimensions) for text in texts]
    as_base64 = body.get("encoding_format") == "base64"
    data = [
        {
            "object": "embedding",
            "index": index,
            "embedding": base64.b64encode(vector.tobytes()).decode() if as_base64 else vector.tolist(),
        }
        for index, vector in enumerate(vectors)
    ]
    used = sum(len(cut_into_tokens(text)) for text in texts)
    return {
        "object": "list",
        "data": data,
        "model": model,
        "usage": {"prompt_tokens": used, "total_tokens": used},
    }


def _inputs(given: Any) -> list[str]:
    """Return the texts to embed: one, several, or token numbers, which count as words."""
    several = given if isinstance(given, list) and given and not isinstance(given[0], int) else [given]
    texts = [" ".join(map(str, one)) if isinstance(one, list) else one for one in several]
    if not 1 <= len(texts) <= 2048 or not all(isinstance(text, str) and text for text in texts):
        raise bad("input is a text or an array of up to 2048 texts, none of them empty.", "input")
    return texts


def _prompt_tokens(wanted: ChatRequest) -> int:
    texts = [str(message.get("content") or "") for message in wanted.messages]
    declared = len(cut_into_tokens(orjson.dumps(list(wanted.tools)).decode())) if wanted.tools else 0
    return declared + sum(len(cut_into_tokens(text)) + _TOKENS_PER_MESSAGE for text in texts)


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 1700000000, "owned_by": "system"}
