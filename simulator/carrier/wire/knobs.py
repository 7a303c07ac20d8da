"""Switches for what the handbook leaves open or marks [K], for the conflicts of its section 10, and for faults that
tests need.
"""

import random
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, get_args, get_origin, get_type_hints

from simulator.carrier.wire.message_knobs import MESSAGE_CHOICES, MessageKnobs


@dataclass(frozen=True)
class Hostile:
    """What happens to callbacks on their way (no order guarantee, handbook 1.4); shares between 0 and 1."""

    duplicate: float = 0.0
    delay_s: tuple[float, float] = (0.0, 0.0)
    reorder: float = 0.0
    drop: float = 0.0


@dataclass(frozen=True)
class RestFault:
    """The next `times` REST requests of `method` fail; `acted` says whether the request was carried out first (1.8: 20500)."""

    status: int = 500
    """0 leaves the true answer as it is: with `delay_s` it only comes late."""
    code: int = 20500
    times: int = 1
    acted: bool = False
    delay_s: float = 0.0
    method: str = "POST"
    path: str = ""
    """Only requests whose path holds this, such as `/Messages`."""
    share: float = 1.0
    """How many of the requests in question meet the fault, between 0 and 1, drawn by the seed."""
    cut: bool = False
    """The connection is closed instead of any answer; with `acted`, after the request was carried out."""


@dataclass(frozen=True)
class Knobs(MessageKnobs):
    """Every switch with the value that the handbook's stronger source gives it."""

    hostile: Hostile = field(default_factory=Hostile)
    rest_fault: RestFault | None = None
    gather_empty_digits: str = "absent"
    """Handbook 1.7, 10: `absent` or `empty` Digits in the action request of an empty Gather."""
    unanswered_502: str = "busy"
    """Handbook 1.2, 10: a failed fetch on an unanswered inbound call gives a `busy` tone (live) or the error `message` (docs)."""
    from_equals_to: str = "accepted"
    """Handbook 1.8, 10: a REST call from a number to itself is `accepted` (live) or `forbidden` (docs)."""
    fallback_error_fields: bool = True
    """Handbook 1.2 [K]: the fallback request carries ErrorCode and ErrorUrl."""
    barge_in_default: bool = True
    """Handbook 2.3 [K]: what `bargeIn` is when a Gather does not say."""
    finished_on_key: bool = True
    """Handbook 1.7 (live): a Gather ended by its finish key also sends FinishedOnKey."""
    say_limit: int = 4096
    """Handbook 2.2 [K]: more characters in one Say fail; 0 means no limit."""
    play_failure: str = "fallback"
    """A Play that cannot be fetched: the document has failed to execute (`fallback`, 1.2) or goes on (`continue`)."""
    abandoned_ringing: str = "canceled"
    """How an inbound call ends whose caller gave up before it was answered: `canceled` or `no-answer` (1.3 does not say)."""
    dial_action_after_hangup: bool = False
    """Whether Dial's action is requested when the caller hung up during the Dial (1.7 does not say)."""
    sequence_counts: str = "all"
    """SequenceNumber counts `all` events or only those `sent` (vectors: never require contiguity)."""
    media_cache: bool = True
    """Handbook 2.2 [K]: answers to Play are kept for as long as their max-age allows."""
    calls_per_second: float | None = None
    """Handbook 1.10: REST calls beyond this rate wait in the queue; None lets all through."""
    max_concurrent_calls: int | None = None
    """Handbook 1.10: more live calls than this are refused with 10004."""
    amd_after_hangup: bool = True
    """Handbook 1.6 [K]: a verdict of asynchronous detection also comes when the call is over by then."""
    price_delay_s: float = 0.5
    """Handbook 9: the price appears this much later than the end of the call (wall clock)."""
    stale_fetch_s: float = 0.0
    """Handbook 1.9, 9: for this long a GET still shows the old state."""
    patience_s: float = 60.0
    """In compressed time a person who does nothing for this long (wall clock) counts as silent."""
    wss_signature: str = "wss"
    """Handbook 4.5, 10: a websocket is signed over its `wss` URL (live) or over the same with `https` (aspnet #162)."""
    relay_lost: str = "action"
    """Handbook 4.4, 10: a relay whose socket is lost goes on at the `action` (live), or the call is disconnected (`hang_up`, docs)."""
    relay_unreachable: str = "action"
    """An answered call whose relay does not open (64102; 4.4 tells only of unanswered ones): `action` with SessionStatus
    failed, or the document has failed (`fallback`, 1.2)."""
    relay_interrupt: str = "before_off"
    """Handbook 4.1 does not say which comes first of `interrupt` and `agentSpeaking off`: `before_off` or `after_off`."""
    stream_closed: str = "next_verb"
    """Handbook 3.3, 10: after the app closed a bidirectional stream the `next_verb` runs, or the call ends (`hang_up`)."""
    stream_buffer_s: float = 600.0
    """Handbook 3.2 names no limit of the playout buffer: beyond this, media is discarded (31930, 31931)."""
    typing_is_speaking: bool = True
    """The time that typing took counts as speaking; False lets every spoken turn last as long as its words."""


