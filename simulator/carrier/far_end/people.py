"""The people behind numbers that are dialled: what they do when their phone rings."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KINDS = ("answer", "busy", "no-answer", "failed", "voicemail", "screener", "fax", "hang-up", "hold-music")
PICKS_UP = frozenset({"answer", "voicemail", "screener", "fax", "hang-up", "hold-music"})
MACHINES = frozenset({"voicemail", "fax"})
MUSIC_S = 120.0
"""So long somebody's hold music plays into a stream."""
CREATED = ("answered", "error", "lost")
"""What becomes of the answer to the request that dials somebody: it comes, it is a 500 (handbook 1.8: 20500), or the
connection is closed before it."""
SCREENS = "Hi. If you record your name and reason for calling, I'll see if this person is available."


@dataclass(frozen=True)
class Behaviour:
    """`talk_s` is how long somebody reached by Dial talks; `ring_s` None lets chance decide how long it rings."""

    kind: str = "answer"
    talk_s: float = 3.0
    ring_s: float | None = None
    machine: str = "machine_start"
    """What answering machine detection says of a voicemail or a screener, and `human` of anybody else (handbook 8.2)."""
    obeys: int = 1
    """How often in a call a person presses the key that they are told to press; a voicemail never does."""
    says: tuple[str, ...] = ()
    """The lines that they say by themselves, one each time the bot listens. The first line of a voicemail is its
    greeting; the first of a screener is its own, the others those of its person.
    """
    hesitates_s: float = 0.0
    """How long they take before they say a line; a screener takes no time for its own."""
    created: str = "answered"
    """One of CREATED, of the first call to them."""
    amd_times: int = 1
    """How often machine detection tells its verdict: 0 is never, and callbacks may come twice (handbook 1.4)."""
    amd_s: float | None = None
    """After how many seconds of the call machine detection has its verdict; None lets chance decide."""

    speed: float | None = None
    """How fast time passes in calls to them; None: as the simulator was started."""

    @property
    def answered_by(self) -> str:
        """The result of machine detection."""
        machines = {"voicemail": self.machine, "screener": self.machine, "fax": "fax"}
        return machines.get(self.kind, "human")

    @property
    def lines(self) -> tuple[str, ...]:
        """What they say, from the first line on."""
        return self.says or ((SCREENS,) if self.kind == "screener" else ())


class People:
    """One behaviour for everybody, others for some numbers, and others towards the calls of some callers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._everybody = Behaviour()
        self._by_number: dict[str, Behaviour] = {}
        self._by_caller: dict[str, Behaviour] = {}
        self._created: set[str] = set()
        """Numbers to which a call was created since it was set how."""

    def behave(self, wish: Mapping[str, Any]) -> Behaviour:
        """Set how people behave from `{"behaviour", …, "number"?, "caller"?}`, whose other keys are Behaviour's fields.

        With `caller` it applies to everybody dialled in this caller's calls, with `number` to the person with this
        number.
        """
        kind = wish.get("behaviour", "answer")
        if kind not in KINDS:
            raise ValueError(f"behaviour is one of {', '.join(KINDS)}")
        if (created := str(wish.get("created", "answered"))) not in CREATED:
            raise ValueError(f"created is one of {', '.join(CREATED)}")
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
            hesitates_s=float(wish.get("hesitates_s", 0.0)),
            created=created,
            amd_times=int(wish.get("amd_times", 1)),
            amd_s=None if amd_s is None else float(amd_s),
            speed=None if speed is None else float(speed),
        )
        with self._lock:
            if wish.get("caller"):
                self._by_caller[str(wish["caller"])] = behaviour
            elif wish.get("number"):
                self._by_number[str(wish["number"])] = behaviour
                self._created.discard(str(wish["number"]))
            else:
                self._everybody = behaviour
        return behaviour

    def take_creation(self, number: str) -> str:
        """What becomes of the answer to a request that dials them: once what was wished for, then it comes."""
        with self._lock:
            wished = self._by_number.get(number, self._everybody).created
            again = number in self._created
            self._created.add(number)
            return "answered" if again else wished

    def of(self, number: str, caller: str = "") -> Behaviour:
        """How whoever has this number behaves when it rings because of a call of `caller`."""
        with self._lock:
            everybody = self._by_number.get(number, self._everybody)
            return self._by_caller.get(caller, everybody)
