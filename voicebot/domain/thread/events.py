"""The events of a thread of texts. Events are facts, named in the past tense; `step` decides what follows."""

from dataclasses import dataclass
from enum import StrEnum

from voicebot.domain.onboarding.reading import Reading
from voicebot.domain.onboarding.state import Voice
from voicebot.domain.opt_out.channels import Ends
from voicebot.domain.opt_out.judge import Keyword
from voicebot.domain.verification.codes import CodeOutcome


class StopWish(StrEnum):
    """A request to stop in free words, and how far it has come."""

    NONE = "none"
    RECORDED = "recorded"
    """Found on arrival: the suppression stands and its confirmation is queued."""
    JUDGED = "judged"
    """Found by the second opinion, or said to our question: nothing has been recorded."""
    CALLS = "calls"
    """No more calls: nothing has been recorded, and texts go on."""
    OFFERS = "offers"
    """Offers are refused, and nothing else."""
    DOUBT = "doubt"
    """It may be everything or offers alone: the person is asked."""
    KEPT = "kept"
    """Our question is answered: nothing is to end."""


@dataclass(frozen=True)
class Text:
    """One message of the person: a code in it is already `[code]`, and quoted words are cut."""

    id: int
    body: str = ""
    media: tuple[str, ...] = ()
    """Content types, such as `image/jpeg`."""
    place: str = ""
    """The place of a shared location."""
    keyword: Keyword | None = None
    code_outcome: CodeOutcome | None = None
    """The result of the code, when the message answered a verification."""
    stop_wish: StopWish = StopWish.NONE
    erasure: bool = False
    """The person wants their data deleted."""
    ends: Ends = Ends.ALL
    """The extent of the request to stop."""


@dataclass(frozen=True)
class Person:
    """The person, as far as the database knows."""

    first_name: str = ""
    last_name: str = ""
    location: str = ""
    voice_id: str | None = None
    onboarding_status: str = "pending"
    verified: bool = False
    suppressed: bool | None = None
    """The ledger's rule about texting them; None leaves it to the keywords seen in the thread."""


@dataclass(frozen=True)
class TextsReceived:
    """All unanswered messages of the thread, oldest first, together."""

    texts: tuple[Text, ...]
    person: Person = Person()
    ai_mode: str = "ON"
    help_answered_by: str = "twilio"
    voices: tuple[Voice, ...] = ()
    """The voices to choose from, best first."""
    catalogue: tuple[Voice, ...] = ()
    """All voices that the person may name."""
    onboards: bool = True
    """Whether a number that nobody knows is guided through onboarding."""
    emergency_number: str = ""
    """Who sends help where the person is; blank: not known."""


@dataclass(frozen=True)
class AnswerRead:
    """What the model read in the person's words; empty when it found nothing or failed."""

    words: tuple[str, ...]
    reading: Reading


@dataclass(frozen=True)
class ModelAnswered:
    """The model's whole answer, and its note for the team; one of the two may be blank."""

    text: str
    note: str = ""


@dataclass(frozen=True)
class AnswerFailed:
    """No answer will come from the model in this turn."""

    kind: str = ""


@dataclass(frozen=True)
class OnboardingWanted:
    """An operator starts the onboarding, or a call broke off in the middle of it (`call_dropped`)."""

    person: Person = Person()
    voices: tuple[Voice, ...] = ()
    call_dropped: bool = False


@dataclass(frozen=True)
class ReminderDue:
    """It is time for reminder 1 or 2 of an onboarding that stands still."""

    number: int


@dataclass(frozen=True)
class CodeCheckedElsewhere:
    """A code of this number was checked in a call or by the API."""

    outcome: CodeOutcome


ThreadEvent = (
    TextsReceived
    | AnswerRead
    | ModelAnswered
    | AnswerFailed
    | OnboardingWanted
    | ReminderDue
    | CodeCheckedElsewhere
)
