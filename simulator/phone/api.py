"""The JSON API behind every phone of the simulator: page, terminal, scenarios and tests all call through it."""

import re
import time
from collections.abc import Callable
from typing import Any

from flask import Blueprint, request

from simulator.carrier.books.numbers import OwnNumber
from simulator.carrier.exchange import Exchange
from simulator.carrier.far_end.line import CallerHungUp, LineClosed, Pressed, Said, Sounds, StayedSilent
from simulator.carrier.legs.lifecycle import phone_in
from simulator.carrier.live_call import LiveCall
from simulator.phone.asked import Refused, call_of, does, json_body, refusals
from simulator.phone.call_view import brief_view, whole_view

LONGEST_POLL_S = 55.0
SOUNDS = ("music", "cough")
"""Sounds at the person's end besides words: hold music, or one cough. Only a call on a stream carries them."""
LONGEST_SOUND_S = 120.0


def phone_blueprint(exchange: Exchange) -> Blueprint:
    """`/phone/…`: place calls, speak, press keys, hang up, and wait for what happens."""
    blueprint = Blueprint("phone_api", __name__, url_prefix="/phone")

    refusals(blueprint)

    @blueprint.post("/calls")
    def call_the_bot() -> tuple[dict[str, Any], int]:
        wish = json_body()
        number = exchange.numbers.by_number(str(wish.get("to") or exchange.config.number))
        if number is None:
            raise Refused(404, "nobody has this number")
        speed, typing = wish.get("speed"), wish.get("typing_is_speaking")
        call = phone_in(
            exchange,
            str(wish.get("from", "")),
            number,
            None if speed is None else float(speed),
            None if typing is None else bool(typing),
        )
        return {"sid": call.record.sid}, 201

    @blueprint.get("/calls")
    def list_calls() -> dict[str, Any]:
        return {"calls": [brief_view(call) for call in reversed(list(exchange.live.values()))]}

    @blueprint.get("/calls/<sid>")
    def show_call(sid: str) -> dict[str, Any]:
        return whole_view(call_of(exchange, sid))

    _add_line(blueprint, exchange)
    _add_acts(blueprint, exchange)
    _add_waits(blueprint, exchange)
    return blueprint


def _add_line(blueprint: Blueprint, exchange: Exchange) -> None:
    @blueprint.get("/numbers")
    def list_numbers() -> dict[str, Any]:
        return {"numbers": [_number_view(exchange, each) for each in exchange.numbers.all()]}

    @blueprint.get("/operator")
    def show_behaviour() -> dict[str, Any]:
        behaviour = exchange.people.of(request.args.get("number", ""))
        return {"behaviour": behaviour.kind, "talk_s": behaviour.talk_s}

    @blueprint.post("/operator")
    def behave() -> dict[str, Any]:
        try:
            behaviour = exchange.people.behave(json_body())
        except (ValueError, TypeError) as error:
            raise Refused(400, str(error)) from error
        return {"behaviour": behaviour.kind, "talk_s": behaviour.talk_s}


def _add_acts(blueprint: Blueprint, exchange: Exchange) -> None:
    @blueprint.post("/calls/<sid>/say")
    def say(sid: str) -> dict[str, Any]:
        call, wish = call_of(exchange, sid), json_body()
        text = wish.get("text")
        if not isinstance(text, str) or not text.strip():
            raise Refused(400, "text is missing")
        # What a transcriber thinks of itself, unless the test says (optional, handbook 1.7).
        drawn = 0.85 + 0.14 * call.chance(f"confidence:{call.line.acted}").random()
        confidence = wish.get("confidence", drawn)
        act = Said(text, None if confidence is None else float(confidence), bool(wish.get("barge_in", False)))
        return does(call, act)

    @blueprint.post("/calls/<sid>/keys")
    def press(sid: str) -> dict[str, Any]:
        call, digits = call_of(exchange, sid), str(json_body().get("digits", ""))
        if not re.fullmatch(r"[0-9*#]{1,32}", digits):
            raise Refused(400, "digits are 0-9, * and #")
        return does(call, Pressed(digits))

    @blueprint.post("/calls/<sid>/silence")
    def stay_silent(sid: str) -> dict[str, Any]:
        return does(call_of(exchange, sid), StayedSilent())

    @blueprint.post("/calls/<sid>/sound")
    def sound(sid: str) -> dict[str, Any]:
        wish = json_body()
        kind, for_s = wish.get("kind"), float(wish.get("for_s", 10.0))
        if kind not in SOUNDS or not 0 < for_s <= LONGEST_SOUND_S:
            raise Refused(400, f"kind is one of {', '.join(SOUNDS)}, for_s up to {LONGEST_SOUND_S:g}")
        return does(call_of(exchange, sid), Sounds(kind, for_s))

    @blueprint.post("/calls/<sid>/typing")
    def begin_speaking(sid: str) -> dict[str, Any]:
        for_s = min(60.0, float(json_body().get("for_s", 10.0)))
        try:
            call_of(exchange, sid).line.begin_speaking(for_s)
        except LineClosed:
            raise Refused(409, "the call is over") from None
        return {"sid": sid}

    @blueprint.post("/calls/<sid>/hangup")
    def hang_up(sid: str) -> dict[str, Any]:
        call = call_of(exchange, sid)
        try:
            call.line.interrupt(CallerHungUp())
        except LineClosed:
            raise Refused(409, "the call is over") from None
        return {"sid": sid}


def _add_waits(blueprint: Blueprint, exchange: Exchange) -> None:
    @blueprint.get("/calls/<sid>/wait")
    def wait(sid: str) -> dict[str, Any]:
        call = call_of(exchange, sid)
        wanted, after = request.args.get("for", "turn"), request.args.get("after", default=0, type=int)
        holds = _CONDITIONS.get(wanted)
        if holds is None:
            raise Refused(400, f"for is one of {', '.join(_CONDITIONS)}")

        def reached() -> bool:
            return call.line.over or (holds(call) and (after <= 0 or len(call.hearing.items()) > after))

        reached_in_time = exchange.feed.wait(reached, _timeout_s(15.0))
        return whole_view(call) | {"timed_out": not reached_in_time}

    @blueprint.get("/events")
    def events() -> dict[str, Any]:
        happened, last = exchange.feed.since(request.args.get("after", default=0, type=int), _timeout_s(25.0))
        return {"events": happened, "last": last, "now": time.time()}


_CONDITIONS: dict[str, Callable[[LiveCall], bool]] = {
    "speech": lambda call: call.waiting() == "speech",
    "keys": lambda call: call.accepts_keys(),
    "turn": lambda call: call.waiting() is not None,
    "over": lambda _: False,
}
"""What a wait waits for; the end of the call ends every wait."""


def _number_view(exchange: Exchange, number: OwnNumber) -> dict[str, Any]:
    called = number.phone_number
    line, is_default = exchange.config.lines.get(called, ""), called == exchange.config.number
    return {"number": called, "name": number.friendly_name, "line": line, "default": is_default}


def _timeout_s(default: float) -> float:
    return max(0.0, min(LONGEST_POLL_S, request.args.get("timeout_s", default=default, type=float)))
