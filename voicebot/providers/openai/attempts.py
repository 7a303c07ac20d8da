"""Which model to ask next after one failed: a pure rule, shared by streamed and whole answers.

A completion has no effect but its answer, so asking again is safe whatever the outcome, as long as nothing of the
first answer was passed on. What bounds it is the caller's patience: a model that was slow is not waited for twice
when another one is there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from voicebot.providers.http.errors import BUSY_HERE, CONNECT_TIMEOUT, TIMEOUT
from voicebot.providers.ports import Outcome, ProviderError

LONGEST_PAUSE_S = 1.0
SHORT_PAUSE_S = 0.1
WORTH_TRYING_S = 0.5


@dataclass(frozen=True)
class Attempt:
    """Ask `model` after a pause."""

    model: str
    pause_s: float = 0.0


def next_attempt(
    failure: ProviderError, *, tried: Sequence[str], models: Sequence[str], left_s: float
) -> Attempt | None:
    """Return what to try after `failure`, None to give up. `tried` ends with the model that just failed."""
    model = tried[-1]
    following = next((other for other in models if other not in tried), None)
    again: Attempt | None = Attempt(model, _pause(failure))
    if model != models[0] or tried.count(model) > 1 or not _worth_repeating(failure, following):
        again = None if following is None else Attempt(following)
    if again is None or left_s - again.pause_s < WORTH_TRYING_S:
        return None
    return again


def _worth_repeating(failure: ProviderError, following: str | None) -> bool:
    if (failure.retry_after_s or 0.0) > LONGEST_PAUSE_S or failure.again is False:
        return False
    if failure.outcome is Outcome.REFUSED and not failure.again:
        return False
    slow = failure.code in (TIMEOUT, CONNECT_TIMEOUT, BUSY_HERE)
    return not slow or following is None


def _pause(failure: ProviderError) -> float:
    return SHORT_PAUSE_S if failure.retry_after_s is None else failure.retry_after_s
