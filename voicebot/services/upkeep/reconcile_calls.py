"""Compare one page of the carrier's calls with ours, and repair what lost callbacks left undone.

The list holds more than our calls. The legs of a transfer belong to the transferred call, and other programs of the
account dial with our numbers. Neither kind becomes a call here; rows that an earlier version made of them are deleted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from voicebot.domain.call.statuses import is_terminal
from voicebot.providers.ports import ProviderCall
from voicebot.runtime import Runtime
from voicebot.services.calls.end_overdue import status_of
from voicebot.storage.calls import calls, foreign
from voicebot.storage.calls.foreign import KnownCalls


@dataclass(frozen=True)
class OwnNumbers:
    """The account may carry numbers of other programs: what they hear is not for us to answer."""

    answering: frozenset[str]
    """What comes in on these comes to us."""
    dialling: frozenset[str]
    """Calls that go out from these can be ours."""


def known_calls(runtime: Runtime, page: Sequence[ProviderCall]) -> KnownCalls:
    """Return what the database knows of a page of the list."""
    return foreign.known_calls(runtime.database, [call.sid for call in page])


def is_ours(call: ProviderCall, known: KnownCalls, ours: OwnNumbers) -> bool:
    """Whether we received the call, or placed it."""
    if call.is_leg:
        return False
    if call.direction == "inbound":
        return call.to_number in ours.answering
    return call.from_number in ours.dialling and (
        call.sid in known.placed or (call.sid in known.kept and call.sid not in known.learnt)
    )


def move_call(runtime: Runtime, call: ProviderCall) -> bool:
    """Bring a call of ours to the state that the carrier tells; True when that was news."""
    return bool(calls.record_call_status(runtime.database, status_of(call))["result"] == "applied")


def settle_foreign(runtime: Runtime, call: ProviderCall, known: KnownCalls) -> bool:
    """Give a leg's outcome to the call that was transferred, and take away a row made by mistake; True when there was one."""
    if call.is_leg and call.parent_sid and is_terminal(call.status):
        foreign.record_leg(
            runtime.database,
            call.parent_sid,
            leg_sid=call.sid,
            outcome=call.status,
            duration_s=call.duration_s,
        )
    mistaken = call.sid in known.kept if call.is_leg else call.sid in known.learnt
    return mistaken and foreign.forget_call(runtime.database, call.sid)
