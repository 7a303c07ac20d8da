"""The people behind numbers that are dialled: what they do when their phone rings."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KINDS = ("answer", "busy", "no-answer", "failed", "voicemail", "fax", "hang-up")
PICKS_UP = frozenset({"answer", "voicemail", "fax", "hang-up"})
MACHINES = frozenset({"voicemail", "fax"})


@dataclass(frozen=True)
class Behaviour:
    """`talk_s` is how long somebody reached by Dial talks; `ring_s` None lets chance decide how long it rings."""

    kind: str = "answer"
    talk_s: float = 3.0
    ring_s: float | None = None
    machine: str = "machine_start"
    """What answering machine detection says of a voicemail, and `human` of anybody else (handbook 8.2)."""
    obeys: int = 1
    """How often in a call a person presses the key that they are told to press; a voicemail never does."""
    says: tuple[str, ...] = ()
    """What they say of their own accord, one line each time that they are listened to; a voicemail's is its greeting."""
    amd_s: float | None = None
    """After how many seconds of the call machine detection has its verdict; None lets chance decide."""

    speed: float | None = None
    """How fast time passes in calls to them; None: as the simulator was started."""

    @property
    def answered_by(self) -> str:
        """The result of machine detection."""
        return {"voicemail": self.machine, "fax": "fax"}.get(self.kind, "human")


class People:
    """One behaviour for everybody, others for some numbers, and others towards the calls of some callers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._everybody = Behaviour()
        self._by_number: dict[str, Behaviour] = {}
        self._by_caller: dict[str, Behaviour] = {}

    def behave(self, wish: Mapping[str, Any]) -> Behaviour:
        """Set how people behave from `{"behaviour", …, "number"?, "caller"?}`, whose other keys are Behaviour's fields.

        With `caller` it is for whoever is dialled in this caller's calls, with `number` for whoever has this number.
        """
        kind = wish.get("behaviour", "answer")
        if kind not in KINDS:
            raise ValueError(f"behaviour is one of {', '.join(KINDS)}")
        ring_s, amd_s, says, speed = (wish.get(name) for name in ("ring_s", "amd_s", "says", "speed"))
        says = says or ()
        if not isinstance(says, list | tuple) or not all(isinstance(line, str) for line in says):
            raise ValueError("says is a list of lines")
        behaviour = Behaviour(
            kind=kind,
            talk_s=float(wish.get("talk_s", 0.0 if kind == "hang-up" else 3.0)),
            ring_s=None if ring_s is None else float(ring_s),
            machine=str(wish.get("machine", "machine_start")),
            obeys=int(wish.get("obeys", 1)),
            says=tuple(says),
            amd_s=None if amd_s is None else float(amd_s),
            speed=None if speed is None else float(speed),
        )
        with self._lock:
            if wish.get("caller"):
                self._by_caller[str(wish["caller"])] = behaviour
            elif wish.get("number"):
                self._by_number[str(wish["number"])] = behaviour
            else:
                self._everybody = behaviour
        return behaviour

    def of(self, number: str, caller: str = "") -> Behaviour:
        """How whoever has this number behaves when it rings because of a call of `caller`."""
        with self._lock:
            everybody = self._by_number.get(number, self._everybody)
            return self._by_caller.get(caller, everybody)
