"""The stored mail, bounded in memory, and the switches for faults of the server."""

import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

KEPT_MAILS = 100
LONGEST_SILENCE_S = 120.0
STEPS = ("hello", "login", "from", "to", "data", "content")
"""Where a switch may sit: at the greeting, the login, at MAIL, RCPT, DATA, or after the content."""
DEEDS = ("answer", "hang", "drop")


@dataclass(frozen=True)
class Switch:
    """One fault: at a step, answer `code`, be silent, or close the connection.

    Closing after the content leaves the sender in doubt; with `taken` the mail is stored all the same.
    """

    at: str
    do: str = "answer"
    code: int = 451
    times: int | None = None
    taken: bool = False


@dataclass(frozen=True)
class TakenMail:
    """One mail as it came."""

    n: int
    at: float
    sender: str
    recipients: tuple[str, ...]
    content: bytes


class Mailbox:
    """The mails that were taken, the newest kept, and the switches that are turned."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._mails: deque[TakenMail] = deque(maxlen=KEPT_MAILS)
        self._count = 0
        self._turns = 0
        self._switches: dict[str, Switch] = {}

    def take(self, sender: str, recipients: tuple[str, ...], content: bytes) -> None:
        """Keep a mail; beyond a hundred the oldest goes."""
        with self._changed:
            self._count += 1
            self._mails.append(TakenMail(self._count, time.time(), sender, recipients, content))
            self._changed.notify_all()

    def mails(self, after: int = 0) -> list[TakenMail]:
        """Return what is kept, oldest first, from the one after number `after`."""
        with self._changed:
            return [mail for mail in self._mails if mail.n > after]

    def wait_for(self, count: int, timeout_s: float) -> list[TakenMail]:
        """Wait until so many mails were taken, and return what is kept."""
        with self._changed:
            self._changed.wait_for(lambda: self._count >= count, timeout_s)
            return list(self._mails)

    def clear(self) -> None:
        """Forget all mails and turn every switch back."""
        with self._changed:
            self._mails.clear()
            self._switches.clear()
            self._count = 0
            self._turns += 1
            self._changed.notify_all()

    def turn(self, switch: Switch) -> None:
        """Set the switch of a step; it replaces the one that was there."""
        with self._changed:
            self._switches[switch.at] = switch
            self._turns += 1
            self._changed.notify_all()

    def meet(self, step: str) -> Switch | None:
        """Return what a sender is to suffer at a step; a counted switch is used up."""
        with self._changed:
            switch = self._switches.get(step)
            if switch is not None and switch.times is not None:
                left = replace(switch, times=switch.times - 1)
                if left.times:
                    self._switches[step] = left
                else:
                    del self._switches[step]
            return switch

    def silence(self) -> None:
        """Say nothing until a switch is turned, two minutes at most."""
        with self._changed:
            turns = self._turns
            self._changed.wait_for(lambda: self._turns != turns, LONGEST_SILENCE_S)


def switch_from(given: Any) -> Switch:
    """Read a switch from JSON; raises ValueError that names what is wrong."""
    if not isinstance(given, Mapping):
        raise ValueError("a switch is a JSON object")  # noqa: TRY004 - one error for all that is wrong with it
    if unknown := set(given) - {"at", "do", "code", "times", "taken"}:
        raise ValueError(f"unknown field {sorted(unknown)[0]!r}")
    at, do, code, times = (
        given.get("at"),
        given.get("do", "answer"),
        given.get("code", 451),
        given.get("times"),
    )
    if at not in STEPS:
        raise ValueError(f"at is one of {', '.join(STEPS)}")
    if do not in DEEDS:
        raise ValueError(f"do is one of {', '.join(DEEDS)}")
    if not isinstance(code, int) or not 400 <= code <= 599:
        raise ValueError("code is 400 to 599")
    if times is not None and not (isinstance(times, int) and times > 0):
        raise ValueError("times is a number from 1 on")
    return Switch(at, do, code, times, bool(given.get("taken", False)))


def shown(mail: TakenMail) -> dict[str, Any]:
    """Return a mail as JSON: envelope, the headers that people look at, and its words."""
    message: EmailMessage = message_from_bytes(mail.content, policy=default)
    return {
        "n": mail.n,
        "at": mail.at,
        "from": mail.sender,
        "to": list(mail.recipients),
        "subject": str(message.get("Subject", "")),
        "message_id": str(message.get("Message-ID", "")),
        "headers": {name: str(value) for name, value in message.items()},
        "text": _words(message, "plain"),
        "html": _words(message, "html"),
    }


def _words(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, ValueError):
        # A character set that nobody knows.
        return ""
