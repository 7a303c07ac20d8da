"""The tour: calls and texts, each checked against what the database then holds.

The stations play at the same time, as callers do; the first is printed as it happens, each other one after the one before
it, from where it is by then. What a station breaks, it breaks for its own caller alone. A station is played again, once,
when a process that it needs was started again meanwhile.
"""

import io
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.text import Text

from simulator.phone.client import PhoneClient
from voicebot.demo.evidence import Evidence
from voicebot.demo.lines import LINES
from voicebot.demo.screen import tell
from voicebot.demo.station_campaign import campaign
from voicebot.demo.stations_calls import (
    by_requests,
    customer,
    failing_model,
    silent_caller,
    unanswered_transfer,
)
from voicebot.demo.stations_dials import asked_for
from voicebot.demo.stations_sockets import by_sound, by_words
from voicebot.demo.stations_texts import onboarding, stopped, verification
from voicebot.demo.visitor import Visitor
from voicebot.runtime import Runtime

AREA_CODES = (
    "202", "212", "312", "415", "617", "206", "303", "512", "213", "214", "215", "216", "224", "228", "234", "239", "248", "251",
    "252", "253", "254", "256", "260", "267", "269", "281", "301", "302", "304", "305", "309", "310", "313", "314", "315", "316",
    "317", "318", "319", "320", "323", "330", "334", "336", "337", "352", "360", "361", "386", "401", "402", "404", "405", "407",
    "408", "409", "410", "412", "413", "414", "417", "419", "423", "425", "432", "434", "440", "443", "478", "484", "501", "502",
    "503", "504", "507", "508", "509", "510", "513", "515", "516", "518", "520", "530", "540", "541", "559", "561", "562", "563",
    "570", "573", "574", "580", "585",
)  # fmt: skip
"""Many, so that the people of one tour are not those of another."""
LOOK_S = 0.1
Station = Callable[[Visitor], None]
STATIONS: Sequence[tuple[str, Station]] = (
    ("A customer asks, presses a key and wants another voice", customer),
    ("A caller who says nothing", silent_caller),
    ("A transfer that nobody answers", unanswered_transfer),
    ("Somebody new texts, is asked who they are, and then has a question", onboarding),
    ("A program verifies a phone: a wrong code, then the right one", verification),
    ("STOP, and what then does not happen", stopped),
    ("The model fails in the middle of a call", failing_model),
    ("A call that was asked for", asked_for),
    ("A call whose words go over a socket", by_words),
    ("A call whose sound goes over a socket", by_sound),
    ("A call that needs no socket", by_requests),
    ("A campaign: eight people from a list", campaign),
)
KNOWN_NUMBERS = frozenset({*LINES, "+12025550123", "+12025550199"})
"""The bot's own numbers, the phone's until another is typed, and the operator's."""


@dataclass
class Tour:
    """Plays every station; `failed` names what did not check out."""

    console: Console
    phone: PhoneClient
    runtime: Runtime
    rng: random.Random
    restarts: Callable[[], int] = lambda: 0
    """How often a process was started again until now."""
    recovered: Callable[[int], bool] = lambda _before: False
    """Wait until all is there again, if a process was started again since then; False if none was."""
    stations: Sequence[tuple[str, Station]] = STATIONS
    is_known: Callable[[str], bool] = lambda _number: False
    """Whether the service knows by name who has this number: an earlier tour has been there."""
    evidence: list[Evidence] = field(default_factory=list)
    _used: set[str] = field(default_factory=lambda: set(KNOWN_NUMBERS))

    @property
    def failed(self) -> list[str]:
        """The checks that failed."""
        return [what for evidence in self.evidence for what, ok in evidence.checks if not ok]

    def play(self) -> None:
        """Play the tour, from its first station to its last."""
        (first, *others) = enumerate(self.stations, 1)
        pages = []
        for number, (title, station) in others:
            page = io.StringIO()
            console = Console(
                file=page,
                highlight=False,
                markup=False,
                emoji=False,
                width=self.console.width,
                force_terminal=self.console.is_terminal,
                color_system=self.console.color_system,  # type: ignore[arg-type]
            )
            thread = threading.Thread(target=self._play, args=(number, title, station, console), daemon=True)
            thread.start()
            pages.append((thread, page))
        self._play(first[0], *first[1], self.console)
        for thread, page in pages:
            self._follow(thread, page)

    def _follow(self, thread: threading.Thread, page: io.StringIO) -> None:
        """Print a page as it grows, until its station is over."""
        shown, goes_on = 0, True
        while goes_on:
            thread.join(LOOK_S)
            goes_on = thread.is_alive()
            written = page.getvalue()
            # Whole lines alone; the last one of a page ends with it.
            until = written.rfind("\n", shown) if goes_on else len(written.rstrip("\n"))
            if until > shown or (not goes_on and until == shown == 0):
                self.console.print(Text.from_ansi(written[shown:until]), soft_wrap=True)
                shown = until + 1

    def _play(self, number: int, title: str, station: Station, console: Console) -> None:
        console.print()
        tell(console, title, label=f"{number}", label_style="bold", style="bold", indent=0)
        before = self.restarts()
        evidence, error = self._visit(station, console)
        if (error or not all(ok for _, ok in evidence.checks)) and self.recovered(before):
            tell(console, "A process was started again meanwhile: once more.", style="yellow")
            evidence, error = self._visit(station, console)
        if error:
            evidence.check(f"{title}: {type(error).__name__}: {error}", ok=False)
        self.evidence.append(evidence)

    def _visit(self, station: Station, console: Console) -> tuple[Evidence, Exception | None]:
        evidence = Evidence(console, self.runtime.database)
        visitor = Visitor(console, self.phone, self.runtime, evidence, self._number())
        try:
            station(visitor)
        except Exception as error:
            return evidence, error
        return evidence, None

    def _number(self) -> str:
        """Return a fictional number that nobody of this tour has, nor anybody whom the service knows."""
        while True:
            number = f"+1{self.rng.choice(AREA_CODES)}55501{self.rng.randrange(100):02d}"
            if number not in self._used and not self.is_known(number):
                self._used.add(number)
                return number
