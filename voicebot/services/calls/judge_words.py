"""Judge after a call whether a person asked in it to be left alone. A job: it may run twice.

The rules for texts judge these words too, each after the question before it. A single word that would end everything in
a text may answer a question on the phone, so it gets a second opinion.
"""

import logging

from voicebot.domain.dialling.answerer import Answerer
from voicebot.domain.opt_out.asked import Asked, asked_by
from voicebot.domain.opt_out.channels import Ends
from voicebot.domain.opt_out.judge import WHOLE_WORDS, Verdict, wants_no_more
from voicebot.runtime import Runtime
from voicebot.services.texts.second_opinion import second_opinion
from voicebot.storage import led_calls, suppressions

LAST_WORDS = 2
MOST_OPINIONS = 5
SPOKEN = "spoken_request"
WE, THEY = "we", "they"
log = logging.getLogger(__name__)
Said = tuple[bool, str]


class NoOpinion(Exception):
    """The rules are unsure, and the model gave no opinion; the job is to ask again later."""


def judge_words(runtime: Runtime, call_id: int) -> bool:
    """Keep a request to stop that was spoken in the call; True when there was one.

    Raises NoOpinion and DatabaseAway: the job is then tried again.
    """
    call = led_calls.words_of_call(runtime.database, call_id)
    if call is None or call.answered_by == Answerer.VOICEMAIL:
        return False
    unsure: list[int] = []
    ends: set[Ends] = set()
    for place, (by_caller, words) in enumerate(call.said):
        if not by_caller:
            continue
        judgement = wants_no_more(words, _asked_before(call.said, place))
        if judgement.verdict is Verdict.YES and judgement.reason not in WHOLE_WORDS:
            ends.add(judgement.ends)
        if judgement.verdict is Verdict.UNSURE or judgement.reason in WHOLE_WORDS:
            unsure.append(place)
    if not ends and any(_by_opinion(runtime, call.said, place) for place in unsure[-MOST_OPINIONS:]):
        ends.add(Ends.ALL)
    for scope in ends:
        suppressions.suppress(
            runtime.database,
            call.number,
            scope=scope,
            reason=SPOKEN,
            source_sid=call.call_sid,
            observed_at=call.ended_at,
        )
        log.info("a person asked in a call to be left alone", extra={"call_id": call_id})
    return bool(ends)


def _by_opinion(runtime: Runtime, said: tuple[Said, ...], place: int) -> bool:
    before = [(THEY if by_caller else WE, words) for by_caller, words in said[:place]]
    opinion = second_opinion(runtime, said[place][1], _asked_before(said, place), before[-LAST_WORDS:])
    if opinion is None:
        raise NoOpinion("nobody could say whether the person asked to be left alone")
    return opinion.stop and not opinion.only_offers


def _asked_before(said: tuple[Said, ...], place: int) -> Asked:
    return asked_by([words for by_caller, words in said[:place] if not by_caller][-LAST_WORDS:])
