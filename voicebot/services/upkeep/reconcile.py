"""Compare the last hours with the carrier's lists, and repair what lost callbacks left undone.

Everything goes in through the facts that the webhooks use, so a second run, or a run beside the webhooks, changes nothing.
A message that cannot be stored does not delay the others: it is counted, and comes again in the next round.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from voicebot.domain.person.addresses import SMS, bare_number, channel_of
from voicebot.domain.texts.reports import InboundText, TextReport
from voicebot.providers.carriers import Carrier
from voicebot.providers.ports import Outcome, ProviderCall, ProviderError, ProviderMessage
from voicebot.runtime import Runtime
from voicebot.services.dialling import whose
from voicebot.services.texts.keep_facts import keep_message_status
from voicebot.services.texts.receive import Receipt, receive
from voicebot.services.upkeep.reconcile_calls import (
    OwnNumbers,
    is_ours,
    known_calls,
    move_call,
    settle_foreign,
)
from voicebot.storage.calls.foreign import KnownCalls
from voicebot.storage.catalogue import numbers
from voicebot.storage.database import DatabaseBug
from voicebot.storage.texts import messages, outbox

WINDOW = timedelta(hours=1)
# A process that starts does not know for how long nobody listened.
LONGEST_WINDOW = timedelta(days=1)
# Their webhooks may be on their way, or being worked on.
LEAVE_ALONE = timedelta(seconds=60)
TOO_OLD_TO_ANSWER = timedelta(hours=1)
# More than a day brings: the newest come first, and what the window leaves out is never looked at again.
MOST_LISTED = 1_000_000
Item = TypeVar("Item")
log = logging.getLogger(__name__)


@dataclass
class Reconciled:
    """What was compared, and what had to be repaired."""

    texts: int = 0
    texts_found: int = 0
    too_old: int = 0
    statuses_moved: int = 0
    calls: int = 0
    calls_moved: int = 0
    calls_forgotten: int = 0
    """Rows of an earlier version that were legs of a transfer, or another program's calls."""
    failed: int = 0
    """What could not be kept or read now."""


class TrailingWindow:
    """The periodic job: reconcile the last hour, and the time since the last complete round."""

    def __init__(self) -> None:
        self._complete_to: datetime | None = None

    def __call__(self, runtime: Runtime) -> None:
        """Reconcile. The time of a carrier that fails is covered by the next round."""
        now = runtime.now()
        reached = (self._complete_to or now - LONGEST_WINDOW) - WINDOW
        try:
            done = reconcile(
                runtime,
                max(reached, now - LONGEST_WINDOW),
                thin_after_s=runtime.limits.text.unsettled_thin_after_s,
            )
        except ProviderError as error:
            log.warning("not reconciled", extra={"code": error.code, "outcome": error.outcome})
            return
        if not done.failed:
            self._complete_to = now
        repaired = done.texts_found + done.statuses_moved + done.calls_moved
        if repaired:
            log.warning("callbacks were missing and are made up for", extra={"count": repaired})


def reconcile(runtime: Runtime, since: datetime, *, thin_after_s: float | None = None) -> Reconciled:
    """Repair texts and calls since then. Raises ProviderError and DatabaseAway; safe to repeat.

    `thin_after_s`: unfinished texts n times as old are asked about in one round of n.
    """
    done = Reconciled()
    ours = _own_numbers(runtime)
    listed = runtime.carriers.main.messaging.list_messages(sent_after=since, limit=MOST_LISTED)
    for page in _pages(listed, runtime.limits.text.page):
        _texts(runtime, page, ours, done)
    _unsettled(runtime, done, thin_after_s)
    _calls(runtime, since, ours, done)
    return done


def _texts(runtime: Runtime, page: Sequence[ProviderMessage], ours: OwnNumbers, done: Reconciled) -> None:
    known = messages.known_message_sids(runtime.database, [each.sid for each in page])
    before = runtime.now() - LEAVE_ALONE
    done.texts += len(page)
    for message in page:
        if message.direction != "inbound":
            # A text of ours whose row does not know its name yet is the resolver's business.
            if message.sid in known and known[message.sid] != message.status:
                _attempt(done, message.sid, partial(_move, runtime, message, done))
        elif (
            message.sid not in known
            and bare_number(message.to_number) in ours.answering
            and _moment(runtime, message) < before
        ):
            _attempt(done, message.sid, partial(_take_in, runtime, message, done))


def _attempt(done: Reconciled, sid: str, repair: Callable[[], None]) -> None:
    """Repair one row; a fault of ours must not delay the rows after it."""
    try:
        repair()
    except DatabaseBug:
        log.exception("not reconciled", extra={"message_sid": sid})
        done.failed += 1


