"""STOP, START and HELP as the carrier itself handles them, and who has said stop (handbook 6.4)."""

import re
import threading
from collections.abc import Iterable

STOP_WORDS = frozenset(["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"])
START_WORDS = frozenset(["START", "YES", "UNSTOP"])
HELP_WORDS = frozenset(["HELP", "INFO"])

NETWORK_STOP, NETWORK_START = frozenset({"STOP"}), frozenset({"START", "UNSTOP"})
"""What the network looks for on toll-free numbers."""

TOLL_FREE = re.compile(r"\+1(?:800|888|877|866|855|844|833)\d{7}")

REPLIES = {
    "STOP": "You are unsubscribed and will get no more messages from this number. Reply START to subscribe again.",
    "START": "You are subscribed to this number again. Reply HELP for help, STOP to unsubscribe.",
    "HELP": "Reply STOP to unsubscribe. Message and data rates may apply.",
}
"""What the carrier answers; the wording is this simulator's own."""


def is_toll_free(number: str) -> bool:
    """Whether the network, not Twilio, handles opt-out on this number."""
    return TOLL_FREE.fullmatch(number) is not None


def keyword(body: str, number: str) -> str | None:
    """`STOP`, `START` or `HELP` when the whole message is one such word, in any case."""
    word = body.strip().upper()
    if is_toll_free(number):
        return "STOP" if word in NETWORK_STOP else "START" if word in NETWORK_START else None
    if word in STOP_WORDS:
        return "STOP"
    return "START" if word in START_WORDS else "HELP" if word in HELP_WORDS else None


class OptOuts:
    """Who may not be texted from which of the account's numbers. Only the person can lift it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blocked: set[tuple[str, str]] = set()

    def take(self, word: str, person: str, numbers: Iterable[str]) -> bool:
        """Enter or lift the blocks; True when that changed anything."""
        pairs = {(person, number) for number in numbers}
        with self._lock:
            before = len(self._blocked)
            if word == "STOP":
                self._blocked |= pairs
            elif word == "START":
                self._blocked -= pairs
            return len(self._blocked) != before

    def blocks(self, person: str, number: str) -> bool:
        """Whether the person said stop to this number."""
        with self._lock:
            return (person, number) in self._blocked
