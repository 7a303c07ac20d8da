"""What happens to a call, drawn at random: its setup, its onboarding and every type of event."""

from dataclasses import replace

from hypothesis import strategies as st

from tests.domain.call.call_driver import OPERATOR
from voicebot.domain.call.events import (
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
)
from voicebot.domain.call.pickup.rules import PickupRules
from voicebot.domain.call.setup import CallSetup
from voicebot.domain.call.state import CallState, EndReason
from voicebot.domain.call.stepping.commands import MUTED_TIMER, OPERATOR_GONE_TIMER
from voicebot.domain.call.stepping.kinds import StepKind
from voicebot.domain.onboarding.state import OnboardingPhase, OnboardingState, Question, Voice
from voicebot.domain.verification.codes import CodeOutcome

OPERATORS_PHONE = "+12025550123"

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
