"""Onboarding by telephone: a call asks and takes answers with the same machine as texts.

The model answers the caller's own questions, and the open question follows. After several such questions the onboarding
stops asking: the call belongs to the caller. Words answer a question only if the bot asked it last: a "yes" to anything
else must not become a consent.
"""

import re
from dataclasses import replace

from voicebot.domain.call.actions import Action, KeepEffects, SendCode, SwitchVoice
from voicebot.domain.call.events import AnswerRead, HeardSource
from voicebot.domain.call.history import last_words
from voicebot.domain.call.moves import Move, Step, have_read, in_order, listen, say_as_new_answer, start_model
from voicebot.domain.call.state import Answer, CallState, changed
from voicebot.domain.call.utterances import Role
from voicebot.domain.onboarding import flow as onboarding
from voicebot.domain.onboarding.moves import MAX_REMINDERS, OnboardingTurn
from voicebot.domain.onboarding.phrases import ask
from voicebot.domain.onboarding.reading import Reading
from voicebot.domain.onboarding.state import Medium, OnboardingPhase, OnboardingState, Question
from voicebot.domain.person.effects import SetVoice, StartVerification
from voicebot.domain.person.wishes import wants_person
from voicebot.domain.verification.codes import CodeOutcome

MAX_ASIDES = 2
"""After this many answers to something else the open question waits for another day."""

_FAREWELL = re.compile(
    r"(?:(?:okay|ok|no|well|thanks|thank you|all right|alright|so|then|sorry)\b[\s,.!]*)*"
    r"(?:good ?bye|bye(?:[ -]bye)?|see you(?: later| soon)?|talk to you later|(?:i )?(?:have to|gotta|must|got to) go|"
    r"that(?:'s| is| was) all|hang up)"
    r"(?:[\s,.!]+(?:now|then|thanks|thank you|sorry))*[\s,.!]*",
    re.IGNORECASE,
)


def _standing(state: CallState) -> OnboardingState | None:
    """Return the onboarding state, with its questions in the call's present language."""
    standing = state.onboarding
    return None if standing is None else replace(standing, language=state.setup.language)


def is_guided(state: CallState) -> bool:
    """Whether a question of ours is open and pressed."""
    return state.onboarding is not None and state.onboarding.running


def is_for_onboarding(state: CallState, words: str) -> bool:
    """Whether the onboarding takes what the caller said: all of it while it asks, later corrections and a "continue"."""
    if state.onboarding is None:
        return False
    return state.onboarding.running or not onboarding.answer(state.onboarding, words, Medium.CALL).ask_model


def is_asked_first(state: CallState) -> bool:
    """Whether the call begins with a question of ours."""
    return state.onboarding is not None and not _was_refused(state.onboarding)


def welcome(state: CallState) -> Step:
    """Begin where the person stands: from the start, or with the very question that is open."""
    begun = _standing(state)
    if begun is None or not is_asked_first(state):
        return state, []
    if begun.phase is OnboardingPhase.IDLE:
        turn = onboarding.begin(begun, begun.voices, Medium.CALL)
    else:
        turn = onboarding.resume(begun, Medium.CALL)
    return _keep(turn)(state)


def onboard(words: str) -> Move:
    """Take what the caller said as an answer, or have the model answer it first."""

    def move(state: CallState) -> Step:
        standing = _standing(state)
        assert standing is not None
        if standing.running and _wants_something_else(words):
            return start_model(state)
        if standing.running and not _was_asked(state, standing):
            asked = onboarding.asked_by_the_way(standing, Medium.CALL)
            return _go_on(replace(asked, ask_model=True))(state)
        turn = onboarding.answer(standing, words, Medium.CALL)
        return have_read(words)(state) if turn.unread else _go_on(turn)(state)

    return move


