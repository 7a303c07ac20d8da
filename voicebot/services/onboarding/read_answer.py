"""Have the model look for a name and a place in an answer that the rules could not read."""

import logging

from pydantic import BaseModel

from voicebot import prompts
from voicebot.domain.onboarding.reading import LONGEST, Reading
from voicebot.providers.measured import provider_call
from voicebot.providers.ports import ModelRequest, Priority, ProviderError
from voicebot.runtime import Runtime

NAME = "onboarding_answer"
MAX_TOKENS = 60
log = logging.getLogger(__name__)


class FoundWords(BaseModel):
    """What the model answers; blank is for nothing."""

    name: str
    place: str


def read_answer(runtime: Runtime, text: str, *, timeout_s: float = 8.0) -> Reading:
    """Return the words that are the person's name and place; a model that fails has found nothing."""
    request = ModelRequest(
        messages=[{"role": "user", "content": prompts.render("onboarding_answer", text=text[:LONGEST])}],
        max_tokens=MAX_TOKENS,
        temperature=0.0,
        total_timeout_s=timeout_s,
        priority=Priority.ANSWER,
    )
    try:
        with provider_call("model", NAME):
            found = runtime.model.complete_json(request, name=NAME, wanted=FoundWords)
    except ProviderError as error:
        log.warning("an answer was not read", extra={"code": error.code, "outcome": error.outcome})
        return Reading()
    return Reading(found.name.strip(), found.place.strip())
