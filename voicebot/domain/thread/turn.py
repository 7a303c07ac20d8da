"""Take up the unanswered messages of a thread: keywords first, then codes, then all other words."""

from collections.abc import Sequence
from dataclasses import replace

from voicebot.domain.onboarding import flow as onboarding
from voicebot.domain.onboarding.intents import Intent, intent_of
from voicebot.domain.onboarding.moves import OnboardingTurn, complete_if_done
from voicebot.domain.onboarding.phrases import WELCOME_BACK, ask, say
from voicebot.domain.onboarding.reading import Reading
from voicebot.domain.onboarding.state import Medium, OnboardingPhase, Question
from voicebot.domain.onboarding.tokens import clean
from voicebot.domain.opt_out.channels import Ends
from voicebot.domain.opt_out.judge import Keyword
from voicebot.domain.person.effects import Effect, Escalate, RequestErasure, SetAiMode, SetProfile, Suppress
from voicebot.domain.person.emergency import IN_A_TEXT, REASON, cannot_help, emergency_in
from voicebot.domain.person.wishes import wants_person
from voicebot.domain.texts.kinds import TextKind
from voicebot.domain.texts.quotes import read_own_words
from voicebot.domain.thread.actions import ReadAnswer, SendTexts, ThreadAction
from voicebot.domain.thread.events import StopWish, Text, TextsReceived
from voicebot.domain.thread.moves import Step, ask_model, knowing, onboard, said, send
from voicebot.domain.thread.phrases import (
    CODE_UNREAD,
    ENDED,
    HELP,
    LOCATION,
    NO_WORDS,
    OPT_OUT_AND_ERASURE,
    PERSON_TOLD,
    PERSON_TOLD_BEFORE,
    media_received,
)
from voicebot.domain.thread.refusals import read_answers, take_refusals
from voicebot.domain.thread.signs import looping, remember
from voicebot.domain.thread.state import ThreadState
from voicebot.domain.verification.codes import CodeOutcome
from voicebot.domain.verification.find import UNREAD

PERSON_TURNS = 5
"""Turns after a wish for a person in which the operators are not told again."""


def texts_received(state: ThreadState, event: TextsReceived) -> Step:
    """Answer all messages of the turn together; OFF and STOP are silence."""
    state = knowing(replace(state, turn=state.turn + 1, asking=False, reading=False, sent=0), event.person)
    event = read_answers(state, event)
    if not state.onboarding.voices:
        state = replace(state, onboarding=replace(state.onboarding, voices=event.voices))
    state = replace(state, onboarding=replace(state.onboarding, catalogue=event.catalogue))
    was_stopped = state.stopped
    state, stopping = _keep_stops(state, event)
    if event.ai_mode != "ON":
        return state, []
    if state.stopped:
        # Nothing is said, and yet a person has to know.
        said_so = _in_danger([text.body for text in event.texts])
        return state, [*stopping, *([Escalate(REASON, said_so)] if said_so else [])]
    for text in event.texts:
        state = remember(state, "" if _is_about_code(text) else text.body)
    if looping(state):
        return replace(state, recent=()), [Escalate("loop"), SetAiMode("OFF")]
    state, completed = _complete_what_is_known(state, event)
    state, actions = _answer(state, event, lifted=was_stopped)
    return state, [*stopping, *completed, *actions]


def _complete_what_is_known(state: ThreadState, event: TextsReceived) -> Step:
    """Close an onboarding whose last answer came on another channel."""
    standing = state.onboarding
    if not standing.unfinished or standing.question is not Question.NONE:
        return state, []
    if any(text.code_outcome is CodeOutcome.APPROVED for text in event.texts):
        # It was this very text that closed it, and it is thanked for first.
        return state, []
    return onboard(state, complete_if_done(standing, "", Medium.TEXT))


