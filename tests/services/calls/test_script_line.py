"""A second line beside Gather: a ten-minute call, from its first event to its last, without a moment of waiting."""

import time
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import replace

import pytest

from tests.domain.call.call_driver import SETUP
from tests.services.calls.script_line import THINKING_S, ScriptedCall
from voicebot.domain.call.actions import CancelModel, HangUp, LineAction, Listen, PlayClip, StopSpeaking
from voicebot.domain.call.events import (
    CallerMaybeDone,
    CallerSaid,
    CallerStarted,
    CallStarted,
    CodeChecked,
    Event,
    Heard,
    SentenceReady,
    TimerFired,
)
from voicebot.domain.call.flow import new_call, step
from voicebot.domain.call.phrases import Phrase
from voicebot.domain.call.state import CallState, EndReason, Phase
from voicebot.domain.onboarding import flow
from voicebot.domain.onboarding.state import OnboardingState, Question
from voicebot.domain.verification.codes import CodeOutcome
from voicebot.services.calls.ports import Ports
from voicebot.services.calls.run import CallOwner
from voicebot.services.calls.timers import Timers

TEN_MINUTES_S = 600
ANSWERS = (
    ("We open at eight.", "On Sundays we open at nine.", "Is there anything else?"),
    ("The bus stops right in front of the shop, every ten minutes until midnight.",),
)
CALL = replace(SETUP, max_duration_s=TEN_MINUTES_S)
SILENT = replace(CALL, silence_timeout_s=3600)
CPU_S = 0.02
SLACK = 5
"""A machine that is busy with other work, or slow."""


def played(
    script: Iterable[tuple[float, Event]], state: CallState | None = None
) -> tuple[ScriptedCall, CallOwner]:
    """Run a whole call: `script` says what the caller does at which second."""
    call = ScriptedCall(deque([(0.0, CallStarted()), *script]), ANSWERS)
    owner = CallOwner(state or new_call(CALL), Timers(), Ports(call, call, call, call, call))
    owner.run(9.0)
    return call, owner


def talk(until_s: int) -> list[tuple[float, Event]]:
    """A caller who asks every twelve seconds, now and then into our words, and is answered while still speaking."""
    script: list[tuple[float, Event]] = []
    for number, second in enumerate(range(8, until_s, 12)):
        early = 3.0 if number % 4 == 0 else 0.0
        script += [
            (second - early, CallerStarted()),
            (second + 1.0, CallerMaybeDone("When do you open?")),
            (second + 1.4, CallerSaid("When do you open?", 0.9)),
        ]
    return script


def of_kind(call: ScriptedCall, kind: type[LineAction]) -> list[tuple[float, LineAction]]:
    return [(second, action) for second, action in call.did if isinstance(action, kind)]


def events_of(call: ScriptedCall) -> list[Event]:
    """The log of the call."""
    return [entry.event for entry in call.entries if entry.event is not None]


# --- ten minutes ----------------------------------------------------------------------------------


def test_ten_minutes_of_talk_end_when_the_time_is_up_and_cost_next_to_nothing() -> None:
    costs = []
    for _ in range(5):
        began = time.process_time()
        call, owner = played(talk(TEN_MINUTES_S))
        costs.append(time.process_time() - began)

    assert owner.state.phase is Phase.ENDED
    assert owner.state.end_reason is EndReason.MAX_DURATION
    assert TEN_MINUTES_S <= call.second < TEN_MINUTES_S + 10
    assert len(of_kind(call, Listen)) >= 45
    assert min(costs) < CPU_S * SLACK


def test_a_ten_minute_call_is_a_fixed_number_of_steps_and_rows() -> None:
    call, _ = played(talk(TEN_MINUTES_S))

    ended = [entry for entry in call.entries if entry.ends_turn]
    rows = Counter(number for entry in ended for number in entry.results.utterances)
    assert len(call.entries) < 600
    # Once when it is said, and once more when it was heard.
    assert max(rows.values()) <= 2
    assert len(rows) == owner_numbers(call)


def owner_numbers(call: ScriptedCall) -> int:
    """How many utterances the call has."""
    return call.entries[-1].snapshot.core.next_number


# --- what the owner keeps -------------------------------------------------------------------------


def test_the_recorded_log_replays_to_the_same_actions_and_the_same_state() -> None:
    call, owner = played(talk(120))
    state, actions = new_call(CALL), []

    for event in events_of(call):
        state, more = step(state, event)
        actions += [action for action in more if isinstance(action, LineAction)]
    heir, nothing_done = resumed(events_of(call))

    assert actions == [action for _, action in call.did]
    assert state == owner.state == heir.state
    assert nothing_done.did == nothing_done.asked == nothing_done.entries == []


