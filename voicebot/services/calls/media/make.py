"""A line of Media Streams, put together from the runtime."""

from collections.abc import Mapping
from typing import Any

from voicebot.domain.answer.respelling import respelt
from voicebot.domain.call.phrases import FILLERS, Phrase, phrase
from voicebot.runtime import Runtime
from voicebot.services.calls.media.line import MediaLine
from voicebot.services.calls.media.parts import LineParts
from voicebot.services.calls.media.pronouncing import PronouncingSpeaker
from voicebot.services.calls.media.rest import RestCarrier
from voicebot.services.calls.realtime.make import engine_of
from voicebot.services.calls.speech import fixed_key, opening_key
from voicebot.services.calls.streams.line import StreamCall, StreamStart
from voicebot.services.calls.streams.socket import StreamSocket
from voicebot.services.calls.streams.tokens import PARAMETER
from voicebot.transports.twilio import media, urls
from voicebot.transports.twilio.media import BadMessage, Started


def make_media_line(runtime: Runtime, socket: StreamSocket, call: StreamCall) -> MediaLine:
    """Return the line of one stream."""
    assert runtime.transcriber is not None and runtime.speaker is not None and runtime.detector is not None
    settings, setup = runtime.settings, call.setup
    carrier = RestCarrier(
        runtime.carriers.of_number(call.ours).telephony,
        socket,
        call.call_sid,
        go_on_url=lambda by_gather: urls.stream_over_url(settings, by_gather=by_gather),
        recording_url=urls.recording_url(settings),
    )

    def clip(which: Phrase, voice_id: str, language: str) -> bytes | None:
        key = fixed_key(which, voice_id, language)
        return runtime.clips.frames(key, phrase(which, language), voice_id)

    def opening(text: str, voice_id: str) -> bytes | None:
        text = respelt(text, setup.pronunciations, setup.language).text
        return runtime.clips.frames(opening_key(text, voice_id), text, voice_id)

    # Made once for each voice, and there when they are needed.
    for filler in FILLERS:
        clip(filler, call.voice_id, call.language)
    rules = setup.turn_rules(ends_turns=runtime.transcriber.ends_turns)
    detector = runtime.detector.open()
    parts = LineParts(
        speaker=PronouncingSpeaker(runtime.speaker, setup.pronunciations),
        transcriber=runtime.transcriber,
        detector=detector,
        rules=rules,
        carrier=carrier,
        clip=clip,
        opening=opening,
        engine=engine_of(runtime, call, detector),
        tape=call.tape,
    )
    return MediaLine(socket, call, parts)


def media_start(message: Mapping[str, Any]) -> StreamStart | None:
    """Return what a stream's `start` says; None for any other message."""
    try:
        said = media.read(message)
    except BadMessage:
        return None
    if not isinstance(said, Started):
        return None
    return StreamStart(said.call_sid, said.stream_sid, said.parameters.get(PARAMETER, ""))
