"""Write the document for a turn: the committed parts that are not served yet, and the verbs after them."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from voicebot.domain.call.actions import ListenMode
from voicebot.domain.call.phrases import FILLERS, phrase
from voicebot.runtime import Runtime
from voicebot.services.calls.speech import clip_key, clip_url, fixed_ready, fixed_url, start_clip, start_fixed
from voicebot.storage.calls.turns import Draft, TurnView
from voicebot.transports.twilio import twiml, urls
from voicebot.transports.twilio.twiml import Item, Listening, Spoken, StartRecording


@dataclass(frozen=True)
class DocumentRequest:
    """Twilio wants document `document` of turn `turn`; `opening` is what the caller did, as events in JSON."""

    call_sid: str
    turn: int
    document: int
    opening: Sequence[Mapping[str, Any]]
    ours: str
    """Our number: the caller id of a transfer."""
    theirs: str = ""
    """The person's number, as the carrier tells it: a hint."""


def unserved(view: TurnView, served: int) -> list[tuple[int, int, Mapping[str, Any]]]:
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
        _item(runtime, (view.call_id, view.turn, part, index), item, voice_by) for part, index, item in speech
    ]
    if view.closing is None:
        body = twiml.go_on(
            items or [_filler(runtime, request, voice_id, language)],
            urls.turn_url(runtime.settings, request.turn, request.document + 1),
            language=language,
        )
    else:
        body = _closing(runtime, request, items, view.closing, language)
    return Draft(
        document=request.document,
        body=body,
        parts_served=len(view.parts),
        speech=[
            {name: item.get(name) for name in ("gen", "seq", "text")}
            | ({"clip": clip_key((view.call_id, view.turn, part, index), item)} if played.url else {})
            for (part, index, item), played in zip(speech, items, strict=True)
            if isinstance(played, Spoken)
        ],
    )


def _item(
    runtime: Runtime, place: tuple[int, int, int, int], item: Mapping[str, Any], voice_by: float
) -> Item:
    if item["kind"] == "record":
        return StartRecording(urls.recording_url(runtime.settings))
    voiced = start_clip(runtime, place, item).wait(voice_by - time.monotonic())
    return Spoken(item["text"], clip_url(runtime, place, item) if voiced else None, item["interruptible"])


def _spoken_with(runtime: Runtime, view: TurnView) -> tuple[str, str]:
    """Return the voice and the language of the turn, also where nothing of it is left to say."""
    said = [item for part in view.parts for item in part.speech if "language" in item]
    voice_id = said[-1]["voice_id"] if said else view.voice_id
    language = (view.closing or {}).get("language") or (said[-1]["language"] if said else view.language)
    return voice_id or runtime.settings.elevenlabs_voice_id, language


def _filler(runtime: Runtime, request: DocumentRequest, voice_id: str, language: str) -> Spoken:
    filler = FILLERS[request.document % len(FILLERS)]
    ready = fixed_ready(runtime, filler, voice_id, language)
    if not ready:
        start_fixed(runtime, filler, voice_id, language)
    url = fixed_url(runtime, filler, voice_id, language) if ready else None
    return Spoken(phrase(filler, language), url)


def _closing(
    runtime: Runtime, request: DocumentRequest, items: list[Item], closing: Mapping[str, Any], language: str
) -> str:
    settings = runtime.settings
    match closing["kind"]:
        case "hang_up":
            return twiml.hang_up(items, language=language)
        case "transfer":
            return twiml.transfer(
                items,
                # A turn that was closed by an older version names one number as a text.
                to=[closing["to"]] if isinstance(closing["to"], str) else closing["to"],
                at_once=bool(closing.get("at_once")),
                action=urls.transfer_url(settings, request.turn + 1),
                caller_id=request.ours,
                ring_s=closing["ring_s"],
                time_limit_s=closing["time_limit_s"],
                language=language,
            )
        case _:
            listening = Listening(
                action=urls.turn_url(settings, request.turn + 1, 0),
                mode=ListenMode(closing.get("mode", ListenMode.SPEECH_AND_KEYS)),
                hints=tuple(closing.get("hints", ())),
                timeout_s=closing.get("timeout_s", 6),
            )
            return twiml.listen(items, listening, language=language)
