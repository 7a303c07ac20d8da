"""Every recorded session of ElevenLabs' websockets, replayed to the adapter by a server on this machine."""

import threading

import pytest

from tests.providers.scripted_socket import scripted_socket
from tests.vectors import PROVIDERS, read
from voicebot.providers.elevenlabs.account import ElevenLabsAccount
from voicebot.providers.elevenlabs.formats import SpokenFormat
from voicebot.providers.elevenlabs.socket_speaker import SocketSpeaker, SocketTimes
from voicebot.providers.ports import Outcome, ProviderError

MULTI = {each["id"]: each["frames"] for each in read(PROVIDERS / "elevenlabs_multi_stream.json")["sessions"]}
SINGLE = {each["id"]: each for each in read(PROVIDERS / "elevenlabs_stream_input.json")["sessions"]}
FRIDAY = "Your appointment is on Friday."
TIMES = SocketTimes(first_audio_s=10.0, tail_s=0.05, quiet_s=0.1)


@pytest.fixture
def server():
    with scripted_socket() as told:
        yield told
    assert told.faults == []


def opened(server, times=TIMES):
    speaker = SocketSpeaker(ElevenLabsAccount("key", server.url), "default-voice", SpokenFormat(), times)
    return speaker.open("v1", "en-US")


def spoken(call, text, before=""):
    """Say a sentence to its end; return its milliseconds and the characters whose times came."""
    chunks = list(call.say(text, before=before))
    return sum(len(chunk.audio) for chunk in chunks) // 8, [char for chunk in chunks for char in chunk.chars]


def every_char(text, each_ms=60):
    """As the times of a sentence come: its own characters, and the space behind it."""
    return [(place, place * each_ms) for place in range(len(text) + 1)]


def test_a_normal_session(server):
    server.will(MULTI["ms-normal"])
    call = opened(server)

    assert spoken(call, FRIDAY) == (1860, every_char(FRIDAY))
    assert spoken(call, "Shall I confirm it?", before=FRIDAY) == (1200, every_char("Shall I confirm it?"))
    assert spoken(call, "Goodbye.") == (540, every_char("Goodbye."))
    call.close()

    (session,) = server.sessions
    assert session.over.wait(5)
    assert session.code == 1000
    assert session.headers["xi-api-key"] == "key"
    assert session.path == (
        "/v1/text-to-speech/v1/multi-stream-input?model_id=eleven_flash_v2_5&output_format=ulaw_8000"
        "&auto_mode=true&sync_alignment=true&inactivity_timeout=180&language_code=en"
    )


def test_a_barge_in(server):
    server.will(MULTI["ms-barge-in"])
    call = opened(server)
    first = call.say(FRIDAY)
    heard = next(first)

    call.drop()

    assert len(heard.audio) // 8 == 1860
    assert list(first) == []
    assert spoken(call, "Of course.") == (660, every_char("Of course."))
    call.close()


def reading(stream):
    """Read a sentence in a thread of its own, as a line does; returns what came and the thread."""
    came = []

    def run():
        try:
            came.extend(stream)
        except ProviderError as failure:
            came.append(failure)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return came, thread


def test_a_speculation_that_is_dropped(server):
    server.will(MULTI["ms-speculation-dropped"])
    call = opened(server)
    came, reader = reading(call.say(FRIDAY))
    assert server.next_session().took(2)

    call.drop()

    reader.join(5)
    assert came == []
    assert server.sessions[0].took(3)
    call.close()


def test_an_idle_answer_is_kept(server):
    frames = [frame for frame in MULTI["ms-keepalive"] if frame[0] == "send"]
    spoken_first = [frames[0], ["send", {"text": "One moment. ", "context_id": "$c1", "flush": True}]]
    sound = ["recv", {"audio": "@audio:ulaw:720", "contextId": "$c1"}]
    server.will([*spoken_first, sound, *frames[1:]])
    call = opened(server, SocketTimes(first_audio_s=10.0, quiet_s=0.05, keep_every_s=0.2))

    spoken(call, "One moment.")

    assert server.next_session().took(4)
    call.close()


