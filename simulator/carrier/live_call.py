"""One call while it lasts: its clock, its line, its ear, and the few moves that every verb is made of."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

from simulator.carrier import statuses
from simulator.carrier.books.calls import CallRecord
from simulator.carrier.exchange import Exchange
from simulator.carrier.far_end.ear import Ear
from simulator.carrier.far_end.hearing import HeardItem, Hearing
from simulator.carrier.far_end.line import (
    Act,
    Line,
    LineSignal,
    Pressed,
    Said,
    StayedSilent,
    Takes,
    TimeLimitReached,
)
from simulator.carrier.far_end.mouth import CallerMouth
from simulator.carrier.pace import Pace
from simulator.carrier.streams.tap import Tap
from simulator.carrier.wire.media import Clip
from simulator.carrier.wire.webhooks import Answer, WebhookClient, WebhookRequest, new_session

WEBHOOK_PATIENCE_S = 120.0
"""Far beyond any webhook's budget with its redirects: only a defect of ours lasts longer."""


@dataclass
class StreamSpell:
    """A time that the call spent on a websocket, in seconds of the call; `until_s` None: it still does."""

    transport: str
    since_s: float
    until_s: float | None = None
    messages: list[dict[str, Any]] = field(default_factory=list)
    """What went over it but sound: `{"at_s", "by" (carrier, app), "message"}`, the newest of them."""


Never: Callable[[], bool] = lambda: False  # noqa: E731


