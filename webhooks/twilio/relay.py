"""The webhook after a session of ConversationRelay or a stream: read the form, call one service, send the document."""

from dataclasses import replace

from voicebot.runtime import Runtime
from voicebot.services.calls import last_resort
from voicebot.services.calls.gather.document import DocumentRequest
from voicebot.services.calls.gather.take import take_turn
from voicebot.services.calls.streams.begin import after_session
from voicebot.transports.twilio import forms, urls
from webhooks.direct import Document
from webhooks.guard import Webhook
from webhooks.twilio.voice import answer


def session_over(runtime: Runtime, request: Webhook) -> Document:
    """A session is over, and the call may go on."""
    call_sid, end = forms.call_sid(request.form), forms.session_end(request.form)
    end = replace(end, by_gather=urls.wants_gather(request.args))
    ours, theirs = forms.our_number(request.form), forms.their_number(request.form)
    tried, settings = urls.place_in(request.args).tried, runtime.settings

    def work() -> str:
        after = after_session(runtime, call_sid, end, ours)
        if not after.opening:
            return after.document
        return take_turn(runtime, DocumentRequest(call_sid, after.turn, 0, after.opening, ours, theirs))

    return answer(runtime, tried, work, lambda: last_resort.session_failed(settings, tried, ours))


RELAY = {"/twilio/relay/action": session_over}
