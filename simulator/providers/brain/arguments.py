"""Fill a tool's arguments from what a person said, by the tool's JSON schema; never from anything else."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.providers.brain.said_patterns import (
    CAUSE,
    CLOCK,
    CODE,
    DATE,
    DAY,
    FREE_TEXT,
    MANNERS,
    MAY_LACK,
    MOMENT,
    NAME,
    NAMED,
    NUMBERS,
    POLITE,
    SHAPED,
    SOFT,
    TIME,
)
from simulator.providers.brain.synonyms import has_any
from simulator.providers.brain.words import raw_words, tokens


@dataclass(frozen=True)
class Filled:
    """The arguments found, and the labels of required ones that the person has not said."""

    arguments: dict[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


def fill(schema: Mapping[str, Any], said: str, *, about: str, answer: str = "") -> Filled:
    """Read every property of an object schema out of `said`.

    `about` is the tool's name and description: its words name the wish, not an argument. `answer` is what the
    person replied when asked for the first required argument that `said` lacked.
    """
    properties: Mapping[str, Any] = schema.get("properties") or {}
    required = set(schema.get("required") or ()) or _wanted(properties)
    reader = _Reader(said, set(tokens(about)))
    found: dict[str, Any] = {}
    missing: list[str] = []
    for name, part in properties.items():
        value = reader.read(name, part, required=name in required)
        if value is None and name in required and answer and not missing:
            value, answer = _replied(name, part, answer), ""
        if value is not None:
            found[name] = value
        elif name in required:
            missing.append(_label(name, part))
    return Filled(found, tuple(missing))


def _wanted(properties: Mapping[str, Any]) -> set[str]:
    """The one property that a tool is about, where its schema requires none: a message tool needs the message."""
    only = [
        name
        for name, part in properties.items()
        if not re.search(MAY_LACK, str(part.get("description", "")), re.I)
    ]
    free = [name for name in only if set(tokens(name)) & (FREE_TEXT - SOFT)]
    return set(free) if len(properties) == 1 else set()


def _replied(name: str, schema: Mapping[str, Any], answer: str) -> Any:
    """The value in a reply to the very question for it; any words will do where any text would."""
    value = _Reader(answer, set()).read(name, schema, required=True)
    anything = _kind(schema) == "string" and not schema.get("enum")
    return answer.strip(" .") if anything and (value is None or set(tokens(name)) & FREE_TEXT) else value


class _Reader:
    """Takes values out of one utterance; a number or name that was used is not used again."""

    def __init__(self, said: str, about: set[str]) -> None:
        self._said, self._about = said, about
        self._used: set[int] = set()

    def read(self, name: str, schema: Mapping[str, Any], *, required: bool) -> Any:
        """The value of one property, or None when the utterance does not hold it."""
        label = f"{name} {schema.get('description', '')}"
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return self._choice(schema["enum"], label)
        kind = _kind(schema)
        if kind in ("integer", "number"):
            return self._number(label, whole=kind == "integer")
        if kind == "boolean":
            return self._flag(name)
        if kind == "array":
            return self._list(name, schema.get("items") or {}, required=required)
        if kind == "object":
            filled = fill(schema, self._said, about=" ".join(self._about))
            return None if filled.missing or not (filled.arguments or required) else filled.arguments
        return self._text(name, label, str(schema.get("format", "")), required=required)

    def _choice(self, values: list[Any], label: str) -> Any:
        heard = set(tokens(self._said)) | set(raw_words(self._said))
        scored = []
        for value in values:
            parts = tokens(str(value)) or raw_words(str(value))
            met = sum(has_any(part, heard) for part in parts)
            scored.append((met / max(1, len(parts)), met, value))
        best = max(scored, key=lambda score: score[:2])
        del label
        return best[2] if best[1] else None

    def _number(self, label: str, *, whole: bool) -> int | float | None:
        """The number whose neighbours are the property's words; else the first that is still free."""
        words = re.findall(r"\d+(?:[.,]\d+)?|[^\W\d_]+", self._said.casefold())
        wanted, candidates = set(tokens(label)), []
        for at, word in enumerate(words):
            value = float(word.replace(",", ".")) if word[0].isdigit() else NUMBERS.get(word)
            if value is None or at in self._used:
                continue
            near = tokens(" ".join(words[max(0, at - 2) : at] + words[at + 1 : at + 3]))
            candidates.append((-sum(has_any(token, wanted) for token in near), at, value))
        if not candidates:
            return None
        _, at, value = min(candidates)
        self._used.add(at)
        return int(value) if whole or float(value).is_integer() else float(value)

    def _flag(self, name: str) -> bool | None:
        wanted = tokens(name)
        heard = raw_words(self._said)
        if not any(has_any(token, tokens(self._said)) for token in wanted):
            return {"yes": True, "yeah": True, "no": False}.get(heard[0]) if heard else None
        return not re.search(r"\b(?:no|not|without|don't|never)\b", self._said, re.I)

    def _list(self, name: str, items: Mapping[str, Any], *, required: bool) -> list[Any] | None:
        if items.get("enum"):
            heard = tokens(self._said)
            return [v for v in items["enum"] if any(has_any(t, heard) for t in tokens(str(v)))] or None
        if _kind(items) in ("integer", "number"):
            numbers = []
            while (value := self._number(name, whole=_kind(items) == "integer")) is not None:
                numbers.append(value)
            return numbers or None
        text = self._text(name, name, "", required=required)
        return (
            [part.strip(" .") for part in re.split(r",| and ", str(text)) if part.strip(" .")]
            if text
            else None
        )

    def _text(self, name: str, label: str, form: str, *, required: bool) -> str | None:
        own = set(tokens(name))
        if own & FREE_TEXT:
            return self._free(name, required=required)
        for about, pattern in SHAPED:
            if own & about or form in about:
                return self._first(pattern)
        if own & MOMENT or form in ("date", "date-time", "time"):
            wanted = [self._first(DAY)] if own & DATE or form.startswith("date") else []
            wanted += [self._first(TIME)] if own & CLOCK or "time" in form else []
            wanted = wanted or [self._first(DAY), self._first(TIME)]
            return " ".join(part for part in wanted if part) or None
        if own & NAME and (named := self._first(NAMED)):
            return named
        if set(tokens(label)) & CODE and (code := self._first(r"\b(?=[\w-]*\d)[A-Za-z0-9][\w-]*\b")):
            return code
        return self._phrase(name, required=required)

    def _free(self, name: str, *, required: bool) -> str | None:
        """The part of the utterance that is the content itself; the whole of it when nothing marks a part."""
        quoted = self._first(r"[\"“]([^\"”]{2,})[\"”]")
        marked = self._first(
            rf"(?i)\b{re.escape(name)}s?\b[^:,.]{{0,25}}?(?::|,|\bthat\b|\bsaying\b|\bis\b)\s*(.+)"
        )
        cause = (
            self._first(r"(?i)\b(?:because|about|regarding)\s+(.+)") if set(tokens(name)) & CAUSE else None
        )
        if text := quoted or marked or cause:
            return text.strip(" .?")
        known = self._about | MANNERS
        # Whom a message is for is not what it says.
        bare = re.sub(
            rf"(?i)\b{re.escape(name)}\s+(?:for|to|with)\s+(?:the |your |my |mr\.? |ms\.? |mrs\.? |dr\.? )*\w+",
            name,
            self._said,
        )
        left = [token for token in tokens(bare) if not has_any(token, known)]
        soft = required and bool(set(tokens(name)) & SOFT)
        if not left and not soft:
            return None
        return POLITE.sub("", self._said).strip(" .?") or (self._said.strip() if required else None)

    def _phrase(self, name: str, *, required: bool) -> str | None:
        """A quoted phrase, what follows the property's own name, a proper name, or what follows a preposition."""
        after = self._first(
            rf"(?i)\b{re.escape(name.replace('_', ' '))}\b(?: is| of| to|:)?\s+([\w'-]+(?: [A-Z][\w'-]*)*)"
        )
        proper = [
            match[0]
            for match in re.finditer(r"(?<![.!?] )(?<!^)\b[A-Z][\w'-]*(?: [A-Z][\w'-]*)*", self._said)
            if match[0] not in ("I", "I'm", "I'd", "I'll")
        ]
        preposition = self._first(
            r"(?i)\b(?:in|to|for|at|from|of|into|on|with)\s+(?:the |a |an |my |our )?([^\W\d_][\w'-]*)"
        )
        found = self._first(r"[\"“]([^\"”]+)[\"”]") or after or (proper[0] if proper else None) or preposition
        if found or not required:
            return found
        left = [
            word
            for word in raw_words(self._said)
            if tokens(word) and not has_any(tokens(word)[0], self._about)
        ]
        return " ".join(left) or None

    def _first(self, pattern: str) -> str | None:
        match = re.search(
            pattern, self._said, 0 if "(?i" in pattern else re.I if pattern in (DAY, TIME) else 0
        )
        return (match[1] if match.re.groups else match[0]) if match else None


def _kind(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if isinstance(kind, list):
        return next((str(one) for one in kind if one != "null"), "string")
    return str(kind)


def _label(name: str, schema: Mapping[str, Any]) -> str:
    """How to ask a person for a property."""
    described = re.split(r"[.,;:(]", str(schema.get("description", "")).strip())[0].strip()
    if not described:
        return "the " + name.replace("_", " ")
    return described[0].lower() + described[1:]


def forced(schema: Mapping[str, Any], said: str, *, about: str) -> dict[str, Any]:
    """Arguments for a call that has to be made: what is required and was not said gets an empty value."""
    filled = fill(schema, said, about=about)
    empty = {"string": said, "integer": 0, "number": 0, "boolean": False, "array": [], "object": {}}
    return {
        name: filled.arguments.get(name, part["enum"][0] if part.get("enum") else empty.get(_kind(part), ""))
        for name, part in (schema.get("properties") or {}).items()
        if name in filled.arguments or name in (schema.get("required") or ())
    }
