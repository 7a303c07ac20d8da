"""What a call of ours does at a mailbox or a fax. The job may run twice; a mailbox gets its message once."""

import logging
from uuid import UUID

from voicebot.domain.answer.respelling import respelt
from voicebot.domain.call.state import EndReason
from voicebot.domain.dialling.answerer import Answerer, Step, step_after
from voicebot.providers.measured import provider_call
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.runtime import Runtime
from voicebot.services.calls.setup import call_setup, voicemail_message
from voicebot.services.dialling.diallers import TwimlDialler, dialler_of
from voicebot.services.templates.instructions import filled
from voicebot.storage import dials
from voicebot.storage.calls import calls
from voicebot.storage.calls.turn_rows import background_from_json
from voicebot.storage.dials import MetMachine
from voicebot.transports.twilio import twiml
from voicebot.transports.twilio.twiml import Spoken
from voicebot.transports.twilio.urls import machine_url, voicemail_url

log = logging.getLogger(__name__)


def meet_machine(runtime: Runtime, attempt_id: str) -> None:
    """Do what is due at an attempt that a machine answered. Raises ProviderError, DatabaseAway.

    A verdict alone stops our words, and a person may still reply to it (`domain/call/pickup/flow.py`); the end of the call,
    and the text to whom only a mailbox answered for, come when it is sure.
    """
    key = UUID(attempt_id)
    met = dials.machine_met(runtime.database, key)
    if met is None:
        return
    step = step_after(met.answerer, met.verdict, met.on_voicemail)
    is_sure = met.over or met.is_sure
    if step is Step.TEXT and is_sure and (words := _own_words(met)):
        dials.text_after_voicemail(runtime.database, key, words)
    if met.over or step is Step.GO_ON:
        return
    try:
        _act(runtime, key, met, step)
    except ProviderError as error:
        if error.outcome is not Outcome.REFUSED:
            raise
        # The machine was quicker: the call is over.
        log.info("a machine hung up first", extra={"key": key, "code": error.code})
        return
    log.info("a machine answered", extra={"key": key, "verdict": met.verdict, "step": step.value})


def _act(runtime: Runtime, key: UUID, met: MetMachine, step: Step) -> None:
    dialler, to = dialler_of(runtime, met.account), None
    if step is Step.LEAVE_MESSAGE:
        to = voicemail_url(runtime.settings, key)
    elif met.answerer is Answerer.VOICEMAIL and not met.is_sure and met.turn is not None:
        to = machine_url(runtime.settings, key, met.turn + 1)
    if to and isinstance(dialler, TwimlDialler):
        with provider_call("telephony", "redirect_call"):
            dialler.carrier.telephony.redirect_call(met.call_sid, url=to)
        return
    with provider_call("telephony", "end_call"):
        dialler.hang_up(met.call_sid)
    calls.finish_call(runtime.database, met.call_sid, EndReason.MACHINE.value)


def message_document(runtime: Runtime, attempt_id: UUID | None, call_sid: str) -> str:
    """Return the TwiML that a mailbox hears: its message, and the end. Raises DatabaseAway."""
    if attempt_id is None or not dials.begin_voicemail_message(runtime.database, attempt_id, call_sid):
        return without_message()
    met = dials.machine_met(runtime.database, attempt_id)
    if met is None:
        return without_message()
    calls.finish_call(runtime.database, call_sid, EndReason.MACHINE.value)
    return _message(runtime, met)


def without_message() -> str:
    """Return the TwiML for a mailbox whose message nobody knows: silence, and the end."""
    return twiml.hang_up([], language="")


def _message(runtime: Runtime, met: MetMachine) -> str:
    background = background_from_json(met.plan)
    setup = call_setup(runtime, background)
    words = voicemail_message(background.template, setup.greeting, setup.language)
    words = respelt(words, setup.pronunciations).text
    return twiml.hang_up([Spoken(words)], language=setup.language)


def _own_words(met: MetMachine) -> str:
    template = background_from_json(met.plan).template
    return filled(template.get("voicemail_message"), template)
