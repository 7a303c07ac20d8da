"""What a dial is for."""

from enum import StrEnum


class DialKind(StrEnum):
    """What whoever answers gets."""

    CODE = "code"
    """A verification's code, read out."""
    TALK = "talk"
    """A talk with the bot."""