class KnobBoard:
    """The knobs as they stand, changed as a whole and read without a lock."""

    def __init__(self, seed: int = 1) -> None:
        self._lock = threading.Lock()
        self._chance = random.Random(f"{seed}:faults")
        self.current = Knobs()

    def turn(self, changes: Mapping[str, Any]) -> Knobs:
        """Apply the named changes; raises ValueError that names an unknown or unusable one."""
        with self._lock:
            self.current = replace(
                self.current, **{name: _value(name, given) for name, given in changes.items()}
            )
            return self.current

    def reset(self) -> Knobs:
        """Back to how every simulator starts."""
        with self._lock:
            self.current = Knobs()
            return self.current

    def take_rest_fault(self, method: str, path: str = "") -> RestFault | None:
        """The fault that this request meets, counted down; None when it meets none."""
        with self._lock:
            fault = self.current.rest_fault
            if fault is None or fault.method != method or fault.path not in path or fault.times < 1:
                return None
            if fault.share < 1 and self._chance.random() >= fault.share:
                return None
            self.current = replace(self.current, rest_fault=replace(fault, times=fault.times - 1))
            return fault

    def take_inbound_drop(self) -> bool:
        """Whether this inbound text is one of those that never reach the webhook, counted down."""
        with self._lock:
            left = self.current.drop_inbound
            self.current = replace(self.current, drop_inbound=max(0, left - 1))
            return left > 0

    def shown(self) -> dict[str, Any]:
        """The knobs as JSON."""
        return asdict(self.current)


_CHOICES = {
    "gather_empty_digits": ("absent", "empty"),
    "unanswered_502": ("busy", "message"),
    "from_equals_to": ("accepted", "forbidden"),
    "play_failure": ("fallback", "continue"),
    "abandoned_ringing": ("canceled", "no-answer"),
    "sequence_counts": ("all", "sent"),
    "wss_signature": ("wss", "https"),
    "relay_lost": ("action", "hang_up"),
    "relay_unreachable": ("action", "fallback"),
    "relay_interrupt": ("before_off", "after_off"),
    "stream_closed": ("next_verb", "hang_up"),
    **MESSAGE_CHOICES,
}


def _value(name: str, given: Any) -> Any:
    if name not in {knob.name for knob in fields(Knobs)}:
        raise ValueError(f"unknown knob {name!r}")
    if name == "hostile":
        return Hostile(**_checked(Hostile, given or {}))
    if name == "rest_fault":
        return None if given is None else RestFault(**_checked(RestFault, given))
    if name in _CHOICES and given not in _CHOICES[name]:
        raise ValueError(f"knob {name!r} is one of {', '.join(_CHOICES[name])}")
    kind = get_type_hints(Knobs)[name]
    if get_origin(kind) is dict:
        return _mapping(name, given, get_args(kind)[1])
    if get_origin(kind) is tuple:
        return _texts(name, given)
    return _as(name, given, get_args(kind) or (kind,))


def _checked(shape: type, given: Mapping[str, Any]) -> dict[str, Any]:
    fields = get_type_hints(shape)
    if unknown := set(given) - set(fields):
        raise ValueError(f"unknown knob {sorted(unknown)[0]!r} of {shape.__name__.lower()}")
    checked = {name: value for name, value in given.items() if name != "delay_s"}
    if "delay_s" in given:
        delay = given["delay_s"]
        checked["delay_s"] = (
            tuple(float(bound) for bound in delay) if isinstance(delay, list | tuple) else float(delay)
        )
    return checked


def _mapping(name: str, given: Any, wanted: type) -> dict[str, Any]:
    if not isinstance(given, Mapping) or not all(isinstance(value, wanted) for value in given.values()):
        raise ValueError(f"knob {name!r} takes an object with values of type {wanted.__name__}")
    return {str(key): value for key, value in given.items()}


def _texts(name: str, given: Any) -> tuple[str, ...]:
    if not isinstance(given, list | tuple) or not all(isinstance(each, str) for each in given):
        raise ValueError(f"knob {name!r} takes a list of texts")
    return tuple(given)


def _as(name: str, given: Any, kinds: tuple[Any, ...]) -> Any:
    if given is None and type(None) in kinds:
        return None
    wanted = kinds[0]
    numeric = wanted in (int, float) and isinstance(given, int | float) and not isinstance(given, bool)
    if not numeric and not isinstance(given, wanted):
        raise ValueError(f"knob {name!r} takes {wanted.__name__}")
    return wanted(given)
