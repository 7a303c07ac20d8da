"""A call on Media Streams, heard at the caller's ear: it answers, is interrupted, waits, ends."""

from dataclasses import replace

import pytest

from tests.domain.call.call_driver import OPERATOR, SETUP
from tests.services.calls.media.world import Faults, Says, World
from voicebot.domain.call.events import (
    CallerMaybeDone,
    CallerResumed,
    CallerSaid,
    CallerStarted,
    Heard,
    KeyPressed,
    SilencePassed,
)
from voicebot.domain.call.state import EndReason, Phase
from voicebot.domain.call.utterances import Role

GREETING = "Hello, this is the bakery."
QUESTION = Says(3000, "when do you open tomorrow morning?")
WISH = Says(3000, "I would like a cake for saturday")
"""Nothing in it says that it is over."""
LONG = "The bus stops right in front of the shop every ten minutes until midnight."


def heard_texts(world: World) -> list[str]:
    """What the history says that was heard of our words."""
    return [entry.heard_text or "" for entry in world.owner.state.history if entry.role is Role.BOT]


def test_a_question_is_answered_in_sentences_and_everything_is_heard() -> None:
    world = World([QUESTION]).run(12_000)

    assert world.said_to_caller() == [GREETING, "We open at eight.", "Is there anything else?"]
    assert [event.text for event in world.told(CallerSaid)] == [QUESTION.words]
    assert [event.chars for event in world.told(Heard)] == [26, 17, 23]


def test_the_answer_is_begun_before_the_caller_is_known_to_be_done_and_measured() -> None:
    world = World([WISH]).run(12_000)

    assert [event.text for event in world.told(CallerMaybeDone)] == [WISH.words]
    assert len(world.asked) == 1, "one answer, begun once"
    assert world.utterances.count("We open at eight.") == 1, "its voice was asked once"
    assert world.perhaps == ["We open at eight."], "no other sentence gives way"
    (speed,) = {entry.results.speed for entry in world.entries if entry.results.speed}
    assert speed.speculative
    assert (speed.words_ms, speed.token_ms, speed.sentence_ms, speed.voice_ms) == (100, 150, 60, 75)
    stages = (speed.wait_ms, speed.words_ms, speed.token_ms, speed.sentence_ms, speed.voice_ms, speed.ours_ms)
    assert sum(stages) == pytest.approx(speed.gap_ms, abs=3)
    first = min(message["at_ms"] for message in world.sent if message["at_ms"] > WISH.ends_ms)
    assert first - WISH.ends_ms == pytest.approx(speed.gap_ms, abs=20)


def test_nothing_of_an_answer_to_half_a_sentence_is_heard_and_its_tool_never_runs() -> None:
    half, rest = Says(3000, "I would like a cake"), Says(5140, "for saturday please")
    setup = replace(SETUP, tools=("take_message",))
    answers = ("Dropped answer here. !take_message", "We open at nine.")

    world = World([half, rest], answers, setup).run(12_000)

    assert world.told(CallerResumed)
    assert world.said_to_caller() == [GREETING, "We open at nine."]
    assert "Dropped answer here." in world.utterances, "its voice was begun"
    assert world.tools == []
    assert [event.text for event in world.told(CallerSaid)] == ["I would like a cake for saturday please"]


def test_a_caller_who_interrupts_is_heard_at_once_and_the_history_keeps_what_was_heard() -> None:
    interrupts = Says(7000, "no wait I meant the train")
    world = World([QUESTION, interrupts], (LONG, "The train leaves at ten.")).run(15_000)

    ours = [(begins, ends) for begins, ends, byte in world.played if byte == 2]
    assert 0 < max(ends for _, ends in ours) - interrupts.at_ms < 600, "the audio stops"
    cut = heard_texts(world)[1]
    assert LONG.startswith(cut)
    assert 0 < len(cut) < len(LONG)
    played_ms = sum(ends - begins for begins, ends in ours)
    spoken = LONG[: int(played_ms / 60)]
    assert cut.startswith(spoken.rsplit(" ", 1)[0])
    assert len(cut) - len(spoken) <= 12, "to the end of the word"
    assert world.said_to_caller()[-1] == "The train leaves at ten."
    assert any(message["event"] == "clear" for message in world.sent)


def test_a_greeting_that_was_made_before_is_heard_at_once_and_kept_as_heard() -> None:
    world = World([])
    parts = world.line._parts
    world.line._parts = replace(parts, opening=lambda text, voice_id: bytes([204]) * 8000)
    world.run(3000)

    assert world.utterances == []
    assert min(begins for begins, _, _ in world.played) < 50
    assert heard_texts(world) == [GREETING]


