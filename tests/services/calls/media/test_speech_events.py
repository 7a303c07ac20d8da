"""Who spoke when: what is kept of a call agrees with what the caller said and heard."""

import pytest

from tests.services.calls.media.clockwork import BEGAN
from tests.services.calls.media.world import Says, World
from voicebot.domain.call.actions import Speaker
from voicebot.domain.call.turn import SpeechSpan
from voicebot.services.calls.media.bot_lane import word_times

NEAR_MS = 60.0


def spans(world: World, side: Speaker) -> list[tuple[float, float]]:
    """What the entries kept, in milliseconds; of a span that has grown its last form."""
    kept: dict[float, float] = {}
    for span in told(world):
        if span.side is side:
            begins, ends = ((at - BEGAN).total_seconds() * 1000 for at in (span.began_at, span.ended_at))
            kept[begins] = max(ends, kept.get(begins, 0.0))
    return sorted(kept.items())


def told(world: World) -> list[SpeechSpan]:
    results = {id(entry.results): entry.results for entry in world.entries}
    return [span for each in results.values() for span in each.speech]


def heard(world: World) -> list[tuple[float, float]]:
    """What came out of the caller's telephone, without the pauses in it."""
    runs: list[tuple[float, float]] = []
    for begins, ends, _ in sorted(world.played):
        if runs and begins <= runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], max(runs[-1][1], ends))
        elif ends > begins:
            runs.append((begins, ends))
    return runs


def near(found: list[tuple[float, float]], wanted: list[tuple[float, float]]) -> bool:
    return len(found) == len(wanted) and all(
        abs(a - b) <= NEAR_MS
        for one, other in zip(found, wanted, strict=True)
        for a, b in zip(one, other, strict=True)
    )


@pytest.mark.parametrize(
    "script",
    [
        (Says(3000, "when do you open tomorrow"),),
        (Says(3000, "when do you open tomorrow"), Says(7000, "no wait I mean on sunday")),
    ],
    ids=["a question", "a barge-in"],
)
def test_both_sides_are_kept_as_they_were_said_and_heard(script: tuple[Says, ...]) -> None:
    world = World(script=script, answers=("We open at eight in the morning. Is there anything else?",)).run(
        16_000
    )

    said = [(float(each.at_ms), float(each.ends_ms)) for each in script]
    assert near(spans(world, Speaker.CALLER), said)
    assert near(spans(world, Speaker.BOT), heard(world))


def test_the_words_of_an_answer_stand_where_the_voice_said_them() -> None:
    text, points = "We open at eight.", [(0, 0), (180, 3), (420, 8), (560, 11)]

    assert word_times(text, points) == [(0.0, "We"), (180.0, "open"), (420.0, "at"), (560.0, "eight.")]
    assert word_times(text, []) == []
