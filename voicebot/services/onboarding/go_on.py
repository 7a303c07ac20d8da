"""Send the next question by text, once, after a call that ended in the middle of its onboarding."""

import logging

from voicebot.domain.person.phone import mask
from voicebot.runtime import Runtime
from voicebot.services.onboarding.start import Invitation, start_onboarding
from voicebot.storage.calls.guided import call_to_continue

log = logging.getLogger(__name__)


def continue_onboarding(runtime: Runtime, call_id: int) -> str | None:
    """Queue the question that the call left open; return what was done, None when no question is open.

    Safe to repeat: one call leads to one text. A person who said STOP or is writing just now gets none. Raises
    DatabaseAway.
    """
    call = call_to_continue(runtime.database, call_id)
    if call is None:
        return None
    invitation = Invitation(
        call.number, call_dropped=True, our_number=call.our_number, request_key=f"onboarding:call:{call_id}"
    )
    started = start_onboarding(runtime, invitation)
    log.info(
        "onboarding goes on by text",
        extra={"call_id": call_id, "number": mask(call.number), "outcome": started.code or started.result},
    )
    return started.code or started.result