class LiveCall:
    """A call in progress. Its own thread runs it; other threads only act on `line`."""

    def __init__(self, exchange: Exchange, record: CallRecord, speed: float | None = None) -> None:
        self.exchange, self.record = exchange, record
        self.pace, self.ear = Pace(exchange.config.speed if speed is None else speed), Ear()
        self.stream_speed = speed or 1.0
        """Sound on a stream takes the time that it takes, unless this very call was asked to be faster."""
        self.session: requests.Session = new_session()
        self.line = Line(self._publish_waiting)
        self.hearing = Hearing(self.pace.now_s, self._publish_heard)
        self.mouth, self.tap = CallerMouth(self.chance("line")), Tap()
        self.streams: list[StreamSpell] = []
        self.answered_at_s: float | None = None
        self.documents_since_act = 0
        self.acts_seen = 0
        self.served_clips: dict[str, Clip] = {}
        self.nobody_there = False
        """A machine, or another program, is at the far end: it hears everything and never answers."""
        self.obeys = 0
        """How often the person at the far end still presses the key that they are told to press."""
        self.lines: list[str] = []
        """What the far end still says of its own accord."""
        self.hesitates_s = 0.0
        """How long it takes before it says a line."""
        self.screened = False
        """A screener speaks first, and takes no time for it."""
        self._later: list[tuple[float, Callable[[], None]]] = []
        self.typing_is_speaking: bool | None = None
        """The knob of this name for this call alone; None leaves it to the knob."""
        exchange.live[record.sid] = self

    @property
    def answered(self) -> bool:
        """Whether somebody has picked up."""
        return self.answered_at_s is not None

    @property
    def on_a_stream(self) -> str:
        """The transport of the websocket that the call is on now, empty while it is on none."""
        return self.streams[-1].transport if self.streams and self.streams[-1].until_s is None else ""

    def waiting(self) -> str | None:
        """What the person may do now: `speech`, `keys` (nothing but keys) or None."""
        if self.line.expects(Said("", None)):
            return "speech"
        return "keys" if self.line.expects(Pressed("1")) else None

    def accepts_keys(self) -> bool:
        """Whether a key pressed now is taken."""
        return self.line.expects(Pressed("1"))

    def pick_up(self) -> None:
        """The bot's side of an inbound call answers; anything but Reject and a first Pause does that (handbook 2.2)."""
        if not self.answered:
            self.answered_at_s = self.pace.now_s()
            self.progress("in-progress", "answered")
            self.ear.owes("answered")

    def progress(self, status: str, event: str) -> None:
        """Move to a status and report the event."""
        if self.exchange.book.move(self.record, status):
            statuses.announce(self.exchange, self.record, event)

    def wait(self, seconds: float, stop: Callable[[], bool] = Never) -> bool:
        """Let `seconds` of the call pass; True as soon as `stop()`. Raises a LineSignal at once."""
        limit_s = self._seconds_left()
        seconds, last = min(seconds, limit_s), seconds >= limit_s
        began_s, began_wall = self.pace.now_s(), time.monotonic()
        stopped = False
        try:
            stopped = self.line.wait(self.pace.wall_s(seconds), stop)
        except LineSignal:
            stopped = True
            raise
        finally:
            # What was broken off lasted as long as the wall clock says; compressed, half of it was heard.
            partly_s = (
                seconds / 2 if self.pace.compressed else (time.monotonic() - began_wall) * self.pace.speed
            )
            self.pace.jump(min(seconds, partly_s) if stopped else seconds, since_s=began_s)
            self._do_what_is_due()
        if last and not stopped:
            raise TimeLimitReached
        return stopped

    def idle(self, seconds: float, stop: Callable[[], bool]) -> bool:
        """Wait for an event, compressed or not; return True as soon as `stop()`, False after this much real time.

        Time passes here by the wall clock only, because the event is unknown. Raises a LineSignal.
        """
        limit_s, speed = self._seconds_left(), self.pace.speed or 1.0
        began_s, began_wall = self.pace.now_s(), time.monotonic()
        try:
            stopped = self.line.wait(min(seconds, limit_s) / speed, stop)
        finally:
            self.pace.jump((time.monotonic() - began_wall) * speed, since_s=began_s)
            self._do_what_is_due()
        if not stopped and seconds >= limit_s:
            raise TimeLimitReached
        return stopped

    def next_act(self, seconds: float, takes: Takes, *, turn: bool = True) -> Act | None:
        """Return the person's next act, or None after `seconds` of silence. `turn` is False within a row of keys."""
        if self.nobody_there and self.line.peek(takes) is None:
            self.wait(seconds)
            return None
        began_s = self.pace.now_s()
        patience_s = self.exchange.knobs.current.patience_s if turn else 0.0
        wall_s = patience_s if self.pace.compressed else self.pace.wall_s(seconds)

        def taken(act: Act) -> bool:
            return isinstance(act, StayedSilent) or takes(act)

        act = self.line.next_act(wall_s, taken, announced=turn)
        # A timeout counts silence: who has begun to speak is heard out.
        while act is None and (left_s := self.line.speaking_left_s()):
            act = self.line.next_act(left_s, taken, announced=turn)
        if isinstance(act, StayedSilent):
            self.wait(seconds)
            return None
        if act is None:
            self.pace.jump(seconds, since_s=began_s)
            self._do_what_is_due()
        return act

    def later(self, seconds: float, do: Callable[[], None]) -> None:
        """Run something after this much of the call has passed, whatever the call does then, or after its end."""
        if self.pace.compressed:
            self._later.append((self.pace.now_s() + seconds, do))
            return
        timer = threading.Timer(self.pace.wall_s(seconds), do)
        timer.daemon = True
        timer.start()

    def is_over(self) -> None:
        """In compressed time nothing follows the end of a call: the rest is done now."""
        self._do_what_is_due(float("inf"))

    def sound(
        self, kind: str, text: str | None, seconds: float, stop: Callable[[], bool] = Never, **more: Any
    ) -> bool:
        """Something is heard for `seconds`; True when it was cut. Silence is owed when it is over."""
        self.ear.hears(kind)
        item = self.hearing.add(kind, text, **more)
        cut = True
        try:
            cut = self.wait(seconds, stop)
        finally:
            self.hearing.ended(item, cut=cut)
            self.ear.owes(kind)
        return cut

    def on_stream(self, transport: str) -> StreamSpell:
        """The call is on a websocket from now on."""
        spell = StreamSpell(transport, self.pace.now_s())
        self.streams.append(spell)
        self.exchange.feed.publish("stream", self.record.sid, {"transport": transport})
        return spell

    def off_stream(self) -> None:
        """The websocket is over."""
        self.streams[-1].until_s = self.pace.now_s()
        self.exchange.feed.publish("stream", self.record.sid, {"transport": ""})

    def fetch(self, request: WebhookRequest) -> Answer:
        """Send a webhook; the person, or the API, may end the wait for it. Raises WebhookFailed or a LineSignal."""
        fetching = _Fetching(self.exchange.webhooks, request, self.session, self.line)
        fetching.start()
        self.line.wait(WEBHOOK_PATIENCE_S, lambda: fetching.over)
        return fetching.result()

    def alert(self, code: int, text: str, url: str = "", level: str = "error") -> None:
        """Something for the account's debugger."""
        self.exchange.ledger.alert(code, text, call_sid=self.record.sid, url=url, level=level)

    def chance(self, what: str) -> random.Random:
        """Randomness for one purpose within this call, the same for the same seed."""
        return self.exchange.chance(self.record, what)

    def _do_what_is_due(self, now_s: float | None = None) -> None:
        now_s = self.pace.now_s() if now_s is None else now_s
        due = [do for at_s, do in self._later if at_s <= now_s]
        self._later = [(at_s, do) for at_s, do in self._later if at_s > now_s]
        for do in due:
            do()

    def _seconds_left(self) -> float:
        if self.answered_at_s is None:
            return float("inf")
        return max(0.0, self.answered_at_s + self.record.time_limit_s - self.pace.now_s())

    def _publish_waiting(self) -> None:
        self.exchange.feed.publish("waiting", self.record.sid, {"waiting": self.waiting()})

    def _publish_heard(self, item: HeardItem) -> None:
        self.exchange.feed.publish("heard", self.record.sid, item.shown())


class _Fetching(threading.Thread):
    """A webhook in a thread of its own, because a call can end meanwhile."""

    def __init__(
        self, client: WebhookClient, request: WebhookRequest, session: requests.Session, line: Line
    ) -> None:
        super().__init__(name="webhook", daemon=True)
        self._client, self._request, self._session, self._line = client, request, session, line
        self._answer: Answer | None = None
        self._error: Exception | None = None
        self.over = False

    def run(self) -> None:
        """Send it and wake the call."""
        try:
            self._answer = self._client.fetch(self._request, self._session)
        except Exception as error:  # handed to the call's thread, which waits for it
            self._error = error
        finally:
            self.over = True
            self._line.wake()

    def result(self) -> Answer:
        """The answer, or the error raised again."""
        if self._error is not None:
            raise self._error
        if self._answer is None:
            raise TimeoutError("a webhook outlasted every budget")
        return self._answer
