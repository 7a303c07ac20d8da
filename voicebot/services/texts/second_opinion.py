"""Ask the model what a person wants to end, when the rules are unsure."""

import logging
from collections.abc import Sequence

from pydantic import BaseModel

from voicebot import prompts
from voicebot.domain.opt_out.asked import NOTHING, SCOPE_QUESTION, Asked, OpenQuestion
from voicebot.providers.measured import provider_call
from voicebot.providers.ports import ModelRequest, ProviderError
from voicebot.runtime import Runtime

LONGEST = 600
LONGEST_BEFORE = 300
NAME = "opt_out"
QUESTIONS = {
    OpenQuestion.NONE: "None.",
    OpenQuestion.OFFERS: "Whether we may send news and offers. A no to it has no other effect: it ends no other texts.",
    OpenQuestion.SCOPE: f"{SCOPE_QUESTION} The answer says which.",
    OpenQuestion.PLACE: "Which city or region the person lives in.",
    OpenQuestion.OTHER: "Another question about the person, such as their name.",
}
log = logging.getLogger(__name__)


class Opinion(BaseModel):
    """What the model answers."""

    stop: bool
    only_offers: bool = False
    in_doubt: bool = False
    erase: bool = False


def second_opinion(
    runtime: Runtime, text: str, asked: Asked = NOTHING, before: Sequence[tuple[str, str]] = ()
) -> Opinion | None:
    """Return the model's judgement; None when it gives none. `before`: who (we, they) said what, oldest first."""
    said = [f"- {who} wrote: {' '.join(words[:LONGEST_BEFORE].split())}" for who, words in before]
    prompt = prompts.render(
        "opt_out",
        text=text[:LONGEST],
        question=QUESTIONS[asked.question],
        before="\n".join(said) or "- nothing",
    )
    request = ModelRequest(
        messages=[{"role": "user", "content": prompt}],
        max_tokens=60,
        temperature=0.0,
        total_timeout_s=8.0,
    )
    try:
        with provider_call("model", NAME):
            return runtime.model.complete_json(request, name=NAME, wanted=Opinion)
    except ProviderError as error:
        log.warning("no second opinion", extra={"code": error.code, "outcome": error.outcome})
        return None