def test_a_caller_who_speaks_another_language_is_heard_and_answered_in_it() -> None:
    setup = replace(SETUP, languages=("en-US", "de-DE"))
    says = [QUESTION, Says(14_000, "und am Sonntag?"), Says(24_000, "vielen Dank")]
    world = World(says, setup=setup, spoken_language="de").run(30_000)

    assert [(each.language, each.languages) for each in world.listened] == [
        ("en", ("en", "de")),
        ("de", ("de", "en")),
    ]
    assert [event.text for event in world.told(CallerSaid)] == [each.words for each in says]
    assert len(world.asked) == 3


def test_an_mhm_and_a_cough_stop_nothing() -> None:
    for sound in (Says(7000, "mhm"), Says(7000, lasts_ms=160)):
        world = World([QUESTION, sound], (LONG,)).run(14_000)

        assert not world.told(CallerStarted)
        assert heard_texts(world)[1] == LONG


def test_a_false_start_does_not_lose_the_turn_before_it() -> None:
    # A cough right after the question, while its words are on their way.
    cough = Says(QUESTION.ends_ms + 750, lasts_ms=200)
    world = World([QUESTION, cough]).run(12_000)

    assert [event.text for event in world.told(CallerSaid)] == [QUESTION.words]
    assert world.said_to_caller()[1:] == ["We open at eight.", "Is there anything else?"]


def test_two_turns_whose_words_come_late_are_both_told() -> None:
    more = Says(QUESTION.ends_ms + 1000, "and on sundays please")
    for fault in ("late", "later"):
        for rest in (more, replace(more, is_flat=True)):
            world = World([QUESTION, rest], faults=Faults(transcriber=fault)).run(14_000)

            assert (
                " ".join(event.text for event in world.told(CallerSaid)) == f"{QUESTION.words} {more.words}"
            )
            assert world.when(CallerSaid)[0] > more.ends_ms, "nobody is answered while they speak"


def test_what_was_no_turn_does_not_stand_before_the_next_one() -> None:
    for nothing in (Says(7000, "mhm"), Says(7000, "uh", lasts_ms=100)):
        world = World([QUESTION, nothing, Says(12_000, "thank you goodbye")], (LONG,)).run(16_000)

        assert [event.text for event in world.told(CallerSaid)] == [QUESTION.words, "thank you goodbye"]


def test_the_first_word_is_understood_though_it_begins_softly() -> None:
    world = World([replace(QUESTION, soft_ms=300)]).run(8000)

    assert [event.text for event in world.told(CallerSaid)] == [QUESTION.words]


@pytest.mark.parametrize("pause_ms", [400, 700, 900, 1200])
def test_no_word_is_understood_twice_however_soon_the_caller_goes_on(pause_ms: int) -> None:
    world = World([QUESTION, Says(QUESTION.ends_ms + pause_ms, "and on sunday?")]).run(14_000)

    said = " ".join(event.text for event in world.told(CallerSaid))
    assert said == f"{QUESTION.words} and on sunday?"


def test_no_more_than_ten_seconds_wait_at_the_carrier() -> None:
    world = World([QUESTION], (" ".join([LONG] * 6),)).run(45_000)

    ahead: list[float] = []
    free_at = 0.0
    for message in world.sent:
        if message["event"] == "media":
            free_at = max(free_at, message["at_ms"]) + len(message["media"]["payload"]) * 3 / 4 / 8
            ahead.append(free_at - message["at_ms"])
    assert 9000 < max(ahead) < 11_500
    assert heard_texts(world).count(LONG) == 6, "all of it was said"


def test_a_line_that_was_left_says_nothing_more() -> None:
    world = World([QUESTION], faults=Faults(voice="429", until_ms=6000)).run(30_000)

    (left_at, _), sent = world.did[0], [message["at_ms"] for message in world.sent]
    assert max(sent) <= left_at
    assert len(world.utterances) == 2, "the greeting, and what could not be said"


@pytest.mark.parametrize("fault", ["429", "cut", "silent", "stuck"])
def test_where_no_voice_of_ours_speaks_the_carriers_takes_over(fault: str) -> None:
    world = World([QUESTION], faults=Faults(voice=fault)).run(30_000)

    assert [done for _, done in world.did] == ["by gather"]


def test_a_caller_whom_no_transcriber_understands_is_heard_by_the_carrier() -> None:
    says = [Says(3000 + 6000 * number, "when do you open") for number in range(4)]
    world = World(says, faults=Faults(transcriber="dead")).run(30_000)

    assert [done for _, done in world.did] == ["by gather"]
    assert len(world.told(CallerSaid)) == 2, "asked to say it again, twice"


