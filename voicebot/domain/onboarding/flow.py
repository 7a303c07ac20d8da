"""Guide a person through name, place, voice, consent and verification, by phone or by text.

Pure. The state says which question is open, `ask` words it for reading or listening, and `answer` takes whatever the
person says. A call that breaks off goes on by text with the very next question, days later too.

What ends it: all questions answered (completed; a no to the consent question is an answer, recorded as denied), or the
person's STOP (failed). "Later" and "I don't want this" put it off without ending it; only the former is reminded of.
"""

from dataclasses import replace

from voicebot.domain.onboarding import phrases
from voicebot.domain.onboarding.intents import Intent, correction_in, intent_of, previous_question
from voicebot.domain.onboarding.moves import (
    MAX_REMINDERS,
    OnboardingTurn,
    accept,
    ask_again,
    code_anew,
    complete_if_done,
    keep_place,
    known_skipped,
    not_understood,
    question_of_theirs,
    reopen,
    skip,
)
from voicebot.domain.onboarding.phrases import ask, by_the_way, say
from voicebot.domain.onboarding.places import place_in
from voicebot.domain.onboarding.reading import Reading, take_reading
from voicebot.domain.onboarding.regions import ends_in_region
from voicebot.domain.onboarding.several import in_parts, told_at_once
from voicebot.domain.onboarding.state import Medium, OnboardingPhase, OnboardingState, Question, Voice
from voicebot.domain.onboarding.tokens import MAX_ANSWER
from voicebot.domain.person.effects import Effect, SetOnboarding, StartVerification
from voicebot.domain.verification.codes import CodeOutcome
from voicebot.domain.verification.find import REDACTED


def begin(
    state: OnboardingState,
    voices: tuple[Voice, ...],
    medium: Medium = Medium.TEXT,
    *,
    quietly: bool = False,
) -> OnboardingTurn:
    """Welcome the person and ask the first open question.

    Begun `quietly`, the state asks but nothing is said: `welcome_owed` says it after an answer that comes first.
    """
    was_failed = state.phase is OnboardingPhase.FAILED
    state = known_skipped(
        replace(state, phase=OnboardingPhase.RUNNING, voices=voices or state.voices, return_to=None, tries=0)
    )
    if was_failed:
        # A person who said STOP may be back after days.
        state = code_anew(state)
    if quietly:
        return OnboardingTurn(state)
    turn = welcome_owed(state, medium)
    if was_failed and state.welcomed:
        # A person who returns after STOP is asked again, and may be reminded.
        return replace(turn, effects=(SetOnboarding("sms_sent"), *turn.effects))
    return turn


def welcome_owed(state: OnboardingState, medium: Medium = Medium.TEXT) -> OnboardingTurn:
    """Welcome somebody whose onboarding runs, once; later only the open question is asked."""
    if state.welcomed:
        return complete_if_done(state, "", medium)
    state = replace(state, welcomed=True)
    effects: tuple[Effect, ...] = (SetOnboarding("sms_sent"),) if medium is Medium.TEXT else ()
    turn = complete_if_done(state, phrases.welcome(medium, state.language), medium)
    return replace(turn, effects=(*effects, *turn.effects))


def asked_by_the_way(state: OnboardingState, medium: Medium = Medium.TEXT) -> OnboardingTurn:
    """Ask the very same question again, after an answer to something else."""
    return OnboardingTurn(state, by_the_way(ask(state, medium), state.language))


def place_shared(state: OnboardingState, place: str, medium: Medium = Medium.TEXT) -> OnboardingTurn:
    """Take a location that the person shared as the answer to the question for a place, also before it is asked."""
    if state.question is Question.LOCATION:
        return keep_place(state, place, medium)
    if state.location:
        return ask_again(state, medium, say(state, phrases.LOCATION_KNOWN))
    back = replace(state, question=Question.LOCATION, return_to=state.question, tries=0)
    return keep_place(back, place, medium)


def answer(
    state: OnboardingState, text: str, medium: Medium = Medium.TEXT, reading: Reading | None = None
) -> OnboardingTurn:
    """Take the person's words.

    With `ask_model` the model answers first, and `reply` follows its words. `reading` is what the model read where the
    rules failed (`unread`); None when only the rules have read it.
    """
    if state.phase is OnboardingPhase.RUNNING:
        if reading is not None and (turn := take_reading(state, text, reading, medium)):
            return turn
        turn = _answer_running(state, text, medium)
        return replace(turn, unread=False) if reading is not None else turn
    if state.phase is OnboardingPhase.POSTPONED:
        return _answer_postponed(state, text, medium)
    return _answer_after(state, text, medium)


