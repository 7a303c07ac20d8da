"""What a call hears: Say, Play and Pause (handbook 2.2)."""

from collections.abc import Callable

from simulator.carrier.live_call import LiveCall, Never
from simulator.carrier.twiml.reader import Document, Verb
from simulator.carrier.twiml.sound import MEDIA_TYPES, NotAudio, duration_s, spoken_s
from simulator.carrier.twiml.steps import VerbFailed, absolute
from simulator.carrier.wire.media import Clip
from simulator.carrier.wire.overrides import split_overrides
from simulator.carrier.wire.webhooks import MAX_MEDIA_BYTES, WebhookFailed, WebhookRequest

ENDLESS = 1000
"""`loop="0"` means a thousand times."""

ERROR_MESSAGE = "We are sorry. An application error has occurred. Goodbye."
"""What a caller hears when TwiML failed and no fallback helped (handbook 1.2)."""

VOICED_AS = "mp3_22050_32"

Stop = Callable[[], bool]


def speak(call: LiveCall, document: Document, verb: Verb, stop: Stop = Never) -> bool:
    """Carry out one Say, Play or Pause; True when `stop()` cut it off. Raises VerbFailed."""
    if verb.name == "Say":
        return say(call, verb, stop)
    if verb.name == "Play":
        return play(call, document, verb, stop)
    return pause(call, verb, stop)


def say(call: LiveCall, verb: Verb, stop: Stop = Never) -> bool:
    """Speak the text of the verb."""
    limit = call.exchange.knobs.current.say_limit
    if not verb.text:
        call.alert(13520, "Say: Invalid text", level="warning")
        return False
    if limit and len(verb.text) > limit:
        raise VerbFailed(13520, f"Say: Invalid text: more than {limit} characters")
    call.pick_up()
    return voice(call, verb.text, loops=_loops(verb), voice_name=verb.attributes.get("voice", ""), stop=stop)


def voice(call: LiveCall, text: str, *, loops: int = 1, voice_name: str = "", stop: Stop = Never) -> bool:
    """Let the carrier's own voice say something; True when it was cut off."""
    # The bot has spoken from here on: how long the voicing takes is the carrier's time, not its.
    call.ear.hears("say")
    audio, seconds = b"", spoken_s(text)
    if call.exchange.synthesize is not None and not call.pace.compressed:
        audio = call.exchange.synthesize(text, voice_name, VOICED_AS)
        seconds = duration_s(audio, "audio/mpeg")
    return call.sound(
        "say",
        text,
        seconds * loops,
        stop,
        voice=voice_name,
        audio=audio or None,
        content_type="audio/mpeg" if audio else "",
    )


def play(call: LiveCall, document: Document, verb: Verb, stop: Stop = Never) -> bool:
    """Download the whole file, then play it; without a URL `digits` are played as tones [K]."""
    digits = verb.attributes.get("digits", "")
    if not verb.text and digits:
        call.pick_up()
        seconds = sum(0.5 if key == "w" else 1.0 if key == "W" else 0.1 for key in digits)
        return call.sound("play", None, seconds, stop)
    call.pick_up()
    url = absolute(document, verb.text)
    try:
        clip = _download(call, url)
        seconds = duration_s(clip.audio, clip.content_type)
    except (WebhookFailed, NotAudio, VerbFailed) as failure:
        return _unplayable(call, url, failure)
    text = call.exchange.recognise(clip.audio)
    return call.sound(
        "play", text, seconds * _loops(verb), stop, url=url, audio=clip.audio, content_type=clip.content_type
    )


def fetch_clip(call: LiveCall, url: str) -> tuple[Clip, float] | None:
    """Download media of an absolute URL, with its length in seconds; None, with an alert, when it cannot be played."""
    try:
        clip = _download(call, url)
        return clip, duration_s(clip.audio, clip.content_type)
    except (WebhookFailed, NotAudio, VerbFailed) as failure:
        code = 12300 if isinstance(failure, NotAudio) else failure.code
        call.alert(code, str(failure), url, level="warning")
        return None


def pause(call: LiveCall, verb: Verb, stop: Stop = Never) -> bool:
    """Nothing is heard; as the first verb it delays picking up (handbook 2.2)."""
    length_s = float(verb.number("length", 1))
    if call.answered:
        call.ear.owes("pause")
        call.ear.pauses(length_s - call.pace.wall_s(length_s))
    return call.wait(length_s, stop)


def _loops(verb: Verb) -> int:
    return verb.number("loop", 1) or ENDLESS


def _download(call: LiveCall, url: str) -> Clip:
    bare = split_overrides(url)[0]
    clip = call.served_clips.pop(bare, None) or call.exchange.media.get(bare)
    if clip is not None:
        return clip
    request = WebhookRequest(
        "media", url, {}, "GET", call.record.sid, signed=False, max_bytes=MAX_MEDIA_BYTES
    )
    answer = call.fetch(request)
    if answer.content_type not in MEDIA_TYPES:
        raise VerbFailed(12300, f"Invalid Content-Type {answer.content_type!r}", url)
    return call.exchange.media.keep(bare, answer)


def _unplayable(call: LiveCall, url: str, failure: WebhookFailed | NotAudio | VerbFailed) -> bool:
    code = 12300 if isinstance(failure, NotAudio) else failure.code
    if call.exchange.knobs.current.play_failure == "fallback":
        raise VerbFailed(code, str(failure), url)
    call.alert(code, str(failure), url)
    return False
