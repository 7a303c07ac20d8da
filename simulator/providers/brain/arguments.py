"""The tools that the stand-in can use, and how it reads their arguments in a person's words.

A tool outside the table is somebody's own: each argument's description decides whether it is a moment, a count, or the
words.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulator.providers.brain import wishes
from simulator.providers.brain.synonyms import has_any
from simulator.providers.brain.tool_use import Tool
from simulator.providers.brain.words import tokens

_MANNERS = frozenset(tokens("use talk make put through try hear let see leave take please help"))
_POLITE = re.compile(
    r"^(?:(?:please|hello|hi|hey|yes|ok|okay|well|so|sure|and|then)[,.! ]+|(?:can|could|would|will) (?:you|i)(?: please)?\s+"
    r"|i(?:'d| would) like (?:you )?to\s+|i (?:want|need|wish) (?:you )?to\s+|let me\s+)+",
    re.I,
)
_OF_TIME = re.compile(r"(?i)\b(?:day|date|time|when|hour|moment)\b")
_OF_COUNT = re.compile(r"(?i)\b(?:how many|number of|count|people|persons|guests)\b")
_COUNT = r"(?i)\b(\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b"
_FOR_WHOM = r"(?i)\b{name}\s+(?:for|to|with)\s+(?:the |your |my |mr\.? |ms\.? |mrs\.? |dr\.? )*\w+"


@dataclass(frozen=True)
class Filled:
    """The arguments found, and the question for the first required one that is missing."""

    arguments: dict[str, Any] = field(default_factory=dict)
    missing: str = ""


@dataclass(frozen=True)
class Argument:
    """`read` finds it in (what was said, the words of the tool); `asked_for` is set where the tool cannot do without it."""

    name: str
    read: Callable[[str, frozenset[str]], str | None]
    asked_for: str = ""


def fill(tool: Tool, said: str, *, answer: str = "") -> Filled:
    """Read the arguments of a tool of the table; `answer` is the reply to the question for one that `said` lacked."""
    declared = tool.parameters.get("properties") or {}
    if tool.name not in ARGUMENTS:
        return _own(declared, tool.parameters.get("required") or (), f"{said} {answer}".strip())
    about = frozenset(tokens(tool.about))
    found: dict[str, Any] = {}
    for argument in ARGUMENTS[tool.name]:
        value = argument.read(said if argument.asked_for else f"{said} {answer}".strip(), about)
        if value is None and argument.asked_for:
            value = answer.strip(" .") or None
        if value is not None and argument.name in declared:
            found[argument.name] = value
        elif argument.asked_for:
            return Filled(missing=argument.asked_for)
    return Filled(found)


def _own(declared: Mapping[str, Any], required: Sequence[str], said: str) -> Filled:
    found: dict[str, Any] = {}
    for name, schema in declared.items():
        described = str(schema.get("description") or name)
        about = f"{name} {described}"
        if _OF_TIME.search(about):
            value = wishes.moment_in(said).removeprefix("on ")
        elif _OF_COUNT.search(about):
            value = _first(_COUNT, said.replace(wishes.moment_in(said), "")) or ""
        else:
            value = _POLITE.sub("", said).strip(" .?")
        if value:
            found[name] = value
        elif name in required:
            # How it is to be written is for the model; a person is asked for the thing.
            asked_for = re.split(r"[,;:(.]", described)[0].strip()
            return Filled(missing=f"{asked_for[:1].lower()}{asked_for[1:]}")
    return Filled(found)


def _message(said: str, about: frozenset[str]) -> str | None:
    return _quoted(said) or _marked("message", said) or _words("message", said, about)


def _reason(said: str, about: frozenset[str]) -> str | None:
    cause = _first(r"(?i)\b(?:because|about|regarding)\s+(.+)", said)
    return _quoted(said) or _marked("reason", said) or cause or _words("reason", said, about)


def _voice(said: str, about: frozenset[str]) -> str | None:
    return wishes.voice_wish(said) or _quoted(said) or _words("wish", said, about)


def _kind(said: str, _about: frozenset[str]) -> str:
    return "call_back" if wishes.call_back_in(said) else "message"


def _number(said: str, _about: frozenset[str]) -> str | None:
    return wishes.number_in(said) or None


def _when(said: str, _about: frozenset[str]) -> str | None:
    return (wishes.moment_in(said) or None) if wishes.call_back_in(said) else None


def _moment(said: str, _about: frozenset[str]) -> str | None:
    return wishes.moment_in(said) or None


def _set_or_cancel(said: str, _about: frozenset[str]) -> str:
    return "cancel" if wishes.call_taken_back(said) else "set"


_THE_MESSAGE = Argument("message", _message, asked_for="the message")
ARGUMENTS: Mapping[str, tuple[Argument, ...]] = {
    "callback": (Argument("when", _moment), Argument("kind", _set_or_cancel)),
    "change_voice": (Argument("wish", _voice),),
    "end_call": (),
    "escalate": (Argument("reason", _reason),),
    "note_for_team": (_THE_MESSAGE,),
    "send_code": (),
    "take_message": (
        _THE_MESSAGE,
        Argument("kind", _kind),
        Argument("number", _number),
        Argument("when", _when),
    ),
    "transfer": (Argument("reason", _reason),),
}


def _quoted(said: str) -> str | None:
    return _first(r"[\"“]([^\"”]{2,})[\"”]", said)


def _marked(name: str, said: str) -> str | None:
    """What follows the argument's own name, as in `leave a message that …`."""
    return _first(rf"(?i)\b{name}s?\b[^:,.]{{0,25}}?(?::|,|\bthat\b|\bsaying\b|\bis\b)\s*(.+)", said)


def _words(name: str, said: str, about: frozenset[str]) -> str | None:
    """The whole of it, when it says more than that the tool is wanted."""
    # Whom a message is for is not what it says.
    bare = re.sub(_FOR_WHOM.format(name=name), name, said)
    if all(has_any(token, about | _MANNERS) for token in tokens(bare)):
        return None
    return _POLITE.sub("", said).strip(" .?") or None


def _first(pattern: str, said: str) -> str | None:
    match = re.search(pattern, said)
    return match[1].strip(" .?") or None if match else None
