"""A sentence is heard to its end whatever the voice does: over HTTP and on a socket, against the stand-in with its knobs and switches."""

import time
from collections.abc import Iterator

import pytest

from simulator.providers.switches import SWITCHES as EVERY_SWITCH
from simulator.tests.providers.stand_ins import RACHEL, StandIns, app_with, serving
from voicebot.providers.elevenlabs.account import ElevenLabsAccount
from voicebot.providers.elevenlabs.formats import SpokenFormat
from voicebot.providers.elevenlabs.socket_speaker import SocketSpeaker, SocketTimes
from voicebot.providers.elevenlabs.speaker import ElevenLabsSpeaker
from voicebot.providers.local.speaker import LocalSpeaker
from voicebot.providers.local.voice import LocalVoice
from voicebot.providers.speakers import SpeakersInTurn

TEXT = "Your appointment is on Friday at nine in the morning."
FIRST_S = 0.5
FAULTS = {
    "none": {},
    "a slow start": {"mode": "slow", "delay_s": 5},
    "a pause in the middle": {"mode": "slow", "delay_s": 5, "after_chars": 9000},
    "an error": {"mode": "fail", "status": 500},
    "too many at once": {"mode": "rate_limit"},
    "no credits": {"mode": "quota"},
    "a cut": {"mode": "cut", "after_chars": 9000},
    "a cut at once": {"mode": "cut", "after_chars": 0},
    "garbage": {"mode": "garbage"},
    "silence": {"mode": "timeout"},
}
SWITCHES = [
    {},
    {"tts_alignment_base": "absolute", "tts_alignment_names": "charsDurationsMs", "tts_multi_names": "snake"},
    {"tts_final": "nulls", "tts_ws_quota": "silence", "tts_quota_http": "401", "ulaw_8000": "refused"},
]


@pytest.fixture(scope="module")
def running() -> Iterator[StandIns]:
    with serving(app_with()) as stand_ins:
        yield stand_ins


@pytest.fixture(params=["http", "socket"])
def make_speaker(request, running):
    """Make a speaker that waits so long for sound, with this machine's voice behind it."""

    def make(first_s):
        account = ElevenLabsAccount("key", f"{running.url}/elevenlabs")
        if request.param == "http":
            best = ElevenLabsSpeaker(account, RACHEL, SpokenFormat(), first_audio_s=first_s)
        else:
            best = SocketSpeaker(account, RACHEL, SpokenFormat(), SocketTimes(first_audio_s=first_s))
        return SpeakersInTurn([("best", best), ("local", LocalSpeaker(LocalVoice()))])

    yield make
    running.turn(target="voice", mode="ok")
    running.switch(**{name: values[0] for name, values in EVERY_SWITCH.items()})


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_sentence_is_heard_to_its_end(running, make_speaker, fault):
    if fault:
        running.turn(target="voice", **fault)
    call = make_speaker(FIRST_S).open(RACHEL, "en")

    began, sound, first_s = time.monotonic(), 0, None
    for chunk in call.say(TEXT):
        first_s = first_s or time.monotonic() - began
        sound += len(chunk.audio)
    call.close()

    assert 2.0 < sound / 8000 < 6.0
    assert first_s < 4.0


@pytest.mark.parametrize("switches", SWITCHES, ids=["as documented", "as seen", "a low plan"])
def test_every_way_in_which_a_server_may_answer_gives_the_same_times(running, make_speaker, switches):
    running.switch(**switches)
    call = make_speaker(10.0).open(RACHEL, "en")

    for text, before in ((TEXT, ""), ("Shall I confirm it?", TEXT)):
        chunks = list(call.say(text, before=before))
        chars = [char for chunk in chunks for char in chunk.chars]
        sound_ms = sum(len(chunk.audio) for chunk in chunks) / 8
        assert [index for index, _ in chars][: len(text)] == list(range(len(text)))
        assert [ms for _, ms in chars] == sorted(ms for _, ms in chars)
        assert chars[0][1] == 0
        assert 0.9 * sound_ms < chars[-1][1] < sound_ms
    call.close()