def _take_in(runtime: Runtime, message: ProviderMessage, done: Reconciled) -> None:
    said = _moment(runtime, message)
    fresh = runtime.now() - said < TOO_OLD_TO_ANSWER
    media = _media(runtime, message.sid) if message.media_count else []
    channel = channel_of(message.from_number)
    text = InboundText(
        message_sid=message.sid,
        account_sid=message.account_sid,
        channel="mms" if media and channel == SMS else channel,
        from_number=message.from_number,
        to_number=message.to_number,
        content=message.body,
        observed_at=said,
        media=media,
        details={"found_by": "reconciliation"} | ({} if fresh else {"too_late_to_answer": True}),
        num_segments=message.segments,
        event_id=message.sid,
    )
    if receive(runtime, text, may_answer=fresh) is Receipt.STORED:
        done.texts_found += 1
        done.too_old += not fresh


def _media(runtime: Runtime, sid: str) -> list[dict[str, str]]:
    try:
        files = runtime.carriers.main.messaging.list_media(sid)
    except ProviderError as error:
        if error.outcome is not Outcome.REFUSED:
            raise
        # Deleted meanwhile: the words are there without them.
        return []
    return [{"url": each.url, "content_type": each.content_type} for each in files]


def _move(runtime: Runtime, message: ProviderMessage, done: Reconciled) -> None:
    status = TextReport(
        message_sid=message.sid,
        status=message.status,
        error_code=message.error_code,
        occurred_at=message.sent_at or message.created_at,
        # Beside the callback's own key: that one may still come, and is then seen to have come.
        event_id=f"{message.sid}:fetched:{message.status}",
        price=None if message.price is None else str(message.price),
        price_unit=message.price_unit,
    )
    done.statuses_moved += keep_message_status(runtime, status).get("result") == "applied"


def _unsettled(runtime: Runtime, done: Reconciled, thin_after_s: float | None) -> None:
    """Ask one by one for texts without a reported end: the carrier's lists by time omit texts that are queued."""
    waiting = outbox.unsettled_sids(
        runtime.database, older_than_s=runtime.limits.text.unsettled_after_s, thin_after_s=thin_after_s
    )
    for sid in waiting:
        try:
            message = runtime.carriers.main.messaging.fetch_message(sid)
        except ProviderError as error:
            if error.outcome is not Outcome.REFUSED:
                raise
            log.warning("the carrier does not know a text", extra={"message_sid": sid, "code": error.code})
            continue
        _attempt(done, sid, partial(_move, runtime, message, done))


def _calls(runtime: Runtime, since: datetime, ours: OwnNumbers, done: Reconciled) -> None:
    for carrier in runtime.carriers:
        try:
            _calls_of(runtime, carrier, since, ours, done)
        except ProviderError as error:
            if carrier is runtime.carriers.main:
                raise
            # The others' calls are not to wait for it.
            log.warning("a provider tells no calls", extra={"provider": carrier.name, "code": error.code})


def _calls_of(
    runtime: Runtime, carrier: Carrier, since: datetime, ours: OwnNumbers, done: Reconciled
) -> None:
    listed = carrier.telephony.list_calls(started_after=since, limit=MOST_LISTED)
    for page in _pages(listed, runtime.limits.text.page):
        own = [call for call in page if whose.may_tell(runtime, carrier, call.sid, "")]
        known = known_calls(runtime, own)
        for call in own:
            mine = is_ours(call, known, ours)
            done.calls += mine
            repair = partial(_move_call if mine else _settle_foreign, runtime, call, known, done)
            _attempt(done, call.sid, repair)


def _move_call(runtime: Runtime, call: ProviderCall, _: KnownCalls, done: Reconciled) -> None:
    done.calls_moved += move_call(runtime, call)


def _settle_foreign(runtime: Runtime, call: ProviderCall, known: KnownCalls, done: Reconciled) -> None:
    done.calls_forgotten += settle_foreign(runtime, call, known)


def _own_numbers(runtime: Runtime) -> OwnNumbers:
    configured = {address for carrier in runtime.carriers for address in carrier.addresses}
    listed = numbers.list_numbers(runtime.database)
    connected = {row["full_number"] for row in listed if row["connected_at"]}
    others = {row["full_number"] for row in listed} - connected
    return OwnNumbers(frozenset(connected | configured - others), frozenset(connected | configured))


def _moment(runtime: Runtime, message: ProviderMessage) -> datetime:
    return message.sent_at or message.created_at or runtime.now()


def _pages(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    page: list[Item] = []
    for item in items:
        page.append(item)
        if len(page) == size:
            yield page
            page = []
    if page:
        yield page
