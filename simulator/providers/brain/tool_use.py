"""Decide whether what a person said asks for one of the tools."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.providers.brain.synonyms import has_any
from simulator.providers.brain.words import Rarity, raw_words, tokens

LEAST_SCORE = 0.4

_LOOKS_UP = frozenset(tokens(
    "look find check search fetch list show retrieve query calculate return lookup convert compute read tell get count"
)) | {"get", "tell", "find"}  # fmt: skip
_WH_QUESTION = re.compile(
    r"^\W*(?:and |so |but |then |hello |hi )*(?:what|when|where|who|why|which|how)\b", re.I
)


_ASKING = re.compile(r"^\W*(?:and |so |but )?(?:do|does|did|is|are|was|were|has|have|am)\b", re.I)
_ENDS = re.compile(
    r"\b(?:hang up|(?:end|stop|finish|close|terminate) (?:the|this|our) (?:\w+ )?(?:call|conversation|chat|talk)|good ?bye|bye)\b",
    re.I,
)
# Everyday ways to say what a description says in one word.
_IDIOMS = (
    (r"\bput (?:me|us) through\b|\b(?:speak|talk) (?:to|with)\b(?!.*\bvoice\b)", "connect"),
    (r"\b(?:sound|talk|speak) (?:more )?like\b", "voice"),
    (r"\bhang up\b", "end call"),
    (r"\bring (?:me|us) back\b", "call back"),
)


@dataclass(frozen=True)
class Tool:
    """A function tool as the request declares it."""

    name: str
    description: str
    parameters: Mapping[str, Any]

    @property
    def about(self) -> str:
        """Name and description as words."""
        return f"{self.name.replace('_', ' ').replace('-', ' ')} {self.description}"


def read_tools(declared: Sequence[Mapping[str, Any]]) -> list[Tool]:
    """The function tools of a chat completion request."""
    functions = [tool["function"] for tool in declared if tool.get("type") == "function"]
    return [Tool(f["name"], f.get("description") or "", f.get("parameters") or {}) for f in functions]


def is_request(said: str) -> bool:
    """Whether the words want something done, rather than to know something."""
    return not (_WH_QUESTION.search(said) or _ASKING.search(said))


def ends_talk(tool: Tool) -> bool:
    """Whether the tool ends the conversation: what cannot be taken back is done on plain words alone."""
    return bool({"end", "hang"} & set(raw_words(tool.name.replace("_", " "))[:1]))


def asks_to_end(said: str) -> bool:
    """Whether the words ask to end the conversation."""
    return _ENDS.search(said) is not None


def best_tool(said: str, tools: Sequence[Tool]) -> tuple[Tool, float] | None:
    """The tool that the words fit best, with a score from 0 to 1; acting tools fit questions less."""
    if not tools:
        return None
    for idiom, plain in _IDIOMS:
        said = re.sub(idiom, plain, said, flags=re.I)
    rarity = Rarity([tokens(tool.about) for tool in tools])
    scored = [
        (max(_fit(clause, tool, rarity) for clause in _clauses(said)), -n) for n, tool in enumerate(tools)
    ]
    score, minus_n = max(scored)
    return tools[-minus_n], score


def _fit(clause: str, tool: Tool, rarity: Rarity) -> float:
    heard = tokens(clause)
    if not heard:
        return 0.0
    name, described = tokens(tool.name), tokens(tool.description)
    of_parameters = tokens(" ".join(_described(tool.parameters)))
    weights = {
        token: rarity.of(token) for token in dict.fromkeys(heard) if not any(c.isdigit() for c in token)
    }
    met = {t: w for t, w in weights.items() if has_any(t, name) or has_any(t, described)}
    nearly = {t: w for t, w in weights.items() if t not in met and has_any(t, of_parameters)}
    # Proper names and figures are what the tool is to be used on, not which tool is meant.
    values = {t: w for t, w in weights.items() if t not in met and _is_value(t, clause)}
    total = sum(weights.values()) - 0.8 * sum(values.values())
    if not met or total <= 0:
        return 0.0
    covered = min(1.0, (sum(met.values()) + 0.5 * sum(nearly.values())) / total)
    score = 0.5 * covered + 0.5 * max(_share(name, heard), _share(described, heard))
    return score * 0.5 if _WH_QUESTION.search(clause) and not _looks_up(tool) else score


def _share(own: Sequence[str], heard: Sequence[str]) -> float:
    return sum(has_any(token, heard) for token in own) / len(own) if own else 0.0


def _looks_up(tool: Tool) -> bool:
    first = [tokens(word) or [word] for word in raw_words(tool.about)]
    return any(stems[0] in _LOOKS_UP for stems in first[: len(tokens(tool.name)) + 2])


def _is_value(token: str, clause: str) -> bool:
    return any(tokens(match) == [token] for match in re.findall(r"(?<=\s)[A-Z][\w'-]+", clause))


def _clauses(said: str) -> list[str]:
    """The utterance as a whole and each part of it: a long message must not hide the wish it begins with."""
    parts = re.split(r"[:;.!?\n]|,\s|\b(?:that|because|saying)\b", said)
    return [said, *(part for part in parts if len(tokens(part)) > 1)]


def _described(schema: Mapping[str, Any]) -> list[str]:
    words = []
    for name, part in (schema.get("properties") or {}).items():
        words += [name, str(part.get("description", "")), *map(str, part.get("enum") or ())]
    return words
