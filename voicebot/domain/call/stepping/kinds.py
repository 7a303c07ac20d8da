"""The commands of operators for a running call, and their words. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

LONGEST_WORDS = 1000
"""Characters of a whisper, or of words that are said at once."""


class StepKind(StrEnum):
    """One kind of command, as `call_commands.kind` stores it."""

    WHISPER = "whisper"
    """The bot is told something that the caller does not hear; the next model request knows it."""
    SAY = "say"
    """The bot says exactly these words, after the sentence that it is saying."""
    MUTE = "mute"
    """The bot hears and gives no answer."""
    UNMUTE = "unmute"
    TAKE_OVER = "take_over"
    """The operator talks with the caller: by the browser's sound, or with `phone` on a telephone."""
    GIVE_BACK = "give_back"
    """The bot goes on, and knows what was said."""
    TRANSFER = "transfer"
    """The caller is connected with whom the call's setup names."""
    END = "end"
    """The call ends, after a goodbye or `now`."""


WITH_WORDS = (StepKind.WHISPER, StepKind.SAY)

REFUSALS: dict[str, str] = {
    "call_over": "The call is over.",
    "not_talking": "Nobody has picked up yet.",
    "led_elsewhere": "Another provider leads this call by itself; nothing can be done from here.",
    "with_a_person": "The caller is connected with a person.",
    "taken_over": "Somebody else has taken this call over.",
    "not_taken_over": "Nobody has taken this call over.",
    "held": "You talk with the caller yourself; give the call back first.",
    "muted": "The bot is muted already.",
    "not_muted": "The bot is not muted.",
    "no_sound": "The sound of this call does not pass through us: the carrier hears and speaks itself.",
    "nobody_to_transfer_to": "The call's template names nobody, and there is no operator's number.",
    "too_many": "This call has had more commands than one call may.",
    "key_used": "This request_key was used for another command.",
    "words_missing": "Say the words.",
    "words_too_long": f"At most {LONGEST_WORDS} characters.",
    "wrong_phone": "This is no phone number that may be called: write it like +12025550123.",
    "wrong_kind": "There is no such command.",
    "not_allowed": "Your role only looks on.",
    "signed_out": "Sign in again.",
    "unknown_call": "There is no such call, or none that you may step into.",
}
"""Why something cannot be done, for people, by its code."""


class WrongCommand(ValueError):
    """A command that no call could carry out; the message is a code of `REFUSALS`."""


def command_arguments(kind: StepKind, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments that the kind takes of those given. Raises WrongCommand."""
    if kind in WITH_WORDS:
        words = " ".join(str(given.get("text") or "").split())
        if not words:
            raise WrongCommand("words_missing")
        if len(words) > LONGEST_WORDS:
            raise WrongCommand("words_too_long")
        return {"text": words}
    if kind is StepKind.TAKE_OVER and given.get("phone"):
        return {"phone": str(given["phone"])}
    if kind is StepKind.END and given.get("now"):
        return {"now": True}
    return {}
