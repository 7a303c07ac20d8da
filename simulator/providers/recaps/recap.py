"""Summarise a talk for the operator: title, wishes and results, decisions, to-dos, open questions."""

import re
from collections.abc import Sequence

from simulator.providers.brain.phrasing import sentence
from simulator.providers.recaps.matters import Kind, Matter, read_matters
from simulator.providers.recaps.utterances import Utterance

TITLE_WORDS = 8
_LONGEST_ANSWER = 240
_DECIDED = re.compile(
    r"\b(?:let's|i(?:'ll| will) (?:take|have)|we agreed?|it's (?:a deal|settled)|i(?:'ve| have) decided|book it|(?:please )?cancel my)\b",
    re.IGNORECASE,
)
_DONE = re.compile(
    r"\b(?:is|are|has been|have been|was|were) (?:now )?(?:booked|confirmed|cancell?ed|reserved|rescheduled|moved|agreed)\b"
    r"|\b(?:i|we) (?:have |'ve )?(?:booked|confirmed|cancell?ed|reserved|rescheduled)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\?|^\W*(?:and |so |but )?(?:what|when|where|who|why|how|which|do|does|is|are|can|could|will|would|may)\b",
    re.IGNORECASE,
)
_CALLS_BACK = re.compile(
    r"\b(?:call|ring|phone|get) (?:me|us|him|her|them) back\b|\bcall-?back\b", re.IGNORECASE
)


class Recap:
    """What the parts of a summary say about one talk."""

    def __init__(self, talk: Sequence[Utterance]) -> None:
        self._talk = talk
        self._matters = read_matters(talk)

    @property
    def matters(self) -> list[Matter]:
        """What was wanted, in order."""
        return self._matters

    def title(self) -> str:
        """What it was about, in few words."""
        for kind in (Kind.ANSWER, Kind.MESSAGE, Kind.CALL_BACK, Kind.PERSON, Kind.VOICE, Kind.KEY):
            if found := self._first(kind):
                return _headline(found)
        return "Call without a conversation"

    def short(self) -> str:
        """Return who wanted what and what came of it, in one or two sentences."""
        sentences = [*self._questions(), *self._others()]
        return " ".join(sentences[:2]) or "The caller did not bring up anything."

    def decisions(self) -> list[str]:
        """Return what was decided: a caller's word that settles something, or the bot's that it is done."""
        found = [
            part
            for said in self._talk
            for part in said.sentences()
            if not part.endswith("?") and (_DONE if said.ours else _DECIDED).search(part)
        ]
        return list(dict.fromkeys(found))

    def actions(self) -> list[str]:
        """Return what the team has to do: read a message, call somebody back."""
        return [
            f'Call the caller back: "{matter.words}"'
            if matter.kind is Kind.CALL_BACK or _CALLS_BACK.search(matter.words)
            else f'Read the message: "{matter.words}"'
            for matter in self._matters
            if matter.kind in (Kind.MESSAGE, Kind.CALL_BACK)
        ]

    def open_questions(self) -> list[str]:
        """Return what the bot was asked and did not know, and never told later."""
        told = {matter.words.casefold() for matter in self._matters if matter.answer}
        return [
            matter.words for matter in self._matters if matter.is_open and matter.words.casefold() not in told
        ]

    def _first(self, kind: Kind) -> Matter | None:
        return next((matter for matter in self._matters if matter.kind is kind), None)

    def _questions(self) -> list[str]:
        asked = [matter for matter in self._matters if matter.kind is Kind.ANSWER]
        answered = [matter for matter in asked if matter.answer]
        if answered:
            first = answered[0]
            verb = "asked" if _ASKS.search(first.words) else "said"
            return [sentence(f'The caller {verb} "{first.words}" and was told: {_cut(first.answer)}')]
        if self.open_questions():
            words = self.open_questions()[0]
            if _ASKS.search(words):
                return [f'The caller asked "{words}", and the bot did not know.']
            return [_said(words)]
        return [_said(matter.words) for matter in asked[:1]]

    def _others(self) -> list[str]:
        """What else came of it, the weightiest first."""
        told: list[str] = []
        if message := self._first(Kind.MESSAGE):
            told.append(sentence(f'A message was taken: "{message.words}"'))
        if person := self._last(Kind.PERSON):
            came = "was connected" if person.reached else "nobody could be reached"
            how = "pressed 0 for a person" if person.words.startswith("(pressed") else "wanted a person"
            told.append(f"The caller {how} and {came}.")
        if self._first(Kind.CALL_BACK):
            told.append("The caller wants to be called back.")
        asked = [matter for matter in self._matters if matter.kind is Kind.ANSWER]
        answered = [matter for matter in asked if matter.answer]
        if answered and self.open_questions():
            told.append(f'The bot did not know the answer to "{self.open_questions()[0]}".')
        if more := [f'"{matter.words}"' for matter in answered[1:4]]:
            told.append(f"The caller also asked {' and '.join(more)}, and was answered.")
        if self._first(Kind.VOICE):
            told.append("The caller wanted another voice.")
        keys = [matter.words for matter in self._matters if matter.kind is Kind.KEY]
        if keys:
            told.append(f"The caller pressed {', '.join(dict.fromkeys(keys))}.")
        return told

    def _last(self, kind: Kind) -> Matter | None:
        return next((matter for matter in reversed(self._matters) if matter.kind is kind), None)


def _said(words: str) -> str:
    return f'The caller said "{words}"{"" if words.endswith((".", "!", "?", "…")) else "."}'


def _headline(matter: Matter) -> str:
    match matter.kind:
        case Kind.PERSON:
            return "A person was wanted"
        case Kind.VOICE:
            return "Another voice was wanted"
        case Kind.KEY:
            return f"The caller pressed {matter.words}"
        case Kind.CALL_BACK:
            return "A call back was wanted"
        case Kind.MESSAGE:
            words = ["Message:", *matter.words.split()]
        case _:
            words = matter.words.rstrip("?.! ").split()
    line = " ".join(words[:TITLE_WORDS]).rstrip("?.!,;: ")
    return line[:1].upper() + line[1:]


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_ANSWER else f"{text[:_LONGEST_ANSWER].rsplit(' ', 1)[0]} …"
