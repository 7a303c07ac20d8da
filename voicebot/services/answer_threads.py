"""Answer threads: claim one, let the pure flow decide, ask the model if it says so, commit the answer as rows.

Nothing is sent here. The rows are committed before anybody posts them, so a crash at any point leads to one answer.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from voicebot import metrics
from voicebot.domain import thread_flow
from voicebot.domain.addresses import bare_number
from voicebot.domain.onboarding_state import Voice
from voicebot.domain.opt_out import Answer, Keyword, wants_no_more
from voicebot.domain.thread_actions import (
    AskModel,
    Escalate,
    SendTexts,
    ThreadAction,
    effect_to_json,
)
from voicebot.domain.thread_events import (
    ModelAnswered,
    ModelFailed,
    Person,
    StopWish,
    Text,
    TextsReceived,
    ThreadEvent,
)
from voicebot.domain.thread_state import ThreadState
from voicebot.providers.ports import Outcome, ProviderError, TextDelta
from voicebot.services import verify_phone
from voicebot.services.operator_notice import operator_notice
from voicebot.services.second_opinion import means_stop
from voicebot.services.thread_context import is_verified, thread_request
from voicebot.storage import threads, voices
from voicebot.storage.threads import ClaimedThread, ThreadMessage

if TYPE_CHECKING:
    from voicebot.runtime import Runtime

# Longer than the slowest answer of the model; a thread whose worker died waits no longer than this.
LEASE_S = 45.0
RETRY_S = 5.0
MOST_EVENTS = 4
UNSURE_STOP = "unsure_stop_request"
log = logging.getLogger(__name__)


@dataclass
class Reply:
    """What one answer comes to, before it is committed."""

    state: ThreadState
    texts: list[dict[str, Any]] = field(default_factory=list)
    effects: list[dict[str, Any]] = field(default_factory=list)


def answer_next_thread(runtime: "Runtime") -> int:
    """Answer one thread that waits; return how many were answered (0 or 1). Raises DatabaseAway."""
    token = uuid4()
    notice = operator_notice(runtime.settings)
    claimed = threads.claim_thread(
        runtime.database, token=token, lease_s=LEASE_S, operator_notice=notice
    )
    if claimed is None:
        return 0
    try:
        reply = prepare_reply(runtime, claimed)
    except Exception:
        # It may work later, or elsewhere; the thread's attempts are counted where it is claimed.
        threads.release_thread(runtime.database, claimed.conversation_id, token=token, retry_after_s=RETRY_S)
        raise
    _commit(runtime, claimed, token, reply)
    return 1


def prepare_reply(runtime: "Runtime", claimed: ClaimedThread) -> Reply:
    """Run the flow over all unanswered messages together; the model's answer is one more event."""
    reply = Reply(_state(claimed))
    texts, unsure = _texts(runtime, claimed)
    if unsure:
        reply.effects.append(effect_to_json(Escalate(UNSURE_STOP)))
    events: list[ThreadEvent] = [_received(runtime, claimed, texts)]
    for _ in range(MOST_EVENTS):
        if not events:
            break
        reply.state, actions = thread_flow.step(reply.state, events.pop(0))
        if _note(reply, actions):
            events.append(_ask_model(runtime, claimed))
    return reply


def _note(reply: Reply, actions: Sequence[ThreadAction]) -> bool:
    """Keep what is to be committed; tell whether the model is to be asked."""
    asks = False
    for action in actions:
        match action:
            case AskModel():
                asks = True
            case SendTexts(words, kind):
                reply.texts += [{"content": text, "kind": kind.value} for text in words]
            case _:
                reply.effects.append(effect_to_json(action))
    return asks


def _ask_model(runtime: "Runtime", claimed: ClaimedThread) -> ThreadEvent:
    request = thread_request(claimed, now=runtime.now())
    pieces = runtime.model.stream(request)
    try:
        with metrics.provider_call("model", "text_answer"):
            words = "".join(piece.text for piece in pieces if isinstance(piece, TextDelta)).strip()
    except ProviderError as error:
        log.warning("model failed", extra={"code": error.code, "outcome": error.outcome})
        return ModelFailed("refused" if error.outcome is Outcome.REFUSED else "broken")
    finally:
        if close := getattr(pieces, "close", None):
            close()
    return ModelAnswered(words) if words else ModelFailed("empty")


