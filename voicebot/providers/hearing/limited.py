"""A transcriber that hears so many calls at the same time and no more; the next door is for the others."""

from dataclasses import replace

from voicebot.providers.hearing.dialect import Dialect, Message
from voicebot.providers.hearing.doors import Door, Wire
from voicebot.providers.ports import Listening, Priority
from voicebot.providers.slots.admission import Admission
from voicebot.providers.slots.gate import Ticket


class _HeldWire:
    """A wire that has a place, until it is closed."""

    def __init__(self, wire: Wire, admission: Admission, ticket: Ticket) -> None:
        self._wire, self._admission, self._ticket = wire, admission, ticket
        self.send = wire.send

    def receive(self, timeout_s: float | None = None) -> Message | None:
        """Receive as the wire does; a wire that broke has no place any more."""
        try:
            return self._wire.receive(timeout_s)
        except Exception:
            self._admission.leave(self._ticket)
            raise

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the wire and give the place back."""
        try:
            self._wire.close(code, reason)
        finally:
            self._admission.leave(self._ticket)


def limited_door(door: Door, admission: Admission) -> Door:
    """Return a door that lets in only who has a place; the others find it busy."""

    def enter(listening: Listening) -> tuple[Wire, Dialect]:
        ticket = admission.enter(Priority.ANSWER)
        try:
            wire, dialect = door.enter(listening)
        except BaseException:
            admission.leave(ticket)
            raise
        return _HeldWire(wire, admission, ticket), dialect

    return replace(door, enter=enter)
