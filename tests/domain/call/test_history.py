"""What the model is told of a call."""

from dataclasses import replace

from tests.domain.call.call_driver import SETUP, answered, drive, listening, speaking, thinking
from voicebot.domain.call.events import (
    CallerSaid,
    CallerStarted,
    Heard,
    HeardSource,
    KeyPressed,
    ModelFailed,
    ModelFinished,
    OperatorActed,
    SentenceReady,
    SilencePassed,
    ToolAsked,
    ToolFinished,
)
from voicebot.domain.call.history import openai_history

GREETING = {"role": "assistant", "content": "Hello, this is the bakery."}
QUESTION = {"role": "user", "content": "When do you open?"}
CATALOGUE = replace(SETUP, tools=(*SETUP.tools, "lookup"))


def test_the_sentences_of_an_answer_are_one_message():
    state = answered(SETUP, "At eight.", "Until six.")

    assert openai_history(state) == [
        GREETING,
        QUESTION,
        {"role": "assistant", "content": "At eight. Until six."},
    ]


def test_an_answer_that_was_cut_ends_with_a_dash():
    state, _ = drive(speaking(SETUP, "At eight.", "Until six."), Heard(1, 0, 99, HeardSource.MARK))
    state, _ = drive(state, Heard(1, 1, 6, HeardSource.MARK), CallerStarted())

    assert openai_history(state)[-1]["content"] == "At eight. Until—"


def test_an_answer_of_which_nothing_was_heard_was_never_given():
    state, _ = drive(speaking(), CallerStarted())

    assert openai_history(state) == [GREETING, QUESTION]


def test_a_tool_call_is_followed_by_its_result_and_then_by_the_answer_to_it():
    state, _ = drive(thinking(CATALOGUE), SentenceReady(1, 0, "Let me look."))
    state, _ = drive(state, ToolAsked(1, "t1", "lookup", {"what": "rye"}), ToolAsked(1, "t2", "steal", {}))
    state, _ = drive(state, ModelFinished(1), ToolFinished(1, "t1", True, "4 euros"))
    state, _ = drive(state, SentenceReady(2, 0, "Four euros."), ModelFinished(2))

    assert openai_history(state)[2:] == [
        {
            "role": "assistant",
            "content": "Let me look.",
            "tool_calls": [
                {
                    "id": "t1",
                    "type": "function",
                    "function": {"name": "lookup", "arguments": '{"what": "rye"}'},
                },
                {"id": "t2", "type": "function", "function": {"name": "steal", "arguments": "{}"}},
            ],
        },
        {"role": "tool", "tool_call_id": "t1", "content": "4 euros"},
        {"role": "tool", "tool_call_id": "t2", "content": "Refused: there is no tool named steal."},
        {"role": "assistant", "content": "Four euros."},
    ]


def test_a_sentence_after_a_tool_call_stands_before_the_result_in_one_message():
    state, _ = drive(thinking(CATALOGUE), ToolAsked(1, "t1", "lookup"), SentenceReady(1, 0, "One moment."))

    assert [message["role"] for message in openai_history(state)[2:]] == ["assistant", "tool"]
    assert openai_history(state)[2]["content"] == "One moment."


def test_a_tool_call_without_words_has_no_content():
    state, _ = drive(thinking(CATALOGUE), ToolAsked(1, "t1", "lookup"))

    assert openai_history(state)[2]["content"] is None


def test_phrases_about_our_own_failures_are_not_told():
    state, _ = drive(thinking(), ModelFailed(1, "timeout"), CallerSaid("Again: when?"))

    assert openai_history(state) == [GREETING, QUESTION, {"role": "user", "content": "Again: when?"}]


def test_other_phrases_are_told_because_the_caller_answers_them():
    state, _ = drive(listening(), SilencePassed(), CallerSaid("Yes."))

    assert openai_history(state) == [
        GREETING,
        {"role": "assistant", "content": "Are you still there?"},
        {"role": "user", "content": "Yes."},
    ]


def test_keys_and_operators_are_told():
    state, _ = drive(listening(), KeyPressed("5"), OperatorActed("say", "Anna here."))

    assert openai_history(state)[1:] == [
        {"role": "user", "content": "(pressed 5)"},
        {"role": "assistant", "content": "Anna here."},
    ]
