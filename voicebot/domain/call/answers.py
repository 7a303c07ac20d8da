"""The model's answer: sentences are said in order, tools are run or refused, failures get an apology.

Events of another generation change nothing. Events of a speculative generation are held.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, assert_never

from voicebot.domain.call.actions import (
    BrainAction,
    ReadAnswer,
    RunTool,
    StartModel,
    SwitchVoice,
    TakeMessage,
)
from voicebot.domain.call.events import (
    ModelEvent,
    ModelFailed,
    ModelFinished,
    SentenceReady,
    ToolAsked,
    ToolFinished,
)
from voicebot.domain.call.moves import (
    Move,
    Step,
    ask_for_person,
    hang_up,
    in_order,
    listen,
    play,
    say,
    say_goodbye,
    start_model,
    transfer,
)
from voicebot.domain.call.phrases import Phrase
from voicebot.domain.call.questions import say_by_the_way
from voicebot.domain.call.state import AfterSpeech, Answer, CallState, EndReason, Phase, changed
from voicebot.domain.call.utterances import MAX_TEXT, Role, ToolUse, Utterance
from voicebot.domain.json_text import is_too_deep, read_json
from voicebot.domain.operators.promises import hands_on

MAX_TOOL_CALLS = 5
KEEPING_TOOLS = ("take_message", "callback", "escalate")
MAX_HELD = 100
"""The most events that are held for a speculative answer, and the most sentences that are held because an earlier one
is missing.
"""


def model_reported(state: CallState, event: ModelEvent) -> Step:
    """Take one event of the running answer."""
    if event.gen != state.gen or not state.answer.running:
        return state, []
    if state.answer.speculative:
        return _hold(state, event), []
    match event:
        case SentenceReady():
            return _sentence_ready(state, event)
        case ToolAsked():
            return _tool_asked(state, event)
        case ModelFinished():
            return in_order(_answer(state, running=False), _say_the_rest, _settle)
        case ModelFailed():
            return _fail(state)
        case _:
            assert_never(event)


def _answer(state: CallState, **changes: Any) -> CallState:
    return changed(state, answer=changed(state.answer, **changes))


def _hold(state: CallState, event: ModelEvent) -> CallState:
    if isinstance(event, ModelFailed):
        # Nobody waits for it yet, so the caller's words simply start a fresh answer.
        return changed(state, answer=Answer())
    finished = isinstance(event, ModelFinished)
    if len(state.answer.held) >= MAX_HELD and not finished:
        return state
    return _answer(state, held=(*state.answer.held, event), running=not finished)


def commit(state: CallState) -> Step:
    """Make the speculative answer the answer: what it has brought so far happens now, in order."""
    held = state.answer.held
    answer = Answer(running=True)
    state = changed(state, committed_gen=state.gen, phase=Phase.THINKING, answer=answer, pending="")
    return in_order(state, *(_report(event) for event in held))


def _report(event: ModelEvent) -> Move:
    return lambda state: model_reported(state, event)


# --- sentences ------------------------------------------------------------------------------------


def _sentence_ready(state: CallState, event: SentenceReady) -> Step:
    answer = state.answer
    known = event.seq < answer.next_seq or any(event.seq == early.seq for early in answer.early)
    if known or len(answer.early) >= MAX_HELD:
        return state, []
    early = sorted((*answer.early, event), key=lambda sentence: sentence.seq)
    return _say_in_turn(state, early, behind_gaps=False)


def _say_the_rest(state: CallState) -> Step:
    """Say the sentences that arrived early; when the answer ends, also those behind a gap."""
    early = list(state.answer.early)
    return _say_in_turn(state, early, behind_gaps=True) if early else (state, [])


def _say_in_turn(state: CallState, early: list[SentenceReady], *, behind_gaps: bool) -> Step:
    """Say the sentences whose turn it is, and keep the others for later."""
    moves: list[Move] = []
    next_seq = state.answer.next_seq
    while early and (behind_gaps or early[0].seq == next_seq):
        sentence = early.pop(0)
        next_seq = sentence.seq + 1
        if text := sentence.text.strip():
            moves.append(say(sentence.gen, sentence.seq, text))
    said = state.answer.said or bool(moves)
    answer = changed(state.answer, next_seq=next_seq, early=tuple(early), said=said)
    if not moves:
        return changed(state, answer=answer), []
    state = changed(state, answer=answer, phase=Phase.SPEAKING, spoke_this_turn=True)
    return in_order(state, *moves)


# --- tools ----------------------------------------------------------------------------------------


def _tool_asked(state: CallState, event: ToolAsked) -> Step:
    if _tool_entry(state, event.gen, event.id) is not None:
        return state, []
    if is_too_deep(event.arguments):
        event = replace(event, arguments={}, readable=False)
    arguments = json.dumps(dict(event.arguments), ensure_ascii=False, default=str)
    refusal = _refusal(state, event, arguments)
    state = changed(state, tool_calls=state.tool_calls + 1)
    use = ToolUse(event.id, event.name[:MAX_TEXT], arguments if len(arguments) <= MAX_TEXT else "{}", refusal)
    if refusal is not None:
        # A refusal is worth another answer, but not for ever.
        again = state.answer.follow_up or state.tool_calls <= MAX_TOOL_CALLS
        return _use_tool(_answer(state, follow_up=again), use), []
    match event.name:
        case "end_call":
            done = replace(use, result="The call ends after these words.", ok=True)
            return _use_tool(_answer(state, after=AfterSpeech.HANG_UP), done), []
        case "transfer":
            done = replace(use, result="The caller is being connected.", ok=True)
            return _use_tool(_answer(state, after=AfterSpeech.TRANSFER), done), []
    state = _answer(state, open_tools=(*state.answer.open_tools, event.id))
    return _use_tool(state, use), [RunTool(event.gen, event.id, event.name, event.arguments)]


def _refusal(state: CallState, event: ToolAsked, arguments: str) -> str | None:
    if event.name not in state.setup.tools:
        return f"Refused: there is no tool named {event.name[:80]}."
    if not event.readable:
        return "Refused: the arguments are not a JSON object. Ask for the tool again."
    if state.tool_calls >= MAX_TOOL_CALLS:
        return "Refused: too many tool calls. Answer with what you know."
    if len(arguments) > MAX_TEXT:
        return "Refused: the arguments are too long."
    return None


def _use_tool(state: CallState, use: ToolUse) -> CallState:
    return state.remember(Utterance(Role.TOOL, gen=state.gen, tool=use))


def _tool_entry(state: CallState, gen: int, tool_id: str) -> int | None:
    for index, entry in enumerate(state.history):
        if entry.tool is not None and entry.gen == gen and entry.tool.id == tool_id:
            return index
    return None


def tool_finished(state: CallState, event: ToolFinished) -> Step:
    """Take a tool's result; once all have come and the model is done, it speaks on them."""
    if event.gen != state.gen or event.id not in state.answer.open_tools:
        return state, []
    index = _tool_entry(state, event.gen, event.id)
    if index is not None:
        entry = state.history[index]
        assert entry.tool is not None
        noted = replace(entry, tool=replace(entry.tool, result=event.result[:MAX_TEXT], ok=event.ok))
        state = changed(state, history=(*state.history[:index], noted, *state.history[index + 1 :]))
    still_open = tuple(tool_id for tool_id in state.answer.open_tools if tool_id != event.id)
    state = _answer(state, open_tools=still_open, follow_up=True)
    state = changed(state, expecting_code=state.expecting_code or event.expects_code)
    if event.voice_id is None:
        return _settle(state)
    state, actions = _settle(changed(state, voice_id=event.voice_id))
    return state, [SwitchVoice(event.voice_id), *actions]


