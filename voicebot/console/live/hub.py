"""Who watches what in this process: asked once a second for all of them, and made once for all who see the same.

One thread asks the database what changed, and only while somebody watches. It posts to bounded queues, so no browser
holds it up: one that takes nothing is let go, and comes again.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from voicebot.console.live.views import Gone, View
from voicebot.storage.access.pulse import console_pulse
from voicebot.storage.database import Database, DatabaseAway, DatabaseBug

EVERY_S = 0.8
"""Less than a second, with room for making the page."""
SESSIONS_EVERY_S = 4.0
"""Whoever was signed out watches no longer than five seconds."""
ANEW_EVERY_S = 30.0
"""Counts and times near go on although nothing tells of them."""
UNKNOWN_EVERY_S = 2.0
"""A page about something that has no pulse is made anew so often."""
MOST_WATCHERS, MOST_A_SESSION = 150, 8
ROOM = 8
log = logging.getLogger(__name__)

Parts = Mapping[str, str]
"""A part's name -> its HTML."""


class Full(Exception):
    """So many watch already: the page asks now and then instead."""


class Ended(Exception):
    """The stream is over. `is_final`: it is of no use to open it again. `asks_instead`: the page asks now and then."""

    def __init__(self, *, is_final: bool = False, asks_instead: bool = False) -> None:
        super().__init__("the stream is over")
        self.is_final, self.asks_instead = is_final, asks_instead


@dataclass(eq=False)
class Watcher:
    """One open page: what comes for it waits in its queue."""

    view: View
    session_hash: str
    holder: str
    """Who holds the session, as console_pulse says it."""
    inbox: "queue.Queue[Parts | Ended]" = field(default_factory=lambda: queue.Queue(ROOM))
    has_all: bool = False

    def next(self, within_s: float) -> Parts | None:
        """Return what changed, or None when nothing did for so long. Raises Ended."""
        try:
            found = self.inbox.get(timeout=within_s)
        except queue.Empty:
            return None
        if isinstance(found, Ended):
            raise found
        return found

    def give(self, parts: Parts) -> bool:
        """Post it; False when the queue is full: this one takes nothing."""
        try:
            self.inbox.put_nowait(parts)
        except queue.Full:
            return False
        return True

    def end(self, ended: Ended) -> None:
        """Let it go, whatever still waits in its queue."""
        while True:
            try:
                self.inbox.put_nowait(ended)
                return
            except queue.Full:
                try:
                    self.inbox.get_nowait()
                except queue.Empty:
                    continue


@dataclass
class _Shown:
    """What those who watch one view have been sent."""

    mark: tuple[str | None, ...] | None = None
    parts: Parts = field(default_factory=dict)
    made_at: float = float("-inf")


class Hub:
    """The watchers of this process. Safe between threads."""

    def __init__(
        self,
        database: Database,
        render: Callable[[View], Parts],
        draining: threading.Event,
        *,
        clock: Callable[[], float] = time.monotonic,
        run: bool = True,
    ) -> None:
        self._database, self._render, self._draining, self._clock = database, render, draining, clock
        self._runs = run
        self._lock = threading.Lock()
        self._watchers: list[Watcher] = []
        self._shown: dict[View, _Shown] = {}
        self._thread: threading.Thread | None = None
        self._sessions_at = float("-inf")

    def __len__(self) -> int:
        return len(self._watchers)

    def watch(self, watcher: Watcher) -> None:
        """Take part from now on; the first that comes is every part. Raises Full.

        Of too many of one session the oldest goes: as a rule its page was left, which nothing tells us before we write.
        """
        with self._lock:
            mine = [one for one in self._watchers if one.session_hash == watcher.session_hash]
            if self._draining.is_set():
                raise Full
            if len(mine) >= MOST_A_SESSION:
                self._watchers.remove(mine[0])
                mine[0].end(Ended(asks_instead=True))
            elif len(self._watchers) >= MOST_WATCHERS:
                raise Full
            self._watchers.append(watcher)
            if self._runs and self._thread is None:
                self._thread = threading.Thread(target=self._run, name="console-live", daemon=True)
                self._thread.start()

    def leave(self, watcher: Watcher) -> None:
        """Watch no more."""
        with self._lock:
            if watcher in self._watchers:
                self._watchers.remove(watcher)
            if not any(one.view == watcher.view for one in self._watchers):
                self._shown.pop(watcher.view, None)

    def tick(self) -> None:
        """Ask once what changed, make it and post it."""
        watchers = list(self._watchers)
        if self._draining.is_set():
            for watcher in watchers:
                self._let_go(watcher, Ended())
            return
        now = self._clock()
        asks_sessions = now - self._sessions_at >= SESSIONS_EVERY_S
        try:
            marks, holders = console_pulse(
                self._database,
                sorted({topic for one in watchers for topic in one.view.topics}),
                sorted({one.session_hash for one in watchers}) if asks_sessions else (),
            )
        except (DatabaseAway, DatabaseBug) as error:
            log.warning("live pages wait for the database", extra={"reason": type(error).__name__})
            return
        if asks_sessions:
            self._sessions_at = now
            watchers = self._still_in(watchers, holders)
        for view in dict.fromkeys(one.view for one in watchers):
            self._follow(view, [one for one in watchers if one.view == view], marks, now)

    def _still_in(self, watchers: Sequence[Watcher], holders: Mapping[str, str]) -> list[Watcher]:
        left = []
        for watcher in watchers:
            if holders.get(watcher.session_hash) == watcher.holder:
                left.append(watcher)
            else:
                self._let_go(watcher, Ended(is_final=True))
        return left

    def _follow(self, view: View, watchers: Sequence[Watcher], marks: Mapping[str, str], now: float) -> None:
        shown = self._shown.setdefault(view, _Shown())
        mark = tuple(marks.get(topic) for topic in view.topics)
        longest = UNKNOWN_EVERY_S if None in mark or not mark else ANEW_EVERY_S
        changed: Parts = {}
        if mark != shown.mark or now - shown.made_at >= longest:
            try:
                parts = self._render(view)
            except Gone:
                for watcher in watchers:
                    self._let_go(watcher, Ended(is_final=True))
                return
            except DatabaseAway:
                return
            except Exception:
                # One page that cannot be made must not stop the others.
                log.exception("a live page could not be made", extra={"route": view.route})
                for watcher in watchers:
                    self._let_go(watcher, Ended(asks_instead=True))
                return
            changed = {name: html for name, html in parts.items() if shown.parts.get(name) != html}
            shown.mark, shown.parts, shown.made_at = mark, parts, now
        for watcher in watchers:
            due = changed if watcher.has_all else shown.parts
            if due and not watcher.give(due):
                self._let_go(watcher, Ended())
            watcher.has_all = True

    def _let_go(self, watcher: Watcher, ended: Ended) -> None:
        self.leave(watcher)
        watcher.end(ended)

    def _run(self) -> None:
        while True:
            began = self._clock()
            try:
                self.tick()
            except Exception:
                log.exception("a round of the live pages failed")
            with self._lock:
                if not self._watchers:
                    self._thread = None
                    return
            time.sleep(max(0.05, EVERY_S - (self._clock() - began)))
