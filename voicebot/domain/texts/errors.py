"""The meaning of each error of a text, in words for operators, and the remedy (HANDBOOK 6.3)."""

from dataclasses import dataclass
from enum import StrEnum


class Remedy(StrEnum):
    """What follows from an error. Nothing that Twilio has taken is ever sent again by itself."""

    PERMANENT = "permanent"
    """This number cannot be texted."""
    CONFIG = "config"
    """Somebody has to change something at Twilio."""
    SUPPRESS = "suppress"
    """The recipient does not want our texts: send nothing until they lift it."""
    RETRY_LATER = "retry_later"
    """The same text may pass later."""
    CONTENT = "content"
    """The words were the reason: others may pass, the same will not."""
    TEMPLATE = "template"
    """Only an approved template may be sent now."""
    BUG = "bug"
    """We should never have sent this."""


@dataclass(frozen=True)
class MessageError:
    """One error code of the carrier, with its meaning for operators and its remedy."""

    code: str
    words: str
    remedy: Remedy


_P, _C, _S, _R = Remedy.PERMANENT, Remedy.CONFIG, Remedy.SUPPRESS, Remedy.RETRY_LATER

_ERRORS: dict[str, tuple[str, Remedy]] = {
    "14107": (
        "More than 15 replies in 30 seconds between two numbers: two machines may be talking. It is tried twelve times.",
        _R,
    ),
    "20429": ("Twilio got too many requests of this account at once. It is tried twelve times.", _R),
    "21211": ("The number does not exist in this form.", _P),
    "21212": ("The number we send from is not valid. Check TWILIO_PHONE_NUMBER.", _C),
    "21219": ("A trial account reaches only numbers that were verified in Twilio's console.", _C),
    "21408": ("Sending to this country is switched off. Allow it in Twilio's messaging geo permissions.", _C),
    "21606": ("The number we send from cannot send texts to this recipient. Check its capabilities.", _C),
    "21608": ("A trial account texts only numbers that were verified in Twilio's console.", _C),
    "21610": ("The recipient has texted STOP. Nothing is sent until they text START.", _S),
    "21611": ("Too many texts are waiting to leave this number. It is tried twelve times.", _R),
    "21612": ("Twilio has no route from our number to this one.", _P),
    "21614": ("The number is not a mobile number. Call it instead.", _P),
    "21617": ("The text was longer than 1600 characters.", Remedy.BUG),
    "30001": ("Too many texts were waiting at Twilio, so this one was dropped. Send it again later.", _R),
    "30002": ("Twilio has suspended the account. Nothing leaves until that is solved.", _C),
    "30003": ("The phone was off or out of reach. Send it again later.", _R),
    "30004": (
        "The recipient blocks our texts, or texted STOP to a toll-free number. Nothing more is sent.",
        _S,
    ),
    "30005": ("The number is unknown or no longer in use.", _P),
    "30006": ("The number is a landline, or its carrier takes no texts. Call it instead.", _P),
    "30007": ("The carrier filtered the text as unwanted. The same words will not pass.", Remedy.CONTENT),
    "30008": ("The carrier gave no reason. Send it once more, not oftener.", _R),
    "30034": (
        "Our number is not registered for texting in the US (A2P 10DLC). Texts are accepted and dropped.",
        _C,
    ),
    "30038": (
        "A text that looked like a one-time code was filtered. Offer keys, speech, the web or the two words.",
        Remedy.CONTENT,
    ),
    "63016": (
        "WhatsApp: more than 24 hours since their last message, so only a template may be sent.",
        Remedy.TEMPLATE,
    ),
    "63017": ("The account's limit of messages per second was reached. Send it again later.", _R),
    "63018": ("The channel's rate limit was reached. Send it again later.", _R),
    # Ours: reasons why a text never left the house.
    "capped": ("This number got too many replies, so answering was switched off. A person has to look.", _P),
    "ai_off": ("Answering was switched off before this answer could leave.", _P),
    "suppressed": ("The recipient asked for no more messages.", _S),
    "not_textable": ("The number is of a kind or country that may not be texted.", _P),
    "night": ("It was night where they are when the reminder could leave, so it was dropped.", _P),
    "code_over": ("The code in the text was used or ran out before it could leave. Ask for a new one.", _P),
    "no_sender": ("There is no number of ours to send it from. Check the numbers in the settings.", _C),
    "database_away": ("The database was away when the text was to leave. It is tried twelve times.", _R),
    "claim_ran_out": ("Its turn came too late in a full queue. It is tried twelve times.", _R),
}


def message_error(code: int | str | None) -> MessageError:
    """Return what a code means. One that nobody knows is permanent: sending again could repeat a message."""
    text = str(code or "")
    if text in _ERRORS:
        return MessageError(text, *_ERRORS[text])
    words = f"Twilio reports error {text}." if text else "The text was not delivered; no reason was given."
    return MessageError(text, words, Remedy.PERMANENT)


def known_codes() -> frozenset[str]:
    """Return the codes that have words of their own."""
    return frozenset(_ERRORS)
