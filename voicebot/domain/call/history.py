"""Read a call's history: the bot's last words, and the chat messages for the model, which hold what was heard instead
of what was generated.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from voicebot.domain.call.phrases import UNKNOWN_TO_MODEL, Phrase
from voicebot.domain.call.state import CallState
from voicebot.domain.call.utterances import NO_GEN, Role, ToolUse, Utterance

CUT = "—"
"""Follows the words after which the caller stopped us."""

ASIDES = frozenset({Phrase.STILL_THERE, Phrase.STILL_THERE_AGAIN, Phrase.DID_NOT_CATCH})
"""Clips that nobody means when asking for the last words again."""

NO_RESULT = "No result: the caller interrupted before it was there."


def last_words(state: CallState) -> list[Utterance]:
    """Return what the bot said last: a clip, or all sentences of one answer. Nudges do not count."""
    spoken = [
        entry
        for entry in state.history
        if entry.role in (Role.BOT, Role.OPERATOR) and entry.clip not in ASIDES
    ]
    if not spoken:
        return []
    last = spoken[-1]
    return [last] if last.clip else [entry for entry in spoken if entry.gen == last.gen]


def openai_history(state: CallState) -> list[dict[str, Any]]:
    """Return chat messages without the system prompt.

    An answer is one message, followed by the results of every tool it called. While a speculative
    answer is being made, the words that it answers come last.
    """
    messages: list[dict[str, Any]] = []
    answers_told: set[int] = set()
    for entry in state.history:
        if entry.gen == NO_GEN:
            messages += _single(entry)
        elif entry.gen not in answers_told:
            answers_told.add(entry.gen)
            messages += _answer(each for each in state.history if each.gen == entry.gen)
    if state.answer.speculative:
        messages.append({"role": "user", "content": state.pending})
    return messages


def as_heard(entry: Utterance) -> str:
    """Return the words that the caller heard, with a dash where they were cut; blank if none were."""
    if entry.heard is None or entry.fully_heard:
        return entry.text
    words = entry.text[: entry.heard].rstrip()
    return words + CUT if words else ""


def answer_messages(spoken: str, used: Sequence[ToolUse]) -> list[dict[str, Any]]:
    """Return the chat messages of one answer: its words with the tools that it called, then each tool's result.

    An answer without words and tools has none.
    """
    if not spoken and not used:
        return []
    message: dict[str, Any] = {"role": "assistant", "content": spoken or None}
    if used:
        message["tool_calls"] = [
            {"id": tool.id, "type": "function", "function": {"name": tool.name, "arguments": tool.arguments}}
            for tool in used
        ]
    results = [
        {
            "role": "tool",
            "tool_call_id": tool.id,
            "content": NO_RESULT if tool.result is None else tool.result,
        }
        for tool in used
    ]
    return [message, *results]


def _single(entry: Utterance) -> list[dict[str, Any]]:
    match entry.role:
        case Role.CALLER:
            return [{"role": "user", "content": entry.text}]
        case Role.SYSTEM:
            return [{"role": "system", "content": entry.text}]
    words = as_heard(entry)
    known = entry.clip not in UNKNOWN_TO_MODEL
    return [{"role": "assistant", "content": words}] if words and known else []


def _answer(entries: Iterable[Utterance]) -> list[dict[str, Any]]:
    spoken: list[str] = []
    used: list[ToolUse] = []
    for entry in entries:
        if entry.tool is None:
            spoken.append(as_heard(entry))
        else:
            used.append(entry.tool)
    return answer_messages(" ".join(filter(None, spoken)), used)
