"""A thread answers once, says nothing after STOP, and never apologises twice for the same turn."""

import json
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.examples import examples
from voicebot.domain.onboarding.reading import Reading
from voicebot.domain.onboarding.state import OnboardingPhase, Voice
from voicebot.domain.opt_out.judge import keyword_of
from voicebot.domain.person.effects import (
    Escalate,
    GiveConsent,
    SetAiMode,
    SetOnboarding,
    SetProfile,
    SetVoice,
    StartVerification,
    Suppress,
    effect_to_json,
)
from voicebot.domain.person.wishes import wants_person
from voicebot.domain.texts.kinds import TextKind
from voicebot.domain.texts.segments import Encoding, segments
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

KNOWN = Person(first_name="Lea", onboarding_status="completed")
VOICES = (Voice("a", "Anna", "female"), Voice("b", "Ben", "male"))


def received(*bodies, person=KNOWN, **more):
    texts = tuple(Text(number, body, keyword=keyword_of(body)) for number, body in enumerate(bodies, start=1))
    return TextsReceived(texts, person, voices=VOICES, **more)


def sent(actions):
    return [text for action in actions if isinstance(action, SendTexts) for text in action.texts]


def test_several_texts_ask_the_model_once():
    state, actions = step(ThreadState(), received("hi", "are you open", "on sunday?"))

    assert actions == [AskModel()]
    assert state.asking


def test_an_answer_is_sent_once():
    state, _ = step(ThreadState(), received("hi"))
    state, actions = step(state, ModelAnswered("Hello."))
    again = step(state, ModelAnswered("Hello."))

    assert sent(actions) == ["Hello."]
    assert again == (state, [])


@pytest.mark.parametrize("failure", [AnswerFailed("timeout"), ModelAnswered("  ")])
def test_a_failed_model_is_one_honest_text_a_turn(failure):
    state, _ = step(ThreadState(), received("hi"))
    state, actions = step(state, failure)
    again = step(state, AnswerFailed("timeout"))

    assert sent(actions) == [phrases.MODEL_FAILED]
    assert again == (state, [])


def test_the_second_failure_in_a_row_is_for_a_person_and_the_third_only_for_the_texter():
    state, told = ThreadState(), []
    for body in ("hi", "hello?", "anyone?"):
        state, _ = step(state, received(body))
        state, actions = step(state, AnswerFailed("timeout"))
        assert len(sent(actions)) == 1
        told.append([action for action in actions if isinstance(action, Escalate)])

    assert told == [[], [Escalate("model_failed")], []]


def test_a_turn_that_has_said_all_it_may_leaves_a_question_to_a_person_and_asks_no_model():
    code = Text(1, "123456", code_outcome=CodeOutcome.APPROVED)
    offers = Text(2, "no more offers and delete my data", stop_wish=StopWish.OFFERS, erasure=True)
    question = Text(3, "when do you open?")

    state, actions = step(ThreadState(), TextsReceived((code, offers, question), KNOWN, voices=VOICES))

    assert (len(sent(actions)), state.asking) == (3, False)
    assert Escalate("model_failed") in actions
    assert AskModel() not in actions


def test_off_is_silence_whatever_comes():
    for body in ("hi", "HELP", "talk to a person", ""):
        assert step(ThreadState(), received(body, ai_mode="OFF"))[1] == []


def test_nothing_is_said_to_twilios_own_keywords():
    for body in ("STOP", "start", "Help"):
        assert step(ThreadState(), received(body))[1] == []


def test_help_is_answered_where_twilio_does_not():
    assert sent(step(ThreadState(), received("help", help_answered_by="us"))[1]) == [phrases.HELP]


def test_a_stop_outweighs_the_texts_beside_it_and_a_later_start_lifts_it():
    stopped, actions = step(ThreadState(), received("are you open?", "STOP"))
    started, more = step(stopped, received("START", "are you open?"))

    assert (stopped.stopped, actions) == (True, [])
    assert (started.stopped, more) == (False, [AskModel()])


def test_a_stop_that_came_on_another_channel_ends_the_questions_here_too():
    asked, _ = step(ThreadState(), received("hi", person=Person()))
    elsewhere = Person(onboarding_status="failed", suppressed=False)

    state, actions = step(asked, received("are you open?", person=elsewhere))
    _, answered = step(state, ModelAnswered("Yes."))

    assert asked.onboarding.running
    assert (state.onboarding.phase, actions) == (OnboardingPhase.FAILED, [AskModel()])
    assert sent(answered) == ["Yes."]


def test_an_answer_that_comes_after_stop_is_dropped():
    state, _ = step(ThreadState(), received("are you open?"))
    state, _ = step(state, received("are you open?", "stop"))

    assert step(state, ModelAnswered("Yes.")) == (state, [])


def test_a_request_that_only_the_second_opinion_found_is_confirmed_once_and_recorded():
    text = Text(1, "wrong number", stop_wish=StopWish.JUDGED)

    state, actions = step(ThreadState(), TextsReceived((text,), KNOWN))

    assert actions == [SendTexts((phrases.OPT_OUT_CONFIRMED,), TextKind.CONFIRMATION), Suppress()]
    assert step(state, TextsReceived((text,), KNOWN))[1] == []


def test_a_request_that_was_recorded_is_confirmed_where_it_was_recorded():
    text = Text(1, "please stop texting me", stop_wish=StopWish.RECORDED)

    assert step(ThreadState(), TextsReceived((text,), KNOWN))[1] == []


