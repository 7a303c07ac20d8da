"""The tour: calls and texts, played at the pace of life and each checked against what the database then holds.

The stations play at the same time, as callers do; the first is printed as it happens, the others when it is over. The
one that breaks the model comes last, because it would break the others too.
"""

import io
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rich.console import Console

from voicebot.demo.evidence import Evidence
from voicebot.demo.stations_calls import customer, failing_model, silent_caller, unanswered_transfer
from voicebot.demo.stations_texts import onboarding, stopped, verification
from voicebot.demo.visitor import Visitor
from voicebot.runtime import Runtime
from voicebot.simulator.phone.client import PhoneClient

AREA_CODES = ("202", "212", "312", "415", "617", "206", "303", "512")
Station = Callable[[Visitor], None]
TOGETHER: Sequence[tuple[str, Station]] = (
    ("A customer asks, presses a key and wants another voice", customer),
    ("A caller who says nothing", silent_caller),
    ("A transfer that nobody answers", unanswered_transfer),
    ("Somebody new texts, is asked who they are, and then has a question", onboarding),
    ("A program verifies a phone: a wrong code, then the right one", verification),
    ("STOP, and what then does not happen", stopped),
)
ALONE: Sequence[tuple[str, Station]] = (("The model fails in the middle of a call", failing_model),)


@dataclass
class Tour:
    """Plays every station; `failed` names what did not check out."""

    console: Console
    phone: PhoneClient
    runtime: Runtime
    rng: random.Random
    evidence: list[Evidence] = field(default_factory=list)
    _used: set[str] = field(default_factory=set)

    @property
    def failed(self) -> list[str]:
        """The checks that failed."""
        return [what for evidence in self.evidence for what, ok in evidence.checks if not ok]

    def play(self) -> None:
        """Play the tour. People speak at the pace of life, so that it is known what was heard."""
        self.phone.knobs({"typing_is_speaking": False})
        try:
            self._play_together()
            for title, station in ALONE:
                self._play(len(TOGETHER) + 1, title, station, self.console)
        finally:
            self.phone.knobs()
            self.phone.provider_knobs()
            self.phone.operator("answer")

    def _play_together(self) -> None:
        (first, *others) = enumerate(TOGETHER, 1)
        pages = []
        for number, (title, station) in others:
            page = io.StringIO()
            console = Console(
                file=page,
                highlight=False,
                width=self.console.width,
                force_terminal=self.console.is_terminal,
                color_system=self.console.color_system,  # type: ignore[arg-type]
            )
            thread = threading.Thread(target=self._play, args=(number, title, station, console), daemon=True)
            thread.start()
            pages.append((thread, page))
        self._play(first[0], *first[1], self.console)
        for thread, page in pages:
            thread.join()
            self.console.file.write(page.getvalue())
            self.console.file.flush()

    def _play(self, number: int, title: str, station: Station, console: Console) -> None:
        console.print(f"\n[bold]{number}  {title}[/]")
        evidence = Evidence(console, self.runtime.database)
        self.evidence.append(evidence)
        visitor = Visitor(console, self.phone, self.runtime, evidence, self._number())
        try:
            station(visitor)
        except Exception as error:
            evidence.check(f"{title}: {type(error).__name__}: {error}", ok=False)

    def _number(self) -> str:
        """Return a fictional number that nobody of this tour has."""
        while True:
            number = f"+1{self.rng.choice(AREA_CODES)}55501{self.rng.randrange(100):02d}"
            if number not in self._used:
                self._used.add(number)
                return number