def _answer_running(state: OnboardingState, text: str, medium: Medium) -> OnboardingTurn:
    if not text.strip():
        return ask_again(state, medium)
    if several := told_at_once(state, text, medium):
        return several
    if state.question is Question.LOCATION and ends_in_region(text) and (place := place_in(text)):
        # "No Name, Colorado" and "Why, Arizona" look like something else.
        return keep_place(state, place, medium)
    if correction := correction_in(text, state):
        return reopen(state, correction, medium)
    intent = intent_of(text, state.question)
    if intent in (Intent.OTHER, Intent.ASK) and (whole := _whole(state, intent, text, medium)):
        return whole
    # "Not interested", "no thanks" and "I prefer not to" answer the consent question, and "any" the one about the voice.
    may_answer = intent in (Intent.OTHER, Intent.ASK, Intent.REFUSE, Intent.GO_ON, Intent.GREET) or (
        state.question is Question.CONSENT and intent in (Intent.SKIP, Intent.REPEAT, Intent.LATER)
    )
    # "2. And what does it cost?" is more than a number.
    turn = in_parts(state, text, medium) if intent in (Intent.OTHER, Intent.ASK) else None
    if turn is None and may_answer:
        turn = accept(state, text, medium, asking=intent is Intent.ASK)
    return turn or _carry_out(state, intent, text, medium)


def _whole(state: OnboardingState, intent: Intent, text: str, medium: Medium) -> OnboardingTurn | None:
    """Take the whole text as a name or a place before it is cut anywhere: "John F. Keller", "Live Oak, FL"."""
    if state.question not in (Question.NAME, Question.LOCATION):
        return None
    return accept(state, text, medium, asking=intent is Intent.ASK)


def _carry_out(state: OnboardingState, intent: Intent, text: str, medium: Medium) -> OnboardingTurn:
    match intent:
        case Intent.LATER:
            return OnboardingTurn(_postponed(state), say(state, phrases.POSTPONED))
        case Intent.REFUSE:
            return OnboardingTurn(
                replace(_postponed(state), reminders=MAX_REMINDERS), say(state, phrases.REFUSED)
            )
        case Intent.SKIP:
            return skip(state, medium)
        case Intent.BACK:
            return _go_back(state, medium)
        case Intent.GREET:
            return ask_again(state, medium, say(state, phrases.GREETED))
        case Intent.REPEAT | Intent.GO_ON:
            return ask_again(state, medium)
        case Intent.NEW_CODE:
            return ask_again(state, medium, say(state, phrases.CODE_AGAIN), StartVerification("sms"))
        case Intent.CALL_ME:
            return ask_again(state, medium, say(state, phrases.CODE_BY_CALL), StartVerification("call"))
        case Intent.ASK:
            return question_of_theirs(state, medium)
    turn = not_understood(state, text, medium)
    return replace(turn, unread=_may_be_read(state, text))


def _may_be_read(state: OnboardingState, text: str) -> bool:
    """Whether the model may find what the rules did not: an answer to the open question, or several in a long text."""
    if not any(map(str.isalpha, text.replace(REDACTED, ""))):
        return False
    told = bool(state.first_name or state.last_name) and bool(state.location)
    return state.question in (Question.NAME, Question.LOCATION) or (len(text) > MAX_ANSWER and not told)


def _postponed(state: OnboardingState) -> OnboardingState:
    return replace(state, phase=OnboardingPhase.POSTPONED, tries=0)


def _go_back(state: OnboardingState, medium: Medium) -> OnboardingTurn:
    before = previous_question(state)
    if before is None:
        return ask_again(state, medium)
    return_to = state.return_to or state.question
    return ask_again(replace(state, question=before, return_to=return_to, tries=0), medium)