def _received(runtime: "Runtime", claimed: ClaimedThread, texts: tuple[Text, ...]) -> TextsReceived:
    profile, settings = claimed.profile, runtime.settings
    person = Person(
        first_name=profile.get("first_name") or "",
        last_name=profile.get("last_name") or "",
        location=profile.get("location") or "",
        voice_id=profile.get("voice_id"),
        onboarding_status=claimed.onboarding.get("status") or "pending",
        verified=is_verified(claimed),
    )
    return TextsReceived(
        texts=texts,
        person=person,
        ai_mode=claimed.ai_mode,
        help_answered_by=settings.help_answered_by,
        voices=_voices(runtime) if person.onboarding_status != "completed" else (),
    )


def _voices(runtime: "Runtime") -> tuple[Voice, ...]:
    rows = voices.list_voices(runtime.database)
    return tuple(Voice(row["voice_id"], row["name"], row.get("gender")) for row in rows)


def _texts(runtime: "Runtime", claimed: ClaimedThread) -> tuple[tuple[Text, ...], bool]:
    """Return the unanswered messages as the flow sees them, and whether one may be a request to stop after all."""
    unanswered, unsure = [], False
    known = {message.id: message for message in claimed.messages}
    for message_id in claimed.unanswered:
        message = known.get(message_id)
        if message is None:
            continue
        wish, undecided = _stop_wish(runtime, message)
        unsure = unsure or undecided
        unanswered.append(
            Text(
                id=message.id,
                body=message.content,
                media=tuple(str(each.get("content_type") or "") for each in message.media),
                keyword=Keyword(message.keyword) if message.keyword else None,
                code_outcome=message.code_outcome,
                stop_wish=wish,
            )
        )
    return tuple(unanswered), unsure


def _stop_wish(runtime: "Runtime", message: ThreadMessage) -> tuple[StopWish, bool]:
    if message.keyword:
        return StopWish.NONE, False
    match wants_no_more(message.content).answer:
        case Answer.YES:
            return StopWish.RECORDED, False
        case Answer.NO:
            return StopWish.NONE, False
    opinion = means_stop(runtime, message.content)
    return (StopWish.JUDGED if opinion else StopWish.NONE), opinion is None


def _state(claimed: ClaimedThread) -> ThreadState:
    try:
        return ThreadState.from_json(claimed.state or {})
    except (KeyError, TypeError, ValueError):
        # Of another version: the messages are all there, only what they do not tell is lost.
        log.warning("thread state not readable", extra={"key": str(claimed.conversation_id)})
        return ThreadState()


def _commit(runtime: "Runtime", claimed: ClaimedThread, token: UUID, reply: Reply) -> None:
    for effect in reply.effects:
        if effect["type"] == "start_verification":
            # Before the commit: asking twice sends the same code, and a crash in between must not leave none.
            _start_verification(runtime, claimed, effect)
    done = threads.answer_thread(
        runtime.database,
        claimed,
        token=token,
        state=reply.state.to_json(),
        texts=reply.texts,
        effects=reply.effects,
        operator_notice=operator_notice(runtime.settings),
    )
    log.info(
        "thread answered",
        extra={"key": str(claimed.conversation_id), "outcome": done.result, "count": len(reply.texts)},
    )


def _start_verification(runtime: "Runtime", claimed: ClaimedThread, effect: Mapping[str, Any]) -> None:
    """Send the code that the onboarding asked for; its own limits decide whether one goes out."""
    number = bare_number(claimed.customer_identifier)
    channel = claimed.channel if effect.get("channel") == "sms" else str(effect.get("channel"))
    verify_phone.start(runtime, number, channel, purpose="onboarding")
