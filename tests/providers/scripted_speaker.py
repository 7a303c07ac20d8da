"""A speaker that says what it is told, and fails when it is told to."""

from voicebot.providers.ports import Outcome, ProviderError, SpokenChunk
from voicebot.providers.speaking import Speaking

EACH_MS = 60


class Voice:
    """A speaker that says one character in 60 ms, and breaks off after `chars` of them with `failure`."""

    def __init__(self, failure=None, chars=0, times=True):
        self.failure, self.chars, self.times = failure, chars, times
        self.asked, self.opened, self.closed, self.dropped = [], [], 0, 0

    def open(self, voice_id, language):
        self.opened.append((voice_id, language))
        return self

    def say(self, text, *, before="", speculative=False):
        self.asked.append((text, before))
        return Speaking().begin(lambda _: self._spoken(text))

    def _spoken(self, text):
        for place in range(len(text) if self.failure is None else self.chars):
            chars = ((place, place * EACH_MS),) if self.times else ()
            yield SpokenChunk(b"\xff" * EACH_MS * 8, chars)
        if self.failure is not None:
            raise self.failure

    def drop(self):
        self.dropped += 1

    def close(self):
        self.closed += 1


def failure(outcome=Outcome.UNKNOWN, code="dropped", **options):
    return ProviderError("elevenlabs", code, outcome, **options)
