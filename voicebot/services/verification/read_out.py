"""A call that brings a code: it asks for a key, which no voicemail box presses, and only then reads the code out.

Slowly, digit by digit, twice. How far a call is stands in its addresses, so a repeated request gets the same document,
and asking once more needs no database. The code stands in one document and nowhere else: the carrier's own voice speaks it, so
that no clip and no stored document holds it.
"""

import logging
from dataclasses import replace
from uuid import UUID

from voicebot.domain.call.actions import ListenMode
from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.domain.languages.tables import OwnWords
from voicebot.domain.languages.tongues import full_tag
from voicebot.domain.uuid_text import uuid_of
from voicebot.runtime import Runtime
from voicebot.services.calls.last_resort import ATTEMPTS
from voicebot.services.verification import verify_phone
from voicebot.settings import Settings
from voicebot.storage.verification import verifications
from voicebot.transports.twilio import twiml
from voicebot.transports.twilio.twiml import Item, Listening, Silence, Spoken
from voicebot.transports.twilio.urls import CodeCallStep, code_url

KEY = "1"
KEY_WITHIN_S = 8
"""Time to take the phone from the ear and find the key."""
MOST_ASKED, MOST_READ = 2, 3
PAUSE_S = 1
DIGITS = "zero one two three four five six seven eight nine"
ASK = "This is {name} with your verification code. Press {key} to hear it."
FIRST, AGAIN = "Don't share it with anybody. Your code is:", "Once more, your code is:"
MORE, GOODBYE = "To hear it again, press {key}.", "Goodbye."
NOT_HEARD = "You can ask for the code again at any time. Goodbye."
OVER = "The code that you asked for is no longer valid. Please ask for a new one. Goodbye."
UNREADABLE = (
    "I'm sorry, I cannot read your code out right now. Please ask for it again in a few minutes. Goodbye."
)
WORDS = OwnWords(
    {
        "digits": DIGITS,
        "code_call_ask": ASK,
        "code_call_first": FIRST,
        "code_call_again": AGAIN,
        "code_call_more": MORE,
        "code_call_goodbye": GOODBYE,
        "code_call_not_heard": NOT_HEARD,
        "code_call_over": OVER,
        "code_call_unreadable": UNREADABLE,
    }
)
log = logging.getLogger(__name__)


def document(runtime: Runtime, step: CodeCallStep) -> str:
    """Return the TwiML of the call that the attempt made. Raises DatabaseAway, where a key was pressed.

    An attempt that is nobody's, or whose code no longer holds, gets an apology.
    """
    key, language = uuid_of(step.attempt_id), _language(runtime.settings, step)
    if key is None:
        return _last_words(OVER, language)
    if step.pressed and (step.asked or step.read):
        return _read(runtime, key, step, language)
    if step.read:
        return _last_words(GOODBYE, language)
    if step.asked >= MOST_ASKED:
        return _last_words(NOT_HEARD, language)
    return _ask(runtime.settings, step, language)


def without_database(settings: Settings, step: CodeCallStep) -> str:
    """Answer a key when the code cannot be known: ask for patience and try again, twice, and then say so."""
    language = _language(settings, step)
    if not step.pressed or step.tried >= ATTEMPTS:
        return _last_words(UNREADABLE, language)
    # A redirect does not bring the key again (handbook 1.1): the address does.
    again = code_url(settings, replace(step, tried=step.tried + 1))
    patience = Spoken(phrase(Phrase.SERVICE_PATIENCE, language))
    return twiml.go_on([patience], again, language=language, pause_s=PAUSE_S)


def _language(settings: Settings, step: CodeCallStep) -> str:
    return full_tag(step.language or settings.home_language)


def _ask(settings: Settings, step: CodeCallStep, language: str) -> str:
    words = WORDS.said(ASK, language).format(name=settings.service_name, key=KEY)
    asked = replace(step, asked=step.asked + 1, tried=0)
    return twiml.listen([Spoken(words)], _for_a_key(settings, asked), language=language)


def _read(runtime: Runtime, key: UUID, step: CodeCallStep, language: str) -> str:
    one = verifications.hear_verification_call(runtime.database, key)
    if one is None or not one.running:
        log.warning("no code to read out", extra={"key": key})
        return _last_words(OVER, language)
    digits = _slowly(verify_phone.code_of(runtime, one), language)
    said: list[Item] = [
        _whole(WORDS.said(FIRST, language)),
        *digits,
        _whole(WORDS.said(AGAIN, language)),
        *digits,
    ]
    read = replace(step, asked=0, read=step.read + 1, pressed=False, tried=0)
    if read.read >= MOST_READ:
        return twiml.hang_up([*said, Spoken(WORDS.said(GOODBYE, language))], language=language)
    again = Spoken(WORDS.said(MORE, language).format(key=KEY))
    return twiml.listen([*said, again], _for_a_key(runtime.settings, read), language=language)


def _for_a_key(settings: Settings, step: CodeCallStep) -> Listening:
    return Listening(code_url(settings, step), mode=ListenMode.KEYS, timeout_s=KEY_WITHIN_S)


def _last_words(words: str, language: str) -> str:
    return twiml.hang_up([Spoken(WORDS.said(words, language))], language=language)


def _slowly(code: str, language: str) -> list[Item]:
    items: list[Item] = []
    digits = WORDS.said(DIGITS, language).split()
    for digit in code:
        items += [Silence(PAUSE_S), _whole(f"{digits[int(digit)]}.")]
    return [*items, Silence(PAUSE_S)]


def _whole(words: str) -> Spoken:
    """A key pressed twice must not cut the code off."""
    return Spoken(words, interruptible=False)
