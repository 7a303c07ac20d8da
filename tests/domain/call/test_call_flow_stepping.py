"""People of the team step into a call: what follows from it, whatever the call is doing just then."""

from dataclasses import replace

import pytest

from tests.domain.call.call_driver import (
    OPERATOR,
    SETUP_ALONE,
    answered,
    clips,
    drive,
    drive_all,
    listening,
    of_kind,
    speaking,
    spoken,
    thinking,
    turn_ends,
)
from voicebot.domain.call.actions import (
    Bridge,
    CancelModel,
    ClearTimer,
    HangUp,
    Listen,
    NoteCommand,
    SetTimer,
    StartModel,
    StopSpeaking,
    Transfer,
)
from voicebot.domain.call.events import (
    CallerMaybeDone,
    CallerSaid,
    CallerStarted,
    CodeChecked,
    KeyPressed,
    ModelFinished,
    MoneySpent,
    OperatorActed,
    OperatorJoined,
    OperatorLeft,
    OperatorSaid,
    SentenceReady,
    SilencePassed,
    TimerFired,
    TransferEnded,
    TransferOutcome,
    TransportLost,
    TransportResumed,
)
from voicebot.domain.call.flow import step
from voicebot.domain.call.history import openai_history
from voicebot.domain.call.state import Assurance, CallState, EndReason, Phase
from voicebot.domain.call.stepping.commands import GIVEN_BACK, MUTED_TIMER, OPERATOR_GONE_TIMER
from voicebot.domain.call.stepping.stepped import Held, Stepped
from voicebot.domain.verification.codes import CodeOutcome

PHONE = "+12025550123"
MUTE, UNMUTE = OperatorActed("mute", command=1), OperatorActed("unmute", command=2)
TAKE, GIVE = (
    OperatorActed("take_over", command=3, by="anna"),
    OperatorActed("give_back", command=4, by="anna"),
)


def held(state: CallState | None = None) -> CallState:
    return drive(state or listening(), TAKE)[0]


def noted(actions) -> list[tuple[int, str]]:
    return [(action.id, action.refused) for action in of_kind(actions, NoteCommand)]


# --- whisper and say ------------------------------------------------------------------------------


def test_a_whisper_is_for_the_model_alone_and_no_answer_begun_before_it_is_said():
    state, actions = drive(
        listening(), CallerMaybeDone("when do you open"), OperatorActed("whisper", "Be brief.", command=7)
    )
    after, asked = step(state, CallerSaid("When do you open?"))

    assert (turn_ends(actions), spoken(actions), clips(actions)) == ([], [], [])
    assert of_kind(actions, CancelModel) == [CancelModel(1)] and noted(actions) == [(7, "")]
    assert of_kind(asked, StartModel) == [StartModel(2, speculative=False)]
    assert "Be brief." in openai_history(after)[-2]["content"] and openai_history(after)[-1]["role"] == "user"


def test_a_whisper_during_an_answer_leaves_the_answer_alone():
    state, actions = step(speaking(), OperatorActed("whisper", "Be brief."))
    _, more = step(state, SentenceReady(1, 1, "Until five."))

    assert actions == [] and spoken(more) == ["Until five."]


def test_words_are_said_after_the_sentence_and_the_rest_of_the_answer_is_not():
    state, actions = step(speaking(), OperatorActed("say", "Anna here."))
    later, more = drive(state, SentenceReady(1, 1, "Until five."), ModelFinished(1))
    _, again = drive_all(later, TransportLost(), TransportResumed())

    assert actions[:2] == [StopSpeaking(1, after_sentence=True), CancelModel(1)]
    assert spoken(actions) == ["Anna here."] and turn_ends(actions) == [Listen] and more == []
    # On a new socket the words are said once more, the sentence before them is not.
    assert spoken(again) == ["Anna here."]


# --- mute -----------------------------------------------------------------------------------------


