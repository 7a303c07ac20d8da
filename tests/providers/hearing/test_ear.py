"""One call's ear at connections that the test plays: what it keeps, renews, sends unasked and never says."""

import json
from dataclasses import replace

from tests.providers.hearing.replay import PATIENT, Clock, Replay
from tests.support.waiting import wait_for
from voicebot.providers.deepgram.flux import FluxDialect
from voicebot.providers.deepgram.nova import NovaDialect
from voicebot.providers.elevenlabs.scribe import ScribeDialect
from voicebot.providers.hearing.doors import Door, Doors
from voicebot.providers.hearing.ear import Ear
from voicebot.providers.hearing.kept_sound import KeptSound
from voicebot.providers.openai.transcription import OpenAIDialect
from voicebot.providers.ports import (
    EagerEnd,
    FinalWords,
    Listening,
    Outcome,
    PartialWords,
    ProviderError,
    SpeechResumed,
)
from voicebot.sockets.ending import SocketClosed

STARTED = {"message_type": "session_started"}


def committed(text: str) -> dict[str, str]:
    return {"message_type": "committed_transcript", "text": text}


def test_words_that_are_final_outlive_their_connection_and_their_sound_is_not_sent_again() -> None:
    replay = Replay("elevenlabs", ScribeDialect)
    first = replay.wire
    first.comes(STARTED)
    replay.feed(1000)
    first.comes(committed("A long story"))
    replay.feed(500)
    first.comes(SocketClosed(1006, ""))
    wait_for(lambda: len(replay.wires) == 2)
    replay.wire.comes(STARTED)
    replay.ear.finish()
    replay.wire.comes(committed("that goes on."))

    assert replay.finals == ["A long story that goes on."]
    assert sum(len(json.loads(message)["audio_base_64"]) for message in replay.wire.sent) < 700 * 8 * 4 / 3


def test_sound_is_kept_up_to_a_bound() -> None:
    kept = KeptSound(100)
    kept.add(bytes(range(80)))
    kept.add(bytes(range(80, 160)))

    assert (kept.start, kept.end) == (60, 160)
    assert kept.piece(0, 63) == bytes(range(60, 63))
    kept.drop(1000)
    assert (kept.start, kept.end, kept.piece(0, 1000)) == (160, 160, b"")


def test_a_language_that_is_not_told_is_waited_for_until_the_deadline_and_then_not_any_more() -> None:
    replay = Replay("elevenlabs", lambda: ScribeDialect(detects=True), replace(PATIENT, answer_s=0.1))
    replay.wire.comes(STARTED)
    replay.feed(200)
    replay.ear.finish()
    replay.wire.comes(committed("Yes."))
    wait_for(lambda: replay.finals)
    replay.feed(200)
    replay.ear.finish()
    replay.wire.comes(committed("No."))

    assert replay.events[-2:] == [FinalWords("Yes."), FinalWords("No.")]


def test_time_goes_on_at_flux_while_nothing_is_fed() -> None:
    replay = Replay("deepgram", FluxDialect)
    replay.wire.comes({"type": "Connected"})
    replay.passes(3.0)
    assert replay.wire.sent == []
    replay.passes(2.0)
    assert replay.wire.sent == [b"\xff" * 800], "a little silence keeps the connection"
    turn = {
        "type": "TurnInfo",
        "event": "StartOfTurn",
        "turn_index": 0,
        "transcript": "Yes",
        "audio_window_end": 0.1,
    }
    replay.wire.comes(turn)
    replay.passes(0.25)
    replay.passes(0.25)
    assert replay.wire.sent[1:] == [b"\xff" * 4000], "in a turn as much as passed"


def test_flux_gets_one_wish_at_a_time_and_the_latest_one_last() -> None:
    replay = Replay("deepgram", FluxDialect)
    replay.wire.comes({"type": "Connected"})
    for pause_s in (3.0, 2.0, 1.0):
        replay.ear.expect(pause_s)
    assert len(replay.wire.sent) == 1
    replay.wire.comes({"type": "ConfigureSuccess"})
    replay.wire.comes({"type": "ConfigureSuccess"})

    assert [json.loads(wish)["thresholds"]["eot_threshold"] for wish in replay.wire.sent] == [0.85, 0.7]


def test_a_turn_that_was_answered_without_its_end_is_not_answered_again() -> None:
    dialect = FluxDialect()
    turn = {"type": "TurnInfo", "turn_index": 0, "transcript": "One two", "audio_window_end": 1.0}
    dialect.sound(b"\xff" * 8000)
    dialect.heard(json.dumps(turn | {"event": "Update"}))

    assert dialect.overdue(last=False) is None
    assert dialect.overdue(last=True) == FinalWords("One two")
    assert dialect.heard(json.dumps(turn | {"event": "EndOfTurn"})) == ()
    assert dialect.heard(json.dumps(turn | {"event": "Update", "turn_index": 1})) == [PartialWords("One two")]


