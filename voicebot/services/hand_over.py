"""Hand over what leaves the service: claim rows, try each once, finish it by the claim's token, log it.

A row is committed as `sending` before the provider hears of it. This is the one place that says what the end of a try
means: `not_sent` is tried again later, `refused` is final, and `unknown` is never repeated; a callback or the provider's
own list resolves it. Events alone are posted again whatever came of a try: their receiver knows a repetition by its name.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar
from uuid import UUID, uuid4

from voicebot.domain.handover import Handover, HandoverOutcome
from voicebot.limits import FinishLimits
from voicebot.providers.measured import provider_call
from voicebot.providers.ports import ProviderError
from voicebot.storage.database import DatabaseAway

LONGEST_WAIT_S = 0.5
"""Longer than that nobody waits for the next place of a rate: the loop looks again by itself."""
TOO_LATE, AWAY, FAULT = "claim_ran_out", "database_away", "fault"
Row = TypeVar("Row")
Try = Callable[[], Handover]
"""Asks the provider once. Raises ProviderError."""
log = logging.getLogger(__name__)


class Refused(Exception):
    """The row must not leave, for a reason that we know ourselves."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotNow(Exception):
    """The row cannot leave now; it is as if the provider could not be reached."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Claimed(Generic[Row]):
    """Rows that their claimer may hand over now. `next_in_s`: when to claim again; None: when there is a hint, or later."""

    rows: Sequence[Row]
    next_in_s: float | None = None


@dataclass(frozen=True)
class Outbox(Generic[Row]):
    """One kind of outgoing row. `longest_try_s` is the longest that one try may take; a claim with less time left is
    not used.
    """

    name: str
    provider: str
    operation: str
    lease_s: float
    longest_try_s: float
    key: Callable[[Row], object]
    claim: Callable[[UUID], Claimed[Row]]
    prepare: Callable[[Row], Try]
    """Makes what the provider is asked for. Raises Refused and NotNow."""
    finish: Callable[[Row, UUID, Handover], str | None]
    """Commits the result; returns None when the claim was lost and nothing was written."""
    sid_field: str = "key"
    """Under which name logs show the provider's name for it."""
    finishing: FinishLimits = field(default_factory=FinishLimits)
    clock: Callable[[], float] = field(default=time.monotonic)
    wait: Callable[[float], None] = field(default=time.sleep)


def hand_over_due(outbox: Outbox[Row]) -> int:
    """Claim rows that are due and hand each over; return 0 when there is nothing to do for now. Raises DatabaseAway."""
    token, began = uuid4(), outbox.clock()
    claimed = outbox.claim(token)
    for row in claimed.rows:
        if outbox.clock() - began > outbox.lease_s - outbox.longest_try_s:
            # The next holder of the claim would not know of a try: so there is none.
            finish(outbox, row, token, Handover(HandoverOutcome.NOT_SENT, TOO_LATE))
        else:
            hand_over(outbox, row, token)
    if claimed.rows:
        return len(claimed.rows)
    if claimed.next_in_s is None or claimed.next_in_s > LONGEST_WAIT_S:
        return 0
    if claimed.next_in_s > 0:
        outbox.wait(claimed.next_in_s)
    return 1


def hand_over(outbox: Outbox[Row], row: Row, token: UUID) -> tuple[Handover, str | None]:
    """Try one claimed row; return what came of it, and what `finish` said."""
    handover = _tried(outbox, row)
    return handover, finish(outbox, row, token, handover)


def finish(outbox: Outbox[Row], row: Row, token: UUID, handover: Handover) -> str | None:
    """Commit what came of a try and log it."""
    written = _finished(outbox, row, token, handover)
    about = {"key": str(outbox.key(row)), "outcome": handover.outcome.value, "code": handover.error}
    if handover.sid and outbox.sid_field != "key":
        about[outbox.sid_field] = handover.sid
    if written is None:
        # We were gone for too long: somebody else has decided about this row.
        log.warning("the claim of a %s was lost", outbox.name, extra=about)
    elif handover.outcome is HandoverOutcome.SENT:
        log.info("%s handed over", outbox.name, extra=about)
    else:
        log.warning("%s not handed over", outbox.name, extra=about)
    return written


def _tried(outbox: Outbox[Row], row: Row) -> Handover:
    try:
        ask = outbox.prepare(row)
    except Refused as refusal:
        return Handover(HandoverOutcome.REFUSED, refusal.code)
    except NotNow as reason:
        return Handover(HandoverOutcome.NOT_SENT, reason.code)
    except DatabaseAway:
        # No provider was asked, so the claim is given back as if it had not been made.
        return Handover(HandoverOutcome.NOT_SENT, AWAY)
    except Exception:
        # Nor here; without an answer it would count as sent perhaps, and never be tried again.
        log.exception("a %s could not be prepared", outbox.name, extra={"key": str(outbox.key(row))})
        return Handover(HandoverOutcome.NOT_SENT, FAULT)
    try:
        with provider_call(outbox.provider, outbox.operation):
            return replace(ask(), unwell=False)
    except ProviderError as error:
        outcome = HandoverOutcome(error.outcome.value)
        return Handover(outcome, error.code, error.retry_after_s, unwell=error.unwell)


def _finished(outbox: Outbox[Row], row: Row, token: UUID, handover: Handover) -> str | None:
    """Commit what came of it, also when the database is away for a moment: only we know the provider's answer."""
    for _ in range(outbox.finishing.tries - 1):
        try:
            return outbox.finish(row, token, handover)
        except DatabaseAway:
            outbox.wait(outbox.finishing.pause_s)
    return outbox.finish(row, token, handover)
