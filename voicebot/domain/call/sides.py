"""The two sides of a call: which number is ours and which is the person's, whoever called whom.

SQL has the same rule in `sql/functions/calls/sides.sql`, for the calls that it stores.
"""

from typing import Literal

Direction = Literal["inbound", "outbound"]


def direction_of(told: str) -> Direction:
    """Return the direction as seen from us; the carrier has several words for a call that we placed."""
    return "inbound" if told == "inbound" else "outbound"


def our_number(direction: str, from_number: str, to_number: str) -> str:
    """Return the number of ours that the call is on."""
    return to_number if direction_of(direction) == "inbound" else from_number


def their_number(direction: str, from_number: str, to_number: str) -> str:
    """Return the person's number."""
    return from_number if direction_of(direction) == "inbound" else to_number
