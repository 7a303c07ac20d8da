"""The purpose of a dial."""

from enum import StrEnum


class DialKind(StrEnum):
    """The reason of a dial: what the person who answers gets."""

    CODE = "code"
    """A verification's code, read out."""
    TALK = "talk"
    """A talk with the bot."""
