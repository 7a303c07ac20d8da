"""Decide who answered a call of ours, by the carrier's verdict and by the words, and what the call does then.

The greeting waits for no verdict, because a verdict comes seconds later and sometimes after the call's end.
"""

from enum import StrEnum


class Answerer(StrEnum):
    """The one who answered, as `call_attempts.answered_by` stores it."""

    HUMAN = "human"
    VOICEMAIL = "voicemail"
    SCREENER = "screener"
    FAX = "fax"
    UNKNOWN = "unknown"


class OnVoicemail(StrEnum):
    """The template's wish for a mailbox."""

    HANG_UP = "hang_up"
    LEAVE_MESSAGE = "leave_message"
    TEXT = "text"


class Step(StrEnum):
    """The next act of a call once it is known who answered."""

    GO_ON = "go_on"
    HANG_UP = "hang_up"
    LEAVE_MESSAGE = "leave_message"
    TEXT = "text"
    """It hangs up, and the person is texted."""


BEEP_OVER = frozenset({"machine_end_beep", "machine_end_silence"})
"""Verdicts after which a mailbox listens (handbook 8.2). With any other one its greeting may still run."""

_VERDICTS = {
    "human": Answerer.HUMAN,
    "machine_start": Answerer.VOICEMAIL,
    "machine_end_beep": Answerer.VOICEMAIL,
    "machine_end_silence": Answerer.VOICEMAIL,
    "machine_end_other": Answerer.VOICEMAIL,
    "fax": Answerer.FAX,
    "unknown": Answerer.UNKNOWN,
}

MAILBOX_WORDS = (
    r"leave (me |us )?(a|your|an?other) (brief |short |detailed )?(message|name)|(after|at|following) the (tone|beep)"
    r"|(record|leave) (your|a) message|voice ?mail(box)?|mailbox (is|has)|not been set up|message (box|center)"
    r"|press (one|two|pound|star|the|[0-9#*]).{0,40}(options|message|page)|answering machine|automated (voice|message)"
    r"|forwarded to (an|a|the)|deje (su|un) mensaje|despu[eé]s (del|de la) (tono|se[nñ]al)|buz[oó]n de voz"
    r"|nach dem (signal|piep|ton)|hinterlassen sie|mailbox von|laissez (un|votre) message|apr[eè]s le (bip|signal)"
)
"""Words of mailboxes that people do not say, as a pattern that Python and Postgres read alike. A person may say "I'm
not available right now".
"""


def answerer_of(verdict: str) -> Answerer:
    """Return who answered by the carrier's word; an unknown word gives "unknown"."""
    return _VERDICTS.get(verdict, Answerer.UNKNOWN)


def step_after(answerer: Answerer, verdict: str, on_voicemail: OnVoicemail | None) -> Step:
    """Return what the call does. The bot leaves no message while a greeting may still run."""
    match answerer:
        case Answerer.HUMAN | Answerer.UNKNOWN | Answerer.SCREENER:
            return Step.GO_ON
        case Answerer.VOICEMAIL if on_voicemail is OnVoicemail.LEAVE_MESSAGE and verdict in BEEP_OVER:
            return Step.LEAVE_MESSAGE
        case Answerer.VOICEMAIL if on_voicemail is OnVoicemail.TEXT:
            return Step.TEXT
        case _:
            return Step.HANG_UP