def _keep_stops(state: ThreadState, event: TextsReceived) -> Step:
    """Follow STOP and START through the messages; the last one counts, the ledger has the last word."""
    was_stopped, judged = state.stopped, False
    stopped = state.stopped
    for text in event.texts:
        if text.keyword is Keyword.STOP or text.stop_wish in (StopWish.RECORDED, StopWish.JUDGED):
            stopped, judged = True, text.stop_wish is StopWish.JUDGED
        elif text.keyword is Keyword.START:
            stopped, judged = False, False
    if event.person.suppressed is not None and not judged:
        stopped = event.person.suppressed
    if not stopped and not was_stopped:
        return state, []
    # Also when it is over again: no turn may have seen the STOP itself.
    turn = onboarding.stop(state.onboarding)
    state = replace(state, stopped=stopped, onboarding=turn.state)
    if judged and not was_stopped:
        ended = {text.ends for text in event.texts if text.stop_wish is StopWish.JUDGED}
        ends = ended.pop() if len(ended) == 1 else Ends.ALL
        asks_to_erase = any(text.erasure for text in event.texts)
        words = said(state, OPT_OUT_AND_ERASURE if asks_to_erase else ENDED[ends])
        confirmed = SendTexts((words,), TextKind.CONFIRMATION)
        erasures = [RequestErasure(text.body) for text in event.texts if text.erasure]
        return replace(state, sent=1, scope_asks=0), [confirmed, Suppress(ends), *turn.effects, *erasures]
    return state, list(turn.effects)


def _answer(state: ThreadState, event: TextsReceived, *, lifted: bool) -> Step:
    actions: list[ThreadAction] = []
    if outcomes := [text.code_outcome for text in event.texts if text.code_outcome]:
        # One text tells of all codes of a turn, so that there is room for the rest.
        outcome = CodeOutcome.APPROVED if CodeOutcome.APPROVED in outcomes else outcomes[-1]
        kind = TextKind.ONBOARDING if state.onboarding.unfinished else TextKind.CONVERSATION
        state, more = onboard(state, onboarding.code_checked(state.onboarding, outcome), kind)
        actions += more
    elif any(text.body == UNREAD for text in event.texts):
        kind = TextKind.ONBOARDING if state.onboarding.unfinished else TextKind.CONVERSATION
        state, actions = send(state, (said(state, CODE_UNREAD),), kind)
    refused = take_refusals(state, event)
    state, actions = refused.state, [*actions, *refused.actions]
    words = [clean(text.body) for text in refused.texts if _says_something(text, lifted=lifted)]
    event = replace(event, texts=refused.texts)
    if refused.actions and not words:
        return state, [*actions, *([] if refused.asks else _question_again(state))]
    if any(text.keyword is Keyword.HELP for text in event.texts) and event.help_answered_by != "twilio":
        state, more = send(state, (said(state, HELP),))
        actions += more
    if said_so := _in_danger(words):
        state, more = _say_no_help_comes(state, event, said_so)
        return state, [*actions, *more]
    if any(wants_person(each) for each in words):
        state, more = _tell_a_person(state, words)
        # After a hand-over the bot asks nothing and stays silent: a person answers from here on.
        handed_over = any(isinstance(action, Escalate) for action in more)
        return state, [*actions, *more, *([] if handed_over else _question_again(state))]
    places = [text.place for text in event.texts if text.place]
    if _is_new(state, event):
        state, more = _begin_onboarding(state, event, words)
    elif places and not words and state.onboarding.running:
        state, more = onboard(state, onboarding.place_shared(state.onboarding, places[-1]))
    elif words:
        state, more = _take_words(state, tuple(words))
    else:
        state, more = _take_no_words(state, event, lifted=lifted)
    return state, [*actions, *more]


def _says_something(text: Text, *, lifted: bool) -> bool:
    """Whether the message holds words to answer: YES is a keyword, but not only that unless it ends a STOP."""
    if not clean(text.body) or _is_about_code(text) or text.stop_wish is not StopWish.NONE:
        return False
    if text.keyword is Keyword.START:
        return text.body.strip().upper() == "YES" and not lifted
    return text.keyword is None


def _is_about_code(text: Text) -> bool:
    """Whether the message gives a code, or was meant to."""
    return text.code_outcome is not None or text.body == UNREAD


def _is_new(state: ThreadState, event: TextsReceived) -> bool:
    new = state.onboarding.phase is OnboardingPhase.IDLE and event.person.onboarding_status == "pending"
    # A text with only a code answers another question.
    return new and event.onboards and not all(_is_about_code(text) for text in event.texts)


