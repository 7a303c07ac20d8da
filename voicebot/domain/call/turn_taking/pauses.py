"""How long a pause ends what a caller says, by what they were asked.

A yes needs no wait; somebody who reads out a number, or spells a street, pauses in the middle of it.
"""

from dataclasses import dataclass
from enum import StrEnum


class Asked(StrEnum):
    """What kind of answer the bot's last words want."""

    YES_OR_NO = "yes_or_no"
    OPEN = "open"
    DICTATED = "dictated"
    """A number, a name, an address, a message: said in pieces."""


@dataclass(frozen=True)
class Pauses:
    """The silence that ends an answer, by its kind: whole seconds (`speechTimeout`, handbook 2.5), unless the field that
    holds it says milliseconds.
    """

    yes_or_no: int = 1
    open: int = 2
    dictated: int = 3

    def after(self, asked: Asked) -> int:
        """Return the pause that ends an answer of this kind."""
        return {Asked.YES_OR_NO: self.yes_or_no, Asked.OPEN: self.open, Asked.DICTATED: self.dictated}[asked]
