"""Whatever comes in whatever order, a thread keeps its promises."""

import json
from dataclasses import fields

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.thread.thread_steps import KNOWN, VOICES, received, sent
from tests.support.examples import examples
from voicebot.domain.onboarding.reading import Reading
from voicebot.domain.onboarding.state import OnboardingPhase
from voicebot.domain.opt_out.channels import Ends
from voicebot.domain.opt_out.judge import keyword_of
from voicebot.domain.person.effects import (
    Suppress,
)
from voicebot.domain.texts.kinds import TextKind
from voicebot.domain.thread import phrases
from voicebot.domain.thread.actions import AskModel, ReadAnswer, SendTexts
from voicebot.domain.thread.events import (
    AnswerFailed,
    AnswerRead,
    CodeCheckedElsewhere,
    ModelAnswered,
    OnboardingWanted,
    Person,
    ReminderDue,
    StopWish,
    Text,
    TextsReceived,
)
from voicebot.domain.thread.flow import step
from voicebot.domain.thread.state import ThreadState
from voicebot.domain.verification.codes import CodeOutcome
from voicebot.domain.verification.find import UNREAD

bodies = st.one_of(
    st.sampled_from(
        ["STOP", "start", "YES", "help", "hi", "Anna", "Vienna", "2", "agree", "no", "later", "continue", "",
         "are you open?", "change my city", "talk to a human", "123456", "skip", "go back", "sign me up", "new code", "all", "offers", "neither"]
    ),
    st.text(max_size=60),
)  # fmt: skip
texts = st.builds(
    lambda number, body, media, outcome, wish, erasure, place, ends: Text(
        number,
        body,
        media,
        place,
        keyword_of(body),
        outcome,
        StopWish.NONE if keyword_of(body) else wish,
        erasure,
        ends,
    ),
    st.integers(1, 999),
    bodies,
    st.sampled_from([(), (), ("image/png",)]),
    st.sampled_from([None, None, None, None, *CodeOutcome]),
    st.sampled_from([StopWish.NONE] * 12 + list(StopWish)),
    st.sampled_from([False] * 9 + [True]),
    st.sampled_from(["", "", "", "Madrid, Spain"]),
    st.sampled_from([Ends.ALL, Ends.TEXTS]),
)
people = st.builds(
    Person,
    first_name=st.sampled_from(["", "Lea"]),
    location=st.sampled_from(["", "Graz"]),
    onboarding_status=st.sampled_from(["pending", "pending", "sms_sent", "completed", "failed"]),
    verified=st.booleans(),
)
events = st.one_of(
    st.builds(
        TextsReceived,
        st.lists(texts, min_size=1, max_size=4).map(tuple),
        people,
        st.sampled_from(["ON", "ON", "ON", "OFF"]),
        st.sampled_from(["twilio", "us"]),
        st.just(VOICES),
    ),
    st.builds(ModelAnswered, st.one_of(st.text(max_size=80), st.just("A sentence of the model. " * 80))),
    st.builds(
        AnswerRead,
        st.lists(st.sampled_from(["kim do", "nice", "my bike is broken", "order"]), max_size=2).map(tuple),
        st.builds(Reading, st.sampled_from(["", "Kim Do", "Order", "Nobody"]), st.sampled_from(["", "Nice"])),
    ),
    st.builds(AnswerFailed, st.just("timeout")),
    st.builds(OnboardingWanted, people, st.just(VOICES), st.booleans()),
    st.builds(ReminderDue, st.integers(0, 4)),
    st.builds(CodeCheckedElsewhere, st.sampled_from(list(CodeOutcome))),
)


@examples(3)
@given(sequence=st.lists(events, max_size=25))
def test_any_sequence_of_events_keeps_the_promises(sequence):
    state = ThreadState()
    reminders = 0

    for event in sequence:
        stored = ThreadState.from_json(json.loads(json.dumps(state.to_json())))
        assert stored == state
        before, (state, actions) = state, step(stored, event)

        words = sent(actions)
        assert len(words) <= 3
        assert state.sent <= 3
        assert all(word.strip() for word in words)
        kinds = [action.kind for action in actions if isinstance(action, SendTexts)]
        if state.stopped:
            # The one confirmation belongs to the step that recorded the request.
            assert words == [] or (
                any(isinstance(action, Suppress) for action in actions)
                and not before.stopped
                and len(words) == 1
            )
            assert AskModel() not in actions
        if AskModel() in actions:
            assert state.asking and isinstance(event, TextsReceived | AnswerRead)
        assert actions.count(AskModel()) <= 1
        reminders += kinds.count(TextKind.REMINDER)
        if isinstance(event, TextsReceived) and event.ai_mode == "OFF":
            assert actions == []
        if isinstance(event, AnswerFailed) and before.asking and not before.stopped:
            assert words
        if not before.onboarding.unfinished and state.onboarding.phase is not OnboardingPhase.RUNNING:
            assert TextKind.REMINDER not in kinds
        assert len(state.recent) <= 8
    assert reminders <= 2


@given(sequence=st.lists(events, max_size=15))
def test_who_texts_words_is_never_met_with_silence_while_the_bot_answers(sequence):
    state = ThreadState()
    for event in sequence:
        state, _ = step(state, event)
    fresh = ThreadState.from_json({**state.to_json(), "stopped": False, "recent": []})

    state, actions = step(fresh, received("a rare remark about the weather", person=Person()))
    if unread := [action for action in actions if isinstance(action, ReadAnswer)]:
        _, actions = step(state, AnswerRead(unread[0].words, Reading()))

    assert sent(actions) or AskModel() in actions


def test_the_strategies_cover_every_field_of_a_text():
    assert {field.name for field in fields(Text)} == {
        "id",
        "body",
        "media",
        "keyword",
        "ends",
        "code_outcome",
        "stop_wish",
        "erasure",
        "place",
    }


def test_a_whole_turn_is_three_texts_at_most_with_model_and_all():
    person = Person(onboarding_status="sms_sent")
    batch = (
        Text(1, "[code]", code_outcome=CodeOutcome.WRONG),
        Text(2, "help", keyword=keyword_of("help")),
        Text(3, "are you open?"),
    )

    state, first = step(ThreadState(), TextsReceived(batch, person, help_answered_by="us"))
    state, second = step(state, ModelAnswered("We open at eight."))

    assert AskModel() in first
    assert "We open at eight." in sent(second)
    assert len(sent(first) + sent(second)) == 3


def test_a_code_that_was_not_understood_is_asked_for_without_the_model():
    state, actions = step(ThreadState(), received(UNREAD))

    assert sent(actions) == [phrases.CODE_UNREAD]
    assert not state.asking


def test_a_code_that_was_not_understood_does_not_delay_what_was_asked_beside_it():
    state, actions = step(ThreadState(), received(UNREAD, "are you open today?"))

    assert sent(actions) == [phrases.CODE_UNREAD]
    assert actions[-1] == AskModel()
    assert state.asking


def test_the_right_code_behind_one_that_was_not_understood_is_thanked_for():
    texts = (Text(1, UNREAD), Text(2, "[code]", code_outcome=CodeOutcome.APPROVED))

    _, actions = step(ThreadState(), TextsReceived(texts, KNOWN))

    assert sent(actions) == ["Thank you, your number is verified."]
