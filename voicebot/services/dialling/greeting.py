"""Make the first words of a call of ours before the dial, so that the person who picks up hears them at once."""

import logging
import time
from uuid import UUID

from voicebot.domain.answer.respelling import said_otherwise
from voicebot.domain.call.actions import PlayClip, Speak
from voicebot.domain.call.events import CallStarted
from voicebot.domain.call.flow import new_call, step
from voicebot.domain.call.phrases import phrase
from voicebot.domain.call.turn import SpokenItem
from voicebot.domain.call.utterances import NO_GEN
from voicebot.runtime import Runtime
from voicebot.services.calls.guide import onboarding_of
from voicebot.services.calls.setup import call_setup
from voicebot.services.calls.speech import clip_key, start_clip
from voicebot.storage import dials
from voicebot.storage.calls.turn_rows import background_from_json
from voicebot.transports.clip_tokens import Place

log = logging.getLogger(__name__)
_OPENING: Place = (0, 0, 0, 0)
"""The clip of a greeting is named by its words alone, so the place of its row does not matter."""
_LOOK_S = 0.02


def make_greeting(runtime: Runtime, attempt_id: UUID, ours: str) -> bool:
    """Have it made and wait a moment for it; False when it is not whole by then. Raises DatabaseAway.

    A call whose greeting is not there is dialled all the same: the carrier's own voice says it.
    """
    opening = start_greeting(runtime, attempt_id, ours)
    until = time.monotonic() + runtime.limits.greeting.made_within_s
    keys = [clip_key(_OPENING, item) for item in opening]
    while missing := [key for key in keys if runtime.clips.lasts_s(key) is None]:
        if time.monotonic() >= until:
            log.warning(
                "a call is dialled before its greeting was made",
                extra={"key": attempt_id, "count": len(missing)},
            )
            return False
        time.sleep(_LOOK_S)
    return True


def start_greeting(runtime: Runtime, attempt_id: UUID, ours: str) -> list[SpokenItem]:
    """Have it made here, unless it is; the process that answers may be on another machine. Raises DatabaseAway."""
    opening = _opening(runtime, attempt_id, ours)
    for item in opening:
        start_clip(runtime, _OPENING, item)
    return opening


def _opening(runtime: Runtime, attempt_id: UUID, ours: str) -> list[SpokenItem]:
    """Return what is said first, as the core will say it."""
    found = dials.dial_background(runtime.database, attempt_id, ours)
    if not found:
        return []
    background = background_from_json(found)
    setup = call_setup(runtime, background)
    voice_id = setup.voice_id or runtime.settings.elevenlabs_voice_id
    _, actions = step(new_call(setup, onboarding_of(runtime, background)), CallStarted())
    items = []
    for action in actions:
        match action:
            case Speak(gen, seq, text, interruptible):
                said_as = said_otherwise(text, setup.pronunciations, setup.language)
                items.append(
                    SpokenItem(gen, seq, text, voice_id, setup.language, interruptible, said_as=said_as)
                )
            case PlayClip(name, seq, interruptible):
                words = phrase(name, setup.language)
                items.append(SpokenItem(NO_GEN, seq, words, voice_id, setup.language, interruptible, name))
    return items
