"""Guide a caller through the onboarding: its state when the call begins, and what each turn stores of it.

The state of the onboarding is the thread's, so that texts go on where a call stopped, and the other way round.
"""

import logging
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from voicebot.domain.onboarding.state import OnboardingPhase, OnboardingState, Voice
from voicebot.domain.person.effects import effect_to_json
from voicebot.domain.thread.state import ThreadState
from voicebot.domain.verification.codes import CodePurpose
from voicebot.runtime import Runtime
from voicebot.services.calls.run import CallRun
from voicebot.services.knowledge import is_attested
from voicebot.services.verification import verify_phone
from voicebot.storage.database import DatabaseAway

log = logging.getLogger(__name__)


def onboarding_of(runtime: Runtime, plan: Mapping[str, Any]) -> OnboardingState | None:
    """Return where the caller stands, from what `begin_call` found; None when this call asks no questions."""
    found = plan.get("onboarding")
    wanted = (plan.get("template") or {}).get("onboarding") or runtime.settings.onboarding
    if not found or wanted != "all" or found["status"] in ("completed", "failed"):
        return None
    if found["verified"] and not is_attested(plan.get("attestation")):
        # The number is proven to be somebody's: whoever only shows it does not change what is known of them.
        return None
    try:
        thread = ThreadState.from_json(
            found["state"] or {}, stopped=found["stopped"], onboarding_by_call=found["onboarding_by_call"]
        )
    except (KeyError, TypeError, ValueError):
        thread = ThreadState()
    state = thread.onboarding
    if thread.stopped or state.phase in (OnboardingPhase.COMPLETED, OnboardingPhase.FAILED):
        return None
    person = plan.get("person") or {}
    return replace(
        state,
        first_name=state.first_name or person.get("first_name") or "",
        last_name=state.last_name or person.get("last_name") or "",
        location=state.location or person.get("location") or "",
        voices=state.voices
        or tuple(Voice(voice["voice_id"], voice["name"], voice["gender"]) for voice in found["voices"]),
        verified=state.verified or bool(found["verified"]),
    )


def guidance_of(run: CallRun) -> dict[str, Any] | None:
    """Return what the turn's commit keeps of it."""
    if run.state.onboarding is None:
        return None
    return {
        "onboarding": run.state.onboarding.to_json(),
        "phase": run.state.onboarding.phase.value,
        "reminders": run.state.onboarding.reminders,
        "effects": [effect_to_json(effect) for effect in run.results.effects],
    }


def send_codes(runtime: Runtime, plan: Mapping[str, Any], run: CallRun) -> None:
    """Have the codes sent that a committed turn asked for; nobody waits for it, the caller least."""
    for channel in run.results.codes:
        threading.Thread(
            target=_send, args=(runtime, str(plan.get("number") or ""), channel), daemon=True
        ).start()


def _send(runtime: Runtime, number: str, channel: str) -> None:
    try:
        verify_phone.start(runtime, number, channel, purpose=CodePurpose.CALL)
    except DatabaseAway:
        log.warning("a code could not be sent", extra={"reason": "DatabaseAway"})