def resumed(log: list[Event]) -> tuple[CallOwner, ScriptedCall]:
    """Another process takes the call over."""
    call = ScriptedCall(deque(), ANSWERS)
    owner = CallOwner(new_call(CALL), Timers(), Ports(call, call, call, call, call))
    owner.replay(log)
    return owner, call


def test_whoever_takes_over_goes_on_with_the_answer_that_was_owed() -> None:
    call, _ = played(talk(60))
    log = events_of(call)
    cut = next(place for place, event in enumerate(log) if isinstance(event, SentenceReady)) + 1

    heir, line = resumed(log[:cut])
    assert heir.working
    heir.run_turn(9.0)

    assert not heir.working
    assert line.asked == [heir.state.gen]
    assert isinstance(line.did[-1][1], Listen)


def test_a_timer_fires_while_nothing_else_happens() -> None:
    call, owner = played([], new_call(SILENT))

    assert isinstance(events_of(call)[-3], TimerFired)
    assert (Phrase.TIME_IS_UP, TEN_MINUTES_S) in [
        (action.name, second) for second, action in call.did if isinstance(action, PlayClip)
    ]
    assert owner.state.end_reason is EndReason.MAX_DURATION


def test_a_timer_is_not_held_up_by_events_that_keep_coming() -> None:
    flood = [(float(TEN_MINUTES_S), CallerStarted())] * 20

    call, _ = played(flood, new_call(SILENT))

    kinds = [type(event) for event in events_of(call)]
    assert kinds.index(TimerFired) - kinds.index(CallerStarted) == 1


def test_latency_counts_from_the_words_that_opened_the_turn() -> None:
    call, _ = played([(20.0, CallerSaid("When do you open?")), (60.0, CallerSaid("And on Sundays?"))])

    found = {number: ms for entry in call.entries for number, ms in entry.results.latency_ms.items()}
    answers = [ms for ms in found.values() if ms > 0]
    first = int(THINKING_S * 1000)
    assert answers[0] == pytest.approx(first, abs=1)
    assert max(answers) < first + 1000


def test_who_speaks_into_our_words_stops_them_and_what_was_played_of_them_is_heard() -> None:
    call, owner = played(
        [(9.0, CallerSaid("When do you open?")), (10.5, CallerStarted()), (12.0, CallerSaid("Stop."))]
    )

    (stopped_at, _), *_ = of_kind(call, StopSpeaking)
    cut = [entry for entry in owner.state.history if entry.cut]
    assert stopped_at == 10.5
    assert cut
    assert all(entry.heard is not None and entry.heard < len(entry.text) for entry in cut)
    assert any(isinstance(event, Heard) for event in events_of(call))


def test_an_answer_that_is_not_wanted_any_more_is_cancelled() -> None:
    call, _ = played(
        [(9.0, CallerMaybeDone("When do")), (9.2, CallerStarted()), (10.0, CallerSaid("When do you open?"))]
    )

    state, dropped = new_call(CALL), []
    for event in events_of(call):
        state, actions = step(state, event)
        dropped += [action.gen for action in actions if isinstance(action, CancelModel)]
    assert dropped
    assert set(dropped) <= set(call.cancelled)


def test_a_brain_that_reports_nothing_is_given_up_after_a_while() -> None:
    call = ScriptedCall(deque([(0.0, CallStarted()), (10.0, CallerSaid("When do you open?"))]), ANSWERS)
    call.start = lambda *_: lambda: None  # type: ignore[method-assign]

    CallOwner(new_call(replace(CALL, transfer_to=())), Timers(), Ports(call, call, call, call, call)).run(
        idle_s=9.0
    )

    apologies = [
        second
        for second, action in call.did
        if isinstance(action, PlayClip) and action.name == Phrase.APOLOGY_AGAIN
    ]
    assert apologies == [19.0]
    assert isinstance(call.did[-1][1], HangUp)


def test_a_code_is_sent_once_and_only_after_its_turn_was_committed() -> None:
    asked = replace(flow.begin(OnboardingState(), ()).state, first_name="Lea", question=Question.CONSENT)
    call, owner = played(
        [(10.0, CallerSaid("no")), (30.0, CodeChecked(CodeOutcome.APPROVED)), (50.0, CallerSaid("Goodbye"))],
        new_call(CALL, asked),
    )

    (sent_with,) = [entry for entry in call.entries if entry.results.codes and entry.ends_turn]
    assert call.codes == sent_with.results.codes == ["sms"]
    assert owner.state.onboarding is not None and owner.state.onboarding.verified
