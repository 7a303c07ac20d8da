"""TwiML that needs no database, no model and no voice of ours, for callers when nothing else works."""

import _thread
import queue
from collections.abc import Callable
from typing import TypeVar

from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.settings import Settings
from voicebot.transports.twilio import twiml, urls
from voicebot.transports.twilio.twiml import Listening, Spoken
from voicebot.transports.twilio.urls import Place

ATTEMPTS = 2

Result = TypeVar("Result")


class TooLate(Exception):
    """The work did not end in time; it goes on, but nobody waits for it."""


def within(work: Callable[[], Result], limit_s: float) -> Result:
    """Return what `work` returns, or raise what it raises, or raise TooLate after `limit_s` seconds."""
    answers: queue.SimpleQueue[Callable[[], Result]] = queue.SimpleQueue()

    def run() -> None:
        try:
            result = work()
        except Exception as error:
            failure = error
            answers.put(lambda: _raise(failure))
        else:
            answers.put(lambda: result)

    # Not threading.Thread, which is slower: every webhook starts one of these, and nothing joins it.
    _thread.start_new_thread(run, ())
    try:
        answer = answers.get(timeout=limit_s)
    except queue.Empty:
        raise TooLate from None
    return answer()


def _raise(error: Exception) -> Result:  # type: ignore[type-var]
    raise error


def _say(which: Phrase, language: str) -> Spoken:
    return Spoken(phrase(which, language))


def unknown_call(language: str) -> str:
    """Answer a turn of a call that nobody knows: an apology, and the end."""
    return twiml.hang_up([_say(Phrase.SERVICE_APOLOGY, language)], language=language)


def all_busy(language: str) -> str:
    """Answer a call that would be one too many."""
    return twiml.hang_up([_say(Phrase.ALL_BUSY, language)], language=language)


def refused(answer: str, language: str) -> str:
    """Answer a caller who is blocked: `reject` leaves the call unanswered, else it is a sentence and the end."""
    return (
        twiml.reject()
        if answer == "reject"
        else twiml.hang_up([_say(Phrase.CALL_REFUSED, language)], language=language)
    )


def handed_over(dial_status: str, language: str) -> str:
    """End a call after `goodbye`: without a word when somebody was reached, who has said theirs."""
    return twiml.hang_up([], language=language) if dial_status == "completed" else unknown_call(language)


def too_many(cap: str, language: str) -> str:
    """Refuse a call in words: because the number has called too often, or else because the service is full."""
    words = Phrase.CALLS_TOO_MANY if cap.startswith("number") else Phrase.CALLS_TOO_MUCH
    return twiml.hang_up([_say(words, language)], language=language)


def start_failed(settings: Settings, attempt: int, caller_id: str) -> str:
    """Answer a call that could not be begun: ask for patience and try again, twice; then hand over or say goodbye."""
    if attempt < ATTEMPTS:
        return twiml.go_on(
            [_say(Phrase.SERVICE_PATIENCE, settings.home_language)],
            urls.start_url(settings, attempt + 1),
            language=settings.home_language,
            pause_s=1,
        )
    return goodbye(settings, caller_id, settings.home_language)


def turn_failed(settings: Settings, place: Place, caller_id: str) -> str:
    """Answer a turn that could not be taken. The caller's words are lost, so the bot asks again."""
    language = place.language or settings.home_language
    if place.tried >= ATTEMPTS:
        return goodbye(settings, caller_id, language)
    again = urls.turn_url(settings, place.turn, place.document, place.tried + 1, language)
    if place.document:
        return twiml.go_on([_say(Phrase.SERVICE_PATIENCE, language)], again, language=language, pause_s=1)
    return twiml.listen([_say(Phrase.SERVICE_SAY_AGAIN, language)], Listening(again), language=language)


def session_failed(settings: Settings, attempt: int, caller_id: str) -> str:
    """Answer the end of a session while the call's state cannot be read: ask for patience and try again, twice."""
    if attempt < ATTEMPTS:
        again = urls.relay_action_url(settings, attempt + 1)
        return twiml.go_on(
            [_say(Phrase.SERVICE_PATIENCE, settings.home_language)],
            again,
            language=settings.home_language,
            pause_s=1,
        )
    return goodbye(settings, caller_id, settings.home_language)


def transfer_failed(settings: Settings, place: Place, status: str, caller_id: str) -> str:
    """Answer the end of a transfer that could not be noted: what <Dial> said is carried to the next attempt."""
    language = place.language or settings.home_language
    if status == "completed":
        return twiml.hang_up([], language=language)
    if place.tried >= ATTEMPTS:
        return goodbye(settings, caller_id, language)
    again = urls.transfer_url(settings, place.turn, place.tried + 1, status, language)
    return twiml.go_on([_say(Phrase.SERVICE_PATIENCE, language)], again, language=language, pause_s=1)


def goodbye(settings: Settings, caller_id: str, language: str) -> str:
    """End a call that cannot be served: with a person where there is one, never without a word."""
    if settings.operator_phone_number:
        return twiml.transfer(
            [_say(Phrase.SERVICE_CONNECTING, language)],
            to=[settings.operator_phone_number],
            action=urls.handed_over_url(settings, language),
            leg_status=urls.leg_status_url(settings),
            caller_id=caller_id,
            ring_s=20,
            language=language,
        )
    return twiml.hang_up([_say(Phrase.SERVICE_APOLOGY, language)], language=language)