REFUSED, UNKNOWN = Outcome.REFUSED, Outcome.UNKNOWN
CONFIRM = "Shall I confirm it?"
WHOLE = (1860, every_char(FRIDAY))
# What a call hears of each session: milliseconds and times of each sentence, or why there was none; `unwell` tells the other calls.
HEARD = {
    "ms-snake-case": [WHOLE],
    "ms-error-contexts": [("max_active_conversations", UNKNOWN, False)],
    "ms-error-settings-late": [("closed_1008", UNKNOWN, True)],
    "ms-error-idle": [WHOLE],
    "si-normal": [WHOLE, (1200, every_char(CONFIRM))],
    "si-absolute-times": [WHOLE, (1200, every_char(CONFIRM))],
    "si-flush-and-keepalive": [(720, every_char("One moment.")), (660, every_char("Thank you."))],
    "si-audio-without-alignment": [(300, [])],
    "si-error-idle": [("input_timeout_exceeded", UNKNOWN, False)],
    "si-error-message": [("invalid_input_message", REFUSED, False)],
    "si-error-abuse": [("detected_unusual_activity", REFUSED, True)],
    "si-error-quota": [("quota_exceeded", REFUSED, True)],
    "si-error-silent": [("empty", UNKNOWN, True)],
    "si-error-key-close": [("invalid_api_key", REFUSED, True)],
    "si-error-key-http": [("invalid_api_key", REFUSED, True)],
    "si-error-cut": [(400, "dropped", UNKNOWN, True)],
    "si-interrupted": [WHOLE],
}
BY_HAND = {"ms-normal", "ms-barge-in", "ms-speculation-dropped", "ms-keepalive"}


def script_of(frames):
    """Turn a session into one that our adapter may take part in: each text in a context, flushed; its ends are not ours to wait for."""
    if frames[0][0] == "http":
        return frames, [FRIDAY]
    script = [
        [
            "send",
            {
                "text": " ",
                "context_id": "$c1",
                "voice_settings": {"stability": 0.5, "similarity_boost": 0.75},
            },
        ]
    ]
    texts = [body["text"] for kind, body, *_ in frames if kind == "send" and body.get("text", "").strip()]
    asked = [["send", {"text": text, "context_id": "$c1", "flush": True}] for text in texts or [f"{FRIDAY} "]]
    for kind, body, *_ in frames:
        if asked and ((kind == "send" and body.get("text", "").strip()) or (kind != "send" and not texts)):
            script.append(asked.pop(0))
        if kind == "recv":
            script.append(
                ["recv", body if "error" in body or "context_id" in body else body | {"contextId": "$c1"}]
            )
        elif kind == "close":
            script.append([kind, body])
    return script, [text.strip() for text in texts or [FRIDAY]]


def told(came):
    """Sum up what one sentence brought."""
    chunks = [one for one in came if not isinstance(one, ProviderError)]
    ms, chars = sum(len(chunk.audio) for chunk in chunks) // 8, [char for one in chunks for char in one.chars]
    if len(chunks) == len(came):
        return ms, chars
    failure = came[-1]
    return (*([ms] if ms else []), failure.code, failure.outcome, failure.unwell)


@pytest.mark.parametrize("name", HEARD)
def test_what_a_call_hears_of_a_session(server, name):
    script, texts = script_of(MULTI[name] if name in MULTI else SINGLE[name]["frames"])
    # Where one socket fails, a sentence of which nothing was heard is tried on another one.
    server.will(script, script)
    call, before, sentences = opened(server), "", []
    for number, text in enumerate(texts):
        sentences.append(reading(call.say(text, before=before)))
        before = f"{before} {text}".strip()
        if script[0][0] != "http" and number + 1 < len(texts):
            server.sessions or server.next_session()
            assert server.sessions[0].took(number + 2)
    for _, reader in sentences:
        reader.join(5)

    assert [told(came) for came, _ in sentences] == HEARD[name]
    call.close()


def test_every_recorded_session_is_replayed():
    assert {*MULTI, *SINGLE} == {*HEARD, *BY_HAND}
