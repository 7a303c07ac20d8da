import threading

import pytest

from voicebot.providers.elevenlabs.admission import AdmittedVoice
from voicebot.providers.ports import Outcome, ProviderError


class SteppedVoice:
    """Says one byte, then waits for the test; counts how many speak at the same time."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.speaking = self.most = 0
        self._lock = threading.Lock()

    def stream(self, text, *, voice_id, audio_format, model_id=None):
        with self._lock:
            self.speaking += 1
            self.most = max(self.most, self.speaking)
        try:
            yield b"a"
            self.go_on.wait(2)
            if text == "fails":
                raise ProviderError("p", "dropped", Outcome.UNKNOWN)
            yield b"b"
        finally:
            with self._lock:
                self.speaking -= 1

    def list_voices(self):
        return []


@pytest.fixture
def inner() -> SteppedVoice:
    return SteppedVoice()


def begin(voice, text="x"):
    audio = voice.stream(text, voice_id="v", audio_format="f")
    assert next(audio) == b"a"
    return audio


def test_what_comes_beyond_the_limit_is_not_sent(inner):
    voice = AdmittedVoice(inner, limit=2, wait_s=0.05)
    held = [begin(voice), begin(voice)]

    with pytest.raises(ProviderError) as failure:
        begin(voice)

    assert (failure.value.code, failure.value.outcome) == ("busy_here", Outcome.NOT_SENT)
    assert inner.most == len(held)


@pytest.mark.parametrize("how", ["to its end", "by a failure", "by closing"])
def test_a_place_is_free_again_however_an_utterance_ends(inner, how):
    voice = AdmittedVoice(inner, limit=1, wait_s=0.05)
    audio = begin(voice, "fails" if how == "by a failure" else "x")
    inner.go_on.set()

    if how == "by closing":
        audio.close()
    elif how == "by a failure":
        with pytest.raises(ProviderError):
            list(audio)
    else:
        list(audio)

    assert inner.speaking == 0
    begin(voice).close()


def test_an_utterance_that_is_never_begun_takes_no_place(inner):
    voice = AdmittedVoice(inner, limit=1, wait_s=0.05)

    voice.stream("x", voice_id="v", audio_format="f")

    begin(voice).close()


def test_a_place_that_becomes_free_in_time_is_taken(inner):
    voice = AdmittedVoice(inner, limit=1, wait_s=2.0)
    inner.go_on.set()
    heard: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: heard.extend(voice.stream("x", voice_id="v", audio_format="f")))
        for _ in range(6)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)

    assert inner.most == 1
    assert b"".join(heard) == b"ab" * 6
