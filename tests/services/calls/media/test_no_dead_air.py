"""Whatever fails in the middle of a call on Media Streams, the caller hears something within four seconds."""

from dataclasses import replace

import pytest

from tests.services.calls.media.world import Faults, Says, World
from voicebot.domain.call import events
from voicebot.domain.call.state import Phase

QUESTION = Says(3000, "when do you open tomorrow morning?")
AGAIN = Says(24_000, "and on sundays please")
OWED_MS = 4000


def owed_silence_ms(world: World) -> float:
    """The longest silence that we owed: after words or a silence of the caller, until we had said what we had to say."""
    silences = world.when(events.SilencePassed)
    starts = [each.at_ms for each in world.script if isinstance(each, Says) and each.words]
    worst = 0.0
    for owed in [each.ends_ms for each in world.script if isinstance(each, Says) and each.words] + silences:
        until = min((at for at in [*silences, *starts] if at > owed), default=world.clock.now_ms)
        at, sounds = float(owed), [(b, e) for b, e, _ in sorted(world.played) if e > owed and b < until]
        sounds += [(at, at) for at, _ in world.did if owed < at < until]
        for begins, ends in sorted(sounds):
            worst = max(worst, begins - at)
            at = max(at, ends)
        if not any(owed <= given < until for given in world.word_given) and not world.did:
            worst = max(worst, until - at)
    return worst


@pytest.mark.parametrize(
    "faults",
    [
        Faults(model="slow"),
        Faults(model="429"),
        Faults(model="quota"),
        Faults(model="empty"),
        Faults(model="cut"),
        Faults(voice="429"),
        Faults(voice="cut"),
        Faults(voice="silent"),
        Faults(voice="slow"),
        Faults(voice="stuck"),
        Faults(transcriber="dead"),
        Faults(transcriber="slow"),
        Faults(transcriber="garbage"),
    ],
    ids=str,
)
@pytest.mark.parametrize("has_clips", [True, False], ids=["clips", "no clips"])
def test_no_fault_is_a_silence(faults: Faults, has_clips: bool) -> None:
    for until_ms in (10_000.0, float("inf")):
        failing = replace(faults, until_ms=until_ms)
        world = World([QUESTION, AGAIN], faults=failing, has_clips=has_clips).run(75_000)

        assert owed_silence_ms(world) <= OWED_MS
        state = world.owner.state
        assert state.phase in (Phase.LISTENING, Phase.ENDED, Phase.TRANSFERRING) or world.did


@pytest.mark.parametrize("fault", ["429", "cut", "silent", "slow"])
def test_a_second_voice_says_what_the_first_does_not(fault: str) -> None:
    world = World([QUESTION], faults=Faults(voice=fault), has_spare=True).run(12_000)

    assert owed_silence_ms(world) <= OWED_MS
    assert world.did == []
    heard = [entry.heard_text for entry in world.owner.state.history if entry.gen == 1]
    assert heard == ["We open at eight.", "Is there anything else?"]
