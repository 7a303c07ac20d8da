"""Answer a person who picks up a call of ours: the row of the dial says what the call is for.

A call that reads out a code says in its later addresses how far it is, so only its first document needs the row.
"""

import logging
from dataclasses import replace
from typing import assert_never

from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.domain.call.reports import CallArrival
from voicebot.domain.dialling.dials import DialKind
from voicebot.domain.uuid_text import uuid_of
from voicebot.runtime import Runtime
from voicebot.services.calls import last_resort
from voicebot.services.calls.gather.take import answer_call
from voicebot.services.verification import read_out
from voicebot.settings import Settings
from voicebot.storage import dials
from voicebot.transports.twilio import twiml
from voicebot.transports.twilio.twiml import Spoken
from voicebot.transports.twilio.urls import CodeCallStep, code_url

log = logging.getLogger(__name__)


def document(runtime: Runtime, arrival: CallArrival, step: CodeCallStep) -> str:
    """Return the TwiML for the call's present step. Raises DatabaseAway.

    `step.attempt_id` is empty when the address names no dial: the call's own id finds the dial then. A call without a
    dial of ours is answered as a talk.
    """
    if step.asked or step.read:
        return read_out.document(runtime, step)
    dial = dials.answered_dial(runtime.database, uuid_of(step.attempt_id), arrival.call_sid)
    if dial.superseded:
        log.warning("a dial that came too late was answered", extra={"call_sid": arrival.call_sid})
        return last_resort.unknown_call(runtime.settings.home_language)
    match dial.kind:
        case DialKind.CODE:
            return read_out.document(
                runtime, replace(step, attempt_id=str(dial.attempt_id), language=dial.language)
            )
        case DialKind.TALK:
            return answer_call(runtime, arrival)
        case None:
            home = runtime.settings.home_language
            return last_resort.unknown_call(home) if step.attempt_id else answer_call(runtime, arrival)
        case _:
            assert_never(dial.kind)


def first_word(settings: Settings, step: CodeCallStep) -> str:
    """Say hello to a person whose document is not ready: it comes next."""
    hello = Spoken(phrase(Phrase.HELLO, settings.home_language))
    return twiml.go_on(
        [hello], code_url(settings, replace(step, greeted=True)), language=settings.home_language
    )


def without_database(settings: Settings, step: CodeCallStep, caller_id: str) -> str:
    """Answer while the purpose of the call cannot be read: ask for patience and try again, twice, then apologise."""
    if step.asked or step.read:
        return read_out.without_database(settings, step)
    if not step.attempt_id:
        return last_resort.start_failed(settings, step.tried, caller_id)
    if step.tried >= last_resort.ATTEMPTS:
        return last_resort.unknown_call(settings.home_language)
    again = code_url(settings, replace(step, tried=step.tried + 1))
    patience = Spoken(phrase(Phrase.SERVICE_PATIENCE, settings.home_language))
    return twiml.go_on([patience], again, language=settings.home_language, pause_s=1)
