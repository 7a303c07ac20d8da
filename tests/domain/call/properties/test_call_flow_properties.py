"""Whatever happens to a call, in whatever order: its state stays valid and nobody waits for nothing."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.call.call_driver import SETUP, stored_and_read
from tests.domain.call.properties.drawn import (
    any_event,
    json_values,
    onboardings,
    placed,
    setups,
    tool_ids,
    tool_names,
)
from tests.domain.call.properties.validity import (
    assert_allowed,
    assert_guided_fairly,
    assert_messages_well_formed,
    assert_no_model_runs_unwatched,
    assert_no_wedge,
    assert_valid,
)
from tests.support.examples import examples
from voicebot.domain.call.actions import Action, StartModel
from voicebot.domain.call.events import (
    EVENT_TYPES,
    CallerMaybeDone,
    CallerSaid,
    CallStarted,
    Event,
    ModelFailed,
    ModelFinished,
    SentenceReady,
    ToolAsked,
    event_from_json,
    event_to_json,
)
from voicebot.domain.call.flow import new_call, step
from voicebot.domain.call.history import openai_history
from voicebot.domain.call.state import CallState, Phase


@examples(5)
@given(
    setup=setups, onboarding=onboardings, begun=st.integers(0, 9), sequence=st.lists(any_event, max_size=60)
)
def test_any_sequence_of_events_keeps_the_call_valid(setup, onboarding, begun, sequence):
    state = new_call(setup, onboarding)
    if begun:
        state, _ = step(state, CallStarted())

    for event in sequence:
        before, event = state, placed(event, state)
        state, actions = step(before, event)
        assert_valid(state)
        assert_allowed(before, state, actions)
        assert_no_model_runs_unwatched(before, event, state, actions)
        assert_guided_fairly(before, event, state, actions)
        assert_messages_well_formed(openai_history(state))
        if before.phase is Phase.ENDED:
            assert (state, actions) == (before, [])

    assert_no_wedge(state)


@examples(1.5)
@given(setup=setups, onboarding=onboardings, sequence=st.lists(any_event, max_size=40))
def test_a_state_and_an_event_that_went_through_json_lead_to_the_same_actions(setup, onboarding, sequence):
    state, _ = step(new_call(setup, onboarding), CallStarted())

    for event in sequence:
        event = placed(event, state)
        stored = event_from_json(json.loads(json.dumps(event_to_json(event))))

        assert stored_and_read(state) == state
        assert step(stored_and_read(state), stored) == step(state, event)

        state, _ = step(state, event)


@given(data=st.data())
def test_nothing_of_a_speculative_answer_happens_before_the_caller_is_done(data):
    state, _ = step(new_call(SETUP), CallStarted())
    state, _ = step(state, CallerMaybeDone("When do you open?"))
    gen = state.gen
    of_the_model = [
        st.builds(SentenceReady, st.just(gen), st.integers(0, 5), st.sampled_from(["Eight.", "Nine."])),
        st.builds(ToolAsked, st.just(gen), tool_ids, tool_names, json_values),
        st.just(ModelFinished(gen)),
        st.just(ModelFailed(gen, "timeout")),
    ]

    for event in data.draw(st.lists(st.one_of(of_the_model), max_size=20)):
        state, actions = step(state, event)
        assert actions == []

    assert [entry.text for entry in state.history] == [SETUP.greeting]


@given(data=st.data())
def test_a_committed_speculation_says_what_an_answer_begun_at_the_end_of_the_turn_would_say(data):
    replies = data.draw(
        st.lists(
            st.builds(SentenceReady, st.just(1), st.integers(0, 3), st.sampled_from(["Eight.", "Nine."]))
            | st.builds(ToolAsked, st.just(1), tool_ids, tool_names, json_values),
            max_size=8,
        )
    )
    events_of_answer: list[Event] = [*replies, ModelFinished(1)]
    greeted, _ = step(new_call(SETUP), CallStarted())
    cut = data.draw(st.integers(0, len(events_of_answer)))

    plain = run(greeted, [CallerSaid("Open?"), *events_of_answer])
    tentative = [
        CallerMaybeDone("open"),
        *events_of_answer[:cut],
        CallerSaid("Open?"),
        *events_of_answer[cut:],
    ]
    early = run(greeted, tentative)

    assert [action for action in plain if not isinstance(action, StartModel)] == [
        action for action in early if not isinstance(action, StartModel)
    ]


def run(state: CallState, sequence: list[Event]) -> list[Action]:
    actions: list[Action] = []
    for event in sequence:
        state, more = step(state, event)
        actions += more
    return actions


def test_the_strategies_draw_every_type_of_event():
    drawn = set()

    @examples(3, database=None)
    @given(sequence=st.lists(any_event, min_size=20, max_size=20))
    def collect(sequence):
        drawn.update(type(event).__name__ for event in sequence)

    collect()

    assert drawn == set(EVENT_TYPES)