def test_speech_that_no_words_are_made_of_is_asked_for_again_at_once_and_once() -> None:
    deaf = Faults(transcriber="garbage", from_ms=0)
    world = World([Says(2500, "when do you open on Sunday"), Says(8000, "are you really there")], faults=deaf)

    world.run(12_000)

    ((at_ms, _),) = [(at, event) for at, event in world.events if isinstance(event, CallerSaid)]
    assert at_ms < 5500
    assert world.said_to_caller() == ["Hello, this is the bakery.", "clip"]


def test_our_own_echo_is_no_caller() -> None:
    world = World([QUESTION], (LONG,), echo_db=-48.0).run(14_000)

    assert not world.told(CallerStarted)
    assert len(world.told(CallerSaid)) == 1
    assert heard_texts(world)[1] == LONG


def test_an_announcement_is_heard_to_its_end_and_a_key_may_still_cut_in() -> None:
    setup = replace(SETUP, record=True, recording_announcement="This call is being recorded for training.")
    talks_over = Says(800, "hello can you hear me")

    world = World([talks_over], setup=setup).run(3500)
    assert heard_texts(world)[0] == setup.recording_announcement

    world = World([(800, "0")], setup=setup).run(6000)
    assert [event.key for event in world.told(KeyPressed)] == ["0"]
    assert len(heard_texts(world)[0]) < len(setup.recording_announcement)


def test_a_silent_caller_is_asked_twice_and_then_the_call_ends_after_its_last_words() -> None:
    world = World([]).run(40_000)

    assert len(world.when(SilencePassed)) == 3
    assert world.owner.state.end_reason is EndReason.SILENCE
    (ended_at, done), last_sound = world.did[0], max(ends for _, ends, _ in world.played)
    assert done == "hang_up"
    assert 0 <= ended_at - last_sound <= 100
    assert len(world.did) == 1


def test_silence_is_measured_from_the_end_of_what_is_played() -> None:
    world = World([QUESTION], (LONG,)).run(20_000)

    (silent_at,) = world.when(SilencePassed)[:1]
    assert silent_at - max(ends for _, ends, byte in world.played if byte < 200) == pytest.approx(
        6000, abs=100
    )


def test_hold_music_is_taken_for_silence_and_ends_politely() -> None:
    music = Says(3000, lasts_ms=60_000)
    world = World([music]).run(70_000)

    assert world.owner.state.phase is Phase.ENDED
    assert world.owner.state.end_reason is EndReason.SILENCE
    assert world.did[-1][0] < 50_000


def test_a_transfer_waits_until_its_words_are_heard() -> None:
    world = World([(3000, "0")]).run(10_000)

    assert world.owner.state.phase is Phase.TRANSFERRING
    assert world.owner.state.setup.transfer_to == (OPERATOR,)
    (at, done), last_sound = world.did[0], max(ends for _, ends, _ in world.played)
    assert done == "go_on"
    assert at >= last_sound


def test_the_end_of_a_call_happens_though_the_socket_dies_before_the_last_mark() -> None:
    world = World([(3000, "#")])
    world.clock.at(3300, world.line.lost)
    world.run(6000)

    assert [done for _, done in world.did] == ["hang_up"]


def test_a_code_is_keyed_in_as_one() -> None:
    keys = [(3000 + 300 * number, digit) for number, digit in enumerate("012345")]
    expecting = World([]).owner.state
    world = World(keys, state=replace(expecting, expecting_code=True)).run(8000)
    few = World(keys[:3], state=replace(expecting, expecting_code=True)).run(8000)

    assert [event.text for event in world.told(CallerSaid)] == ["012345"]
    assert [event.text for event in few.told(CallerSaid)] == ["012"]
    assert not world.told(KeyPressed)
    assert not few.told(KeyPressed)


def test_words_that_may_hold_a_code_are_told_once_they_are_final() -> None:
    expecting = replace(World([]).owner.state, expecting_code=True)
    world = World([Says(3000, "one two three four five six")], state=expecting).run(9000)

    assert not world.told(CallerMaybeDone)
    assert [event.text for event in world.told(CallerSaid)] == ["one two three four five six"]


def test_a_call_that_has_to_move_leaves_when_nobody_speaks() -> None:
    world = World([QUESTION], (LONG,))
    world.clock.at(6500, world.line.move)
    world.run(20_000)

    (at, done), last_sound = world.did[0], max(ends for _, ends, _ in world.played)
    assert done == "go_on"
    assert 0 <= at - last_sound <= 100
    assert heard_texts(world)[1] == LONG

    world = World([QUESTION], (LONG,))
    world.clock.at(QUESTION.at_ms + 500, world.line.move)
    assert heard_texts(world.run(20_000))[1] == LONG, "not while the caller speaks or waits for an answer"
