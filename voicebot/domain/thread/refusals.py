"""Handle refusals short of STOP (of offers only, a withdrawn one, an unclear one that is asked back) and requests for
erasure.
"""

import re
from dataclasses import dataclass, replace

from voicebot.domain.languages.plain_words import normalised
from voicebot.domain.onboarding import flow as onboarding
from voicebot.domain.onboarding.answers import consent_in
from voicebot.domain.onboarding.phrases import CONSENT_NOTED, say
from voicebot.domain.onboarding.state import Question
from voicebot.domain.onboarding.tokens import clean
from voicebot.domain.opt_out.channels import Ends
from voicebot.domain.opt_out.judge import Keyword
from voicebot.domain.opt_out.offers import declines_offers
from voicebot.domain.opt_out.scope import Scope, scope_in
from voicebot.domain.person.effects import Escalate, GiveConsent, RequestErasure, Suppress
from voicebot.domain.thread.actions import ThreadAction
from voicebot.domain.thread.events import StopWish, Text, TextsReceived
from voicebot.domain.thread.moves import onboard, said, send
from voicebot.domain.thread.phrases import (
    CALLS_ENDED,
    ERASURE_NOTED,
    OFFERS_ENDED,
    PERSON_TOLD,
    SCOPE_ASKED,
    SCOPE_ASKED_AGAIN,
    SCOPE_LEFT,
    offers_wording,
)
from voicebot.domain.thread.state import ThreadState

UNSURE_STOP = "unsure_stop_request"
MAX_ASKS = 2
"""After this many answers that were not understood, a person takes over."""
MARKETING = "marketing"
_WISHES = {Scope.ALL: StopWish.JUDGED, Scope.OFFERS: StopWish.OFFERS, Scope.NOTHING: StopWish.KEPT}
_CLAUSE = re.compile(r"[,.;!\n]+|\bbut\b|\band\b")


@dataclass(frozen=True)
class Refusals:
    """The result: the state, the words and effects, and the rest of the texts."""

    state: ThreadState
    actions: list[ThreadAction]
    texts: tuple[Text, ...]
    asks: bool = False
    """A question is open now, and no other is put beside it."""


def read_answers(state: ThreadState, event: TextsReceived) -> TextsReceived:
    """Return the event with the answers to our open question as what they mean."""
    if not state.scope_asks:
        return event
    return replace(event, texts=tuple(_answered(text) for text in event.texts))


def _answered(text: Text) -> Text:
    told = text.code_outcome is None and text.keyword in (None, Keyword.START)
    if not told or text.stop_wish in (StopWish.RECORDED, StopWish.JUDGED, StopWish.CALLS):
        return text
    if (scope := scope_in(text.body)) is not None:
        return replace(text, stop_wish=_WISHES[scope], keyword=None)
    if consent_in(text.body):
        # "Yes" to a question of two sides.
        return replace(text, stop_wish=StopWish.DOUBT, keyword=None)
    return text


def take_refusals(state: ThreadState, event: TextsReceived) -> Refusals:
    """Answer a refusal; the returned texts hold the other things that were said."""
    asked, state = state.scope_asks, replace(state, scope_asks=0)
    actions: list[ThreadAction] = []
    rest: list[Text] = []
    wishes = {text.stop_wish for text in event.texts}
    for text in event.texts:
        if text.erasure:
            actions.append(RequestErasure(text.body))
        elif text.stop_wish is StopWish.OFFERS:
            rest.append(replace(text, body=_without_refusal(state, text.body), stop_wish=StopWish.NONE))
        elif text.stop_wish is StopWish.CALLS:
            state, told = send(state, (said(state, CALLS_ENDED),))
            actions += [*told, Suppress(Ends.CALLS)]
        elif text.stop_wish not in (StopWish.DOUBT, StopWish.KEPT):
            rest.append(text)
    if any(text.erasure for text in event.texts):
        state, told = send(state, (said(state, ERASURE_NOTED),))
        actions += told
    if StopWish.OFFERS in wishes:
        answers = _is_consent_open(state)
        state, more = _end_offers(state)
        return Refusals(state, [*actions, *more], tuple(rest), asks=answers)
    if StopWish.DOUBT in wishes:
        if asked >= MAX_ASKS:
            state, more = send(state, (said(state, PERSON_TOLD),))
            return Refusals(state, [*actions, *more, Escalate(UNSURE_STOP)], tuple(rest))
        state, more = send(state, (said(state, SCOPE_ASKED_AGAIN if asked else SCOPE_ASKED),))
        return Refusals(replace(state, scope_asks=asked + 1), [*actions, *more], tuple(rest), asks=True)
    if StopWish.KEPT in wishes:
        state, more = send(state, (said(state, SCOPE_LEFT),))
        actions += more
    return Refusals(state, actions, tuple(rest))


def _end_offers(state: ThreadState) -> tuple[ThreadState, list[ThreadAction]]:
    standing = state.onboarding
    if _is_consent_open(state):
        # This is the answer to it.
        return onboard(state, onboarding.answer(standing, "no"))
    ended = GiveConsent(
        MARKETING, "denied" if standing.running else "withdrawn", offers_wording(standing.language)
    )
    state = replace(state, onboarding=replace(standing, consent=False))
    running = standing.running
    words = say(standing, CONSENT_NOTED[False]) if running else said(state, OFFERS_ENDED)
    state, told = send(state, (words,))
    return state, [*told, ended]


def _is_consent_open(state: ThreadState) -> bool:
    return state.onboarding.running and state.onboarding.question is Question.CONSENT


def _without_refusal(state: ThreadState, body: str) -> str:
    """Return the rest of the text: answers to our questions, or a question of the person."""
    clauses = [clause.strip() for clause in _CLAUSE.split(clean(body))]
    kept = ", ".join(each for each in clauses if each and not declines_offers(normalised(each)))
    asking = "?" in kept or (state.onboarding.running and not _is_consent_open(state))
    return kept if asking else ""
