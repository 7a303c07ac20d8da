"""A call that another process goes on with: what its state still owes, and what of it only the lost process could have used."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from voicebot.domain.call.actions import BrainAction, ReadAnswer, RunTool, StartModel
from voicebot.domain.call.state import Answer, CallState
from voicebot.domain.call.utterances import Role


def taken_over(state: CallState) -> CallState:
    """Return the state for whoever goes on with it.

    An answer in the making is made anew from its next sentence. A speculative one is dropped: the words that it answers stay.
    """
    answer = state.answer
    if answer.speculative:
        return replace(state, answer=Answer())
    return replace(state, answer=replace(answer, early=())) if answer.early else state


def owed_by(state: CallState) -> list[BrainAction]:
    """Return what has to be started for a state whose answer is still in the making."""
    answer = state.answer
    if not answer.busy:
        return []
    owed: list[BrainAction] = []
    if answer.running:
        owed.append(StartModel(state.gen, speculative=answer.speculative))
    if answer.reading:
        said = [entry.text for entry in state.history if entry.role is Role.CALLER]
        owed.append(ReadAnswer(state.gen, said[-1] if said else ""))
    tools = [entry.tool for entry in state.history if entry.gen == state.gen and entry.tool]
    owed += [
        RunTool(state.gen, tool.id, tool.name, _arguments(tool.arguments))
        for tool in tools
        if tool.id in answer.open_tools
    ]
    return owed


def _arguments(text: str) -> Mapping[str, Any]:
    arguments = json.loads(text)
    return arguments if isinstance(arguments, dict) else {}
