"""Why a text goes out, and that one that came in is a reaction."""

from enum import StrEnum


class TextKind(StrEnum):
    """Why a text is there, as `sms_history.kind` stores it."""

    CONVERSATION = "conversation"
    VERIFICATION = "verification"
    ONBOARDING = "onboarding"
    REMINDER = "reminder"
    OPERATOR_NOTICE = "operator_notice"
    """Tells an operator of something: no part of a conversation."""
    CONFIRMATION = "confirmation"
    """The one text that tells a person that no more will come; the suppression that it reports lets it pass."""
    REACTION = "reaction"
    """A reaction, as a telephone writes it for a thumb or a heart: stored and shown, never judged or answered."""
