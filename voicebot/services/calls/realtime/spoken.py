"""One answer of an engine: its text becomes sentences, and its single stream of sound is divided among them.

No mark shows where a sentence ends in the sound, so each sentence gets the share of its characters, and the last one
the rest. The caller hears the whole sound in any case; only the book of what was heard depends on the division.
"""

import queue
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from voicebot.providers.clips import CHARS_PER_S
from voicebot.providers.ports.speaker import CallSpeaker, SpokenChunk, SpokenStream
from voicebot.services.calls.media.playout import Cut
from voicebot.transports.audio import PHONE_HZ


@dataclass
class SentenceSound:
    """What was said of a sentence, as it comes: from any thread into `pieces`, None at the end."""

    gen: int
    seq: int
    text: str
    length: int = 0
    over: bool = False
    claimed: bool = False
    """The line's voice has it."""
    broken: bool = False
    """The engine failed: somebody else has to say the rest."""
    pieces: "queue.SimpleQueue[bytes | None]" = field(default_factory=queue.SimpleQueue)

    @property
    def expected(self) -> int:
        """Return how much sound its characters take."""
        return int(len(self.text) / CHARS_PER_S * PHONE_HZ)

    def add(self, audio: bytes) -> None:
        """Take a piece more."""
        self.length += len(audio)
        self.pieces.put(audio)

    def end(self, *, broken: bool = False) -> None:
        """Nothing more comes."""
        if not self.over:
            self.over, self.broken = True, broken
            self.pieces.put(None)

    def unsaid(self) -> str:
        """Return the text from the word on that was not said to its end."""
        place = min(int(self.length / PHONE_HZ * CHARS_PER_S), len(self.text))
        return self.text[self.text.rfind(" ", 0, place) + 1 :] if place < len(self.text) else ""


class EngineSpeech:
    """The `SpokenStream` of one sentence; `voice` says the part that a broken engine left out."""

    def __init__(self, sound: SentenceSound, voice: CallSpeaker) -> None:
        self._sound, self._voice = sound, voice
        self._rest: SpokenStream | None = None
        self._closed = False

    def __iter__(self) -> Iterator[SpokenChunk]:
        return self

    def __next__(self) -> SpokenChunk:
        """Return the next piece. Raises ProviderError where the voice fails too."""
        if self._rest is None:
            audio = None if self._closed else self._sound.pieces.get()
            if audio is not None:
                return SpokenChunk(audio)
            if self._closed or not self._sound.broken or not (rest := self._sound.unsaid()):
                raise StopIteration
            self._rest = self._voice.say(rest)
        chunk = next(self._rest)
        return SpokenChunk(chunk.audio)

    def close(self) -> None:
        """Stop it."""
        self._closed = True
        self._sound.pieces.put(None)
        if self._rest is not None:
            self._rest.close()


class EngineVoice:
    """`CallSpeaker` that says the engine's own sentences with its sound, and all other words with `voice`."""

    def __init__(self, sound_of: Callable[[str], SentenceSound | None], voice: CallSpeaker) -> None:
        self._sound_of, self._voice = sound_of, voice

    def say(self, text: str, *, before: str = "", speculative: bool = False) -> SpokenStream:
        """Say a sentence."""
        sound = self._sound_of(text)
        if sound is None:
            return self._voice.say(text, before=before, speculative=speculative)
        return EngineSpeech(sound, self._voice)

    def drop(self) -> None:
        """Drop the sound that is not delivered yet. A sentence of the engine is dropped by its reader."""
        self._voice.drop()

    def close(self) -> None:
        """Give the voice back."""
        self._voice.close()


class SpokenAnswer:
    """An answer in the making; guarded by its line's lock."""

    def __init__(self, id: str) -> None:
        self.id = id
        self.sentences: list[SentenceSound] = []
        self.parts: list[tuple[str, int]] = []
        """The engine's names of its parts, and where each begins in the sound."""
        self.length = 0
        self.ended = self.cancelled = self.complete = False
        self._now = 0
        """The sentence to which sound goes."""
        self._early: list[bytes] = []

    def sounds(self, item: str, audio: bytes) -> None:
        """Take sound of a part."""
        if not self.parts or self.parts[-1][0] != item:
            self.parts.append((item, self.length))
        self.length += len(audio)
        self._early.append(audio)
        self._give()

    def says(self, sentence: SentenceSound) -> None:
        """Take a sentence more."""
        self.sentences.append(sentence)
        self._give()

    def end(self, *, broken: bool = False) -> None:
        """Nothing more comes."""
        self.ended = True
        self._give()
        for sentence in self.sentences:
            sentence.end(broken=broken)

    def _give(self) -> None:
        """Give sound to the present sentence; the next one begins where this one should be over."""
        while self._early and self._now < len(self.sentences):
            sentence = self.sentences[self._now]
            audio = self._early.pop(0)
            has_next = self._now + 1 < len(self.sentences)
            room = sentence.expected - sentence.length
            if has_next and len(audio) > room:
                self._early.insert(0, audio[max(0, room) :])
                audio = audio[: max(0, room)]
            if audio:
                sentence.add(audio)
            if has_next and sentence.length >= sentence.expected:
                sentence.end()
                self._now += 1

    def places(self) -> Iterator[tuple[str, int, int]]:
        """Yield its parts, and where each begins and ends in the sound."""
        ends = [begins for _, begins in self.parts[1:]] + [self.length]
        for (item, begins), end in zip(self.parts, ends, strict=True):
            yield item, begins, end

    def heard_of(self, cuts: Iterable[Cut]) -> int:
        """Return how many bytes of it were heard; `cuts`: the utterances that were not heard to their end."""
        played = {(cut.gen, cut.seq): cut.played for cut in cuts}
        for sentence in self.sentences:
            if (key := (sentence.gen, sentence.seq)) in played:
                return self._before(sentence) + played[key]
        return sum(sentence.length for sentence in self.sentences)

    def _before(self, sentence: SentenceSound) -> int:
        return sum(each.length for each in self.sentences[: self.sentences.index(sentence)])
