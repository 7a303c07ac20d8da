"""Write the document for a turn: the committed parts that are not served yet, and the verbs after them."""

import time
from dataclasses import dataclass
from typing import assert_never

from voicebot.domain.call.actions import HangUp, Listen, Transfer
from voicebot.domain.call.events import Event
from voicebot.domain.call.phrases import FILLERS, phrase
from voicebot.domain.call.turn import Closing, RecordingStart, ServedItem, SpeechItem, SpokenItem
from voicebot.runtime import Runtime
from voicebot.services.calls.speech import clip_key, clip_url, fixed_ready, fixed_url, start_clip, start_fixed
from voicebot.storage.calls.turn_rows import Draft
from voicebot.storage.calls.turns import TurnView
from voicebot.transports.clip_tokens import Place
from voicebot.transports.twilio import twiml, urls
from voicebot.transports.twilio.twiml import Item, Listening, Spoken, StartRecording


@dataclass(frozen=True)
class DocumentRequest:
    """Twilio wants document `document` of turn `turn`; `opening` is what the caller did."""

    call_sid: str
    turn: int
    document: int
    opening: tuple[Event, ...]
    ours: str
    """Our number: the caller id of a transfer."""
    theirs: str = ""
    """The person's number, as the carrier tells it; caller id proves nothing."""
    at_once: bool = False
    """Somebody has picked up a call of ours: what is not voiced yet is said by the carrier."""


def unserved(view: TurnView, served: int) -> list[tuple[int, int, SpeechItem]]:
    """Return what is there to say and not served yet, as (part, index, item)."""
    return [
        (number, index, item)
        for number, part in enumerate(view.parts[served:], served)
        for index, item in enumerate(part.speech)
    ]


def write_document(
    runtime: Runtime, request: DocumentRequest, view: TurnView, served: int, voice_by: float
) -> Draft:
    """Write it; our voice has until `voice_by` (monotonic seconds) to give its first audio, then Twilio's speaks."""
    speech = unserved(view, served)
    voice_id, language = _spoken_with(runtime, view)
    items = [
        _item(runtime, (view.call_id, view.turn, part, index), item, None if request.at_once else voice_by)
        for part, index, item in speech
    ]
    if view.closing is None:
        body = twiml.go_on(
            items or [_filler(runtime, request, voice_id, language)],
            urls.turn_url(runtime.settings, request.turn, request.document + 1, language=language),
            language=language,
        )
    else:
        body = _closing(runtime, request, items, view.closing, language)
    return Draft(
        document=request.document,
        body=body,
        parts_served=len(view.parts),
        speech=[
            _served((view.call_id, view.turn, part, index), item, played)
            for (part, index, item), played in zip(speech, items, strict=True)
            if isinstance(item, SpokenItem) and isinstance(played, Spoken)
        ],
    )


def _served(place: Place, item: SpokenItem, played: Spoken) -> ServedItem:
    return ServedItem(item.gen, item.seq, item.text, clip_key(place, item) if played.url else None)


def _item(runtime: Runtime, place: Place, item: SpeechItem, voice_by: float | None) -> Item:
    """`voice_by` None: what is whole is played."""
    match item:
        case RecordingStart():
            return StartRecording(urls.recording_url(runtime.settings))
        case SpokenItem() if voice_by is None:
            voiced = runtime.clips.lasts_s(clip_key(place, item)) is not None
            return Spoken(item.spoken, clip_url(runtime, place, item) if voiced else None, item.interruptible)
        case SpokenItem():
            voiced = start_clip(runtime, place, item).wait(voice_by - time.monotonic())
            return Spoken(item.spoken, clip_url(runtime, place, item) if voiced else None, item.interruptible)
        case _:
            assert_never(item)


def _spoken_with(runtime: Runtime, view: TurnView) -> tuple[str, str]:
    """Return the voice and the language of the turn, also where nothing of it is left to say."""
    said = [item for part in view.parts for item in part.speech if isinstance(item, SpokenItem)]
    voice_id = said[-1].voice_id if said else view.voice_id
    closed_in = view.closing.language if view.closing else ""
    language = closed_in or (said[-1].language if said else view.language) or runtime.settings.home_language
    return voice_id or runtime.settings.elevenlabs_voice_id, language


def _filler(runtime: Runtime, request: DocumentRequest, voice_id: str, language: str) -> Spoken:
    filler = FILLERS[request.document % len(FILLERS)]
    ready = fixed_ready(runtime, filler, voice_id, language)
    if not ready:
        start_fixed(runtime, filler, voice_id, language)
    url = fixed_url(runtime, filler, voice_id, language) if ready else None
    return Spoken(phrase(filler, language), url)


def _closing(
    runtime: Runtime, request: DocumentRequest, items: list[Item], closing: Closing, language: str
) -> str:
    settings = runtime.settings
    match closing.end:
        case HangUp():
            return twiml.hang_up(items, language=language)
        case Transfer(_, to, at_once, ring_s):
            return twiml.transfer(
                items,
                to=to,
                at_once=at_once,
                action=urls.transfer_url(settings, request.turn + 1, language=language),
                leg_status=urls.leg_status_url(settings),
                caller_id=request.ours,
                ring_s=ring_s,
                time_limit_s=closing.time_limit_s,
                language=language,
            )
        case Listen(mode, hints, timeout_s, pause_s):
            action = urls.turn_url(settings, request.turn + 1, 0, language=language)
            partials = urls.partial_url(settings, request.turn + 1, pause_s) if closing.speculates else ""
            listening = Listening(action, mode, hints, timeout_s, pause_s, partials)
            return twiml.listen(items, listening, language=language)
        case _:
            assert_never(closing.end)
