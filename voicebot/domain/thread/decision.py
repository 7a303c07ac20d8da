"""What the bot decided about a turn of texts, in words for people: to respond, to ignore, or to have a person called.

Pure. The rule that decided is named; where the model did, there is no confidence, because it gives none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from voicebot.domain.person.effects import Effect, Escalate, RequestErasure, Suppress

Author = Literal["rules", "model", "nobody"]
"""Who wrote the answer; `nobody` says that the model failed and a phrase replaces its answer."""
TELLS_ONLY = frozenset(
    {
        "message",
        "call_back",
        "unsure_stop_request",
        "erasure_requested",
        "model_failed",
        "not_textable",
        "emergency",
    }
)
"""Cases beside which the bot goes on answering (private.only_tells)."""
CASES: Mapping[str, str] = {
    "human_requested": "The person asked for a human.",
    "emergency": "Somebody may be in danger.",
    "loop": "The same texts came again and again: a machine may be writing.",
    "unsure_stop_request": "It may be a request to stop, and nobody could tell.",
    "not_textable": "The number may not be texted.",
    "model_failed": "The model gave no answer twice in a row.",
}
CERTAIN = 1.0


@dataclass(frozen=True)
class Decision:
    """One decision; `knew` is what it was made from."""

    decision: Literal["respond", "ignore", "escalate"]
    reason: str
    rule: str
    confidence: float | None = CERTAIN
    knew: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return what `private.note_decision` takes."""
        return {
            "decision": self.decision, "reason": self.reason, "rule": self.rule, "confidence": self.confidence,
            "knew": dict(self.knew),
        }  # fmt: skip


def decided(
    effects: Sequence[Effect],
    kinds: Sequence[str],
    *,
    author: Author,
    ai_mode: str,
    knew: Mapping[str, Any],
    stopped: bool = False,
) -> Decision:
    """Return the decision behind an answer, from its effects and the kinds of its texts in order.

    `stopped` says that the person has asked for no more texts, in this turn or before.
    """
    cases = [effect.reason for effect in effects if isinstance(effect, Escalate)]
    for case in sorted(cases, key=lambda reason: reason in TELLS_ONLY):
        if case not in TELLS_ONLY or not kinds:
            return Decision("escalate", CASES.get(case, "It needs a person."), case, knew=knew)
    if ai_mode != "ON":
        return Decision("ignore", "A person answers this thread.", "ai_off", knew=knew)
    if any(isinstance(effect, Suppress) for effect in effects):
        return Decision(
            "respond", "The person wants no more texts, and is told so once.", "stop_request", knew=knew
        )
    if any(isinstance(effect, RequestErasure) for effect in effects):
        return Decision("respond", "The person wants their data deleted.", "erasure_requested", knew=knew)
    if not kinds and stopped:
        return Decision("ignore", "The person wants no more texts.", "stopped", knew=knew)
    if not kinds:
        return Decision("ignore", "Nothing in it asks for an answer.", "nothing_to_say", knew=knew)
    if author == "model":
        return Decision("respond", "The model answered from what stands here.", "model", None, knew)
    if author == "nobody":
        return Decision(
            "respond", "The model gave no answer, so that a phrase did.", "model_failed", knew=knew
        )
    if "onboarding" in kinds:
        return Decision(
            "respond", "An answer to a question of the onboarding, or the next one.", "onboarding", knew=knew
        )
    return Decision("respond", "A phrase answers this.", "phrase", knew=knew)
