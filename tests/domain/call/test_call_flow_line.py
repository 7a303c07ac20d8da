"""The line: transfers, the longest duration, operators, a broken socket, the end."""

import pytest

from tests.domain.call.call_driver import (
    OPERATOR,
    SETUP,
    SETUP_ALONE,
    answered,
    clips,
    drive,
    listening,
    of_kind,
    speaking,
    thinking,
    turn_ends,
    without_saves,
)
from voicebot.domain.call.actions import (
    CancelModel,
    ClearTimer,
    Escalate,
    HangUp,
    Listen,
    PlayClip,
    SaveUtterance,
    SetOutcome,
    SetTimer,
    Speak,
    Speaker,
    StartModel,
    StopSpeaking,
    Transfer,
)
from voicebot.domain.call.events import (
    CallEnded,
    CallerMaybeDone,
    CallerSaid,
    Heard,
    HeardSource,
    KeyPressed,
    ModelFinished,
    MoneySpent,
    OperatorActed,
    SentenceReady,
    SilencePassed,
    TimerFired,
    TransferEnded,
    TransferOutcome,
    TransportLost,
    TransportResumed,
)
from voicebot.domain.call.flow import new_call, step
from voicebot.domain.call.history import openai_history
from voicebot.domain.call.phrases import Phrase
from voicebot.domain.call.state import EndReason, Phase


@pytest.mark.parametrize(
    "state", [listening(), thinking(), speaking()], ids=["listening", "thinking", "speaking"]
)
def test_a_call_that_cost_enough_says_goodbye_and_is_looked_at(state):
    state, actions = step(state, MoneySpent())

    assert (state.phase, state.end_reason) == (Phase.ENDING, EndReason.MAX_COST)
    assert clips(actions)[-1] is Phrase.COST_REACHED
    assert Escalate("call_cost") in actions
    assert isinstance(actions[-1], HangUp)
    assert step(state, CallerSaid("Wait!"))[1] == []


def test_a_talk_between_two_people_goes_on_whatever_the_call_has_cost():
    state = transferring()

    assert step(state, MoneySpent()) == (state, [])


def transferring(setup=SETUP):
    return drive(listening(setup), KeyPressed("0"))[0]


def test_a_talk_with_a_person_ends_the_call_as_transferred():
    state, actions = step(transferring(), TransferEnded(TransferOutcome.COMPLETED))

    assert actions == [
        SetOutcome(outcome="transferred"),
        SetOutcome(outcome="transferred", end_reason="transferred"),
        HangUp(after_gen=0),
    ]
    assert (state.phase, state.end_reason) == (Phase.ENDING, EndReason.TRANSFERRED)


@pytest.mark.parametrize(
    ("outcome", "clip"),
    [
        (TransferOutcome.BUSY, "transfer_busy"),
        (TransferOutcome.NO_ANSWER, "transfer_no_answer"),
        (TransferOutcome.FAILED, "transfer_failed"),
        (TransferOutcome.CANCELED, "transfer_canceled"),
    ],
)
def test_a_transfer_that_nobody_took_brings_the_caller_back_to_the_bot(outcome, clip):
    state, actions = step(transferring(), TransferEnded(outcome))
    _, answer = step(state, CallerSaid("Then tell me when you open."))

    noted = [SetOutcome(outcome=clip), Escalate("transfer_unanswered")]
    assert without_saves(actions) == [*noted, PlayClip(clip, 3), Listen()]
    assert of_kind(answer, StartModel) == [StartModel(1, speculative=False)]


def test_the_model_knows_that_the_transfer_failed():
    state, _ = step(transferring(), TransferEnded(TransferOutcome.NO_ANSWER))

    told = "The transfer failed (no-answer). It is noted for the team that the caller wants a person."
    assert {"role": "system", "content": told} in openai_history(state)


@pytest.mark.parametrize("event", [CallerSaid("hello"), KeyPressed("#"), SilencePassed()])
def test_while_a_person_has_the_caller_the_bot_is_quiet(event):
    state = transferring()

    assert step(state, event) == (state, [])


