"""The fields that the service asks a conversation for, and what fills each of them.

A field that is not in the table stays empty. One more field is one more row.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.providers.brain.conversation import read_messages
from simulator.providers.recaps.goals import whether_reached
from simulator.providers.recaps.outcomes import outcome
from simulator.providers.recaps.recap import Recap
from simulator.providers.recaps.stop_wish import asks_to_erase, asks_to_stop, refuses_offers
from simulator.providers.recaps.utterances import Utterance, read_utterances


@dataclass(frozen=True)
class Reading:
    """A conversation, what was wanted in it, and the words of the request itself."""

    talk: Sequence[Utterance]
    recap: Recap
    request: str


def _last_wish(read: Reading) -> str:
    """The caller's own words on the last thing that they wanted."""
    wishes = [matter.words for matter in read.recap.matters]
    return next(
        (one.text for one in reversed(read.talk) if not one.ours and wishes and wishes[-1] in one.text), ""
    )


MOST_ITEMS = 8
FIELDS: Mapping[str, Callable[[Reading], Any]] = {
    # The summary of a call.
    "title": lambda read: read.recap.title(),
    "tldr": lambda read: read.recap.short(),
    "key_decisions": lambda read: read.recap.decisions()[:MOST_ITEMS],
    "action_items": lambda read: read.recap.actions()[:MOST_ITEMS],
    "follow_up_questions": lambda read: read.recap.open_questions()[:MOST_ITEMS],
    "outcome": lambda read: outcome(read.talk, read.recap.matters),
    "quote": _last_wish,
    "goal": lambda read: whether_reached(read.talk)[0],
    "goal_quote": lambda read: whether_reached(read.talk)[1],
    # The second opinion on opt-out.
    "stop": lambda read: asks_to_stop(read.request),
    "only_offers": lambda read: refuses_offers(read.request),
    "erase": lambda read: asks_to_erase(read.request),
}
EMPTY = {"string": "", "array": [], "boolean": False, "integer": 0, "number": 0, "object": {}}
NAMED = re.compile(r"[`\"]([a-z][a-z0-9_]{1,40})[`\"]")


def extract(messages: Sequence[Mapping[str, Any]], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Fill an object's fields from the conversation in a chat completion request's messages."""
    read = _reading(messages)
    return {
        name: FIELDS[name](read) if name in FIELDS else EMPTY.get(str(part.get("type")))
        for name, part in (schema.get("properties") or {}).items()
    }


def free_object(messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Fill the fields that the request names in words, in quotes or backticks."""
    read = _reading(messages)
    words = "\n".join(message.text for message in read_messages(messages) if message.role != "assistant")
    return {name: FIELDS[name](read) for name in dict.fromkeys(NAMED.findall(words)) if name in FIELDS}


def _reading(messages: Sequence[Mapping[str, Any]]) -> Reading:
    read = read_messages(messages)
    request = next((message.text for message in reversed(read) if message.role != "assistant"), "")
    talk = read_utterances(read)
    return Reading(talk, Recap(talk), request)
