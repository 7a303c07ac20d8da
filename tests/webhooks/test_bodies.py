"""Bodies that are broken, read as gunicorn hands them on: 400 on every route, and no fault in the log."""

import io
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, Response, request
from gunicorn.http.body import Body, ChunkedReader, LengthReader
from gunicorn.http.errors import InvalidHeader
from gunicorn.http.unreader import IterUnreader

from webhooks.bodies import with_checked_bodies


class Slow(io.RawIOBase):
    """A client that stops in the middle."""

    def read(self, size: int = -1) -> bytes:
        raise TimeoutError


def chunked(*parts: bytes) -> Body:
    return Body(ChunkedReader(SimpleNamespace(parse_headers=refuse_trailers), IterUnreader(parts)))


def refuse_trailers(data: bytes, **_: Any) -> list[Any]:
    if b":" not in data:
        raise InvalidHeader("trailer")
    return []


def of_length(length: int, *parts: bytes) -> Body:
    return Body(LengthReader(IterUnreader(parts), length))


def answer_to(body: Any, length: int | None = None, reads: Any = None) -> Any:
    app = Flask("reads")

    @app.post("/")
    def take() -> Response:
        return Response(reads(request) if reads else request.get_data())

    app.wsgi_app = with_checked_bodies(app.wsgi_app)  # type: ignore[method-assign]
    sizes = {"HTTP_TRANSFER_ENCODING": "chunked"} if length is None else {"CONTENT_LENGTH": str(length)}
    environ = {"wsgi.input": body, "wsgi.input_terminated": True, **sizes}
    return app.test_client().post("/", environ_overrides=environ)


@pytest.mark.parametrize(
    "parts",
    [
        [b"zz\r\n"],
        [b"\r\n"],
        [b"-1\r\nx\r\n0\r\n\r\n"],
        [b"0x5\r\nhello\r\n0\r\n\r\n"],
        [b"5 5\r\nhello\r\n0\r\n\r\n"],
        [b"5\r\nhelloXX0\r\n\r\n"],
        [b"5;a\x00b\r\nhello\r\n0\r\n\r\n"],
        [b"5;a=\rb\r\nhello\r\n0\r\n\r\n"],
        [b"5\r\nhel"],
        [b"5\r\nhello\r\n"],
        [b"5\r\nhello\r\n0\r\n"],
        [b"5\r\nhello\r\n0\r\nno trailer\r\n\r\n"],
        [b"5\nhello\n0\n\n"],
        [b"f" * 10_000],
        [b""],
    ],
)
def test_a_malformed_chunk_is_a_bad_request_and_no_fault(parts, caplog):
    with caplog.at_level(logging.ERROR):
        assert answer_to(chunked(*parts)).status_code == 400

    assert caplog.records == []


def test_chunks_as_they_should_be_arrive(caplog):
    answer = answer_to(chunked(b"5\r\nhello\r\n1;x=y\r\n!\r\n", b"0\r\nTrailer: x\r\n\r\n"))

    assert (answer.status_code, answer.data) == (200, b"hello!")


@pytest.mark.parametrize(
    "reads", [None, lambda sent: sent.stream.read(), lambda sent: b"".join(sent.stream.readlines())]
)
def test_a_body_that_ends_early_is_not_taken_for_all_of_it(reads):
    assert answer_to(of_length(100, b"name,phone\n", b"Ann,+12"), 100, reads).status_code == 400


@pytest.mark.parametrize("reads", [None, lambda sent: sent.stream.read(), lambda sent: b"".join(sent.stream)])
def test_a_body_of_the_length_that_was_said_arrives(reads):
    answer = answer_to(of_length(11, b"name,", b"phone\nPOST /more"), 11, reads)

    assert (answer.status_code, answer.data) == (200, b"name,phone\n")


def test_a_body_that_does_not_come_in_time_is_408():
    assert answer_to(Slow(), 100).status_code == 408