def test_an_operator_may_end_a_call_that_a_person_has():
    _, actions = step(transferring(), OperatorActed("end", now=True))

    assert of_kind(actions, HangUp) != []


def test_the_end_of_a_transfer_that_never_was_changes_nothing():
    state = listening()

    assert step(state, TransferEnded(TransferOutcome.COMPLETED)) == (state, [])


# --- the longest duration -------------------------------------------------------------------------


@pytest.mark.parametrize("state", [listening(), thinking(), speaking(), answered()])
def test_a_call_that_is_too_long_is_ended_with_a_word(state):
    state, actions = step(state, TimerFired("max_duration"))

    assert clips(actions) == ["time_is_up"]
    assert actions[-2].end_reason == "max_duration"
    assert turn_ends(actions) == [HangUp]


def test_the_end_of_time_stops_an_answer():
    _, actions = step(speaking(), TimerFired("max_duration"))

    assert actions[:2] == [StopSpeaking(1), CancelModel(1)]


def test_the_end_of_time_also_cancels_an_answer_to_tentative_words():
    state, _ = drive(listening(), CallerMaybeDone("When?"))

    _, actions = step(state, TimerFired("max_duration"))

    assert CancelModel(1) in actions


def test_two_people_who_talk_are_not_cut_off_but_the_bot_has_no_time_afterwards():
    state, during = step(transferring(), TimerFired("max_duration"))
    state, after = step(state, TransferEnded(TransferOutcome.BUSY))

    assert during == []
    assert clips(after) == ["time_is_up"]
    assert turn_ends(after) == [HangUp]


def test_an_unknown_timer_changes_nothing():
    state = listening()

    assert step(state, TimerFired("tea")) == (state, [])


# --- operators ------------------------------------------------------------------------------------


def test_an_operator_speaks_after_the_sentence_that_is_being_said():
    state, actions = step(speaking(), OperatorActed("say", "Anna here, one moment."))

    assert actions[:2] == [StopSpeaking(1, after_sentence=True), CancelModel(1)]
    assert actions[-3:] == [
        Speak(2, 0, "Anna here, one moment."),
        SaveUtterance(3, Speaker.OPERATOR, "Anna here, one moment."),
        Listen(),
    ]
    assert state.phase is Phase.LISTENING


def test_an_operator_can_take_the_call():
    _, actions = step(thinking(), OperatorActed("transfer"))

    assert clips(actions) == ["connecting"]
    assert of_kind(actions, Transfer) == [Transfer(after_gen=1, to=(OPERATOR,))]


def test_an_operator_can_end_the_call():
    state, actions = step(listening(), OperatorActed("end"))

    assert clips(actions) == ["goodbye"]
    assert state.end_reason is EndReason.OPERATOR_ENDED


@pytest.mark.parametrize(
    "event", [OperatorActed("say", " "), OperatorActed("dance"), OperatorActed("transfer")]
)
def test_what_an_operator_cannot_do_changes_nothing(event):
    state = listening(SETUP_ALONE)

    assert step(state, event) == (state, [])


# --- a broken socket ------------------------------------------------------------------------------


def test_a_new_socket_hears_what_was_not_heard_before():
    state = answered(SETUP, "We open at eight.", "We close at six.")
    state, _ = drive(state, Heard(1, 0, 99, HeardSource.MARK))

    state, lost = step(state, TransportLost())
    state, resumed = step(state, TransportResumed())

    assert lost == [SetTimer("transport", 15)]
    assert resumed == [ClearTimer("transport"), Speak(1, 1, "We close at six."), Listen()]


def test_a_new_socket_hears_phrases_again_too():
    state, _ = drive(listening(SETUP_ALONE), KeyPressed("0"), TransportLost())

    _, actions = step(state, TransportResumed())

    assert actions == [ClearTimer("transport"), PlayClip(Phrase.NO_OPERATOR, 2), Listen(pause_s=3)]


