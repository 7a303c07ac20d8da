"""How the onboarding moves between its questions: take an answer, go on, ask again, reopen an earlier question."""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from voicebot.domain.onboarding import phrases
from voicebot.domain.onboarding.answers import (
    about_voice,
    consent_in,
    has_no_wish,
    voice_in,
    voice_named,
)
from voicebot.domain.onboarding.intents import Correction
from voicebot.domain.onboarding.names import name_as_it_stands, name_in, possible_name
from voicebot.domain.onboarding.phrases import ask, say
from voicebot.domain.onboarding.places import place_as_it_stands, place_in, possible_place
from voicebot.domain.onboarding.state import ORDER, Medium, OnboardingPhase, OnboardingState, Question, Voice
from voicebot.domain.onboarding.tokens import MAX_ANSWER
from voicebot.domain.person.effects import (
    Effect,
    GiveConsent,
    SetOnboarding,
    SetProfile,
    SetVoice,
    StartVerification,
)
from voicebot.domain.verification.find import REDACTED, CodeScan

REMIND_AFTER = (timedelta(days=1), timedelta(days=3))
"""After how long without an answer the reminders are due."""
MAX_REMINDERS = len(REMIND_AFTER)
MAX_TRIES = 3
"""Unreadable answers in a row after which a question that may stay open is left open."""

REMARK_WORDS = 4
"""From this many words on, a text that is no answer is something that the person wants to say."""


@dataclass(frozen=True)
class OnboardingTurn:
    """The result of a person's words."""

    state: OnboardingState
    reply: str = ""
    effects: tuple[Effect, ...] = ()
    ask_model: bool = False
    """The model answers first; `reply`, if any, follows its answer."""
    unread: bool = False
    """The rules found no answer in it. The model may read it first (`Reading`); this turn is what comes without that."""


