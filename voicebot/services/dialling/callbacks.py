"""A person asks the bot to call them: "tomorrow at nine" becomes one queued call, at the person's local time.

The bot asks back about a time with two meanings and refuses an impossible one, both in words that the model says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from voicebot.domain.dialling.place import NotCallable, NumberPlace, place_of
from voicebot.domain.dialling.wanted_day import NotClear, TimeRefused
from voicebot.domain.dialling.wanted_time import WantedTime, spoken, wanted_time
from voicebot.domain.dialling.whereabouts import clock_in, zones_of_place
from voicebot.domain.person.phone import country
from voicebot.providers.ports import ToolSpec
from voicebot.runtime import Runtime
from voicebot.services.dialling.ask import dial_limits
from voicebot.storage.dialling import callbacks
from voicebot.storage.dialling.callbacks import AskedIn, WantedCall
from voicebot.storage.queue import QueueRefused

MONTH_FIRST = frozenset({"US", "CA", "PH"})
"""Where 5/12 is the twelfth of May."""
NOT_SET = "No call is set."
ANOTHER = "Which other time would suit?"
MESSAGE = "Shall I take a message?"
REFUSED = {
    "suppressed": "This number asked not to be called.",
    "not_callable": f"This number cannot be called. {MESSAGE}",
    "country_not_allowed": f"Calls to that country cannot be made. {MESSAGE}",
    "own_number": "This number cannot be called.",
    "window_over": f"Nobody is called at that hour, as a rule only between eight in the morning and nine in the evening. {ANOTHER}",
}
"""All that is told may be spoken as it stands."""
TAKEN_BACK, NONE_SET = (
    "The call that was set is taken back.",
    "No call was set, so there is none to take back.",
)
ELSE_REFUSED = f"That does not work just now. {MESSAGE}"


SET, CANCEL = "set", "cancel"
LONGEST_ARGUMENT = 200
CALLBACK = ToolSpec(
    "callback",
    "Have this line call the person by itself at a time that they name, move that call, or take it back. Their number is "
    "known.",
    {
        "type": "object",
        "properties": {
            "when": {
                "type": "string",
                "description": "The day and time in the person's own words, in English, as `tomorrow at nine`. Work out no date.",
            },
            "place": {
                "type": "string",
                "description": "The city, state or time zone where they are, only if they said it.",
            },
            "kind": {
                "type": "string",
                "description": "set to set a call or to move the one that is set; cancel when they do not want it any more.",
                "enum": [SET, CANCEL],
            },
        },
        "additionalProperties": False,
    },
)
"""The tool by which a person has this line call them, on the phone and in texts."""


@dataclass(frozen=True)
class CallbackAnswer:
    """The answer for the model, in words that the person may hear as they are. `kept` says that the call was queued."""

    kept: bool
    words: str


def use_tool(
    runtime: Runtime, number: str, arguments: Mapping[str, Any], asked_in: AskedIn
) -> CallbackAnswer:
    """Do what the model asks for by the tool, for the person with this number. Raises DatabaseAway."""

    def text(name: str) -> str:
        value = arguments.get(name)
        return value.strip()[:LONGEST_ARGUMENT] if isinstance(value, str) else ""

    if text("kind") == CANCEL:
        return cancel_callback(runtime, number)
    return ask_callback(runtime, number, text("when"), text("place"), asked_in)


def ask_callback(runtime: Runtime, number: str, when: str, place: str, asked_in: AskedIn) -> CallbackAnswer:
    """Set the call that a person wants, or move the one that waits for them. Raises DatabaseAway."""
    try:
        where = _where(runtime, number, when, place)
        wanted = _agreed(number, where, when, runtime.now())
        # A number that may be in several zones is called while it is day in all of them.
        zone = where.zones[0] if len(where.zones) == 1 else None
        wish = WantedCall(number, when, asked_in, wanted, zone)
        callbacks.ask_callback(runtime.database, wish, where, dial_limits(runtime))
    except NotCallable as refusal:
        return _not_set(_of_number(refusal))
    except NotClear as unclear:
        return _not_set(unclear.question)
    except TimeRefused as refusal:
        return _not_set(f"{refusal.words} {ANOTHER}")
    except QueueRefused as refusal:
        return _not_set(REFUSED.get(refusal.code, ELSE_REFUSED))
    runtime.hint.made_work()
    told = f"{spoken(wanted, runtime.now(), where.zones[0])}, {_clock(where.zones[0])}"
    return CallbackAnswer(True, f"The call is set for {told}. Is that right?")


def cancel_callback(runtime: Runtime, number: str) -> CallbackAnswer:
    """Take back the call that a person asked for. Raises DatabaseAway."""
    if callbacks.cancel_callback(runtime.database, number):
        return CallbackAnswer(True, TAKEN_BACK)
    return CallbackAnswer(False, NONE_SET)


def _where(runtime: Runtime, number: str, when: str, place: str) -> NumberPlace:
    """Return where the person is, by their own words, else by their number. Raises NotCallable, NotClear."""
    clock = clock_in(when)
    zones = (clock,) if clock else zones_of_place(place) if place.strip() else ()
    where = place_of(number, runtime.settings.allowed_countries, zones[0] if zones else None)
    if place.strip() and not zones:
        raise NotClear("In which city, or by which time zone, is that?")
    # A state may have two clocks.
    return replace(where, zones=tuple(sorted(zones))) if zones else where


def _agreed(number: str, where: NumberPlace, when: str, now: datetime) -> WantedTime:
    """Return the time that is wanted. A number of several zones will do where all of them mean the same moment."""
    first = country(number) in MONTH_FIRST
    found = {wanted_time(when, now, zone, month_first=first) for zone in where.zones}
    if len(found) > 1:
        raise NotClear("In which city are you, so that it is the right time there?")
    return found.pop()


def _of_number(refusal: NotCallable) -> str:
    if refusal.code == "unknown_zone":
        return "In which city are you, so that it is the right time there?"
    return REFUSED.get(refusal.code, ELSE_REFUSED)


def _not_set(words: str) -> CallbackAnswer:
    return CallbackAnswer(False, f"{NOT_SET} {words}")


def _clock(zone: str) -> str:
    return f"{zone.rpartition('/')[2].replace('_', ' ')} time"
