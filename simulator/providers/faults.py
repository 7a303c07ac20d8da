"""Carry out on a response what a knob asks for."""

from collections.abc import Iterable, Iterator

from flask import Response

from simulator.providers.knobs import LONGEST_SILENCE_S, Knob, KnobBoard, Mode, SeenRequest

Piece = tuple[bytes, int]
"""What goes over the wire, and how many characters of text or bytes of audio it carries."""


def suffered(pieces: Iterable[Piece], knob: Knob, board: KnobBoard, seen: SeenRequest) -> Iterator[bytes]:
    """Pass the pieces on, stalling or breaking off where the knob says; note in `seen` how it ended."""
    sent, stalled = 0, knob.mode is not Mode.SLOW
    try:
        for payload, weight in pieces:
            if not stalled and sent + weight >= knob.after_chars:
                board.silence(knob.target, knob.delay_s)
                stalled = True
            if knob.mode is Mode.CUT and sent + weight > knob.after_chars:
                # Audio is cut to the byte; a token of text goes whole or not at all.
                yield payload[: knob.after_chars - sent] if weight == len(payload) else b""
                break
            sent += weight
            yield payload
    except GeneratorExit:
        seen.finished = "left"
        raise
    seen.finished = "cut" if knob.mode is Mode.CUT else "whole"


def streamed(pieces: Iterator[bytes], knob: Knob, mimetype: str) -> Response:
    """A streaming response, or one that breaks off: the bytes it promises do not come before the connection closes."""
    response = Response(pieces, mimetype=mimetype)
    if knob.mode is Mode.CUT:
        response.headers["Content-Length"] = str(2**31)
        response.headers["Connection"] = "close"
    return response


def never_answered(knob: Knob, board: KnobBoard, seen: SeenRequest) -> Response:
    """Hold the request until the client gives up or the knob is turned back, then close without a word."""
    board.silence(knob.target, LONGEST_SILENCE_S)
    seen.finished = "failed"
    return streamed(iter(()), Knob(knob.target, Mode.CUT), "text/plain")
