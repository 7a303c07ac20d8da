"""Whatever happens to a call, in whatever order: its state stays valid and nobody waits for nothing."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.call.call_driver import OPERATOR, SETUP, clips, turn_ends
from tests.support.examples import examples
from voicebot.domain.call.actions import (
    Action,
    CancelModel,
    HangUp,
    KeepEffects,
    Listen,
    NoteCommand,
    PlayClip,
    ReadAnswer,
    RunTool,
    SaveUtterance,
    SendCode,
    Speak,
    StartModel,
    Transfer,
)
from voicebot.domain.call.answers import MAX_TOOL_CALLS
from voicebot.domain.call.events import (
    EVENT_TYPES,
    AnswerRead,
    CallEnded,
    CallerMaybeDone,
    CallerResumed,
    CallerSaid,
    CallerStarted,
    CallStarted,
    CodeChecked,
    Event,
    Heard,
    HeardSource,
    KeyPressed,
    LanguageHeard,
    MachineJudged,
    ModelFailed,
    ModelFinished,
    MoneySpent,
    OperatorActed,
    OperatorJoined,
    OperatorLeft,
    OperatorSaid,
    SentenceReady,
    SilencePassed,
    TimerFired,
    ToolAsked,
    ToolFinished,
    TransferEnded,
    TransferOutcome,
    TransportLost,
    TransportResumed,
    TurnReopened,
    event_from_json,
    event_to_json,
)
from voicebot.domain.call.flow import new_call, step
from voicebot.domain.call.history import last_words, openai_history
from voicebot.domain.call.phrases import ENGLISH
from voicebot.domain.call.pickup.flow import MAILBOX_TIMER
from voicebot.domain.call.pickup.rules import PickupRules
from voicebot.domain.call.questions import MAX_ASIDES
from voicebot.domain.call.setup import CallSetup
from voicebot.domain.call.state import (
    MAX_HISTORY,
    MAX_HISTORY_CHARS,
    Answer,
    Assurance,
    CallState,
    EndReason,
    Phase,
)
from voicebot.domain.call.stepping.commands import MUTED_TIMER, OPERATOR_GONE_TIMER
from voicebot.domain.call.stepping.kinds import StepKind
from voicebot.domain.onboarding.phrases import ask
from voicebot.domain.onboarding.state import Medium, OnboardingPhase, OnboardingState, Question, Voice
from voicebot.domain.person.effects import GiveConsent, StartVerification
from voicebot.domain.verification.codes import CodeOutcome

OPERATORS_PHONE = "+12025550123"
PHASE_AFTER = {Listen: Phase.LISTENING, HangUp: Phase.ENDING, Transfer: Phase.TRANSFERRING}

setups = st.builds(
    CallSetup,
    greeting=st.sampled_from(["", "Hello."]),
    tools=st.sampled_from([(), ("end_call", "transfer"), ("end_call", "transfer", "change_voice", "lookup")]),
    transfer_to=st.sampled_from([(), (OPERATOR,), (OPERATOR, "+12025550198")]),
    record=st.booleans(),
    recording_announcement=st.sampled_from(["", "We record this."]),
    hints=st.sampled_from([(), ("bread",)]),
    pickup=st.none()
    | st.builds(
        PickupRules,
        st.sampled_from(["", "Please call us back."]),
        st.sampled_from(["This is the bakery."]),
        st.booleans(),
    ),
)
voices = st.sampled_from([(), (Voice("v1", "Anna", "female"), Voice("v2", "Brian", "male"))])
onboardings = st.none() | st.builds(
    OnboardingState,
    # As likely as all others together: the rest follows from it.
    phase=st.sampled_from([OnboardingPhase.IDLE, *OnboardingPhase, OnboardingPhase.RUNNING]),
    question=st.sampled_from([question for question in Question if question is not Question.VOICE]),
    first_name=st.sampled_from(["", "Ann"]),
    location=st.sampled_from(["", "Boston"]),
    verified=st.booleans(),
    code_sent=st.booleans(),
    voices=voices,
    reminders=st.integers(0, 2),
)
answers = st.sampled_from(
    [
        "yes",
        "I agree",
        "Ann Smith",
        "Boston",
        "skip",
        "back",
        "later",
        "continue",
        "that is wrong",
        "Goodbye",
        "kim do",
        "my bike is broken",
        "Anna",
    ]
)
of_machines = st.sampled_from(
    [
        "Please leave a message after the tone.",
        "State your name and why you are calling.",
        "Thanks, please hold.",
        "This person is not available.",
    ]
)
words = (
    of_machines
    | st.sampled_from(["yes", "Yes.", "When do you open?", "...", "", "no thanks", "Spanish please"])
    | st.text(max_size=20)
    | answers
)
confidences = st.none() | st.floats(0, 1) | st.sampled_from([0.0, float("nan"), -1.0])
json_values = st.dictionaries(
    st.text(max_size=5), st.integers() | st.text(max_size=9) | st.none(), max_size=2
)
tool_ids = st.sampled_from(["a", "b", "c", "d", "e", "f", "g"])
tool_names = st.sampled_from(["end_call", "transfer", "change_voice", "lookup", "drop_tables"])


OPEN = "the first open tool"
gens = st.sampled_from([0, 0, 0, 0, -1, 1])
"""Relative to the latest generation; `placed` makes them absolute."""
seqs = st.sampled_from([0, 0, 0, 0, 1, 2, -1])
"""Relative to the sentence that comes next."""
caller_events = [
    st.builds(CodeChecked, st.sampled_from(CodeOutcome), st.just("[code]")),
    st.builds(CallerSaid, words, confidences),
    st.builds(CallerMaybeDone, words, confidences),
    st.builds(KeyPressed, st.sampled_from([*"0123456789*#", "A", ""])),
    st.sampled_from([CallerStarted(), CallerResumed(), SilencePassed()]),
    st.builds(LanguageHeard, st.sampled_from(["en", "es-ES", "de", "it"])),
]
model_events = [
    st.builds(SentenceReady, gens, seqs, words),
    st.builds(ToolAsked, gens, tool_ids, tool_names, json_values),
    st.builds(
        ToolFinished, gens, st.just(OPEN) | tool_ids, st.booleans(), words, st.sampled_from([None, "voice-2"])
    ),
    st.builds(AnswerRead, gens, st.sampled_from(["", "Ann", "Nobody"]), st.sampled_from(["", "Boston"])),
    st.builds(ModelFinished, gens),
    st.builds(ModelFailed, gens, st.sampled_from(["timeout", "empty"])),
]
line_events = [
    st.builds(Heard, gens, st.integers(0, 12), st.integers(-1, 40), st.sampled_from(HeardSource)),
    st.builds(
        TimerFired,
        st.sampled_from(
            ["max_duration", "transport", "other", "mailbox_quiet", MUTED_TIMER, OPERATOR_GONE_TIMER]
        ),
    ),
    st.builds(TransferEnded, st.sampled_from(TransferOutcome)),
    st.builds(
        OperatorActed,
        st.sampled_from([*map(str, StepKind), "dance"]),
        words,
        st.sampled_from([0, 7]),
        st.sampled_from(["anna", "ben"]),
        st.sampled_from(["", OPERATORS_PHONE]),
        st.booleans(),
    ),
    st.sampled_from([OperatorJoined(), OperatorLeft(), OperatorSaid("Anna here."), TurnReopened()]),
    st.sampled_from([TransportLost(), TransportResumed(), CallStarted(), MoneySpent()]),
    st.sampled_from([MachineJudged(), MachineJudged(listens=True)]),
]
the_end = st.builds(CallEnded, st.sampled_from([*EndReason, "odd"]))
any_event = st.one_of(*caller_events, *model_events, *model_events, *line_events, the_end)


def placed(event: Event, state: CallState) -> Event:
    """Return the event with its relative generation, sentence and tool made those of the state."""
    match event:
        case SentenceReady(gen, seq):
            return replace(event, gen=state.gen + gen, seq=state.answer.next_seq + seq)
        case ToolFinished(gen, tool_id):
            opened = state.answer.open_tools[0] if tool_id == OPEN and state.answer.open_tools else tool_id
            return replace(event, gen=state.gen + gen, id=opened)
        case Heard(gen=-1):
            return event
        case AnswerRead() | ToolAsked() | ModelFinished() | ModelFailed() | Heard():
            return replace(event, gen=state.gen + event.gen)
    return event


def assert_valid(state: CallState) -> None:
    answer = state.answer
    assert state.committed_gen <= state.gen
    assert answer.speculative == (answer.speculative and state.phase is Phase.LISTENING)
    assert not answer.speculative or state.gen > state.committed_gen
    assert not answer.held or answer.speculative
    # Who thinks or speaks has something under way that will end the turn.
    assert state.answering == (answer.busy and not answer.speculative)
    assert state.answering or answer.speculative or answer == Answer()
    assert (state.end_reason is not None) == (state.phase in (Phase.ENDING, Phase.ENDED))
    assert len(state.history) <= MAX_HISTORY
    assert sum(entry.size for entry in state.history) <= MAX_HISTORY_CHARS
    assert state.asides <= MAX_ASIDES + 1
    # The open question follows an answer only while it is open.
    assert not state.by_the_way or (state.onboarding is not None and state.onboarding.running)
    numbers = [entry.number for entry in state.history if entry.number is not None]
    assert numbers == sorted(set(numbers))
    assert all(number < state.next_number for number in numbers)


def assert_allowed(before: CallState, state: CallState, actions: list[Action]) -> None:
    ends = turn_ends(actions)
    assert len(ends) <= 1
    if ends:
        assert state.phase is PHASE_AFTER[ends[0]]
    elif state.phase in PHASE_AFTER.values():
        # The floor changes hands by an action only.
        assert state.phase is before.phase
    for action in actions:
        match action:
            case Speak(gen=gen) | RunTool(gen=gen):
                assert gen <= state.committed_gen
            case ReadAnswer(gen):
                assert gen == state.gen > before.gen and state.answer.reading
            case StartModel(gen, speculative):
                assert gen == state.gen > before.gen
                assert speculative == (gen > state.committed_gen)
            case PlayClip(name, seq):
                assert name in ENGLISH
                assert 0 <= seq < state.next_number
            case Transfer(to=to):
                assert to == ((OPERATORS_PHONE,) if state.stepped.held else state.setup.transfer_to)
            case SaveUtterance(number):
                assert 0 <= number < state.next_number
    if any(isinstance(action, RunTool) for action in actions):
        assert all(action.name in state.setup.tools for action in actions if isinstance(action, RunTool))
        assert state.tool_calls <= MAX_TOOL_CALLS


def assert_guided_fairly(before: CallState, event: Event, state: CallState, actions: list[Action]) -> None:
    """Consent is given only to its question, codes go out only to who is asked, and only a right one verifies."""
    for action in actions:
        match action:
            case SendCode(channel):
                assert state.onboarding is not None
                assert channel in ("sms", "call")
            case KeepEffects(effects):
                assert effects
                assert not [effect for effect in effects if isinstance(effect, StartVerification)]
                if any(isinstance(effect, GiveConsent) for effect in effects):
                    assert isinstance(event, CallerSaid | SilencePassed | KeyPressed | AnswerRead)
                    assert_consent_was_asked(before)
    noted = [action.id for action in actions if isinstance(action, NoteCommand)]
    asked = isinstance(event, OperatorActed) and event.command and before.phase is not Phase.ENDED
    assert noted == ([7] if asked else [])
    if state.assurance is not before.assurance:
        assert event == CodeChecked(CodeOutcome.APPROVED)
        assert state.assurance is Assurance.VERIFIED


def assert_consent_was_asked(before: CallState) -> None:
    assert before.onboarding is not None
    if before.onboarding.question is Question.CONSENT:
        asked = ask(before.onboarding, Medium.CALL).lower()
        assert last_words(before)[-1].text.lower().endswith(asked)


def assert_no_model_runs_unwatched(
    before: CallState, event: Event, state: CallState, actions: list[Action]
) -> None:
    """A model that is no longer waited for has finished, has failed or is told to stop."""
    still_waited_for = state.answer.running and state.gen == before.gen
    if before.answer.running and not still_waited_for and not isinstance(event, ModelFinished | ModelFailed):
        assert CancelModel(before.gen) in actions


def assert_messages_well_formed(messages: list[dict[str, Any]]) -> None:
    waiting: list[str] = []
    for message in messages:
        if message["role"] == "tool":
            assert message["tool_call_id"] == waiting.pop(0)
            continue
        assert not waiting
        waiting = [call["id"] for call in message.get("tool_calls", [])]
        assert message["content"] or waiting
        for call in message.get("tool_calls", []):
            assert isinstance(json.loads(call["function"]["arguments"]), dict)
    assert not waiting


def through_json(state: CallState) -> CallState:
    return CallState.from_json(json.loads(json.dumps(state.to_json())))


def assert_no_wedge(state: CallState) -> None:
    """Let everything under way finish and the caller speak: something must come of it."""
    for _ in range(20):
        if state.phase is Phase.TRANSFERRING:
            state, actions = step(state, TransferEnded(TransferOutcome.NO_ANSWER))
        elif state.answer.reading:
            state, actions = step(state, AnswerRead(state.gen))
        elif state.answering and state.answer.open_tools:
            state, actions = step(state, ToolFinished(state.gen, state.answer.open_tools[0], True, "done"))
        elif state.answering:
            state, actions = step(state, ModelFinished(state.gen))
        else:
            break
    if state.stepped.held and state.conversing:
        # Two people may talk for as long as they like.
        state, actions = step(replace(state, transport_lost=False), TimerFired(OPERATOR_GONE_TIMER))
        assert clips(actions)
        return
    if state.phase is not Phase.LISTENING:
        assert state.phase in (Phase.NEW, Phase.ENDING, Phase.ENDED)
        return
    state, actions = step(replace(state, transport_lost=False), CallerSaid("a rare question", 0.9))
    if state.answer.reading:
        state, actions = step(state, AnswerRead(state.gen))
    if state.pickup and state.pickup.message_due:
        # A mailbox that still speaks is waited for.
        state, actions = step(state, TimerFired(MAILBOX_TIMER))
    assert any(isinstance(action, StartModel | PlayClip | Speak) for action in actions)


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

        assert through_json(state) == state
        assert step(through_json(state), stored) == step(state, event)

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
