"""The onboarding keeps its place, whatever is said, by phone or by text."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.domain.onboarding import phrases
from voicebot.domain.onboarding.flow import answer, ask, begin, code_checked, remind, resume, stop
from voicebot.domain.onboarding.moves import OnboardingTurn
from voicebot.domain.onboarding.state import Medium, OnboardingPhase, OnboardingState, Question, Voice
from voicebot.domain.person.effects import GiveConsent, SetOnboarding, StartVerification
from voicebot.domain.texts.segments import Encoding, segments
from voicebot.domain.verification.codes import CodeOutcome

VOICES = (Voice("a", "Anna", "female"), Voice("b", "Ben", "male"))
STARTED = begin(OnboardingState(), VOICES).state
ASKED = {
    Question.NAME: STARTED,
    Question.LOCATION: replace(STARTED, first_name="Lea", question=Question.LOCATION),
    Question.VOICE: replace(STARTED, first_name="Lea", location="Graz", question=Question.VOICE),
    Question.CONSENT: replace(STARTED, first_name="Lea", location="Graz", question=Question.CONSENT),
    Question.VERIFICATION: replace(STARTED, first_name="Lea", code_sent=True, question=Question.VERIFICATION),
}
RIGHT = {Question.NAME: "Lea", Question.LOCATION: "Graz", Question.VOICE: "Ben", Question.CONSENT: "no"}


@pytest.mark.parametrize("question", list(RIGHT))
def test_a_right_answer_opens_the_next_question(question):
    turn = answer(ASKED[question], RIGHT[question])

    order = list(ASKED)
    assert turn.state.question is order[order.index(question) + 1]
    assert turn.reply.endswith(ask(turn.state))
    assert turn.effects


@pytest.mark.parametrize("question", list(ASKED))
@pytest.mark.parametrize(
    "text", ["What does that cost me?", "how long does this take", "can you tell me your hours"]
)
def test_a_question_is_answered_and_the_very_same_question_follows(question, text):
    turn = answer(ASKED[question], text)

    assert turn.ask_model
    assert turn.state == ASKED[question]
    assert turn.reply.removeprefix("By the way, ")[1:] == ask(ASKED[question])[1:]


@pytest.mark.parametrize("question", list(ASKED))
@pytest.mark.parametrize(
    "text", ["not now", "Later please", "I'm busy right now", "ask me again tomorrow", "hold on"]
)
def test_later_puts_it_off_and_keeps_the_question(question, text):
    turn = answer(ASKED[question], text)

    assert turn.state == replace(ASKED[question], phase=OnboardingPhase.POSTPONED)
    assert "CONTINUE" in turn.reply
    assert answer(turn.state, "continue").reply.endswith(ask(ASKED[question]))


def test_the_carriers_words_are_never_asked_for():
    for state in ASKED.values():
        for medium in Medium:
            words = set(ask(state, medium).replace(",", " ").replace(".", " ").split())
            assert not words & {"STOP", "YES", "END", "CANCEL", "QUIT", "START", "HELP", "INFO"}


def test_every_question_stays_in_cheap_segments():
    for state in ASKED.values():
        assert segments(ask(state)).encoding is Encoding.GSM7
        assert segments(ask(state)).count <= 2


@pytest.mark.parametrize("question", list(ASKED))
def test_a_question_is_worded_for_the_ear_too(question):
    spoken = ask(ASKED[question], Medium.CALL)

    assert spoken
    assert "reply" not in spoken.lower()


def test_without_voices_nobody_is_asked_about_one():
    state = replace(ASKED[Question.LOCATION], voices=())

    assert answer(state, "Graz").state.question is Question.CONSENT


def test_the_code_is_sent_once_on_arrival_and_again_only_when_asked_for():
    first = answer(ASKED[Question.CONSENT], "no")

    assert StartVerification("sms") in first.effects
    assert answer(first.state, "hm").effects == ()
    assert answer(first.state, "new code").effects == (StartVerification("sms"),)


@pytest.mark.parametrize("outcome", list(CodeOutcome))
def test_a_code_outside_the_onboarding_is_only_told(outcome):
    turn = code_checked(OnboardingState(), outcome)

    assert turn.effects == ()
    assert turn.reply
    assert turn.state.phase is OnboardingPhase.IDLE


def test_a_code_checked_before_its_time_is_not_asked_for_again():
    early = code_checked(ASKED[Question.CONSENT], CodeOutcome.APPROVED).state

    turn = answer(early, "no")

    assert turn.state.phase is OnboardingPhase.COMPLETED
    assert SetOnboarding("completed") in turn.effects
    assert StartVerification("sms") not in turn.effects


@pytest.mark.parametrize("number, says", [(1, True), (2, True), (3, False), (0, False)])
def test_two_reminders_are_all(number, says):
    assert bool(remind(STARTED, number).reply) is says


def test_a_reminder_is_sent_once():
    assert remind(remind(STARTED, 1).state, 1).reply == ""


def test_a_stop_fails_what_was_open_and_keeps_what_was_told():
    turn = stop(ASKED[Question.CONSENT])

    assert turn.effects == (SetOnboarding("failed"),)
    assert turn.reply == ""
    assert turn.state.location == "Graz"
    assert stop(turn.state).effects == ()


def test_a_stop_does_not_undo_a_complete_onboarding():
    complete = code_checked(ASKED[Question.VERIFICATION], CodeOutcome.APPROVED).state

    turn = stop(answer(complete, "change my name").state)

    assert turn.effects == ()
    assert turn.state.phase is OnboardingPhase.COMPLETED


# What people agreed to, by the name that stands beside their consent. Other words need another name, in another line.
AGREED_TO = {
    "onboarding-1": {
        Medium.TEXT: "May we also text or call you with news and offers? Please reply AGREE or NO; a no has no other effect.",
        Medium.CALL: "May we also text or call you with news and offers? Please say I agree, or no; a no has no other effect.",
    },
}


@pytest.mark.parametrize("medium", list(Medium))
def test_the_words_that_people_agree_to_stay_what_their_name_stands_for(medium):
    assert ask(ASKED[Question.CONSENT], medium) == AGREED_TO[phrases.CONSENT_WORDING][medium]


@pytest.mark.parametrize(
    ("before", "said", "kind"),
    [
        (None, "I agree", "granted"),
        (None, "no", "denied"),
        (True, "no", "withdrawn"),
        (False, "yes", "granted"),
    ],
)
def test_an_answer_about_consent_is_recorded_with_the_words_that_were_asked(before, said, kind):
    turn = answer(replace(ASKED[Question.CONSENT], consent=before), said)

    assert GiveConsent("marketing", kind, phrases.CONSENT_WORDING) in turn.effects


def test_skipping_the_consent_question_records_nothing():
    turn = answer(ASKED[Question.CONSENT], "skip")

    assert not any(isinstance(effect, GiveConsent) for effect in turn.effects)
    assert turn.state.consent is None


@pytest.mark.parametrize(
    "text, name, question",
    [
        ("no, that is not my name", "Lea", Question.NAME),
        ("that's not my name, it's Eva", "Eva", Question.LOCATION),
        ("change my name to Eva", "Eva", Question.LOCATION),
        ("my name is wrong", "Lea", Question.NAME),
        ("no, it's Eva", "Eva", Question.LOCATION),
        ("I'm not Lea", "Lea", Question.NAME),
        ("that's wrong", "Lea", Question.NAME),
        ("oops, typo", "Lea", Question.NAME),
        ("sorry, I meant Eva Maria", "Eva", Question.LOCATION),
        ("go back", "Lea", Question.NAME),
    ],
)
def test_a_name_is_corrected_and_the_open_question_stays(text, name, question):
    turn = answer(ASKED[Question.LOCATION], text)

    assert (turn.state.first_name, turn.state.question) == (name, question)
    assert turn.reply.endswith(ask(turn.state))
    answered = answer(turn.state, "Eva") if question is Question.NAME else turn
    assert answered.state.question is Question.LOCATION


def test_an_old_state_of_another_version_is_refused():
    with pytest.raises(ValueError, match="version 9"):
        OnboardingState.from_json({**STARTED.to_json(), "version": 9})


said = st.one_of(
    st.sampled_from(
        """Anna|no, that is not my name|Vienna|2|Ben|AGREE|no|skip|back|later|continue|hello|change my city|
        change my name to Bob|why?|maybe|ok|123456|new code|call me|I meant Rome|wrong|my voice is wrong|
        I live in Paris|change my consent|sign me up|not interested||thanks|what was the question""".replace(
            "\n", ""
        ).split("|")
    ).map(str.strip),
    st.text(max_size=40),
)
moves = st.one_of(
    said,
    st.sampled_from(list(CodeOutcome)).map(lambda outcome: ("code", outcome)),
    st.integers(0, 3).map(lambda number: ("remind", number)),
    st.just(("resume", "")),
    st.just(("stop", "")),
)


def moved(state: OnboardingState, move: object, medium: Medium) -> OnboardingTurn:
    match move:
        case ("code", str(outcome)):
            return code_checked(state, outcome, medium)
        case ("remind", int(number)):
            return remind(state, number)
        case ("resume", _):
            return resume(state, medium)
        case ("stop", _):
            return stop(state)
    return answer(state, str(move), medium)


@given(
    sequence=st.lists(moves, max_size=25),
    mediums=st.lists(st.sampled_from(Medium), min_size=25, max_size=25),
)
def test_the_place_is_never_lost(sequence, mediums):
    state = STARTED

    for move, medium in zip(sequence, mediums, strict=False):
        before = state
        stored = OnboardingState.from_json(json.loads(json.dumps(state.to_json())))
        assert stored == state
        turn = moved(stored, move, medium)
        state = turn.state

        if state.phase is OnboardingPhase.RUNNING:
            spoken = Medium.TEXT if isinstance(move, tuple) and move[0] == "remind" else medium
            asked = ask(state, spoken)
            assert asked
            # Nobody is left without the open question, unless nothing was said at all.
            open_yet = (asked[1:], phrases.CODE_WHEN_READY)
            assert turn.reply == "" or turn.reply.endswith(open_yet)
            assert turn.reply or isinstance(move, tuple)
        assert bool(before.first_name) <= bool(state.first_name)
        assert bool(before.location) <= bool(state.location)
        assert before.verified <= state.verified
        assert state.tries < 3
        assert state.reminders <= 2
        if before.phase is OnboardingPhase.COMPLETED:
            assert not any(isinstance(effect, SetOnboarding) for effect in turn.effects)
        if not turn.ask_model and not isinstance(move, tuple):
            assert turn.reply
