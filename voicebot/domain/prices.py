"""What the parts of calls and texts cost, roughly and rather too much: caps are held with it while nothing is billed yet.

Pure. In US dollars, as of November 2026, from the providers' price lists: twilio.com/en-us/voice/pricing and
/sms/pricing (United States), developers.openai.com/api/docs/pricing, elevenlabs.io/pricing/api. What the carrier really
charged stands in `call_history` and `sms_history` once it tells it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

MINUTE_USD = 0.014
"""A minute of a call that has begun: a local number of ours that is called or calls."""
RELAY_MINUTE_USD = 0.07
"""A minute of ConversationRelay, with what hears and speaks in it."""
HEARD_USD = 0.02
"""Speech recognition of one <Gather>, up to 15 seconds of speech."""
TALK_USD = 0.20
"""An average call of ours of two minutes with six answers: the sum reserved before each dial."""
SUMMARY_USD = 0.002
"""The summary that follows a call in which something was said."""
LISTENED_USD = 0.012 / 60
"""A second of a stream on which somebody speaks: the transcriber, and the carrier's price of the stream."""
VOICE_CHARACTER_USD = 0.10 / 1000
TEXT_SEGMENT_USD = 0.0113
"""A segment with the carrier's fee, or one that comes in."""
SEGMENT_CHARACTERS = 153
CHARACTERS_A_TOKEN = 3
"""Where the model does not tell how many tokens it used: fewer characters are rare."""

MODEL_USD: Mapping[str, tuple[float, float]] = {
    "gpt-4.1-nano": (0.10, 0.40),
    "gpt-4.1-mini": (0.40, 1.60),
    "gpt-4.1": (2.00, 8.00),
    "gpt-4o-mini": (0.15, 0.60),
    "gpt-4o": (2.50, 10.00),
    "gpt-5-nano": (0.05, 0.40),
    "gpt-5-mini": (0.25, 2.00),
    "gpt-5": (1.25, 10.00),
}
"""By how a model's name begins: a million tokens that go in, and a million that come out."""
OTHER_MODEL_USD = (2.50, 15.00)


ENGINE_USD = (4.00, 32.00, 0.40, 16.00, 64.00)
"""A million tokens of an engine that hears and speaks by itself: text and sound that go in, of both what it knew, text and sound out."""


def engine_usd(text_in: int, audio_in: int, cached: int, text_out: int, audio_out: int) -> float:
    """Return the price of one answer of an engine. `cached` tokens are part of the input, and count as text."""
    text, audio, known, words, sound = ENGINE_USD
    fresh = max(0, text_in - cached)
    return (
        fresh * text + audio_in * audio + cached * known + text_out * words + audio_out * sound
    ) / 1_000_000


def model_usd(model: str, prompt_tokens: int, completion_tokens: int) -> float:
    """Return what one answer of a model costs."""
    named = [name for name in MODEL_USD if model == name or model.startswith(f"{name}-")]
    into, out = MODEL_USD[max(named, key=len)] if named else OTHER_MODEL_USD
    return (prompt_tokens * into + completion_tokens * out) / 1_000_000


def tokens_of(messages: Sequence[Mapping[str, Any]]) -> int:
    """Return how many tokens these messages have, roughly."""
    return sum(len(str(message.get("content") or "")) // CHARACTERS_A_TOKEN + 5 for message in messages)


def voice_usd(text: str) -> float:
    """Return what it costs to have a text spoken."""
    return len(text) * VOICE_CHARACTER_USD


def text_usd(text: str) -> float:
    """Return what one outgoing text costs."""
    return (1 + len(text) // SEGMENT_CHARACTERS) * TEXT_SEGMENT_USD
