"""Ask the model whether a person wants no more messages, when the rules are unsure."""

import logging

from pydantic import BaseModel

from voicebot import prompts
from voicebot.providers.measured import provider_call
from voicebot.providers.ports import ModelRequest, ProviderError
from voicebot.runtime import Runtime

LONGEST = 600
NAME = "opt_out"
log = logging.getLogger(__name__)


class Opinion(BaseModel):
    """What the model answers."""

    stop: bool


def means_stop(runtime: Runtime, text: str) -> bool | None:
    """Return the model's judgement; None when it gives none."""
    request = ModelRequest(
        messages=[{"role": "user", "content": prompts.render("opt_out", text=text[:LONGEST])}],
        max_tokens=20,
        temperature=0.0,
        total_timeout_s=8.0,
    )
    try:
        with provider_call("model", NAME):
            return runtime.model.complete_json(request, name=NAME, wanted=Opinion).stop
    except ProviderError as error:
        log.warning("no second opinion", extra={"code": error.code, "outcome": error.outcome})
        return None
