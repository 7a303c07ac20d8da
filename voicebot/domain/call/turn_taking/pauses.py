"""How long a pause must be to end the caller's turn, by what they were asked.

A yes needs no wait; a caller who reads out a number or spells a street pauses in the middle.
"""

from dataclasses import dataclass
from enum import StrEnum


class Asked(StrEnum):
    """The kind of answer that the bot's last words ask for."""

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