def test_a_muted_bot_asks_the_caller_to_wait_and_answers_once_it_is_unmuted():
    state, actions = drive_all(
        listening(), MUTE, CallerSaid("When do you open?"), SilencePassed(), SilencePassed()
    )
    after, answer = step(state, UNMUTE)

    assert clips(actions) == ["person_joins", "person_joins_soon", "person_joins_soon"]
    assert not of_kind(actions, StartModel) and state.phase is Phase.LISTENING
    assert of_kind(answer, StartModel) and of_kind(answer, ClearTimer) == [ClearTimer(MUTED_TIMER)]
    assert after.stepped == Stepped()


def test_muting_stops_an_answer_with_words_and_speculates_no_more():
    state, actions = step(speaking(), MUTE)
    _, quiet = drive_all(state, CallerMaybeDone("hello"), CallerStarted())

    assert clips(actions) == ["person_joins"] and of_kind(actions, CancelModel) == [CancelModel(1)]
    assert turn_ends(actions) == [Listen] and quiet == []


def test_nobody_is_left_with_a_muted_bot():
    state, actions = drive_all(answered(), MUTE, CallerSaid("Hello?"))
    after, back = step(state, TimerFired(MUTED_TIMER))

    assert of_kind(actions, SetTimer) == [SetTimer(MUTED_TIMER, 120)]
    assert clips(back) == ["bot_is_back"] and of_kind(back, StartModel)
    assert not after.stepped.muted
    assert step(listening(), TimerFired(MUTED_TIMER)) == (listening(), [])


@pytest.mark.parametrize(
    ("state", "event", "code"),
    [
        (listening(), UNMUTE, "not_muted"),
        (drive(listening(), MUTE)[0], MUTE, "muted"),
        (held(), MUTE, "held"),
        (held(), OperatorActed("say", "x", command=1), "held"),
        (held(), replace(TAKE, by="ben"), "taken_over"),
        (listening(), GIVE, "not_taken_over"),
        (listening(SETUP_ALONE), OperatorActed("transfer", command=1), "nobody_to_transfer_to"),
        (listening(), OperatorActed("whisper", " ", command=1), "words_missing"),
        (listening(), OperatorActed("dance", command=1), "wrong_kind"),
        (drive(listening(), KeyPressed("0"))[0], MUTE, "with_a_person"),
        (drive(listening(), KeyPressed("#"))[0], TAKE, "call_over"),
    ],
)
def test_what_cannot_be_done_says_why_and_changes_nothing(state, event, code):
    after, actions = step(state, event)

    assert (after, noted(actions), len(actions)) == (state, [(event.command, code)], 1)


# --- taking over ----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [listening(), thinking(), speaking(), drive(listening(), MUTE)[0]])
def test_an_operator_takes_over_at_once_whatever_the_bot_does(state):
    after, actions = step(state, TAKE)

    assert of_kind(actions, Bridge) == [Bridge("anna")] and turn_ends(actions) == [Listen]
    assert (after.stepped.held, after.stepped.by, after.stepped.muted) == (Held.BY_BROWSER, "anna", False)
    assert SetTimer(OPERATOR_GONE_TIMER, 10) in actions
    assert all(not action.after_sentence for action in of_kind(actions, StopSpeaking))


def test_two_people_talk_without_the_bot_which_knows_what_they_said_when_it_goes_on():
    state, actions = drive_all(
        held(),
        OperatorJoined(),
        OperatorSaid("At ten?"),
        CallerSaid("Fine."),
        SilencePassed(),
        KeyPressed("5"),
        CodeChecked(CodeOutcome.APPROVED),
    )
    after, back = step(state, GIVE)

    assert (spoken(actions), clips(actions), of_kind(actions, StartModel)) == ([], [], [])
    assert of_kind(actions, ClearTimer) == [ClearTimer(OPERATOR_GONE_TIMER)]
    assert state.assurance is Assurance.VERIFIED
    assert of_kind(back, Bridge) == [Bridge("")] and of_kind(back, StartModel)
    assert clips(back) == ["bot_is_back"]
    told = [(message["role"], message["content"]) for message in openai_history(after)]
    assert (
        told.index(("assistant", "At ten?")) < told.index(("user", "Fine."))
        and ("system", GIVEN_BACK) in told
    )


