"""Answer threads: claim one, let the pure flow decide, ask the model if it says so, commit the answer as rows.

Nothing is sent here. The rows are committed before anybody posts them, so a crash at any point leads to one answer.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from voicebot.domain.operators.promises import hands_on
from voicebot.domain.person.addresses import WHATSAPP
from voicebot.domain.person.effects import Escalate
from voicebot.domain.person.phone import person_number
from voicebot.domain.sentences import whole_sentences
from voicebot.domain.thread.decision import decided
from voicebot.domain.thread.events import AnswerFailed, AnswerRead, ModelAnswered, TextsReceived
from voicebot.domain.thread.refusals import UNSURE_STOP
from voicebot.providers.measured import provider_call
from voicebot.providers.ports import ModelDone, ModelRequest, Outcome, ProviderError, TextDelta, ToolCall
from voicebot.runtime import Runtime
from voicebot.services.dialling.callbacks import CALLBACK, CallbackAnswer, use_tool
from voicebot.services.meter import Meter
from voicebot.services.onboarding.read_answer import read_answer
from voicebot.services.operators.notice import operator_notice
from voicebot.services.texts.judge import judged_texts
from voicebot.services.texts.request import NOTE_FOR_TEAM, is_verified, person_known, thread_request
from voicebot.services.texts.send import NOT_TEXTABLE, is_textable
from voicebot.services.texts.steps import (
    Reply,
    onboards,
    person_of,
    reply_of,
    start_verifications,
    voices_to_choose,
    voices_to_name,
)
from voicebot.storage.dialling.callbacks import AskedIn
from voicebot.storage.texts import threads
from voicebot.storage.texts.threads import ClaimedThread

READING_USD = 0.001
"""What it costs at most to have a name or a place read: a prompt and a text of some hundred tokens each."""
MOST_CALLS = 3
MOST_TEXTS_KNOWN, MOST_KNOWN = 40, 2000
"""How much of what a decision was made from is kept: texts, and characters about the person."""
NOTED, NOT_NOTED = (
    "It is noted for the team.",
    "Nothing was noted: there was no message. Ask what it should say.",
)
log = logging.getLogger(__name__)


def answer_next_thread(runtime: Runtime) -> int:
    """Answer one thread that waits; return how many were answered (0 or 1). Raises DatabaseAway."""
    token, limits = uuid4(), runtime.limits.thread
    notice = operator_notice(runtime)
    claimed = threads.claim_thread(
        runtime.database, token=token, lease_s=limits.lease_s, operator_notice=notice
    )
    if claimed is None:
        return 0
    try:
        if is_textable(claimed.channel, claimed.customer_identifier, runtime.settings.allowed_countries):
            _commit(runtime, claimed, token, prepare_reply(runtime, claimed), notice)
        else:
            # No answer could leave, so that none is paid for. Nor is the operator texted: short codes write a lot.
            reply = reply_of(runtime, claimed)
            reply.effects.append(Escalate(NOT_TEXTABLE))
            _commit(runtime, claimed, token, reply, None)
    except Exception:
        # It may work later, or elsewhere; the thread's attempts are counted where it is claimed.
        threads.release_thread(
            runtime.database, claimed.conversation_id, token=token, retry_after_s=limits.retry_s
        )
        raise
    return 1


def prepare_reply(runtime: Runtime, claimed: ClaimedThread) -> Reply:
    """Run the flow over all unanswered messages together; the model's answer is one more event."""
    reply = reply_of(runtime, claimed)
    texts, unsure = judged_texts(runtime, claimed, reply.state, reply.meter)
    if unsure:
        reply.effects.append(Escalate(UNSURE_STOP))
    received = TextsReceived(
        texts=texts,
        person=person_of(runtime, claimed),
        ai_mode=claimed.ai_mode,
        # Nobody answers keywords on WhatsApp in our place.
        help_answered_by="us" if claimed.channel == WHATSAPP else runtime.settings.help_answered_by,
        voices=voices_to_choose(runtime, claimed),
        catalogue=voices_to_name(runtime, claimed),
        onboards=onboards(runtime, claimed),
    )
    asks = reply.take(received)
    if unread := reply.unread:
        reply.meter.add(READING_USD)
        asks = reply.take(AnswerRead(unread, read_answer(runtime, " ".join(unread))))
    if asks:
        question_follows = reply.state.onboarding.running
        answered = _ask_model(runtime, claimed, reply.meter, question_follows=question_follows)
        reply.author = "model" if isinstance(answered, ModelAnswered) else "nobody"
        reply.take(answered)
    return reply


