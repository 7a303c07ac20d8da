"""A thread answers once, says nothing after STOP, and never apologises twice for the same turn."""

from dataclasses import replace

import pytest

from tests.domain.thread.thread_steps import KNOWN, VOICES, received, sent
from voicebot.domain.onboarding.state import OnboardingPhase
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
from voicebot.domain.person.emergency import IN_A_TEXT, WORDS
from voicebot.domain.person.wishes import wants_person
from voicebot.domain.texts.kinds import TextKind
from voicebot.domain.texts.segments import Encoding, segments
from voicebot.domain.thread import phrases
from voicebot.domain.thread.actions import AskModel, SendTexts
from voicebot.domain.thread.events import (
    AnswerFailed,
    ModelAnswered,
    Person,
    StopWish,
    Text,
    TextsReceived,
)
from voicebot.domain.thread.flow import step
from voicebot.domain.thread.state import ThreadState
from voicebot.domain.verification.codes import CodeOutcome


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
     "No, agent please.", "need 2 speak 2 sum1", "this bot is useless give me a person", "put me through to anna", "transfer me",
     "I dont want to talk to a machine", "customer service", "can someone from the team call me back", "gimme a human", "gib mir mal nen mitarbeiter",
     "isn't there a person i can speak to??", "me pasas con alguien por favor", "necesito hablar con alguien de la tienda",
     "je veux parler à quelqu'un", "passez-moi quelqu'un svp", "un conseiller svp", "verbinden sie mich mit der werkstatt",
     "ich will mit einem menschen sprechen", "Mitarbeiter bitte", "quero falar com um atendente", "me transfere pra um atendente",
     "vorrei parlare con un operatore", "mi passi una persona vera", "hay alguien humano ahí?", "I'd rather deal with a person",
     "no bots", "talk to support", "stop with the bot stuff I want a human", "kein Roboter bitte", "no quiero hablar con un robot",
     "I'd like to be connected with billing", "transfer me to the front desk", "please have a rep call me"],
)  # fmt: skip
def test_a_wish_for_a_person_is_heard(text):
    assert wants_person(text)


@pytest.mark.parametrize(
    "text",
    ["is that a person's name?", "I want the person who fixes bikes", "one person more for the table",
     "I don't want to talk to a person", "my agent is late", "human rights lecture at 5",
     "do you have operator manuals", "the last agent was so nice", "no need to transfer me, thanks", "I have someone coming at 3",
     "give someone else my slot", "My wife will speak to someone at the bank", "connect me to the wifi when i come",
     "hablé con alguien ayer", "no quiero hablar con nadie", "j'ai parlé à quelqu'un hier", "passe-moi le prix du casque",
     "are you not a bot?", "I am not a robot", "ich habe gestern mit jemandem gesprochen", "ist jemand im laden", "ho parlato con un operatore ieri", "mi passa il prezzo",
     "I'll talk to my agent first", "let me speak with my husband"],
)  # fmt: skip
def test_talk_about_people_is_not_a_wish_for_one(text):
    assert not wants_person(text)


def test_a_wish_for_a_person_is_told_once_in_five_turns():
    state, first = step(ThreadState(), received("agent please"))
    state, second = step(state, received("I want a human"))

    assert Escalate("human_requested", "agent please") in first
    assert sent(second) == [phrases.PERSON_TOLD_BEFORE]
    assert len(second) == 1


def test_whoever_is_in_danger_reads_at_once_who_sends_help_and_a_person_is_told_each_time():
    state, first = step(ThreadState(), received("hi", "il y a le feu !", emergency_number="112"))
    state, second = step(state, received("call an ambulance", person=Person(onboarding_status="pending")))

    assert sent(first) == [WORDS.said(IN_A_TEXT, "fr").format(number="112")]
    assert Escalate("emergency", "il y a le feu !") in first and AskModel() not in first
    assert "please call the emergency number now" in sent(second)[0]
    assert Escalate("emergency", "call an ambulance") in second
    assert AskModel() in step(state, received("When do you open?"))[1]


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


def test_a_wish_for_no_calls_that_is_found_late_ends_calls_alone():
    event = TextsReceived((Text(1, "stop calling, text me", stop_wish=StopWish.CALLS),), KNOWN)

    state, actions = step(ThreadState(), event)

    assert sent(actions) == [phrases.CALLS_ENDED]
    assert Suppress("calls") in actions
    assert not state.stopped
