"""How the demo brain says what it did not find in its facts: tool results, notes, the rest of an answer."""

import json
import re
from collections.abc import Mapping
from typing import Any

from simulator.providers.brain import small_talk
from simulator.providers.brain.facts import read_facts
from simulator.providers.brain.words import split_sentences


def spoken_result(result: str) -> str:
    """A tool's result as a sentence: its message if it has one, else its fields in order."""
    try:
        value = json.loads(result)
    except ValueError:
        value = result
    if isinstance(value, Mapping):
        for key in ("say", "message", "text", "answer", "summary"):
            if isinstance(value.get(key), str) and value[key].strip():
                return sentence(value[key])
        if value.get("error"):
            return f"I am sorry, that did not work: {sentence(_words(value['error']))}"
        if set(value) == {"result"}:
            value = value["result"]
    if value in (None, "", True, {}, []) or str(value).strip(" .").casefold() in (
        "ok",
        "done",
        "success",
        "true",
    ):
        return "That is done."
    return sentence(_words(value))


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        pairs = (
            (str(key).replace("_", " "), _words(part))
            for key, part in value.items()
            if part not in (None, "", [], {})
        )
        return ", ".join(f"{key}: {part}" for key, part in pairs)
    if isinstance(value, list):
        return ", ".join(_words(part) for part in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def passed_on(note: str) -> str:
    """Pass on what a note in the middle of the talk wants said."""
    quoted = re.search(r"[\"“]([^\"”]+)[\"”]", note)
    if quoted:
        return quoted[1]
    told = re.search(r"(?i)\b(?:tell|inform|let) (?:the )?\w+ (?:know )?that (.+?[.!?]|.+$)", note)
    if told:
        return sentence(told[1])
    facts = [sentence(fact.text) for fact in read_facts(note)]
    return " ".join(facts) or small_talk.ANYTHING_ELSE


def remainder(whole: str, partial: str) -> str:
    """What of an answer has not been said yet."""
    if whole.startswith(partial.rstrip()):
        return whole[len(partial.rstrip()) :].strip()
    unsaid = [one for one in split_sentences(whole) if one not in partial]
    return " ".join(unsaid) if len(unsaid) < len(split_sentences(whole)) else ""


def sentence(text: str) -> str:
    """The text with a capital and a full stop."""
    bare = text.strip()
    if not bare:
        return ""
    return bare[0].upper() + bare[1:] + ("" if bare[-1] in ".!?…" else ".")


def without_questions(text: str, prompt: str) -> str:
    """The text without what it asks, where the prompt says that another question follows."""
    if not re.search(r"\bdo not ask it, nor another one\b", prompt):
        return text
    return " ".join(one for one in split_sentences(text) if not one.endswith("?")) or text