def test_words_of_nova_that_come_too_late_are_words_all_the_same() -> None:
    dialect = NovaDialect()
    late = {
        "type": "Results",
        "is_final": True,
        "from_finalize": True,
        "channel": {"alternatives": [{"transcript": "Yes."}]},
    }
    dialect.heard('{"type":"Metadata"}')
    dialect.finish()

    assert dialect.overdue(last=False) == FinalWords("")
    assert dialect.heard(json.dumps(late)) == (FinalWords("Yes."),)


def test_an_old_session_is_renewed_between_two_utterances() -> None:
    replay = Replay("openai", lambda: OpenAIDialect(Listening()))
    played = replay.ear._line.door
    replay.ear._line.door = replace(played, renew_after_s=600.0)
    first = replay.wire
    first.comes({"type": "session.created"})
    first.comes({"type": "session.updated"})
    replay.clock.now += 601
    replay.feed(200)
    assert len(replay.wires) == 1
    replay.ear.finish()
    first.comes({"type": "input_audio_buffer.committed", "item_id": "a"})
    first.comes(
        {
            "type": "conversation.item.input_audio_transcription.completed",
            "item_id": "a",
            "transcript": "Yes.",
        }
    )
    wait_for(lambda: len(replay.wires) == 2)

    assert (first.is_closed, replay.finals, replay.entered) == (True, ["Yes."], ["played", "played"])


def test_after_the_end_of_a_call_nothing_is_reported() -> None:
    replay = Replay("elevenlabs", ScribeDialect)
    replay.wire.comes(STARTED)
    replay.feed(200)
    replay.ear.finish()
    replay.ear.close()
    replay.ear.feed(b"\xff" * 160)
    replay.ear.finish()
    replay.ear.close()

    assert (replay.events, replay.wire.is_closed) == ([], True)


def test_whoever_ends_a_call_in_a_report_hears_no_more_of_it() -> None:
    replay = Replay("deepgram", FluxDialect)
    events: list[object] = []

    def report(event: object) -> None:
        events.append(event)
        if isinstance(event, SpeechResumed):
            replay.ear.close()

    replay.ear._reports._report = report
    replay.wire.comes({"type": "Connected"})
    turn = {"type": "TurnInfo", "turn_index": 0, "transcript": "One", "end_of_turn_confidence": 0.5}
    replay.wire.comes(turn | {"event": "EagerEndOfTurn"})
    replay.wire.comes(turn | {"event": "TurnResumed", "transcript": "One two"})

    assert events == [EagerEnd("One", 0.5), SpeechResumed()]


def test_garbage_of_every_shape_breaks_nothing_but_the_connection() -> None:
    shapes = ["", "[]", "null", '"x"', "{", b"\xff\xfe", '{"type": 5}', '{"message_type": {}}', "{}"]
    odd = {
        "text": 5,
        "transcript": [],
        "words": "x",
        "channel": [1],
        "turn_index": "x",
        "error": "x",
        "item_id": 3,
        "languages": [4],
    }
    kinds = [
        "partial_transcript",
        "committed_transcript",
        "committed_transcript_with_timestamps",
        "commit_throttled",
    ]
    kinds += [
        "TurnInfo",
        "Results",
        "Error",
        "error",
        "ConfigureFailure",
        "input_audio_buffer.committed",
        "UtteranceEnd",
    ]
    kinds += [
        f"conversation.item.input_audio_transcription.{end}" for end in ("delta", "completed", "failed")
    ]
    for dialect in (ScribeDialect(detects=True), FluxDialect(), NovaDialect(), OpenAIDialect(Listening())):
        for shape in [
            *shapes,
            *(
                json.dumps({"type": kind, "message_type": kind, "event": "EndOfTurn", **odd})
                for kind in kinds
            ),
        ]:
            dialect.heard(shape)


def test_what_one_call_learns_of_a_door_the_next_one_knows() -> None:
    clock = Clock()
    refused = ProviderError("scribe", "quota_exceeded", Outcome.REFUSED, unwell=True)
    entered: list[str] = []

    def shut(listening: Listening):  # type: ignore[no-untyped-def]
        entered.append("shut")
        raise refused

    def well(listening: Listening):  # type: ignore[no-untyped-def]
        entered.append("well")
        raise ProviderError("well", "unreachable", Outcome.NOT_SENT)

    doors = Doors(
        [Door("shut", ends_turns=False, enter=shut), Door("well", ends_turns=False, enter=well)], clock
    )
    for seconds, expected in ((0.0, ["shut", "well"]), (30.0, ["well"]), (61.0, ["shut"])):
        clock.now += seconds
        before, told = len(entered), []
        ear = Ear(doors, Listening(), told.append, PATIENT, clock)
        wait_for(lambda told=told: told)
        ear.close()
        assert entered[before : before + len(expected)] == expected
