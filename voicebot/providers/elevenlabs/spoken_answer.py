"""The sound of one answer, cut into its sentences: each gets its own mu-law, and its times on its own clock. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from voicebot.providers.elevenlabs.alignment import FollowedText, TimeBase, Timed
from voicebot.providers.ports.speaker import SpokenChunk
from voicebot.transports.audio import PHONE_BYTES_A_MS
from voicebot.transports.ulaw import UlawMaker


@dataclass
class _Sentence:
    begins: int
    """Where it begins in the answer's text."""
    ends: int
    """Behind its last sign there."""
    first_sample: int | None = None


class SpokenAnswer:
    """Sentences that are spoken one after the other in one stream, message by message."""

    def __init__(self, audio_format: str, base: TimeBase) -> None:
        self._maker, self._base = UlawMaker(audio_format), base
        self._text = FollowedText()
        self._sentences: list[_Sentence] = []
        self.now = 0
        """The number of the sentence whose sound comes just now."""
        self._sent = 0
        """Samples that came so far."""
        self._last_ms = 0.0
        """When the last character begins that was told of."""
        self._ended = -1

    def add(self, sentence: str) -> int:
        """Note a sentence that will be spoken next, and return its number."""
        begins = self._text.add(f"{sentence} ")
        self._sentences.append(_Sentence(begins, begins + len(sentence.rstrip())))
        return len(self._sentences) - 1

    def is_whole(self, number: int) -> bool:
        """Whether the times of a sentence's last sign have come, and its sound."""
        told = (
            self._text.at >= self._sentences[number].ends and self._sent >= self._last_ms * PHONE_BYTES_A_MS
        )
        return self.now > number or told

    def take(
        self, audio: bytes, written: Sequence[Timed], spoken: Sequence[Timed]
    ) -> list[tuple[int, SpokenChunk]]:
        """Return what a message brings, with the number of the sentence that it belongs to."""
        first = written or spoken
        base_ms = self._base.offset_ms(first[0][1], self._sent / PHONE_BYTES_A_MS) if first else 0.0
        chars = self._text.take(written=written, spoken=spoken)
        timed = [(index, int(ms + base_ms)) for index, ms in chars]
        self._last_ms = max(self._last_ms, timed[-1][1] if timed else 0.0)
        return self._cut(self._maker.feed(audio), timed)

    def ended(self, number: int) -> None:
        """Take a sentence for over: what comes from now on is the next one's."""
        self._ended = max(self._ended, number)

    def end(self) -> list[tuple[int, SpokenChunk]]:
        """Return the rest of the sound."""
        return self._cut(self._maker.end(), [])

    def _cut(self, sound: bytes, timed: list[tuple[int, int]]) -> list[tuple[int, SpokenChunk]]:
        cut: list[tuple[int, SpokenChunk]] = []
        at, begun = 0, self._sent
        self.now = max(self.now, min(self._ended + 1, len(self._sentences) - 1))
        while self.now + 1 < len(self._sentences):
            following = self._sentences[self.now + 1].begins
            place = next((n for n, (index, _) in enumerate(timed) if index >= following), None)
            if place is None:
                break
            upto = max(at, min(timed[place][1] * PHONE_BYTES_A_MS - begun, len(sound)))
            cut += self._piece(sound[at:upto], timed[:place])
            timed, at = timed[place:], upto
            self.now += 1
        cut += self._piece(sound[at:], timed)
        return cut

    def _piece(self, sound: bytes, timed: list[tuple[int, int]]) -> list[tuple[int, SpokenChunk]]:
        if not self._sentences or not (sound or timed):
            return []
        sentence = self._sentences[self.now]
        if sentence.first_sample is None:
            sentence.first_sample = self._sent
        zero_ms = sentence.first_sample / PHONE_BYTES_A_MS
        chars = tuple((index - sentence.begins, max(0, int(ms - zero_ms))) for index, ms in timed)
        self._sent += len(sound)
        return [(self.now, SpokenChunk(sound, chars))]