def test_what_is_said_while_the_socket_is_broken_is_kept_for_the_next():
    state, _ = drive(thinking(), TransportLost())

    state, meanwhile = drive(state, SentenceReady(1, 0, "At eight."))
    state, resumed = step(state, TransportResumed())
    state, later = drive(state, SentenceReady(1, 1, "Until six."), ModelFinished(1))

    assert meanwhile == [SaveUtterance(2, Speaker.BOT, "At eight.")]
    assert resumed == [ClearTimer("transport"), Speak(1, 0, "At eight.")]
    assert turn_ends(later) == [Listen]


def test_what_the_caller_cut_off_is_not_said_again():
    state, _ = drive(
        answered(), CallerSaid("Stop."), SentenceReady(2, 0, "Fine."), ModelFinished(2), TransportLost()
    )

    _, actions = step(state, TransportResumed())

    assert of_kind(actions, Speak) == [Speak(2, 0, "Fine.")]


def test_an_answer_to_tentative_words_survives_a_broken_socket():
    state, _ = drive(listening(), CallerMaybeDone("When?"), TransportLost(), TransportResumed())

    _, actions = drive(state, SentenceReady(1, 0, "At eight."), CallerSaid("When?"))

    assert of_kind(actions, Speak) == [Speak(1, 0, "At eight.")]


def test_silence_on_a_broken_line_is_not_the_callers():
    state, _ = drive(listening(), TransportLost())

    assert step(state, SilencePassed()) == (state, [])


def test_a_socket_that_does_not_come_back_ends_the_call():
    state, _ = drive(listening(), TransportLost())

    state, actions = step(state, TimerFired("transport"))

    assert turn_ends(actions) == [HangUp]
    assert state.end_reason is EndReason.TRANSPORT_LOST


def test_a_socket_that_came_back_in_time_does_not():
    state, _ = drive(listening(), TransportLost(), TransportResumed())

    assert step(state, TimerFired("transport")) == (state, [])


# --- the end --------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [new_call(SETUP), listening(), thinking(), speaking(), transferring()])
def test_a_call_can_end_at_any_time(state):
    ended, actions = step(state, CallEnded("caller_hung_up"))

    assert ended.phase is Phase.ENDED
    assert actions[-1] == SetOutcome(end_reason="caller_hung_up")


def test_the_end_cancels_an_answer_in_the_making():
    _, actions = step(thinking(), CallEnded("caller_hung_up"))

    assert actions == [CancelModel(1), ClearTimer("max_duration"), SetOutcome(end_reason="caller_hung_up")]


def test_a_reason_that_was_decided_stays():
    state, _ = drive(listening(), KeyPressed("#"))

    state, actions = step(state, CallEnded("caller_hung_up"))

    assert state.end_reason is EndReason.CALLER_ENDED
    assert actions[-1] == SetOutcome(end_reason="caller_ended")


def test_the_end_tells_what_came_of_the_call():
    state, _ = drive(listening(SETUP_ALONE), KeyPressed("0"), CallerSaid("Call Anna."))

    _, actions = step(state, CallEnded("caller_hung_up"))

    assert actions[-1] == SetOutcome(outcome="message_taken", end_reason="caller_hung_up")


def test_a_reason_that_is_not_on_the_list_is_a_failure():
    state, _ = step(listening(), CallEnded("meteor"))

    assert state.end_reason is EndReason.FAILED


def test_after_the_goodbye_nothing_more_is_said():
    state, _ = drive(listening(), KeyPressed("#"))
    events = [
        CallerSaid("wait"),
        KeyPressed("0"),
        SilencePassed(),
        TimerFired("max_duration"),
        OperatorActed("say", "x"),
    ]

    assert [step(state, event) for event in events] == [(state, [])] * len(events)


def test_after_the_end_nothing_happens_any_more():
    state, _ = drive(speaking(), TransportLost(), CallEnded("caller_hung_up"))
    events = [
        CallEnded("busy"),
        Heard(1, 0, 5, HeardSource.MARK),
        TransportResumed(),
        TimerFired("max_duration"),
        TransferEnded(TransferOutcome.COMPLETED),
        CallerSaid("hello?"),
        SentenceReady(1, 1, "More."),
    ]

    assert [step(state, event) for event in events] == [(state, [])] * len(events)
