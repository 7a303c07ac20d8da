"""The messages that this carrier knows: their state as the REST API shows it, and how it may change (handbook 6.2)."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from simulator.carrier.books.segments import segment_count
from simulator.carrier.wire.formats import new_sid, utc_now

KEPT_MESSAGES = 200_000

FINAL = frozenset({"delivered", "undelivered", "failed", "read", "canceled", "received"})
"""A message that reached one of these stays there, but for `delivered`, which a channel may follow with `read`."""

BY_PERSON, BY_PRODUCT, BY_CARRIER = "person", "product", "carrier"
"""Who wrote a message: the carrier itself writes the confirmations of STOP, START and HELP."""


@dataclass(frozen=True)
class MediaItem:
    """A picture or other file of a message: its bytes (sent by a person) or its address (sent by the product)."""

    content_type: str
    content: bytes = b""
    url: str = ""
    sid: str = field(default_factory=lambda: new_sid("ME"))
    date_created: datetime = field(default_factory=utc_now)


@dataclass
class MessageRecord:
    """One message. Change `status` only through `MessageBook.move`."""

    account_sid: str
    from_number: str
    to_number: str
    body: str
    direction: str
    """`inbound`, `outbound-api` or, by TwiML, `outbound-reply`."""
    status: str
    sid: str = field(default_factory=lambda: new_sid("SM"))
    author: str = BY_PRODUCT
    service_sid: str | None = None
    media: tuple[MediaItem, ...] = ()
    callback_url: str = ""
    send_at: datetime | None = None
    content_sid: str = ""
    profile_name: str = ""
    error_code: int | None = None
    date_created: datetime = field(default_factory=utc_now)
    date_updated: datetime = field(default_factory=utc_now)
    date_sent: datetime | None = None
    ended_wall: float | None = None
    index: int = 0
    thread_index: int = 0
    """Its place in the thread of the person, from 1."""
    listed: bool = True
    """False keeps it out of the REST API: deleted there, or the carrier's own."""
    past: list[tuple[float, str]] = field(default_factory=list)
    """(wall clock, status) of every change, for reads that lag behind."""

    @property
    def inbound(self) -> bool:
        """Whether it came from a person."""
        return self.direction == "inbound"

    @property
    def person(self) -> str:
        """The address at the other end, `whatsapp:` and all."""
        return self.from_number if self.inbound else self.to_number

    @property
    def our_number(self) -> str:
        """The account's end."""
        return self.to_number if self.inbound else self.from_number

    @property
    def channel(self) -> str:
        """`sms` or `whatsapp`."""
        return "whatsapp" if self.to_number.startswith("whatsapp:") else "sms"

    @property
    def segments(self) -> int:
        """Parts on the way; always 1 for what is no SMS (handbook 6.1)."""
        return 1 if self.channel != "sms" or self.media else segment_count(self.body)

    @property
    def over(self) -> bool:
        """Whether the message has reached a final status."""
        return self.status in FINAL

    def status_as_of(self, wall: float) -> str:
        """The status at a moment; the first one for any moment before it."""
        shown = [status for at, status in self.past if at <= wall]
        return shown[-1] if shown else (self.past[0][1] if self.past else self.status)


class MessageBook:
    """All messages, newest last, and for each person their thread."""

    def __init__(self, changed: Callable[[MessageRecord], None] = lambda _: None) -> None:
        self._lock = threading.Lock()
        self._messages: OrderedDict[str, MessageRecord] = OrderedDict()
        self._threads: dict[str, list[MessageRecord]] = {}
        self._changed = changed
        self._added = 0

    def add(self, record: MessageRecord) -> MessageRecord:
        """Enter a message; it gets its number in the row of all and in its thread. A known sid returns what is there."""
        with self._lock:
            if record.sid in self._messages:
                return self._messages[record.sid]
            self._added += 1
            thread = self._threads.setdefault(record.person, [])
            record.index = self._added
            record.thread_index = thread[-1].thread_index + 1 if thread else 1
            record.past.append((time.time(), record.status))
            if record.over:
                record.date_sent, record.ended_wall = record.date_created, time.time()
            self._messages[record.sid] = record
            thread.append(record)
            self._forget_oldest()
        self._changed(record)
        return record

    def find(self, sid: str) -> MessageRecord | None:
        """The message with this sid."""
        with self._lock:
            return self._messages.get(sid)

    def all(self) -> list[MessageRecord]:
        """Every message, oldest first, also those that the REST API does not list."""
        with self._lock:
            return list(self._messages.values())

    def thread(self, person: str) -> list[MessageRecord]:
        """What was exchanged with one address, oldest first."""
        with self._lock:
            return list(self._threads.get(person, ()))

    def newest_inbound(self, person: str) -> MessageRecord | None:
        """The last message that this address sent."""
        return next((record for record in reversed(self.thread(person)) if record.inbound), None)

    def move(self, record: MessageRecord, status: str, error_code: int | None = None) -> bool:
        """Take a message to a status; False when it is there already or over."""
        with self._lock:
            is_read = record.status == "delivered" and status == "read"
            if record.status == status or (record.over and not is_read):
                return False
            record.status, record.error_code, record.date_updated = status, error_code, utc_now()
            record.past.append((time.time(), status))
            if record.date_sent is None and status in ("sent", "delivered"):
                record.date_sent = record.date_updated
            if record.over and record.ended_wall is None:
                record.ended_wall = time.time()
        self._changed(record)
        return True

    def fail_inbound(self, record: MessageRecord, error_code: int) -> None:
        """A text that came in is shown as failed, because it was not passed on as it was written."""
        with self._lock:
            record.status, record.error_code, record.date_updated = "failed", error_code, utc_now()
            record.past.append((time.time(), record.status))
        self._changed(record)

    def _forget_oldest(self) -> None:
        while len(self._messages) > KEPT_MESSAGES:
            _, oldest = self._messages.popitem(last=False)
            self._threads[oldest.person].remove(oldest)