# --- how an answer ends ---------------------------------------------------------------------------


def _settle(state: CallState) -> Step:
    """Go on once neither the model nor a tool works any more."""
    answer = state.answer
    if answer.busy:
        return state, []
    if answer.after is not AfterSpeech.LISTEN:
        return in_order(changed(state, failures=0), _keep_word, _carry_out)
    if answer.follow_up:
        return start_model(state)
    if answer.said:
        return in_order(changed(state, failures=0), _keep_word, say_by_the_way, listen)
    return _fail(state)


def _keep_word(state: CallState) -> Step:
    """Save the caller's words as a message when the model claims that it noted one but called no tool."""
    said = " ".join(
        entry.text for entry in state.history if entry.gen == state.gen and entry.role is Role.BOT
    )
    noted = any(entry.tool and entry.tool.ok and entry.tool.name in KEEPING_TOOLS for entry in state.history)
    asked = next((entry for entry in reversed(state.history) if entry.role is Role.CALLER), None)
    if asked is None or asked.number is None or noted or not hands_on(said):
        return state, []
    return state, [TakeMessage(asked.number, asked.text)]


def _carry_out(state: CallState) -> Step:
    """Hang up or transfer, as the model asked; never without a word."""
    said = state.answer.said
    if state.answer.after is AfterSpeech.TRANSFER:
        return ask_for_person(None if said else Phrase.CONNECTING)(state)
    return (hang_up if said else _goodbye)(EndReason.BOT_ENDED)(state)


def _goodbye(reason: EndReason) -> Move:
    return say_goodbye(Phrase.GOODBYE, reason)


def _fail(state: CallState) -> Step:
    """Apologise for an answer that did not come, or not to its end; the second in a row is for a person."""
    if state.answer.after is not AfterSpeech.LISTEN:
        return _carry_out(state)
    state = changed(state, failures=state.failures + 1, answer=Answer())
    if state.failures == 1:
        return in_order(
            state, play(Phrase.LOST_THREAD if state.spoke_this_turn else Phrase.APOLOGY_AGAIN), listen
        )
    if state.failures == 2 and state.setup.transfer_to:
        return in_order(state, play(Phrase.APOLOGY_CONNECTING, interruptible=False), transfer)
    return in_order(state, say_goodbye(Phrase.APOLOGY_GOODBYE, EndReason.MODEL_FAILED))


# --- another process goes on ---------------------------------------------------------------------


def taken_over(state: CallState) -> CallState:
    """Return the state from which another process can go on.

    An answer that was being made continues from its next sentence. A speculative answer is dropped, but the caller's
    words stay.
    """
    answer = state.answer
    if answer.speculative:
        return changed(state, answer=Answer())
    return changed(state, answer=replace(answer, early=())) if answer.early else state


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
    arguments = read_json(text)
    return arguments if isinstance(arguments, dict) else {}
