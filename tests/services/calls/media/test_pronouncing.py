"""A word that a template spells for the voice is said so, and is the written word for everybody else."""

from dataclasses import replace

import pytest

from tests.domain.call.call_driver import SETUP
from tests.services.calls.media.world import Says, World
from voicebot.domain.call.events import Heard
from voicebot.domain.call.utterances import Role
from voicebot.providers.ports.speaker import SpokenChunk
from voicebot.services.calls.media.pronouncing import PronouncingSpeaker

QUESTION = Says(3000, "when do you open tomorrow morning?")
SAYS = (("Saoirse", "Seer-sha"), ("Ng", "an extraordinarily long Ing"))


def heard_texts(world: World) -> list[str]:
    return [entry.heard_text or "" for entry in world.owner.state.history if entry.role is Role.BOT]


def test_the_voice_reads_the_spelling_and_history_and_reports_keep_the_word() -> None:
    answer = "Ask Saoirse about it. Is there anything else?"
    setup = replace(SETUP, pronunciations=SAYS)

    world = World([QUESTION], answers=[answer], setup=setup).run(12_000)

    assert "Ask Seer-sha about it." in world.utterances
    assert heard_texts(world)[-2:] == ["Ask Saoirse about it.", "Is there anything else?"]
    assert [event.chars for event in world.told(Heard)][1:] == [
        len("Ask Saoirse about it."),
        len("Is there anything else?"),
    ]


def test_what_was_heard_of_an_interrupted_word_is_counted_in_the_written_text() -> None:
    sentence = "Ng repairs every bicycle in this town and in the next one."
    setup = replace(SETUP, pronunciations=SAYS)

    world = World(
        [QUESTION, Says(7000, "wait a moment please")], answers=[sentence, "Yes?"], setup=setup
    ).run(14_000)

    heard = heard_texts(world)[1]
    assert heard and sentence.startswith(heard) and heard != sentence


class Alphabet:
    """A voice that tells the time of every character."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def open(self, voice_id: str, language: str) -> "Alphabet":
        return self

    def say(self, text: str, *, before: str = "", speculative: bool = False) -> "Letters":
        self.asked.append((text, before))
        return Letters(text)

    def drop(self) -> None: ...

    def close(self) -> None: ...


class Letters:
    def __init__(self, text: str) -> None:
        self._left = list(enumerate(text))

    def __iter__(self) -> "Letters":
        return self

    def __next__(self) -> SpokenChunk:
        if not self._left:
            raise StopIteration
        index, _ = self._left.pop(0)
        return SpokenChunk(b"\xff" * 80, ((index, index * 10),))

    def close(self) -> None: ...


@pytest.mark.parametrize("text", ["Ask Ng now.", "Saoirse", "Ng Ng", "Nobody."])
def test_times_of_characters_rise_and_end_with_the_written_text(text: str) -> None:
    voice = Alphabet()

    stream = PronouncingSpeaker(voice, SAYS).open("anna", "en").say(text, before="Saoirse asked.")
    chars = [char for chunk in stream for char in chunk.chars]

    indexes = [index for index, _ in chars]
    assert indexes == sorted(set(indexes))
    assert indexes[0] == 0 and indexes[-1] <= len(text) - 1
    assert [at_ms for _, at_ms in chars] == sorted(at_ms for _, at_ms in chars)
    assert voice.asked[0][1] == "Seer-sha asked."


def test_a_voice_gets_figures_in_words_of_its_language_and_what_was_heard_is_as_it_is_written() -> None:
    voice = Alphabet()

    stream = PronouncingSpeaker(voice, ()).open("anna", "de").say("Um 14:30 Uhr.", before="Code 4711?")
    indexes = [index for chunk in stream for index, _ in chunk.chars]

    assert voice.asked[-1] == ("Um vierzehn Uhr drei\u00dfig.", "Code vier sieben eins eins?")
    assert indexes == sorted(set(indexes)) and indexes[-1] == len("Um 14:30 Uhr.") - 1