def _said(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def ask_again(state: OnboardingState, medium: Medium, first: str = "", *effects: Effect) -> OnboardingTurn:
    """Ask the open question after a word about something else."""
    return OnboardingTurn(state, _said(first, ask(state, medium)), effects)


def question_of_theirs(state: OnboardingState, medium: Medium) -> OnboardingTurn:
    """Let the model answer the person's question; our own question is repeated after it."""
    return OnboardingTurn(state, phrases.by_the_way(ask(state, medium), state.language), ask_model=True)


def known_skipped(state: OnboardingState) -> OnboardingState:
    """Return the state with the next question open whose answer is not known."""
    known = {
        Question.NAME: bool(state.first_name or state.last_name),
        Question.LOCATION: bool(state.location),
        Question.VOICE: state.voice_id is not None or not state.voices,
        Question.CONSENT: state.consent is not None,
        Question.VERIFICATION: state.verified,
        Question.NONE: False,
    }
    rest = ORDER[ORDER.index(state.question) :]
    return replace(state, question=next(question for question in rest if not known[question]))


def _go_on(state: OnboardingState, first: str, medium: Medium, *effects: Effect) -> OnboardingTurn:
    following = state.return_to or ORDER[ORDER.index(state.question) + 1]
    if state.return_to is Question.NONE:
        # Everything had been answered before this correction.
        closed = replace(
            state, phase=OnboardingPhase.COMPLETED, question=Question.NONE, return_to=None, tries=0
        )
        return OnboardingTurn(closed, first, effects)
    state = replace(state, question=following, return_to=None, tries=0)
    turn = complete_if_done(known_skipped(state), first, medium)
    return replace(turn, effects=(*effects, *turn.effects))


def complete_if_done(
    state: OnboardingState, first: str, medium: Medium, *, proven: bool = False
) -> OnboardingTurn:
    """Ask the open question and send a code if the question needs one; complete the onboarding when none is open.

    `proven` says that the person has just shown that the phone is theirs. A caller without proof may be anybody with
    this number, so the bot does not say the name that it knows.
    """
    if state.question is Question.NONE:
        named = state.first_name and (proven or medium is Medium.TEXT)
        name = f", {state.first_name}" if named else ""
        state = replace(state, phase=OnboardingPhase.COMPLETED, return_to=None, tries=0)
        # One thanks for the code and for everything.
        completed = say(state, phrases.COMPLETED_BY_CODE if proven else phrases.COMPLETED).format(name=name)
        said = (completed,) if proven else (first, completed)
        return OnboardingTurn(state, _said(*said), (SetOnboarding("completed"),))
    if state.question is Question.VERIFICATION and not state.code_sent:
        state = replace(state, code_sent=True)
        first = _said(first, say(state, phrases.CODE_ON_ITS_WAY[medium]))
        return ask_again(state, medium, first, StartVerification("sms"))
    return ask_again(state, medium, first)


def code_anew(state: OnboardingState) -> OnboardingState:
    """Return the state that sends a code with its question. A code that is still valid is sent again; an expired one is
    replaced.
    """
    return replace(state, code_sent=False)


class Trust(StrEnum):
    """Why words are taken for a name or a place."""

    SHAPE = "shape"
    """Their shape leaves no doubt."""
    READ = "read"
    """The model says so; their shape allows it."""
    REPEATED = "repeated"
    """The person was asked twice; they are few, and their shape allows it."""


_READERS = {
    Trust.SHAPE: (name_in, place_in),
    Trust.READ: (possible_name, possible_place),
    Trust.REPEATED: (name_as_it_stands, place_as_it_stands),
}


def accept(
    state: OnboardingState, text: str, medium: Medium, *, asking: bool, trust: Trust = Trust.SHAPE
) -> OnboardingTurn | None:
    """Take the text as an answer to the open question, or return None.

    A text worded as a question (`asking`) is no name and no place, but "can I have Anna?" chooses a voice.
    """
    name_of, place_of = _READERS[trust]
    match state.question:
        case Question.NAME if not asking and (name := name_of(text)):
            first, last = name
            if state.return_to is not None:
                # "No, it's Marta" corrects the first name alone.
                first, last = first or state.first_name, last or state.last_name
            state = replace(state, first_name=first, last_name=last)
            return _go_on(
                state,
                phrases.thanks(first, state.language),
                medium,
                SetProfile(first_name=first, last_name=last),
            )
        case Question.LOCATION if not asking and (place := place_of(text)):
            return keep_place(state, place, medium)
        case Question.VOICE if voice := voice_in(text, state.voices) or voice_named(text, state.catalogue):
            state = replace(state, voice_id=voice.voice_id)
            return _go_on(
                state,
                say(state, phrases.NOTED).format(value=f": {voice.name}"),
                medium,
                SetVoice(voice.voice_id),
            )
        case Question.VOICE if not asking and has_no_wish(text):
            return _go_on(state, say(state, phrases.ANY_VOICE), medium)
        case Question.CONSENT if (consent := consent_in(text)) is not None:
            return _consent(state, consent, medium)
    return None


def keep_place(state: OnboardingState, place: str, medium: Medium) -> OnboardingTurn:
    """Keep the place as the answer to the open question, and go on."""
    state = replace(state, location=place)
    return _go_on(
        state, say(state, phrases.NOTED).format(value=f": {place}"), medium, SetProfile(location=place)
    )


def _consent(state: OnboardingState, consent: bool, medium: Medium) -> OnboardingTurn:
    kind = "granted" if consent else "withdrawn" if state.consent else "denied"
    given = GiveConsent("marketing", kind, phrases.consent_wording(state.language))
    return _go_on(replace(state, consent=consent), say(state, phrases.CONSENT_NOTED[consent]), medium, given)


def skip(state: OnboardingState, medium: Medium) -> OnboardingTurn:
    """Leave a question open. Consent is never given by skipping, and the code cannot be skipped, only put off."""
    if state.question is Question.VERIFICATION:
        return OnboardingTurn(
            replace(state, phase=OnboardingPhase.POSTPONED, tries=0), say(state, phrases.POSTPONED)
        )
    is_consent = state.question is Question.CONSENT
    return _go_on(state, say(state, phrases.CONSENT_LEFT_OPEN if is_consent else phrases.SKIPPED), medium)


def not_understood(state: OnboardingState, text: str, medium: Medium) -> OnboardingTurn:
    """Ask again and say what is expected; a longer remark goes to the model first.

    The second answer to the question for a name or a place is taken as it stands, unless it is plain talk. After the
    third useless answer the question stays open.
    """
    may_stand = state.tries and consent_in(text) is None
    if may_stand and (taken := accept(state, text, medium, asking=False, trust=Trust.REPEATED)):
        return taken
    if state.question is Question.VERIFICATION and (
        REDACTED in text or CodeScan(text[:MAX_ANSWER]).may_hold_code
    ):
        # A running code would have been checked before this text came here: this is an old one, or somebody else's.
        return ask_again(state, medium, say(state, phrases.CODE_UNKNOWN), StartVerification("sms"))
    if state.question is Question.VOICE and (len(text.split()) < REMARK_WORDS or about_voice(text)):
        return _no_such_voice(state, medium)
    if len(text.split()) >= REMARK_WORDS and state.question is not Question.CONSENT:
        return question_of_theirs(state, medium)
    if state.tries + 1 >= MAX_TRIES and state.question is not Question.VERIFICATION:
        return skip(state, medium)
    tries = min(state.tries + 1, MAX_TRIES - 1)
    return ask_again(replace(state, tries=tries), medium, phrases.not_taken(state.question, state.language))


def reopen(state: OnboardingState, correction: Correction, medium: Medium) -> OnboardingTurn:
    """Correct an earlier answer, and go on with the question that was open."""
    open_question = state.return_to or state.question
    if correction.question is state.question and state.return_to is None and correction.value is None:
        return ask_again(state, medium, say(state, phrases.SORRY))
    back = None if correction.question is open_question else open_question
    reopened = replace(state, question=correction.question, return_to=back, tries=0)
    if correction.value is not None:
        turn = accept(reopened, correction.value, medium, asking=False)
        if turn is not None:
            return turn
    return ask_again(reopened, medium, say(state, phrases.SORRY))


def _no_such_voice(state: OnboardingState, medium: Medium) -> OnboardingTurn:
    """Say so and show the list once more; after that the voice stays as it is."""
    if state.tries:
        return _go_on(state, say(state, phrases.ANY_VOICE), medium)
    return ask_again(replace(state, tries=1), medium, phrases.not_taken(Question.VOICE, state.language))


def all_voices(state: OnboardingState) -> tuple[Voice, ...]:
    """Return the voices that were offered, and after them those that may be chosen by name."""
    return (*state.voices, *(voice for voice in state.catalogue if voice not in state.voices))
