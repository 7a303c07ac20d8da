"""Add faults to the stand-in providers on purpose, and see their requests."""

import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, request

from simulator.config import SimulatorConfig

TARGETS = ("model", "voice", "voice_socket", "transcriber", "engine")
"""`voice_socket` is met when a socket opens; what is said on it meets `voice`. A `transcriber` is met when it is opened; its `model` is
`scribe`, `flux`, `nova`, `openai` or `own`. An `engine` hears and speaks by itself; it is met when it is opened."""
KEPT_REQUESTS = 1000
LONGEST_SILENCE_S = 120.0


class Mode(StrEnum):
    """What a provider does with a request."""

    OK = "ok"
    SLOW = "slow"
    """Says nothing for `delay_s`, at the beginning or, with `after_chars`, in the middle."""
    FAIL = "fail"
    RATE_LIMIT = "rate_limit"
    CUT = "cut"
    """Closes the connection after `after_chars` characters of text or bytes of audio."""
    GARBAGE = "garbage"
    """Answers 200 with something that is not what was asked."""
    QUOTA = "quota"
    """Has no credits left."""
    TIMEOUT = "timeout"
    """Takes the request and never answers."""


@dataclass(frozen=True)
class Knob:
    """One switch.

    `model` limits it to requests for this model, so that a second one stays well. `words` limits it to requests whose
    text contains them: to one conversation, when nobody else says them.
    """

    target: str
    mode: Mode
    model: str | None = None
    delay_s: float = 3.0
    times: int | None = None
    """How many more requests it meets; None is until it is turned back."""
    status: int = 500
    after_chars: int = 0
    words: str | None = None

    def meets(self, target: str, model: str, text: str) -> bool:
        """Whether a request is one of those that this switch is for."""
        return (
            self.target == target
            and self.model in (None, model)
            and (self.words is None or self.words in text)
        )


OK = Knob("", Mode.OK)


@dataclass
class SeenRequest:
    """One request to a provider. `finished` becomes `whole`, `cut`, `failed`, or `left` when the client went away."""

    n: int
    at: float
    target: str
    path: str
    model: str
    mode: str
    finished: str = "running"


_Key = tuple[str, str | None, str | None]


class KnobBoard:
    """All switches of both providers, and the requests they met."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._knobs: dict[_Key, Knob] = {}
        self._turns = dict.fromkeys(TARGETS, 0)
        self._requests: deque[SeenRequest] = deque(maxlen=KEPT_REQUESTS)
        self._counts = dict.fromkeys(TARGETS, 0)

    def turn(self, knob: Knob) -> None:
        """Set one switch; it replaces the one with the same target, model and words."""
        with self._changed:
            self._knobs.pop(_key(knob), None)
            if knob.mode is not Mode.OK:
                self._knobs[_key(knob)] = knob
            self._release(knob.target)

    def reset(self) -> None:
        """All is well again, also for requests that are waiting in a silence; the counts begin anew."""
        with self._changed:
            self._knobs.clear()
            self._requests.clear()
            self._counts = dict.fromkeys(TARGETS, 0)
            self._release(*TARGETS)

    def meet(self, target: str, *, path: str, model: str = "", text: str = "") -> tuple[Knob, SeenRequest]:
        """Note a request and take what it is to suffer; the narrowest switch goes first, words before model."""
        with self._changed:
            knob = self._take(target, model, text) or OK
            self._counts[target] += 1
            seen = SeenRequest(self._counts[target], time.time(), target, path, model, knob.mode.value)
            self._requests.append(seen)
            return knob, seen

    def silence(self, target: str, seconds: float) -> None:
        """Wait in real time, whatever the simulator's speed; turning a switch of this target ends it."""
        with self._changed:
            turns = self._turns[target]
            self._changed.wait_for(
                lambda: self._turns[target] != turns, timeout=min(seconds, LONGEST_SILENCE_S)
            )

    def shown(self) -> dict[str, Any]:
        """The switches that are turned, how many requests came, and the latest of them."""
        with self._changed:
            return {
                "knobs": [asdict(knob) for knob in self._knobs.values()],
                "counts": dict(self._counts),
                "requests": [asdict(seen) for seen in self._requests],
            }

    def _take(self, target: str, model: str, text: str) -> Knob | None:
        meant = [knob for knob in self._knobs.values() if knob.meets(target, model, text)]
        knob = max(meant, key=lambda knob: (knob.words is not None, knob.model is not None), default=None)
        if knob is not None and knob.times is not None:
            left = replace(knob, times=knob.times - 1)
            if left.times:
                self._knobs[_key(knob)] = left
            else:
                del self._knobs[_key(knob)]
        return knob

    def _release(self, *targets: str) -> None:
        for target in targets:
            self._turns[target] += 1
        self._changed.notify_all()


def _key(knob: Knob) -> _Key:
    return knob.target, knob.model, knob.words


def board_of(app: Flask) -> KnobBoard:
    """The one board of a simulator, made when first asked for."""
    board = app.extensions.get("provider_knobs")
    if not isinstance(board, KnobBoard):
        board = app.extensions["provider_knobs"] = KnobBoard()
    return board


def knobs_blueprint(config: SimulatorConfig) -> Blueprint:
    """`/providers/knobs`: POST turns one, GET shows all of them and the requests, DELETE resets."""
    del config
    blueprint = Blueprint("provider_knobs", __name__, url_prefix="/providers/knobs")

    @blueprint.get("")
    def show() -> Response:
        return jsonify(board_of(current_app).shown())

    @blueprint.post("")
    def turn() -> tuple[Response, int] | Response:
        try:
            knob = knob_from(request.get_json(silent=True))
        except ValueError as error:
            return jsonify({"error": str(error)}), 400
        board_of(current_app).turn(knob)
        return jsonify(board_of(current_app).shown())

    @blueprint.delete("")
    def reset() -> Response:
        board_of(current_app).reset()
        return jsonify(board_of(current_app).shown())

    return blueprint


def knob_from(given: Any) -> Knob:
    """Read one switch from JSON; raises ValueError that names what is wrong."""
    if not isinstance(given, Mapping):
        raise ValueError("a knob is a JSON object")  # noqa: TRY004 - one error for all that is wrong with it
    known = {"target", "mode", "model", "delay_s", "times", "status", "after_chars", "words"}
    if unknown := set(given) - known:
        raise ValueError(f"unknown field {sorted(unknown)[0]!r}")
    if given.get("target") not in TARGETS:
        raise ValueError(f"target is one of {', '.join(TARGETS)}")
    try:
        mode = Mode(str(given.get("mode")))
        return Knob(
            target=given["target"],
            mode=mode,
            model=str(given["model"]) if given.get("model") else None,
            delay_s=float(given.get("delay_s", 1.0 if mode is Mode.RATE_LIMIT else 3.0)),
            times=None if given.get("times") is None else max(1, int(given["times"])),
            status=int(given.get("status", 500)),
            after_chars=max(0, int(given.get("after_chars", 0))),
            words=str(given["words"]) if given.get("words") else None,
        )
    except (TypeError, ValueError) as error:
        raise ValueError(f"a field has an unusable value: {error}") from error
