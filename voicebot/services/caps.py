"""How often somebody may call and text, as the settings say, for the functions that hold it (`sql/functions/people/caps.sql`)."""

from typing import Any

from voicebot.domain.prices import TALK_USD
from voicebot.domain.texts.our_name import signed
from voicebot.domain.thread.phrases import TEXTS_TOO_MANY, TEXTS_TOO_MUCH, WORDS
from voicebot.runtime import Runtime
from voicebot.services.operators.notice import CAP_CONTENT, operator_notice


def call_caps(runtime: Runtime) -> dict[str, Any]:
    """Return how many calls are let in, what is set aside for each, and the operator's notice."""
    settings = runtime.settings
    return {
        "number_live": settings.max_live_calls_per_number,
        "number_hourly": settings.max_hourly_calls_per_number,
        "prefix_live": settings.max_live_calls_per_prefix,
        "prefix_hourly": settings.max_hourly_calls_per_prefix,
        "daily_usd": settings.max_daily_inbound_usd,
        "call_usd": min(TALK_USD, settings.max_call_usd),
        "notice": operator_notice(runtime, CAP_CONTENT),
    }


def text_caps(runtime: Runtime) -> dict[str, Any]:
    """Return how many texts are answered, what the sender of one too many is told, and the operator's notice."""
    settings = runtime.settings
    words = {"many": TEXTS_TOO_MANY, "money": TEXTS_TOO_MUCH}
    return {
        "number_hourly": settings.max_hourly_texts_per_number,
        "prefix_hourly": settings.max_hourly_texts_per_prefix,
        "daily_usd": settings.max_daily_texts_usd,
        "notice": operator_notice(runtime, CAP_CONTENT),
        "words": {
            which: signed(WORDS.said(text, settings.home_language), settings.service_name)
            for which, text in words.items()
        },
    }
