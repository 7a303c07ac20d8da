"""The fixed phrases of a call and their words. They can be voiced ahead, so they work when nothing else does."""

from enum import StrEnum

from voicebot.domain.call.languages.french import FRENCH
from voicebot.domain.call.languages.german import GERMAN
from voicebot.domain.call.languages.italian import ITALIAN
from voicebot.domain.call.languages.portuguese import PORTUGUESE
from voicebot.domain.call.languages.spanish import SPANISH


class Phrase(StrEnum):
    """A fixed phrase; its value is the clip's name."""

    # How a call begins.
    GREETING = "greeting"
    HELLO = "hello"
    RECORDING_ANNOUNCEMENT = "recording_announcement"
    # The caller says nothing, or nothing that could be understood.
    STILL_THERE = "still_there"
    STILL_THERE_AGAIN = "still_there_again"
    DID_NOT_CATCH = "did_not_catch"
    # A person is asked for.
    CONNECTING = "connecting"
    NO_OPERATOR = "no_operator"
    CLOSED_MESSAGE = "closed_message"
    CLOSED_TEXT = "closed_text"
    MESSAGE_TAKEN = "message_taken"
    TRANSFER_BUSY = "transfer_busy"
    TRANSFER_NO_ANSWER = "transfer_no_answer"
    TRANSFER_FAILED = "transfer_failed"
    TRANSFER_CANCELED = "transfer_canceled"
    # Somebody of the team steps in.
    PERSON_JOINS = "person_joins"
    PERSON_JOINS_SOON = "person_joins_soon"
    BOT_IS_BACK = "bot_is_back"
    # A code is checked, or was not understood.
    CODE_RIGHT = "code_right"
    CODE_WRONG = "code_wrong"
    CODE_LIMITED = "code_limited"
    CODE_ELSEWHERE = "code_elsewhere"
    CODE_UNREAD = "code_unread"
    # The model failed.
    APOLOGY_AGAIN = "apology_again"
    LOST_THREAD = "lost_thread"
    APOLOGY_CONNECTING = "apology_connecting"
    APOLOGY_GOODBYE = "apology_goodbye"
    # How a call ends.
    GOODBYE = "goodbye"
    TIME_IS_UP = "time_is_up"
    COST_REACHED = "cost_reached"
    # Said by the transports while they wait, and by the static answer.
    FILLER_1 = "filler_1"
    FILLER_2 = "filler_2"
    FILLER_3 = "filler_3"
    SERVICE_APOLOGY = "service_apology"
    ALL_BUSY = "all_busy"
    CALL_REFUSED = "call_refused"
    CALLS_TOO_MANY = "calls_too_many"
    CALLS_TOO_MUCH = "calls_too_much"
    SERVICE_PATIENCE = "service_patience"
    SERVICE_SAY_AGAIN = "service_say_again"
    SERVICE_CONNECTING = "service_connecting"
    # Left at a mailbox.
    MISSED_YOU = "missed_you"
    # Said to a screener whose call has no purpose of its own.
    FOR_THE_PERSON = "for_the_person"


