"""One socket of a stand-in transcriber: it takes messages and sends the due ones, and knobs add faults."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import orjson
from flask import Flask, Response, current_app, jsonify, request

from simulator.providers.hearing.listener import BYTES_PER_S, listener_of
from simulator.providers.knobs import Knob, Mode, board_of
from simulator.providers.latency import TRANSCRIPT, Pace
from simulator.providers.switches import switches_of
from simulator.wire.websocket import Closed, Over, Refused, WebSocket, accept

IDLE_LOOK_S = 0.5


class Unwanted(Exception):
    """An upgrade that is refused: status, body and headers as the provider gives them."""

    def __init__(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.status, self.body, self.headers = status, body, headers or {}

    def response(self) -> Response:
        """Return the refusal."""
        response = jsonify(self.body)
        response.status_code = self.status
        response.headers.update(self.headers)
        return response


class Talk(ABC):
    """The provider's side of one connection. It ends after `idle_s` seconds without a message of the client."""

    name: ClassVar[str]
    target: ClassVar[str] = "transcriber"
    """Which knobs spoil it."""
    refuses_at_once: ClassVar[bool] = True
    """Without room or credit it says so before anything is asked."""
    idle_s: ClassVar[float | None] = None

    def __init__(self, app: Flask, end: WebSocket, pace: Pace, speed: float, knob: Knob) -> None:
        self.end, self.pace, self.speed, self.knob = end, pace, speed, knob
        self.ear, self.rng = listener_of(app), pace.next_request()
        self.switches = switches_of(app)
        self.query = request.args
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._mute = False
        self._last = time.monotonic()

    @abstractmethod
    def begin(self) -> None:
        """Say what a provider says first."""

    @abstractmethod
    def take(self, message: str | bytes) -> None:
        """Carry out one message of the client's."""

    @abstractmethod
    def out_of_room(self) -> None:
        """Say that there is no room, or no credit (`knob`), and end."""

    def idle(self) -> None:
        """End a connection on which the client says nothing."""
        self.end.close(1000, "idle")

    def run(self) -> None:
        """Talk until either side is through."""
        try:
            self.begin()
            self._mute = self.knob.mode is Mode.TIMEOUT
            if self.refuses_at_once and self.knob.mode in (Mode.RATE_LIMIT, Mode.QUOTA):
                self.out_of_room()
                return
            while True:
                message = self.end.receive(self._wait_s())
                if message is not None:
                    self._last = time.monotonic()
                    self.take(message)
                elif self._is_idle():
                    self.idle()
                    return
                self._say_due()
        except Closed:
            return

    def listen(self, mulaw: bytes) -> None:
        """Hear sound."""
        self.ear.feed(mulaw)
        if self.knob.mode is Mode.CUT and self.ear.heard_bytes > self.knob.after_chars:
            self.end.cut()

    def say(self, body: dict[str, Any]) -> None:
        """Send a message now."""
        if self._mute:
            return
        self.end.send(orjson.dumps(body).decode())

    def answer(self, *bodies: dict[str, Any]) -> None:
        """Send words once they were found, after the time that takes; knobs spoil them."""
        seconds = TRANSCRIPT.draw(self.rng) / self.speed if self.speed > 0 else 0.0
        if self.knob.mode is Mode.SLOW:
            seconds += self.knob.delay_s

        def send() -> None:
            for body in bodies:
                if self.knob.mode is Mode.GARBAGE:
                    self.end.send(self.rng.randbytes(40).hex() + "{")
                else:
                    self.say(body)

        self._count += 1
        self._due.append((time.monotonic() + seconds, self._count, send))

    def _wait_s(self) -> float:
        if not self._due:
            return IDLE_LOOK_S
        return max(0.001, min(self._due)[0] - time.monotonic())

    def _say_due(self) -> None:
        # In order, whatever each of them took: providers answer one after the other.
        while self._due and min(self._due, key=lambda each: each[1])[0] <= time.monotonic():
            self._due.sort(key=lambda each: each[1])
            self._due.pop(0)[2]()

    def _is_idle(self) -> bool:
        if self.idle_s is None or self.speed <= 0:
            return False
        return time.monotonic() - self._last > self.idle_s / self.speed


def served(kind: type[Talk], pace: Pace, speed: float, refuse: Callable[[Knob], None]) -> Response:
    """Answer an upgrade request: `refuse` raises Unwanted for one that the provider does not take."""
    board = board_of(current_app)
    knob, seen = board.meet(kind.target, path=request.path, model=kind.name)
    try:
        refuse(knob)
        end = accept(request.environ)
    except Unwanted as unwanted:
        seen.finished = "failed"
        return unwanted.response()
    except Refused as refused:
        return Response(refused.body, refused.status)
    kind(current_app, end, pace, speed, knob).run()
    seen.finished = "whole"
    return Over()


def seconds(count: int) -> float:
    """Return how long so many bytes of mu-law last, as providers write it."""
    return round(count / BYTES_PER_S, 2)
