"""Answer threads: claim one, let the pure flow decide, ask the model if it says so, commit the answer as rows.

Nothing is sent here. The rows are committed before anybody posts them, so a crash at any point leads to one answer.
"""

import logging
from typing import Any
from uuid import UUID, uuid4

from voicebot.domain.person.addresses import WHATSAPP
from voicebot.domain.person.effects import Escalate
from voicebot.domain.person.emergency import emergency_number
from voicebot.domain.thread.decision import decided
from voicebot.domain.thread.events import AnswerRead, ModelAnswered, TextsReceived
from voicebot.domain.thread.refusals import UNSURE_STOP
from voicebot.runtime import Runtime
from voicebot.services.onboarding.read_answer import read_answer
from voicebot.services.operators.notice import operator_notice
from voicebot.services.texts.judge import judged_texts
from voicebot.services.texts.request import is_verified, person_known
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
from voicebot.services.texts.think import think
from voicebot.storage.texts import threads
from voicebot.storage.texts.threads import ClaimedThread

READING_USD = 0.001
"""What it costs at most to have a name or a place read: a prompt and a text of some hundred tokens each."""
MOST_TEXTS_KNOWN, MOST_KNOWN = 40, 2000
"""How much of a decision's basis is stored: texts, and characters about the person."""
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
        emergency_number=emergency_number(claimed.customer_identifier, runtime.carriers.main.number or ""),
    )
    asks = reply.take(received)
    if unread := reply.unread:
        reply.meter.add(READING_USD)
        asks = reply.take(AnswerRead(unread, read_answer(runtime, " ".join(unread))))
    if asks:
        question_follows = reply.state.onboarding.running
        thought = think(runtime, claimed, reply.meter, question_follows=question_follows)
        reply.author = "model" if isinstance(thought.event, ModelAnswered) else "nobody"
        reply.own_tools = thought.own_tools
        reply.take(thought.event)
    return reply


def _decision(runtime: Runtime, claimed: ClaimedThread, reply: Reply) -> dict[str, Any]:
    """The decision with its basis: the ids of the texts, and what the model was told of the person."""
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
        **({"tools": reply.own_tools} if reply.own_tools else {}),
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
