"""Guide a caller through the onboarding: where its state stands when the call begins.

The state of the onboarding is the thread's, so that texts go on where a call stopped, and the other way round.
"""

from dataclasses import replace

from voicebot.domain.call.background import CallBackground
from voicebot.domain.onboarding.state import OnboardingPhase, OnboardingState
from voicebot.domain.thread.state import ThreadState
from voicebot.runtime import Runtime
from voicebot.services.knowledge import is_attested


def onboarding_of(runtime: Runtime, background: CallBackground) -> OnboardingState | None:
    """Return where the caller stands as the call begins; None when this call asks no questions."""
    found = background.onboarding
    wanted = background.template.get("onboarding") or runtime.settings.onboarding
    if not found or wanted != "all" or found.status in ("completed", "failed"):
        return None
    if found.verified and not is_attested(background.attestation):
        # The number is proven to be an account's; a caller who merely shows the number must not change its data.
        return None
    try:
        thread = ThreadState.from_json(
            found.thread, stopped=found.stopped, onboarding_by_call=found.onboarding_by_call
        )
    except (KeyError, TypeError, ValueError):
        thread = ThreadState()
    state = thread.onboarding
    if thread.stopped or state.phase in (OnboardingPhase.COMPLETED, OnboardingPhase.FAILED):
        return None
    person = background.person
    return replace(
        state,
        first_name=state.first_name or person.get("first_name") or "",
        last_name=state.last_name or person.get("last_name") or "",
        location=state.location or person.get("location") or "",
        voices=state.voices or found.voices,
        verified=state.verified or found.verified,
    )
