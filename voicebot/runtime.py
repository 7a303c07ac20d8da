"""Everything a service needs: the ports, handed down. `wiring.py` builds one from the settings."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from voicebot.limits import Limits
from voicebot.live_calls import LiveCalls
from voicebot.providers.carriers import Carriers
from voicebot.providers.clips import ClipStore
from voicebot.providers.ports import (
    Detector,
    IdentityProvider,
    LanguageModel,
    Mailer,
    NoRecordings,
    Recordings,
    Speaker,
    Transcriber,
    Voice,
)
from voicebot.providers.ports.engine import Engine
from voicebot.providers.slots.admission import Admission
from voicebot.providers.slots.share import Share
from voicebot.settings import Settings
from voicebot.sockets.health import SocketsHealth
from voicebot.sockets.open_sockets import OpenSockets
from voicebot.storage.database import Database
from voicebot.storage.spool.facts import Facts
from voicebot.storage.spool.files import Spool, open_spool
from voicebot.storage.tapes.files import FileTapes
from voicebot.storage.tapes.port import Tapes
from voicebot.worker.hint import JobHint


def utc_now() -> datetime:
    """Return the time, aware and in UTC."""
    return datetime.now(UTC)


def steady(at: datetime, clock: Callable[[], float] = time.monotonic) -> Callable[[], datetime]:
    """Return a clock that goes on from `at` by the seconds of `clock`, however the machine's time is set meanwhile."""
    began = clock()
    return lambda: at + timedelta(seconds=clock() - began)


@dataclass
class Runtime:
    """The dependencies of every use case."""

    settings: Settings
    database: Database
    model: LanguageModel
    voice: Voice
    carriers: Carriers
    """The accounts that dial and text."""
    clips: ClipStore
    speech_key: bytes
    now: Callable[[], datetime] = utc_now
    transcriber: Transcriber | None = None
    """None: no call can be heard but by the carrier's own ears."""
    prewarm: Callable[[], None] = lambda: None
    """Have connections to model and voice ready; for whoever begins a call. Returns at once."""
    mailer: Mailer | None = None
    """None: no mail is sent."""
    recordings: Recordings = field(default_factory=NoRecordings)
    """Recordings of calls that are over, as copies of ours."""
    identity: IdentityProvider | None = None
    """None: nobody signs in with a password."""
    speaker: Speaker | None = None
    """The voice of calls on a socket of Media Streams; `wiring.py` always makes one."""
    engine: Engine | None = None
    """Speech to speech, for calls whose template says `engine: realtime`; `wiring.py` always makes one."""
    detector: Detector | None = None
    """Who speaks on a socket of Media Streams; `wiring.py` always makes one."""
    limits: Limits = field(default_factory=Limits)
    live_calls: LiveCalls = field(default_factory=LiveCalls)
    """The calls that this process carries."""
    share: Share = field(default_factory=Share)
    """What this process may take of what all processes have together."""
    admissions: Sequence[Admission] = ()
    """The gates before the providers."""
    live_turns: dict[tuple[int, int], Any] = field(default_factory=dict)
    """The Gather turns that this process generates now, by call and turn."""
    left_turns: dict[str, Any] = field(default_factory=dict)
    """What the turns that ended here last left for the next ones, by CallSid."""
    live_streams: dict[int, Any] = field(default_factory=dict)
    """The sessions of the calls whose sockets this process has, by call."""
    open_sockets: OpenSockets = field(default_factory=OpenSockets)
    """The calls' websockets of this process."""
    sockets_health: SocketsHealth = field(default_factory=SocketsHealth)
    """Whether websockets to PUBLIC_WS_URL reach this service."""
    draining: threading.Event = field(default_factory=threading.Event)
    """Set when the process is told to stop: it accepts nothing new, and calls on sockets move at their next turn."""
    tentative: dict[str, Any] = field(default_factory=dict)
    """What callers on Gather have said half-way, by call, as far as this process was told."""
    speculating: set[Any] = field(default_factory=set)
    """The answers that this process makes for callers who may not be done."""
    hint: JobHint = field(init=False)
    """Tells the workers that there is work; call `made_work` after the commit that made it."""
    spool: Spool = field(init=False)
    facts: Facts = field(init=False)
    """Where writes go that may not be lost: `facts.about(key)` stands for the database."""
    tapes: Tapes = field(init=False)
    """Where the sound of calls on sockets goes while they are recorded."""

    def __post_init__(self) -> None:
        self.hint = JobHint(self.database)
        self.spool = open_spool(self.settings)
        self.tapes = FileTapes(self.settings.data_dir / "tapes")
        # Asked anew each time: the clock may be replaced later.
        self.facts = Facts(self.database, self.spool, lambda: self.now())  # noqa: PLW0108

    def call_clock(self) -> Callable[[], datetime]:
        """Return a clock for the timers of one call, which ignores changes of the machine's time.

        A clock that replaces the machine's is looked up at each call, because it may be replaced again.
        """
        steady_now = steady(utc_now())
        return lambda: steady_now() if self.now is utc_now else self.now()

    def local_now(self) -> datetime:
        """Return the time in the zone that the settings name."""
        return self.now().astimezone(ZoneInfo(self.settings.timezone))
