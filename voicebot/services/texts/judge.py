"""Judge the waiting texts of a thread: which words are the sender's own, and whether they ask us to stop.

The rules decide first. Where they are unsure the model is asked, with the open question and the words before.
"""

from collections.abc import Sequence
from dataclasses import replace

from voicebot.domain.languages.plain_words import normalised
from voicebot.domain.onboarding.intents import reads
from voicebot.domain.onboarding.pin import place_of_pin
from voicebot.domain.opt_out.asked import Asked, OpenQuestion, asked_in
from voicebot.domain.opt_out.channels import Ends
from voicebot.domain.opt_out.erasure import asks_to_erase
from voicebot.domain.opt_out.judge import (
    MAY_ANSWER,
    UNKNOWN_LANGUAGE,
    Judgement,
    Verdict,
    wants_no_more,
)
from voicebot.domain.opt_out.offers import names_offers
from voicebot.domain.texts.kinds import TextKind
from voicebot.domain.texts.quotes import read_own_words
from voicebot.domain.thread.events import StopWish, Text
from voicebot.domain.thread.state import ThreadState
from voicebot.domain.verification.find import UNREAD
from voicebot.runtime import Runtime
from voicebot.services.meter import Meter
from voicebot.services.texts.second_opinion import Opinion, second_opinion
from voicebot.storage.texts.threads import ClaimedThread, ThreadMessage

MOST_OPINIONS = 2
"""The most second opinions of one turn, so that they and the answer stay within the lease; a person gets further texts."""
OPINION_USD = 0.001
"""What a second opinion costs at most: a prompt and some texts of some hundred tokens each."""
LAST_TEXTS = 2
NOT_SAID = frozenset({TextKind.OPERATOR_NOTICE, TextKind.VERIFICATION, TextKind.CONFIRMATION})
"""What we send that asks nothing."""
_WISHES = {Verdict.YES: StopWish.JUDGED, Verdict.NO: StopWish.NONE, Verdict.OFFERS: StopWish.OFFERS}


def judged_texts(
    runtime: Runtime, claimed: ClaimedThread, state: ThreadState, meter: Meter
) -> tuple[tuple[Text, ...], bool]:
    """Return the unanswered messages as the flow sees them, and whether one may be a request to stop after all."""
    waiting: list[Text] = []
    unsure, opinions = False, 0
    asked = _asked(claimed, state)
    wanted = set(claimed.unanswered)
    for place, message in enumerate(claimed.messages):
        if message.id not in wanted:
            continue
        text = _own_text(message, asked)
        judgement = wants_no_more(message.content, asked)
        wish = _by_rules(message, judgement, text.body, state)
        if wish is None:
            # A model that gave no opinion is not asked again: it may have used up the time.
            before = claimed.messages[max(0, place - LAST_TEXTS) : place]
            may_ask = opinions < MOST_OPINIONS and not unsure
            opinion = second_opinion(runtime, text.body, asked, _said(before)) if may_ask else None
            meter.add(OPINION_USD if may_ask else 0.0)
            opinions, unsure = opinions + 1, unsure or opinion is None
            text = _with_opinion(text, opinion, judgement, asked)
        else:
            text = replace(text, stop_wish=wish, ends=judgement.ends)
        waiting.append(text)
    return tuple(waiting), unsure


def _asked(claimed: ClaimedThread, state: ThreadState) -> Asked:
    """What we asked before the first of the texts that wait."""
    wanted, ours = set(claimed.unanswered), []
    for message in claimed.messages:
        if message.id in wanted:
            break
        if message.direction == "outbound" and not message.never_left and message.kind not in NOT_SAID:
            ours.append(message.content)
    standing = state.onboarding
    asked = asked_in(standing.question, running=standing.running, ours=ours)
    return replace(asked, question=OpenQuestion.SCOPE) if state.scope_asks else asked


def _own_text(message: ThreadMessage, asked: Asked) -> Text:
    own = read_own_words(message.content, asked.ours)
    return Text(
        id=message.id,
        body=own.words,
        media=tuple(str(each.get("content_type") or "") for each in message.media),
        place=place_of_pin(message.details) or "",
        keyword=message.keyword,
        code_outcome=message.code_outcome,
        erasure=message.keyword is None and asks_to_erase(own.own),
    )


def _by_rules(message: ThreadMessage, judgement: Judgement, own: str, state: ThreadState) -> StopWish | None:
    """Return what the rules make of the message; None when they are unsure.

    A message whose stop was recorded on arrival waits for no answer. So a request to stop that is found here came
    before today's rules, and counts now.
    """
    if message.keyword or message.content == UNREAD:
        return StopWish.NONE
    is_answer = message.code_outcome is not None or reads_as_answer(own, state)
    if judgement.reason == UNKNOWN_LANGUAGE and is_answer:
        return StopWish.NONE
    if judgement.verdict is Verdict.YES and judgement.ends is Ends.CALLS:
        return StopWish.CALLS
    return _WISHES.get(judgement.verdict)


def reads_as_answer(text: str, state: ThreadState) -> bool:
    """Whether the text answers the question of the onboarding that is open: a name is in no language."""
    standing = state.onboarding
    return standing.running and reads(text, standing.question, standing)


def _with_opinion(text: Text, opinion: Opinion | None, judgement: Judgement, asked: Asked) -> Text:
    if opinion is None:
        return text
    text = replace(text, erasure=text.erasure or opinion.erase)
    if opinion.in_doubt or _may_mean_offers(text, opinion, judgement, asked):
        return replace(text, stop_wish=StopWish.DOUBT)
    if opinion.stop:
        return replace(text, stop_wish=StopWish.JUDGED)
    return replace(text, stop_wish=StopWish.OFFERS if opinion.only_offers else StopWish.NONE)


def _may_mean_offers(text: Text, opinion: Opinion, judgement: Judgement, asked: Asked) -> bool:
    """Whether the text may mean everything or only offers: then the person is asked, whatever the model thinks."""
    if not opinion.stop:
        # Without our question the rules would have taken it for a request.
        return judgement.reason == MAY_ANSWER and not opinion.only_offers
    return opinion.only_offers or asked.question is OpenQuestion.OFFERS or names_offers(normalised(text.body))


def _said(messages: Sequence[ThreadMessage]) -> list[tuple[str, str]]:
    return [("they" if each.direction == "inbound" else "we", each.content) for each in messages]
