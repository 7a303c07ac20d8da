"""The single moves that the rules of a thread are made of: say something, go on with the onboarding, know the person."""

from dataclasses import replace

from voicebot.domain.onboarding.moves import OnboardingTurn, known_skipped
from voicebot.domain.onboarding.state import OnboardingPhase, Question
from voicebot.domain.person.effects import Escalate
from voicebot.domain.texts.kinds import TextKind
from voicebot.domain.texts.split import MOST_MESSAGES
from voicebot.domain.thread.actions import AskModel, SendTexts, ThreadAction
from voicebot.domain.thread.events import Person
from voicebot.domain.thread.phrases import WORDS
from voicebot.domain.thread.state import ThreadState

Step = tuple[ThreadState, list[ThreadAction]]


def send(state: ThreadState, texts: tuple[str, ...], kind: TextKind = TextKind.CONVERSATION) -> Step:
    """Send texts, as far as this turn has room for them."""
    texts = tuple(text for text in texts if text)[: max(0, MOST_MESSAGES - state.sent)]
    if not texts:
        return state, []
    return replace(state, sent=state.sent + len(texts)), [SendTexts(texts, kind)]


def said(state: ThreadState, words: str) -> str:
    """Return a fixed text in the language of the thread."""
    return WORDS.said(words, state.onboarding.language)


def ask_model(state: ThreadState) -> Step:
    """Have the model answer; a turn that has said all that one may say leaves the words to a person."""
    if state.sent >= MOST_MESSAGES:
        return state, [Escalate("model_failed")]
    return replace(state, asking=True), [AskModel()]


def onboard(state: ThreadState, turn: OnboardingTurn, kind: TextKind = TextKind.ONBOARDING) -> Step:
    """Take over what came of a step of the onboarding, with its words unless the model speaks first."""
    state = replace(state, onboarding=turn.state)
    if turn.ask_model:
        state, asked = ask_model(state)
        return state, [*turn.effects, *asked]
    state, words = send(state, (turn.reply,), kind)
    return state, [*words, *turn.effects]


def knowing(state: ThreadState, person: Person) -> ThreadState:
    """Return the state with the facts that the person gave elsewhere: on another channel, or to an operator."""
    known = state.onboarding
    if known.return_to is None:
        known = replace(
            known,
            first_name=known.first_name or person.first_name,
            last_name=known.last_name or person.last_name,
            location=known.location or person.location,
            voice_id=known.voice_id or person.voice_id,
        )
    known = replace(known, verified=known.verified or person.verified)
    if person.onboarding_status == "completed" and known.return_to is not Question.NONE:
        known = replace(
            known, phase=OnboardingPhase.COMPLETED, question=Question.NONE, return_to=None, welcomed=True
        )
    elif person.onboarding_status == "failed" and known.return_to is not Question.NONE:
        # Their STOP is kept where it arrives, before any turn of the thread.
        known = replace(known, phase=OnboardingPhase.FAILED, tries=0)
    elif person.onboarding_status == "sms_sent" and known.phase is OnboardingPhase.IDLE:
        # The sender of the welcome did not keep this state.
        known = replace(known, phase=OnboardingPhase.RUNNING, welcomed=True)
    if known.unfinished and known.return_to is None:
        known = known_skipped(known)
    return replace(state, onboarding=known)
