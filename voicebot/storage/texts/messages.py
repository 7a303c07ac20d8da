"""Incoming texts and the carrier's reports about outgoing ones: rows <-> records
(`sql/functions/texts/messages.sql`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from uuid import UUID

from voicebot.domain.texts.kinds import TextKind
from voicebot.domain.texts.reports import InboundText, TextReport
from voicebot.storage.database import Database

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Reading:
    """What the rules made of an inbound text before it is stored. `keyword`: stop, start or help.

    `ends`: what a request to stop ends, `all`, `calls` or `texts`. `is_reaction`: it is stored as one and never answered; `erasure`: a request to delete the person's data is opened.
    `carrier_answers`: the carrier itself replies to the keyword. `confirmation`: what is sent, once, to somebody who is
    left alone from now on, or is back, and whom the carrier does not tell. `operator_notice`: {"to", "content"}, sent
    when the thread is not answered.
    """

    keyword: str | None = None
    opt_out: bool = False
    ends: str = "all"
    verification_id: UUID | None = None
    code_ok: bool | None = None
    carrier_answers: bool = True
    may_answer: bool = True
    confirmation: str | None = None
    operator_notice: Row | None = None
    caps: Row | None = None
    """How many texts are answered (`services/caps.py`); None: as many as come."""
    sender: str | None = None
    """The one form of the sender's number (`person_number`); None: the database reads the address itself."""
    is_reaction: bool = False
    erasure: bool = False


def received_params(text: InboundText, reading: Reading) -> dict[str, Any]:
    """Return the parameters of the fact `message_received`."""
    return {
        "message_sid": text.message_sid,
        "account_sid": text.account_sid,
        "channel": text.channel,
        "from_number": text.from_number,
        "to_number": text.to_number,
        "content": text.content,
        "media": [dict(each) for each in text.media],
        "details": dict(text.details),
        "num_segments": text.num_segments,
        "keyword": reading.keyword,
        "opt_out": reading.opt_out,
        "opt_out_scope": reading.ends,
        "verification_id": reading.verification_id,
        "code_ok": reading.code_ok,
        "observed_at": text.observed_at,
        "event_id": text.event_id or text.message_sid,
        "token_index": text.token_index,
        "carrier_answers": reading.carrier_answers,
        "may_answer": reading.may_answer,
        "confirmation": reading.confirmation,
        "operator_notice": dict(reading.operator_notice) if reading.operator_notice else None,
        "caps": dict(reading.caps) if reading.caps else None,
        "sender": reading.sender,
        "kind": TextKind.REACTION if reading.is_reaction else TextKind.CONVERSATION,
        "erasure": reading.erasure,
    }


def last_texts(database: Database, their_number: str, our_number: str) -> list[str]:
    """Return what we sent them last, oldest first: answers and questions, no codes and no confirmations."""
    answer = database.call("last_texts", their_number=their_number, our_number=our_number)
    return list(answer["texts"])


def status_params(status: TextReport) -> dict[str, Any]:
    """Return the parameters of the fact `record_message_status`."""
    moment = status.occurred_at
    return {
        "message_id": status.message_id,
        "message_sid": status.message_sid,
        "status": status.status,
        "error_code": status.error_code,
        # RFC 2822 writes -0000 for a time in UTC that knows no zone.
        "occurred_at": moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment,
        "details": dict(status.details),
        "event_id": status.event_id,
        "token_index": status.token_index,
        "price": status.price,
        "price_unit": status.price_unit,
    }


def known_message_sids(database: Database, sids: Sequence[str]) -> dict[str, str | None]:
    """Return SID -> status of those that a row of ours bears already."""
    answer = database.call("known_message_sids", sids=list(sids))
    return {sid: known["status"] for sid, known in answer["known"].items()}
