"""Take in a text: store it, whatever happens next. The worker answers it.

Rules alone find words that must not be stored (a code that answers a verification) and requests that must not wait (a
request to stop); then one fact stores the whole text.
"""

import logging
from dataclasses import replace
from enum import StrEnum

from voicebot.domain.opt_out.again import wants_again
from voicebot.domain.opt_out.asked import asked_by
from voicebot.domain.opt_out.channels import Ends
from voicebot.domain.opt_out.erasure import asks_to_erase
from voicebot.domain.opt_out.judge import Judgement, Keyword, Verdict, keyword_of, wants_no_more
from voicebot.domain.opt_out.stop_words import start_languages
from voicebot.domain.person.addresses import WHATSAPP, bare_number, channel_of
from voicebot.domain.person.emergency import emergency_in
from voicebot.domain.person.phone import country, mask, person_number
from voicebot.domain.texts.our_name import signed
from voicebot.domain.texts.quotes import read_own_words
from voicebot.domain.texts.reactions import is_reaction
from voicebot.domain.texts.reports import InboundText
from voicebot.domain.thread.phrases import (
    ENDED,
    HELP_WHEN_STOPPED,
    OPT_IN_CONFIRMED,
    OPT_OUT_AND_ERASURE,
    WORDS,
)
from voicebot.domain.verification.codes import CodeOutcome
from voicebot.domain.verification.find import CodeScan
from voicebot.runtime import Runtime
from voicebot.services.caps import text_caps
from voicebot.services.operators.notice import operator_notice
from voicebot.services.texts.keep_facts import keep_message
from voicebot.services.verification.look_for_code import TakenCode, hide_codes, look_for_code
from voicebot.storage.database import DatabaseAway
from voicebot.storage.texts.messages import Reading, last_texts
from voicebot.storage.verification.verifications import confirm_verification
from voicebot.telemetry import metrics

# Twilio's Advanced Opt-Out names the keyword itself: its words are set in the console.
OPT_OUT_TYPE = "OptOutType"
MESSAGE_TYPE, REACTION = "MessageType", "reaction"
# Of ours, beside what the carrier told: the languages of a word that ends, or begins again, where they are not the
# carrier's. A stop is lifted in the language in which it was said.
STOP_LANGUAGES, START_LANGUAGES = "stop_languages", "start_languages"
# And that somebody asks in free words to begin again, which START alone does.
ASKS_AGAIN = "asks_again"
IN_DANGER = "in_danger"
# What a message may tell beside its body, in the sender's own words.
WORDS_IN_DETAILS = ("ButtonText", "ButtonPayload", "InteractiveData", "FlowData")
# A request to stop in free words has no keyword, and is confirmed as STOP is.
CONFIRMATIONS: dict[Keyword | None, str] = {Keyword.START: OPT_IN_CONFIRMED, Keyword.HELP: HELP_WHEN_STOPPED}
log = logging.getLogger(__name__)


