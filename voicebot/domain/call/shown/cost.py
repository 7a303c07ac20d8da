"""The cost of a call by product, estimated by the service itself, whose sums nobody bills. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from voicebot.domain.prices import HEARD_USD, LISTENED_USD, MINUTE_USD, RELAY_MINUTE_USD, voice_usd


@dataclass(frozen=True)
class Used:
    """The used amounts of a call, from its rows. `spent_usd` is the sum that was counted while it ran."""

    transport: str | None
    minutes: int
    talk_s: float
    caller_turns: int
    bot_words: Sequence[str]
    spent_usd: float


def by_product(used: Used) -> list[tuple[str, float]]:
    """Return products with their US dollars, the carrier first; together they equal the total that was counted.

    Minutes and characters have a price each. The model's tokens are not stored separately, so the model gets the
    remainder.
    """
    is_relay, is_media = used.transport == "relay", used.transport == "media"
    shares = [("carrier", used.minutes * (RELAY_MINUTE_USD if is_relay else MINUTE_USD))]
    if not is_relay:
        heard = used.talk_s * LISTENED_USD if is_media else used.caller_turns * HEARD_USD
        shares += [("transcriber", heard), ("voice", sum(voice_usd(words) for words in used.bot_words))]
    left, parts = used.spent_usd, []
    for name, usd in shares:
        part = min(usd, left)
        left -= part
        parts.append((name, round(part, 4)))
    return [*parts, ("model", round(max(0.0, left), 4))]
