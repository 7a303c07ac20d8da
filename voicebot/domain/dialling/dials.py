"""What a dial is for."""

from enum import StrEnum


class DialKind(StrEnum):
    """What the person who answers gets."""

    CODE = "code"
    """A verification's code, read out."""
    TALK = "talk"
    """A talk with the bot."""
