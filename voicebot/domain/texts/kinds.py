"""Why a text goes out."""

from enum import StrEnum


class TextKind(StrEnum):
    """Why a text goes out, as `sms_history.kind` stores it."""

    CONVERSATION = "conversation"
    VERIFICATION = "verification"
    ONBOARDING = "onboarding"
    REMINDER = "reminder"
    OPERATOR_NOTICE = "operator_notice"
    """Tells an operator of something: no part of a conversation."""
    CONFIRMATION = "confirmation"
    """The one text that tells a person that no more will come; the suppression that it reports lets it pass."""