class Receipt(StrEnum):
    """What came of a text that arrived."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    SPOOLED = "spooled"
    DROPPED = "dropped"
    """It has no name, so that a repetition could not be told; or its sender was erased after they wrote it."""


def receive(runtime: Runtime, text: InboundText, *, may_answer: bool = True) -> Receipt:
    """Keep the text once, however often it comes.

    `may_answer` False: it was found too late. Raises DatabaseAway when it could be kept nowhere.
    """
    if not text.message_sid:
        log.warning("a text without a name", extra={"code": "no_sid", "number": mask(text.from_number)})
        return Receipt.DROPPED
    # Before anything else: a code must reach neither a table nor the spool. Not known, not kept: it comes again.
    taken = _taken(runtime, text)
    judgement = _judged(runtime, text, taken)
    reading = read_text(runtime, text, taken, judgement, may_answer=may_answer)
    answer = keep_message(runtime, _to_keep(runtime, text, taken, judgement), reading)
    if (
        runtime.carriers.main.verifier
        and taken.verification_id
        and taken.code_ok
        and answer.get("code_outcome") == CodeOutcome.WRONG
    ):
        # Two reports at once: the carrier's service accepted this one, and the other was stored first.
        confirm_verification(runtime.database, taken.verification_id)
    runtime.hint.made_work()
    if cap := answer.get("cap"):
        log.warning("a text is not answered: a cap", extra={"message_sid": text.message_sid, "limit": cap})
        metrics.REFUSED_BY_CAPS.labels("texts", cap).inc()
    result = Receipt(answer.get("result", Receipt.SPOOLED))
    log.info(
        "text received",
        extra={"message_sid": text.message_sid, "number": mask(text.from_number), "outcome": result},
    )
    return result


def _taken(runtime: Runtime, text: InboundText) -> TakenCode:
    """Find the code that the sender wrote; a code in words quoted from us is hidden and answers nothing."""
    number = sender_of(runtime, text)
    own = read_own_words(text.content).words
    if own != text.content.strip() and not CodeScan(own).holds_numbers:
        hidden = hide_codes(runtime, number, text.content)
        return TakenCode(hidden, words=hidden)
    return look_for_code(runtime, number, text.content)


def _is_reaction(text: InboundText) -> bool:
    return is_reaction(text.content) or str(text.details.get(MESSAGE_TYPE, "")).lower() == REACTION


def _judged(runtime: Runtime, text: InboundText, taken: TakenCode) -> Judgement | None:
    """Return the rules' verdict on the text, as an answer to the open question; None when there is nothing to judge.

    The question is looked up only where it can change a yes, which few texts need.
    """
    if _keyword(text) is not None or _is_reaction(text):
        return None
    judgement = wants_no_more(taken.words)
    if judgement.verdict is not Verdict.YES:
        return judgement
    try:
        ours = last_texts(runtime.database, text.from_number, text.to_number)
    except DatabaseAway:
        # It goes to the spool. A request to stop must not wait for the question.
        return judgement
    return wants_no_more(taken.words, asked_by(ours))


def read_text(
    runtime: Runtime,
    text: InboundText,
    taken: TakenCode,
    judgement: Judgement | None,
    *,
    may_answer: bool = True,
) -> Reading:
    """Return what the rules make of the text. `judgement`: of a request to stop, None where none was looked for."""
    keyword = _keyword(text)
    stop = judgement is not None and judgement.verdict is Verdict.YES
    erasure = judgement is not None and asks_to_erase(read_own_words(taken.words).own)
    ends = judgement.ends if judgement is not None and not erasure else Ends.ALL
    confirmation = CONFIRMATIONS.get(keyword, OPT_OUT_AND_ERASURE if erasure else ENDED[ends])
    if keyword is None and start_languages(text.content):
        confirmation = OPT_IN_CONFIRMED
    elif _asks_again(taken, judgement):
        confirmation = HELP_WHEN_STOPPED
    confirmation = WORDS.said(confirmation, _spoken_by(runtime, text, judgement))
    return Reading(
        keyword=keyword.value if keyword else None,
        opt_out=stop,
        ends=ends,
        verification_id=taken.verification_id,
        code_ok=taken.code_ok,
        carrier_answers=_carrier_answers(runtime, text, keyword),
        may_answer=may_answer,
        confirmation=signed(confirmation, runtime.settings.service_name),
        operator_notice=operator_notice(runtime),
        caps=text_caps(runtime),
        sender=sender_of(runtime, text),
        is_reaction=_is_reaction(text),
        erasure=erasure,
    )


def _asks_again(taken: TakenCode, judgement: Judgement | None) -> bool:
    """Whether the text asks for texts again. What may be a stop asks for nothing."""
    if judgement is None or judgement.verdict is Verdict.YES:
        return False
    return wants_again(read_own_words(taken.words).own)


def _spoken_by(runtime: Runtime, text: InboundText, judgement: Judgement | None) -> str:
    """Return the language in which a stop or a start is confirmed: that of its words, else the service's."""
    told = judgement.languages if judgement is not None and judgement.verdict is Verdict.YES else ()
    found = sorted(told or start_languages(text.content))
    home = runtime.settings.home_language
    # A word of several languages says nothing of which one is spoken.
    return found[0] if len(found) == 1 else home


def sender_of(runtime: Runtime, text: InboundText) -> str:
    """Return whose text it is; a number without a country is of the country of the number that it was sent to."""
    region = country(bare_number(text.to_number)) or runtime.settings.home_country
    return person_number(text.from_number, region)


def _keyword(text: InboundText) -> Keyword | None:
    told = str(text.details.get(OPT_OUT_TYPE, "")).lower()
    return Keyword(told) if told in list(Keyword) else keyword_of(text.content)


def _carrier_answers(runtime: Runtime, text: InboundText, keyword: Keyword | None) -> bool:
    """Whether Twilio replies by itself (handbook 6.4): to its keywords by SMS, never on WhatsApp."""
    if channel_of(text.from_number) == WHATSAPP:
        return OPT_OUT_TYPE in text.details
    return keyword is not Keyword.HELP or runtime.settings.help_answered_by == "twilio"


def _to_keep(
    runtime: Runtime, text: InboundText, taken: TakenCode, judgement: Judgement | None
) -> InboundText:
    """Return the text without codes, wherever they stood, and with the languages of its stop or start."""
    number = sender_of(runtime, text)
    details = dict(text.details)
    for name in WORDS_IN_DETAILS:
        if name in details:
            details[name] = look_for_code(runtime, number, str(details[name])).text
    if judgement is not None and judgement.verdict is Verdict.YES and judgement.languages:
        details[STOP_LANGUAGES] = sorted(judgement.languages)
    elif judgement is not None and (languages := start_languages(text.content)):
        details[START_LANGUAGES] = sorted(languages)
    elif _asks_again(taken, judgement):
        details[ASKS_AGAIN] = True
    if judgement is not None and emergency_in(read_own_words(taken.words).own):
        details[IN_DANGER] = True
    return replace(text, content=taken.text, details=details)