def _decision(runtime: Runtime, claimed: ClaimedThread, reply: Reply) -> dict[str, Any]:
    """What was decided, and what it was made from: ids of texts, and what the model was told of the person."""
    asked = reply.author != "rules"
    knew = {
        "texts": [each.id for each in claimed.messages[-MOST_TEXTS_KNOWN:]],
        "verified": is_verified(claimed),
        "onboarding": reply.state.onboarding.phase.value,
        **(
            {"person": person_known(claimed)[:MOST_KNOWN], "model": runtime.settings.openai_model}
            if asked
            else {}
        ),
    }
    kinds = [text.kind.value for text in reply.texts]
    return decided(
        reply.effects,
        kinds,
        author=reply.author,
        ai_mode=claimed.ai_mode,
        knew=knew,
        stopped=reply.state.stopped,
    ).to_json()


def _ask_model(
    runtime: Runtime, claimed: ClaimedThread, meter: Meter, *, question_follows: bool
) -> ModelAnswered | AnswerFailed:
    request = thread_request(
        claimed,
        line=runtime.settings.service_name,
        now=runtime.local_now(),
        question_follows=question_follows,
    )
    try:
        words, calls = _read(runtime, request, meter)
        notes = [note for call in calls if (note := _note_of(call))]
        answers = {call.id: _callback(runtime, claimed, call) for call in calls if _sets_call(request, call)}
        if calls and (not words or answers):
            # It has only used its tools so far, and what they answer has to be said.
            words = _words_after(runtime, _with_results(request, calls, answers), meter)
            words = words or " ".join(answer.words for answer in answers.values())
    except ProviderError as error:
        log.warning("model failed", extra={"code": error.code, "outcome": error.outcome})
        return AnswerFailed("refused" if error.outcome is Outcome.REFUSED else "broken")
    note = "\n".join(dict.fromkeys(notes))
    if not note and hands_on(words) and not any(answer.kept for answer in answers.values()):
        # It says so without having used its tool: what the person wrote is the note.
        note = "\n".join(each.content for each in claimed.messages if each.id in set(claimed.unanswered))
    return ModelAnswered(words, note) if words or note else AnswerFailed("empty")


def _read(runtime: Runtime, request: ModelRequest, meter: Meter) -> tuple[str, list[ToolCall]]:
    words, calls, done = "", [], None
    pieces = runtime.model.stream(request)
    try:
        with provider_call("model", "text_answer"):
            for piece in pieces:
                match piece:
                    case TextDelta(text, anew):
                        words = text if anew else words + text
                    case ToolCall():
                        calls.append(piece)
                    case ModelDone():
                        done = piece
                        words = whole_sentences(words) if piece.cut_short else words
    finally:
        if close := getattr(pieces, "close", None):
            close()
        meter.add_answer(runtime.settings.openai_model, request, len(words), done)
    return words.strip(), calls[:MOST_CALLS]


def _words_after(runtime: Runtime, request: ModelRequest, meter: Meter) -> str:
    try:
        return _read(runtime, request, meter)[0]
    except ProviderError as error:
        # The note stands all the same, and the flow has words for it.
        log.warning("model failed", extra={"code": error.code, "outcome": error.outcome})
        return ""


def _note_of(call: ToolCall) -> str:
    """Return what a tool call notes; blank where it is none of ours, or cannot be read."""
    note = call.arguments.get("message")
    readable = call.name == NOTE_FOR_TEAM.name and not call.bad_arguments and isinstance(note, str)
    return str(note).strip() if readable else ""


def _sets_call(request: ModelRequest, call: ToolCall) -> bool:
    return call.name == CALLBACK.name and CALLBACK in request.tools and not call.bad_arguments


def _callback(runtime: Runtime, claimed: ClaimedThread, call: ToolCall) -> CallbackAnswer:
    """Set the call at once: when the answer is written anew, the same wish changes nothing."""
    return use_tool(
        runtime, person_number(claimed.customer_identifier), call.arguments, AskedIn(message_id=claimed.upto)
    )


def _with_results(
    request: ModelRequest, calls: list[ToolCall], answers: Mapping[str, CallbackAnswer]
) -> ModelRequest:
    """Return the request for the words that follow the tools: what they did is told, and nothing more can be done."""
    functions = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": json.dumps(dict(call.arguments))},
        }
        for call in calls
    ]
    results = [
        {
            "role": "tool",
            "tool_call_id": call.id,
            "content": answers[call.id].words
            if call.id in answers
            else NOTED
            if _note_of(call)
            else NOT_NOTED,
        }
        for call in calls
    ]
    asked = {"role": "assistant", "content": None, "tool_calls": functions}
    return replace(request, messages=[*request.messages, asked, *results], tools=())


def _commit(
    runtime: Runtime, claimed: ClaimedThread, token: UUID, reply: Reply, notice: dict[str, Any] | None
) -> None:
    start_verifications(runtime, claimed, reply)
    done = threads.answer_thread(
        runtime.database,
        claimed,
        token=token,
        state=reply.state,
        texts=reply.texts,
        effects=reply.effects,
        operator_notice=notice,
        used_usd=reply.meter.usd,
        texts_usd=reply.texts_usd,
        decision=_decision(runtime, claimed, reply),
    )
    log.info(
        "thread answered",
        extra={"key": str(claimed.conversation_id), "outcome": done.result, "count": len(reply.texts)},
    )