@pytest.mark.parametrize("outcome", list(CodeOutcome))
def test_a_code_gets_a_fixed_text_and_no_model(outcome):
    code = TextsReceived((Text(1, "[code]", code_outcome=outcome),), KNOWN)

    _, actions = step(ThreadState(), code)

    assert len(sent(actions)) == 1
    assert AskModel() not in actions


def test_a_code_that_belongs_elsewhere_is_answered_so_and_begins_no_onboarding():
    new = replace(KNOWN, onboarding_status="pending")
    code = TextsReceived((Text(1, "[code]", code_outcome=CodeOutcome.ELSEWHERE),), new, onboards=True)

    state, actions = step(ThreadState(), code)

    assert sent(actions) == ["Please enter that code where you were asked for it, and not here."]
    assert AskModel() not in actions
    assert not state.onboarding.unfinished


def test_equal_texts_of_a_machine_end_in_silence_and_a_person():
    state = ThreadState()
    for number in range(4):
        state, actions = step(state, received("I am away from my desk until Monday."))
        assert (AskModel() in actions) == (number < 3)

    assert actions == [Escalate("loop"), SetAiMode("OFF")]


def test_a_short_word_may_come_often():
    state = ThreadState()
    for _ in range(5):
        state, actions = step(state, received("ok"))

    assert actions == [AskModel()]


@pytest.mark.parametrize(
    "text",
    ["Can I talk to a person?", "I want to speak with a human", "human please", "Agent", "get me a real person",
     "can someone call me", "quiero hablar con una persona", "let me speak to your manager", "please, a real person!!",
     "No, agent please."],
)  # fmt: skip
def test_a_wish_for_a_person_is_heard(text):
    assert wants_person(text)


@pytest.mark.parametrize(
    "text",
    ["is that a person's name?", "I want the person who fixes bikes", "one person more for the table",
     "I don't want to talk to a person", "my agent is late", "human rights lecture at 5"],
)  # fmt: skip
def test_talk_about_people_is_not_a_wish_for_one(text):
    assert not wants_person(text)


def test_a_wish_for_a_person_is_told_once_in_five_turns():
    state, first = step(ThreadState(), received("agent please"))
    state, second = step(state, received("I want a human"))

    assert Escalate("human_requested", "agent please") in first
    assert sent(second) == [phrases.PERSON_TOLD_BEFORE]
    assert len(second) == 1


def test_every_effect_has_the_shape_that_the_database_takes():
    effects = [
        SetProfile(first_name="A", last_name=""),
        SetVoice("v"),
        SetOnboarding("completed"),
        GiveConsent("marketing", "denied", "onboarding-1"),
        StartVerification("call"),
        Suppress(),
        Escalate("loop"),
        SetAiMode("OFF"),
    ]

    assert [effect_to_json(effect) for effect in effects] == [
        {"type": "set_profile", "first_name": "A", "last_name": ""},
        {"type": "set_voice", "voice_id": "v"},
        {"type": "set_onboarding", "status": "completed"},
        {"type": "consent", "purpose": "marketing", "state": "denied", "wording_version": "onboarding-1"},
        {"type": "start_verification", "channel": "call"},
        {"type": "suppress", "scope": "all", "reason": "spoken_request"},
        {"type": "escalate", "reason": "loop", "message": ""},
        {"type": "set_ai_mode", "mode": "OFF"},
    ]


def test_fixed_texts_stay_in_cheap_segments():
    fixed = [value for name, value in vars(phrases).items() if name.isupper() and isinstance(value, str)]

    assert len(fixed) >= 7
    assert all(segments(text).encoding is Encoding.GSM7 and segments(text).count <= 2 for text in fixed)


def test_a_state_without_an_open_question_is_read_by_the_version_before():
    assert "scope_asks" not in ThreadState().to_json()
    assert ThreadState.from_json(ThreadState(scope_asks=1).to_json()).scope_asks == 1


def test_a_state_of_another_version_is_refused():
    with pytest.raises(ValueError, match="version 7"):
        ThreadState.from_json({**ThreadState().to_json(), "version": 7})


# --- any sequence ---------------------------------------------------------------------------------

bodies = st.one_of(
    st.sampled_from(
        ["STOP", "start", "YES", "help", "hi", "Anna", "Vienna", "2", "agree", "no", "later", "continue", "",
         "are you open?", "change my city", "talk to a human", "123456", "skip", "go back", "sign me up", "new code", "all", "offers", "neither"]
    ),
    st.text(max_size=60),
)  # fmt: skip
texts = st.builds(
    lambda number, body, media, outcome, wish, erasure, place: Text(
        number,
        body,
        media,
        place,
        keyword_of(body),
        outcome,
        StopWish.NONE if keyword_of(body) else wish,
        erasure,
    ),
    st.integers(1, 999),
    bodies,
    st.sampled_from([(), (), ("image/png",)]),
    st.sampled_from([None, None, None, None, *CodeOutcome]),
    st.sampled_from([StopWish.NONE] * 12 + list(StopWish)),
    st.sampled_from([False] * 9 + [True]),
    st.sampled_from(["", "", "", "Madrid, Spain"]),
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
            assert words == [] or (Suppress() in actions and not before.stopped and len(words) == 1)
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
