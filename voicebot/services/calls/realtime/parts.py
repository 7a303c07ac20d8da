"""The parts of one call's engine. `make.py` puts them together; tests put others together."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from voicebot.domain.call.state import CallState
from voicebot.providers.ports import DetectorStream
from voicebot.providers.ports.engine import Engine, EngineSetup
from voicebot.services.calls.realtime.deadlines import EngineLimits
from voicebot.services.meter import Meter


@dataclass(frozen=True)
class ConversationParts:
    """What it is made of. `pause_ms`: the silence after which the engine takes a turn for over."""

    call_id: int
    engine: Engine
    setup: EngineSetup
    prompt: Callable[[CallState], str]
    """How the engine is to behave, as the call stands."""
    detector: DetectorStream
    """Tells that a caller speaks whom the engine does not hear."""
    meter: Meter
    now: Callable[[], datetime]
    pause_ms: int = 500
    limits: EngineLimits = field(default_factory=EngineLimits)
