"""Fixed phrases as mu-law: made once, found by other processes, and never half."""

import threading

from tests.support.waiting import wait_for
from voicebot.providers.clips import ClipStore
from voicebot.providers.phone_clips import PhoneClips
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.transports.audio import pcm16_to_ulaw


class Voice:
    """Speaks in the formats that it has, when it may."""

    def __init__(self, sounds, failure=None):
        self.sounds, self.failure, self.asked = sounds, failure, []
        self.may = threading.Event()
        self.may.set()

    def stream(self, text, *, voice_id, audio_format, model_id=None):
        self.asked.append((text, voice_id, audio_format))
        return self._spoken(audio_format)

    def _spoken(self, audio_format):
        assert self.may.wait(5)
        if audio_format not in self.sounds:
            raise ProviderError("voice", "invalid_output_format", Outcome.REFUSED)
        yield from self.sounds[audio_format]
        if self.failure:
            raise self.failure

    def list_voices(self):
        return []


MU_LAW = {"ulaw_8000": [b"\xff" * 80, b"\x01" * 80]}
WHOLE = b"\xff" * 80 + b"\x01" * 80


def frames(clips, key="fixed-hello"):
    """Ask until it is there."""
    wait_for(lambda: clips.frames(key, "Hello.", "v") is not None)
    return clips.frames(key, "Hello.", "v")


def test_a_phrase_is_made_once_and_nobody_waits_for_it(tmp_path):
    voice = Voice(MU_LAW)
    voice.may.clear()
    store = ClipStore(tmp_path, voice, voice)

    assert [store.frames("fixed-hello", "Hello.", "v") for _ in range(3)] == [None] * 3
    voice.may.set()
    wait_for(lambda: store.frames("fixed-hello", "Hello.", "v") is not None)

    assert store.frames("fixed-hello", "Hello.", "v") == WHOLE
    assert voice.asked == [("Hello.", "v", "ulaw_8000")]


def test_another_process_finds_it_and_sweeping_leaves_it(tmp_path):
    first, second = Voice(MU_LAW), Voice({})
    frames(PhoneClips(tmp_path, first))
    wait_for(lambda: list(tmp_path.glob("*.ulaw")))

    ClipStore(tmp_path, second, second).sweep(now=4e9)

    assert frames(PhoneClips(tmp_path, second)) == WHOLE
    assert second.asked == []


def test_a_plan_without_mu_law_gets_it_from_pcm(tmp_path):
    pcm = bytes(16000)

    sound = frames(PhoneClips(tmp_path, Voice({"pcm_16000": [pcm[:999], pcm[999:]]})))

    assert sound == pcm16_to_ulaw(bytes(8000))


def test_half_a_phrase_is_kept_nowhere_and_asked_for_again_later(tmp_path):
    voice = Voice(MU_LAW, ProviderError("voice", "cut", Outcome.UNKNOWN))
    clips = PhoneClips(tmp_path, voice, try_again_s=0.05)
    clips.frames("fixed-hello", "Hello.", "v")
    wait_for(lambda: voice.asked)

    voice.failure = None

    assert frames(clips) == WHOLE
    assert [file.suffix for file in tmp_path.iterdir()] == [".ulaw"]


def test_memory_holds_the_latest_phrases(tmp_path):
    voice = Voice(MU_LAW)
    clips = PhoneClips(tmp_path, voice, most_in_memory=300)

    for key in ("fixed-a", "fixed-b", "fixed-a"):
        assert frames(clips, key) == WHOLE

    # The first was read from the disk again.
    assert len(voice.asked) == 2
