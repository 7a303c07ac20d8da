"""An engine that is watched: what its sessions were asked and what they told, in order."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from voicebot.providers.ports.engine import Engine, EngineEvent, EngineSession, EngineSetup


@dataclass
class Watched:
    """An engine whose sessions are watched: what they were asked, in order."""

    engine: Engine
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    events: list[EngineEvent] = field(default_factory=list)
    opened: list[EngineSetup] = field(default_factory=list)
    loses: Callable[[EngineEvent], bool] = lambda _: False
    """Whether an event never arrives."""
    deaf: bool = False
    """Sound never arrives there."""
    name: str = "openai"

    def open(self, setup: EngineSetup, report: Callable[[EngineEvent], None]) -> EngineSession:
        self.opened.append(setup)

        def noted(event: EngineEvent) -> None:
            self.events.append(event)
            if not self.loses(event):
                report(event)

        self.reports = report
        return WatchedSession(self.engine.open(setup, noted), self)  # type: ignore[return-value]


class WatchedSession:
    """One of them."""

    def __init__(self, session: EngineSession, watched: Watched) -> None:
        self._session, self._watched = session, watched

    def __getattr__(self, name: str) -> Any:
        do = getattr(self._session, name)

        def noted(*arguments: Any) -> Any:
            if name != "hear":
                self._watched.asked.append((name, *arguments))
            return None if name == "hear" and self._watched.deaf else do(*arguments)

        return noted