def test_the_template_s_words_tell_of_a_return_while_the_call_is_in_its_language():
    own = replace(SETUP_ALONE, bot_is_back="The shop again.", languages=("en-US", "de-DE"))
    abroad = replace(own, language="de-DE")

    for setup, words, played in (
        (own, ["The shop again."], []),
        (replace(own, languages=None), ["The shop again."], []),
        (abroad, [], ["bot_is_back"]),
    ):
        state = replace(held(), setup=setup)
        for event in (GIVE, TimerFired(OPERATOR_GONE_TIMER)):
            _, back = step(state, event)
            assert (spoken(back), clips(back)) == (words, played), (setup.languages, event)
    assert [words for words in (abroad.to_json(), own.to_json()) if "bot_is_back" in words] == []


def test_the_bot_takes_back_a_call_whose_operator_is_gone_with_words():
    state, left = step(held(), OperatorLeft())
    returned, came = step(state, OperatorJoined())
    after, back = step(state, TimerFired(OPERATOR_GONE_TIMER))

    assert left == [SetTimer(OPERATOR_GONE_TIMER, 5)]
    assert came == [ClearTimer(OPERATOR_GONE_TIMER)] and returned.stepped.held
    assert clips(back) == ["bot_is_back"] and turn_ends(back) == [Listen] and after.stepped == Stepped()
    assert step(after, TimerFired(OPERATOR_GONE_TIMER)) == (after, [])


def test_who_has_a_call_is_known_to_whoever_goes_on_with_it():
    state = CallState.from_json(held().to_json())
    _, resumed = drive_all(state, TransportLost(), TransportResumed())

    assert (state.stepped.held, state.stepped.by) == (Held.BY_BROWSER, "anna")
    assert SetTimer(OPERATOR_GONE_TIMER, 10) in resumed
    assert "stepped" not in listening().to_json()


def test_time_and_money_wait_until_the_bot_has_the_call_again():
    for event in (TimerFired("max_duration"), MoneySpent()):
        state, actions = step(held(), event)
        after, ended = step(state, GIVE)

        assert actions == [] and clips(ended) == ["time_is_up"]
        assert after.end_reason is EndReason.MAX_DURATION


def test_a_transfer_that_reaches_nobody_leaves_the_caller_with_the_bot_whoever_had_the_call():
    state, asked = step(held(), OperatorActed("transfer", command=9, by="anna"))
    after, actions = step(state, TransferEnded(TransferOutcome.BUSY))

    assert of_kind(asked, Bridge) == [Bridge("")] and of_kind(asked, Transfer) and noted(asked) == [(9, "")]
    assert after.stepped == Stepped() and after.conversing
    assert clips(actions) and turn_ends(actions) == [Listen]


def test_by_telephone_the_caller_is_connected_and_comes_back_to_the_bot():
    state, actions = step(listening(), replace(TAKE, phone=PHONE))
    _, back = step(state, TransferEnded(TransferOutcome.COMPLETED))
    given, by_page = step(state, GIVE)
    failed, alone = step(state, TransferEnded(TransferOutcome.BUSY))

    assert of_kind(actions, Transfer) == [Transfer(0, (PHONE,))] and clips(actions) == ["connecting"]
    assert of_kind(back, StartModel) and of_kind(by_page, StartModel) and given.stepped == Stepped()
    assert clips(alone) == ["transfer_busy"] and failed.stepped == Stepped()
    # Who asked for a person is done when that talk is.
    assert turn_ends(drive(listening(), KeyPressed("0"), TransferEnded(TransferOutcome.COMPLETED))[1]) == [
        HangUp
    ]


# --- leaving --------------------------------------------------------------------------------------


def test_who_has_a_call_transfers_or_ends_it_and_the_sound_is_closed():
    _, moved = step(held(), OperatorActed("transfer"))
    _, ended = step(held(), OperatorActed("end"))
    after, at_once = step(speaking(), OperatorActed("end", now=True))

    assert of_kind(moved, Bridge) == of_kind(ended, Bridge) == [Bridge("")]
    assert of_kind(moved, Transfer)[0].to == (OPERATOR,) and clips(ended) == ["goodbye"]
    assert (clips(at_once), turn_ends(at_once)) == ([], [HangUp])
    assert after.end_reason is EndReason.OPERATOR_ENDED
    assert of_kind(at_once, StopSpeaking) == [StopSpeaking(1)]