def _begin_onboarding(state: ThreadState, event: TextsReceived, words: list[str]) -> Step:
    """Welcome somebody new; what they asked is answered first."""
    media = any(text.media or text.place for text in event.texts)
    greeting = all(intent_of(each, Question.NONE) in (Intent.GREET, Intent.GO_ON) for each in words)
    if greeting and not media:
        return onboard(state, onboarding.begin(state.onboarding, event.voices))
    turn = onboarding.begin(state.onboarding, event.voices, quietly=True)
    state = replace(state, onboarding=turn.state)
    if words:
        return ask_model(state)
    state, actions = send(state, (_acknowledged(state, event, question_follows=True),))
    shared = [place for text in event.texts if (place := text.place)]
    if shared and not state.onboarding.location:
        state = replace(state, onboarding=replace(state.onboarding, location=shared[-1]))
        actions = [*actions, SetProfile(location=shared[-1])]
    state, more = onboard(state, onboarding.welcome_owed(state.onboarding))
    return state, [*actions, *more]


def answer_read(state: ThreadState, words: tuple[str, ...], reading: Reading) -> Step:
    """Go on with words that the model has read."""
    return _take_words(replace(state, reading=False), words, reading)


def _take_words(state: ThreadState, words: tuple[str, ...], reading: Reading | None = None) -> Step:
    """Answer what was said, each message by itself if together they answer no question."""
    together = onboarding.answer(state.onboarding, " ".join(words), reading=reading)
    if together.unread:
        return replace(state, reading=True), [ReadAnswer(words)]
    if len(words) == 1 or not state.onboarding.unfinished or together.effects:
        return onboard(state, together)
    standing, ask_model, reply = state.onboarding, False, ""
    effects: list[Effect] = []
    for each in words:
        turn = onboarding.answer(standing, each)
        if not reply or turn.effects or turn.ask_model or turn.state.phase is not standing.phase:
            reply = turn.reply
        standing, ask_model = turn.state, ask_model or turn.ask_model
        effects += turn.effects
    return onboard(state, OnboardingTurn(standing, reply, tuple(effects), ask_model))


def _take_no_words(state: ThreadState, event: TextsReceived, *, lifted: bool) -> Step:
    """Answer texts without words: media, empty texts, or only keywords and codes."""
    rest = [text for text in event.texts if text.keyword is None and not _is_about_code(text)]
    if rest:
        state, actions = send(
            state, (_acknowledged(state, event, question_follows=state.onboarding.running),)
        )
        return state, [*actions, *_question_again(state)]
    if lifted and state.onboarding.phase is OnboardingPhase.FAILED:
        # Their STOP ended it, and START alone begins nothing: that they can go on has to be said.
        return send(state, (say(state.onboarding, WELCOME_BACK),), TextKind.ONBOARDING)
    if any(text.keyword is not None for text in event.texts):
        # START and HELP do not lose the place; outside the onboarding Twilio has answered them.
        return state, _question_again(state)
    return state, []


def _acknowledged(state: ThreadState, event: TextsReceived, *, question_follows: bool) -> str:
    """Return the answer to a text without words, or nothing where the open question says enough."""
    kinds = [kind for text in event.texts for kind in (*text.media, *([LOCATION] if text.place else []))]
    if kinds:
        return media_received(kinds, question_follows=question_follows, language=state.onboarding.language)
    return "" if question_follows else said(state, NO_WORDS)


def _question_again(state: ThreadState) -> list[ThreadAction]:
    asked = ask(state.onboarding) if state.onboarding.running else ""
    return send(state, (asked,), TextKind.ONBOARDING)[1]


def _in_danger(bodies: Sequence[str]) -> str:
    """Return what the sender wrote by which somebody is in danger; blank: nobody is."""
    return "\n".join(each for each in bodies if emergency_in(read_own_words(each).own))[:500]


def _say_no_help_comes(state: ThreadState, event: TextsReceived, words: str) -> Step:
    """Say who sends help, in the language in which it was asked for, and have a person look; the thread goes on."""
    language = emergency_in(words) or state.onboarding.language
    state, actions = send(state, (cannot_help(IN_A_TEXT, event.emergency_number, language),))
    return state, [*actions, Escalate(REASON, words)]


def _tell_a_person(state: ThreadState, words: list[str]) -> Step:
    told = state.person_asked_at is not None and state.turn - state.person_asked_at < PERSON_TURNS
    if told:
        return send(state, (said(state, PERSON_TOLD_BEFORE),))
    state, actions = send(replace(state, person_asked_at=state.turn), (said(state, PERSON_TOLD),))
    return state, [*actions, Escalate("human_requested", " ".join(words)[:500])]
