"""The words that a provider which leads calls itself gets besides the number: the template's, and the entry's own."""

from dataclasses import replace

from voicebot.providers.ports import NewDial
from voicebot.runtime import Runtime
from voicebot.services.dialling.led.accounts import led_account
from voicebot.storage import led_calls


def with_words(runtime: Runtime, attempt: NewDial, account: str) -> NewDial:
    """Return the attempt with them; unchanged for an account whose calls we lead. Raises DatabaseAway."""
    if led_account(runtime, account) is None:
        return attempt
    known = led_calls.led_attempt(runtime.database, attempt.attempt_id)
    if known is None:
        return attempt
    return replace(attempt, variables=known.variables, assistant_id=known.assistant_id)