def answer_read(state: CallState, event: AnswerRead) -> Step:
    """Go on with the caller's last words, which the model has read."""
    standing = _standing(state)
    if event.gen != state.gen or not state.answer.reading or standing is None:
        return state, []
    words = next((entry.text for entry in reversed(state.history) if entry.role is Role.CALLER), "")
    turn = onboarding.answer(standing, words, Medium.CALL, Reading(event.name, event.place))
    return _go_on(turn)(changed(state, answer=Answer()))


def ask_open_question(state: CallState) -> Step:
    """Ask the open question again after the bot said something else; do nothing when no question is open."""
    standing = _standing(state)
    if standing is None or not standing.running:
        return state, []
    return say_as_new_answer(ask(standing, Medium.CALL))(state)


def take_code(outcome: CodeOutcome) -> Move:
    """Go on after a code, right or wrong."""

    def move(state: CallState) -> Step:
        standing = _standing(state)
        assert standing is not None
        return _go_on(onboarding.code_checked(standing, outcome, Medium.CALL))(state)

    return move


def say_by_the_way(state: CallState) -> Step:
    """Ask the open question again, after the model has answered something else."""
    words, state = state.by_the_way, changed(state, by_the_way="")
    return say_as_new_answer(words)(state) if words else (state, [])


def _wants_something_else(words: str) -> bool:
    """Whether the caller says goodbye or asks for a person: no name, and no reason to press a question."""
    plain = " ".join(words.replace(",", " ").split())
    return _FAREWELL.fullmatch(plain) is not None or wants_person(plain)


def _was_refused(begun: OnboardingState) -> bool:
    """Whether the person wants no questions: we said that we would not ask again."""
    return begun.phase is OnboardingPhase.POSTPONED and begun.reminders >= MAX_REMINDERS


def _was_asked(state: CallState, standing: OnboardingState) -> bool:
    """Whether the open question is the last thing that was said. The caller must have heard some of the question about
    consent.

    A transport that only estimates what was heard raises no doubt about an answer.
    """
    said, question = last_words(state), ask(standing, Medium.CALL)
    if not said or not said[-1].text.lower().endswith(question.lower()):
        return False
    last = said[-1]
    if (
        standing.question is not Question.CONSENT
        or last.heard is None
        or last.heard_source is HeardSource.ESTIMATE
    ):
        return True
    return last.heard > len(last.text) - len(question)


def _go_on(turn: OnboardingTurn) -> Move:
    def move(state: CallState) -> Step:
        if not turn.ask_model:
            return in_order(changed(state, asides=0), _keep(turn), listen)
        state = changed(state, asides=state.asides + 1, by_the_way=turn.reply)
        if state.asides > MAX_ASIDES and state.onboarding is not None:
            later = replace(state.onboarding, phase=OnboardingPhase.POSTPONED)
            return start_model(changed(state, onboarding=later, by_the_way=""))
        return in_order(state, _keep(replace(turn, reply="")), start_model)

    return move


def _keep(turn: OnboardingTurn) -> Move:
    """Say the machine's words, and have what it found out kept."""

    def move(state: CallState) -> Step:
        asked = turn.state.running and turn.state.question is Question.VERIFICATION
        # The call knows its language by itself, and may change it.
        kept = replace(turn.state, language="")
        state = changed(state, onboarding=kept, expecting_code=asked)
        chosen = [effect.voice_id for effect in turn.effects if isinstance(effect, SetVoice)]
        if chosen:
            state = changed(state, voice_id=chosen[-1])
        said = say_as_new_answer(turn.reply)(state) if turn.reply else (state, [])
        codes = [SendCode(effect.channel) for effect in turn.effects if isinstance(effect, StartVerification)]
        lasting = tuple(effect for effect in turn.effects if not isinstance(effect, StartVerification))
        actions: list[Action] = [SwitchVoice(voice_id) for voice_id in chosen[-1:]]
        return said[0], [*actions, *said[1], *([KeepEffects(lasting)] if lasting else []), *codes]

    return move