def _answer_postponed(state: OnboardingState, text: str, medium: Medium) -> OnboardingTurn:
    """Go on when the person wants to; anything else is ordinary talk, and the question is not pressed."""
    running = replace(state, phase=OnboardingPhase.RUNNING)
    intent = intent_of(text, state.question)
    if intent is Intent.GO_ON:
        return complete_if_done(code_anew(running), "", medium)
    if intent in (Intent.NEW_CODE, Intent.CALL_ME, Intent.BACK):
        return _carry_out(running, intent, text, medium)
    if correction := correction_in(text, state):
        return reopen(running, correction, medium)
    return OnboardingTurn(state, ask_model=True)


def _answer_after(state: OnboardingState, text: str, medium: Medium) -> OnboardingTurn:
    """Let a person change an answer after all questions are closed; a failed onboarding can start again."""
    if state.phase is OnboardingPhase.COMPLETED and (correction := correction_in(text, state)):
        return reopen(replace(state, phase=OnboardingPhase.RUNNING), correction, medium)
    wants_on = intent_of(text, Question.NONE) is Intent.GO_ON and state.phase is OnboardingPhase.FAILED
    if wants_on and text.strip().lower() not in {"start", "do it"}:
        return begin(state, state.voices, medium)
    return OnboardingTurn(state, ask_model=True)


def code_checked(
    state: OnboardingState, outcome: CodeOutcome, medium: Medium = Medium.TEXT
) -> OnboardingTurn:
    """Take the outcome of a code. Outside the onboarding it is only told."""
    if outcome is CodeOutcome.APPROVED:
        state = replace(state, verified=True)
        if not state.unfinished:
            return OnboardingTurn(state, say(state, phrases.CODE_APPROVED))
        state = replace(state, phase=OnboardingPhase.RUNNING, tries=0)
        if state.question is Question.VERIFICATION:
            state = replace(state, question=Question.NONE, return_to=None)
        return complete_if_done(state, say(state, phrases.CODE_APPROVED), medium, proven=True)
    asked = state.unfinished and state.question is Question.VERIFICATION
    if outcome is CodeOutcome.LIMITED:
        if asked or not state.running:
            return OnboardingTurn(_postponed(state) if asked else state, say(state, phrases.CODE_LIMITED))
        return ask_again(state, medium, say(state, phrases.CODE_LIMITED))
    elsewhere = outcome is CodeOutcome.ELSEWHERE
    words = say(state, phrases.CODE_ELSEWHERE if elsewhere else phrases.CODE_WRONG)
    return ask_again(state, medium, words) if state.running else OnboardingTurn(state, words)


def resume(
    state: OnboardingState, medium: Medium = Medium.TEXT, *, call_dropped: bool = False
) -> OnboardingTurn:
    """Ask the open question again, as after a call that broke off."""
    if not state.unfinished:
        return OnboardingTurn(state)
    state = code_anew(replace(state, phase=OnboardingPhase.RUNNING, welcomed=True))
    turn = complete_if_done(state, say(state, phrases.CALL_DROPPED) if call_dropped else "", medium)
    effects: tuple[Effect, ...] = (SetOnboarding("sms_sent"),) if call_dropped else ()
    return replace(turn, effects=(*effects, *turn.effects))


def remind(state: OnboardingState, number: int) -> OnboardingTurn:
    """Remind of the open question, at most twice; a reminder that is not due, or was sent, says nothing."""
    if (
        not state.unfinished
        or state.return_to is Question.NONE
        or not state.reminders < number <= MAX_REMINDERS
    ):
        return OnboardingTurn(state)
    state = replace(state, phase=OnboardingPhase.RUNNING, reminders=number)
    reminder = say(state, phrases.REMINDERS[number])
    if state.question is Question.VERIFICATION:
        # A code sent along would be too old by the time that somebody looks at it.
        return OnboardingTurn(state, f"{reminder} {say(state, phrases.CODE_WHEN_READY)}")
    return complete_if_done(state, reminder, Medium.TEXT)


def stop(state: OnboardingState) -> OnboardingTurn:
    """End the onboarding at the person's wish. Earlier answers stay, and a complete onboarding stays complete."""
    if not state.unfinished:
        return OnboardingTurn(state)
    if state.return_to is Question.NONE:
        return OnboardingTurn(
            replace(state, phase=OnboardingPhase.COMPLETED, question=Question.NONE, return_to=None, tries=0)
        )
    failed = replace(state, phase=OnboardingPhase.FAILED, tries=0)
    return OnboardingTurn(failed, effects=(SetOnboarding("failed"),))