ENGLISH: dict[Phrase, str] = {
    Phrase.GREETING: "Hello. How can I help you?",
    Phrase.HELLO: "Hello.",
    Phrase.RECORDING_ANNOUNCEMENT: "This call is being recorded.",
    Phrase.STILL_THERE: "Are you still there?",
    Phrase.STILL_THERE_AGAIN: "I can't hear you. If you are there, please say something.",
    Phrase.DID_NOT_CATCH: "Sorry, I did not catch that. Could you say it again, please?",
    Phrase.CONNECTING: "One moment please, I am connecting you.",
    Phrase.NO_OPERATOR: "I'm afraid nobody can take your call right now. Please tell me your message and I will note it for the team.",
    Phrase.CLOSED_MESSAGE: "We are closed at the moment. Please tell me your message and I will note it for the team.",
    Phrase.CLOSED_TEXT: "We are closed at the moment. I am sending you a text message. How else can I help you?",
    Phrase.MESSAGE_TAKEN: "Thank you, I have noted your message for the team. Is there anything else I can do for you?",
    Phrase.TRANSFER_BUSY: "I'm sorry, the line is busy. How else can I help you?",
    Phrase.TRANSFER_NO_ANSWER: "I'm sorry, nobody picked up. How else can I help you?",
    Phrase.TRANSFER_FAILED: "I'm sorry, I could not connect you. How else can I help you?",
    Phrase.TRANSFER_CANCELED: "I'm sorry, that call was not put through. How else can I help you?",
    Phrase.PERSON_JOINS: "One moment please, a person is joining.",
    Phrase.PERSON_JOINS_SOON: "Thank you for waiting. One moment more, please.",
    Phrase.BOT_IS_BACK: "Thank you for waiting. I am with you again.",
    Phrase.CODE_RIGHT: "Thank you, that is the right code. What can I do for you?",
    Phrase.CODE_WRONG: "I'm sorry, that is not the code. Please try again, or key it in.",
    Phrase.CODE_LIMITED: "I'm sorry, I cannot take another code right now. What else can I do for you?",
    Phrase.CODE_ELSEWHERE: "Please enter that code where you were asked for it. What can I do for you?",
    Phrase.CODE_UNREAD: "I'm sorry, I did not understand the code. Please say the six digits one by one, or key them in.",
    Phrase.APOLOGY_AGAIN: "Sorry, something went wrong just now. Could you say that again, please?",
    Phrase.LOST_THREAD: "Sorry, I lost my thread. What would you like to know?",
    Phrase.APOLOGY_CONNECTING: "I'm sorry, I am having trouble today. I am connecting you with a person.",
    Phrase.APOLOGY_GOODBYE: "I'm sorry, I am having trouble today. Please call again a little later. Goodbye.",
    Phrase.GOODBYE: "Thank you for calling. Goodbye.",
    Phrase.TIME_IS_UP: "I'm sorry, our time is up. Thank you for calling. Goodbye.",
    Phrase.COST_REACHED: "I'm sorry, I have to end our talk here. Please call again if there is more. Goodbye.",
    Phrase.FILLER_1: "One moment.",
    Phrase.FILLER_2: "Let me see.",
    Phrase.FILLER_3: "Just a second, please.",
    Phrase.SERVICE_APOLOGY: "I'm sorry, we have a technical problem. Please call again in a few minutes.",
    Phrase.ALL_BUSY: "I'm sorry, all our lines are busy. Please call again in a few minutes.",
    Phrase.CALL_REFUSED: "I'm sorry, we do not take calls from this number. Goodbye.",
    Phrase.CALLS_TOO_MANY: "I'm sorry, there have been too many calls from your number. Please call again in an hour. Goodbye.",
    Phrase.CALLS_TOO_MUCH: "I'm sorry, we cannot take any more calls right now. Please call again later. Goodbye.",
    Phrase.SERVICE_PATIENCE: "One moment please, I will be right with you.",
    Phrase.SERVICE_SAY_AGAIN: "Sorry, I was not able to follow. Could you say that again, please?",
    Phrase.SERVICE_CONNECTING: "I'm sorry, we have a technical problem. I am connecting you with a person.",
    Phrase.MISSED_YOU: "I'm sorry that I missed you. You can call back at this number at any time. Goodbye.",
    Phrase.FOR_THE_PERSON: "This call is for the person who has this number.",
}

LANGUAGES: dict[str, dict[str, str]] = {
    "en": {each.value: words for each, words in ENGLISH.items()},
    "es": SPANISH,
    "fr": FRENCH,
    "de": GERMAN,
    "pt": PORTUGUESE,
    "it": ITALIAN,
}
"""The languages that every phrase has words in."""

WORDS: dict[tuple[Phrase, str], str] = {
    (Phrase(name), language): words
    for language, phrases in LANGUAGES.items()
    for name, words in phrases.items()
}
"""The words of a phrase in a language, which is BCP 47 (`de`, or `de-AT` where a region has words of its own)."""

FILLERS = (Phrase.FILLER_1, Phrase.FILLER_2, Phrase.FILLER_3)
"""Phrases that a transport may play while an answer is late."""

STATIC_PHRASES = (
    Phrase.SERVICE_APOLOGY,
    Phrase.ALL_BUSY,
    Phrase.CALL_REFUSED,
    Phrase.CALLS_TOO_MANY,
    Phrase.CALLS_TOO_MUCH,
    Phrase.SERVICE_PATIENCE,
    Phrase.SERVICE_SAY_AGAIN,
    Phrase.SERVICE_CONNECTING,
    Phrase.MISSED_YOU,
    Phrase.FOR_THE_PERSON,
)
"""Phrases without a call flow: the service itself failed, or the caller is not let in."""

UNKNOWN_TO_MODEL = frozenset(
    {
        Phrase.APOLOGY_AGAIN,
        Phrase.LOST_THREAD,
        Phrase.APOLOGY_CONNECTING,
        Phrase.APOLOGY_GOODBYE,
        *FILLERS,
        *STATIC_PHRASES,
    }
)
"""Phrases about our own failures: in the model's history they would only make it apologise again."""


def phrase(which: Phrase, language: str = "en-US") -> str:
    """Return the words of a phrase in a language, and in English where the language has none."""
    spoken = WORDS.get((which, language)) or WORDS.get((which, language.split("-")[0]))
    return spoken or ENGLISH[which]
