"""Fill a JSON schema from a conversation: every value is taken from what was said, or is empty."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from simulator.providers.brain.conversation import read_messages
from simulator.providers.brain.synonyms import has_any
from simulator.providers.brain.words import tokens, word_set
from simulator.providers.recaps.outcomes import event_among, mood_among
from simulator.providers.recaps.recap import Recap
from simulator.providers.recaps.stop_wish import asks_to_stop
from simulator.providers.recaps.utterances import Utterance, read_utterances

_STOPS = word_set("stop opt_out unsubscribe stop_contact wants_stop")
_TITLE = word_set("title headline subject topic name_of_call heading")
_SHORT = word_set("tldr summary overview abstract synopsis gist description")


def extract(messages: Sequence[Mapping[str, Any]], schema: Mapping[str, Any]) -> Any:
    """One JSON value that fits `schema`, about the conversation in a chat completion request's messages."""
    read = read_messages(messages)
    asked = next((message.text for message in reversed(read) if message.role != "assistant"), "")
    return _Reading(read_utterances(read), schema, asked).value("", schema)


def free_object(messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A JSON object for a request that names its keys in words: quoted or in backticks."""
    prompt = "\n".join(
        message.text for message in read_messages(messages) if message.role in ("system", "developer")
    )
    keys = list(dict.fromkeys(re.findall(r"[`\"]([a-z][a-zA-Z0-9_]{1,40})[`\"]", prompt))) or ["answer"]
    lists = {
        key: {"type": "array", "items": {"type": "string"}}
        for key in keys
        if key.endswith("s") and key[-2] != "s"
    }
    shape = {"type": "object", "properties": {key: lists.get(key, {"type": "string"}) for key in keys}}
    return dict(extract(messages, shape))


class _Reading:
    """One conversation, read for the values of one schema."""

    def __init__(self, talk: Sequence[Utterance], root: Mapping[str, Any], asked: str = "") -> None:
        self._talk, self._root, self._asked = talk, root, asked
        self._theirs = [said for said in talk if not said.ours]
        self._all = " ".join(said.text for said in talk)
        self._recap = Recap(talk)

    def value(self, name: str, schema: Mapping[str, Any]) -> Any:
        """The value for one part of the schema."""
        schema = self._resolved(schema)
        if "const" in schema:
            return schema["const"]
        kinds = schema.get("type", "object" if "properties" in schema else "string")
        kind = next((one for one in kinds if one != "null"), "null") if isinstance(kinds, list) else kinds
        if schema.get("enum"):
            return self._choice(name, schema["enum"])
        if kind == "object":
            return {key: self.value(key, part) for key, part in (schema.get("properties") or {}).items()}
        if kind == "array":
            return self._list(name, schema)
        if kind in ("integer", "number"):
            return self._number(name, schema, whole=kind == "integer")
        if kind == "boolean":
            return self._holds(name, schema)
        if kind == "null":
            return None
        text = self._text(name, schema)
        return None if not text and isinstance(kinds, list) else text[: int(schema.get("maxLength", 2000))]

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Follow `$ref`, and of alternatives take the first that is not null."""
        while True:
            if "$ref" in schema:
                part: Any = self._root
                for step in str(schema["$ref"]).removeprefix("#").strip("/").split("/"):
                    part = part.get(step, {}) if step else part
                schema = part
            elif options := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
                schema = next((one for one in options if one.get("type") != "null"), {})
            else:
                return schema

    def _text(self, name: str, schema: Mapping[str, Any]) -> str:
        own = set(re.split(r"[^a-z]+", name.casefold())) - {""}
        if own & _TITLE:
            return self._recap.title()
        if own & _SHORT:
            return self._recap.short()
        if "language" in own:
            return "en"
        if own & {"outcome", "result", "resolution", "conclusion"}:
            return self._outcome()
        if own & {"email"}:
            return self._found(r"[\w.+-]+@[\w-]+\.[\w.]*\w")
        if own & {"phone", "telephone"}:
            return self._found(r"\+?\d[\d\- ()]{5,}\d")
        if "name" in own:
            return self._found(r"(?:[Mm]y name is|[Tt]his is|I am|I'm) ((?:[A-Z][\w'-]+ ?)+)")
        return " ".join(self._about(f"{name} {schema.get('description', '')}")[:1])

    def _list(self, name: str, schema: Mapping[str, Any]) -> list[Any]:
        items = self._resolved(schema.get("items") or {"type": "string"})
        own = set(re.split(r"[^a-z]+", name.casefold()))
        if items.get("enum"):
            chosen: list[Any] = [one for one in items["enum"] if self._mentions(str(one))]
        else:
            texts = self._texts(own, f"{name} {schema.get('description', '')}")
            chosen = [_shaped(text, items) for text in texts]
        return chosen[: int(schema.get("maxItems", 8))]

    def _texts(self, own: set[str], about: str) -> list[str]:
        if own & {"decision", "decisions", "agreements"}:
            return self._recap.decisions()
        if own & {"action", "actions", "tasks", "todo", "todos", "steps"}:
            return self._recap.actions()
        if own & {"question", "questions"}:
            return (
                self._recap.open_questions()
                if own & {"follow", "up", "open", "unanswered"}
                else self._questions()
            )
        if own & {"topics", "keywords", "tags", "subjects"}:
            return list(dict.fromkeys(token for said in self._theirs for token in tokens(said.text)))[:5]
        return self._about(about)[:5]

    def _choice(self, name: str, values: Sequence[Any]) -> Any:
        """The value that was mentioned most; a mood by its words; else one that claims nothing."""
        usable = [value for value in values if value is not None]
        if (mood := mood_among(usable, self._talk)) is not None:
            return mood
        if (event := event_among(usable, self._talk, self._recap.matters)) is not None:
            return event
        heard = tokens(self._all)
        scores = [
            sum(has_any(part, heard) for part in tokens(str(v).replace("_", " ")))
            / (len(tokens(str(v))) or 1)
            for v in usable
        ]
        if scores and max(scores) > 0:
            return usable[scores.index(max(scores))]
        if None in values:
            return None
        answered = next(
            (v for v in usable if re.search(r"answer|resolv|complet|success|inform", str(v), re.I)), None
        )
        if answered is not None and self._talk and not self._recap.open_questions():
            return answered
        modest = next(
            (v for v in usable if re.search(r"other|unknown|none|neutral|unclear|general", str(v), re.I)),
            None,
        )
        del name
        return usable[-1] if modest is None else modest

    def _number(self, name: str, schema: Mapping[str, Any], *, whole: bool) -> int | float:
        wanted = tokens(f"{name} {schema.get('description', '')}")
        numbers = [
            (sum(has_any(token, tokens(sentence)) for token in wanted), float(match.replace(",", ".")))
            for said in self._talk
            for sentence in said.sentences()
            for match in re.findall(r"\d+(?:[.,]\d+)?", sentence)
        ]
        best = max(numbers, default=(0, 0.0), key=lambda number: number[0])
        value = best[1] if best[0] else float(schema.get("minimum", 0))
        return int(value) if whole else value

    def _holds(self, name: str, schema: Mapping[str, Any]) -> bool:
        if name.casefold() in _STOPS:
            return asks_to_stop(self._asked)
        about = self._about(f"{name} {schema.get('description', '')}")
        return bool(about) and not re.search(r"\b(?:no|not|never|n't)\b", about[0], re.I)

    def _outcome(self) -> str:
        if not self._recap.matters:
            return "Nothing was discussed."
        return "A question stayed open." if self._recap.open_questions() else "The caller was answered."

    def _questions(self) -> list[str]:
        return [sentence for said in self._theirs for sentence in said.sentences() if sentence.endswith("?")]

    def _about(self, wanted: str) -> list[str]:
        """Sentences that share words with a key or its description, best first."""
        stems = tokens(wanted)
        scored = [
            (sum(has_any(token, tokens(sentence)) for token in stems), -number, sentence)
            for number, sentence in enumerate(s for said in self._talk for s in said.sentences())
        ]
        return [sentence for score, _, sentence in sorted(scored, reverse=True) if score > 0]

    def _mentions(self, value: str) -> bool:
        return any(has_any(token, tokens(self._all)) for token in tokens(value))

    def _found(self, pattern: str) -> str:
        match = re.search(pattern, self._all)
        return (match[1] if match.re.groups else match[0]).strip() if match else ""


def _shaped(text: str, items: Mapping[str, Any]) -> Any:
    """A list's text as its items want it: plain, or as the first text of an object."""
    if items.get("type") != "object" and "properties" not in items:
        return text
    filled = _Reading([Utterance("caller", text, False)], items).value("", items)
    first = next(
        (
            k
            for k, part in items.get("properties", {}).items()
            if part.get("type") == "string" and not part.get("enum")
        ),
        None,
    )
    return {**filled, first: text} if first else filled
