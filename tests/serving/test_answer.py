"""What leaves for a client, send by send: gunicorn's response on a socket that keeps each apart."""

import io
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.http.wsgi import FileWrapper

from voicebot.serving.answer import Answer


class Sent:
    """A socket that keeps what it is given."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        self.pieces.append(data)

    def sendfile(self, file: io.BufferedReader, offset: int, count: int) -> None:
        file.seek(offset)
        self.pieces.append(file.read(count))


@pytest.fixture
def answers() -> Callable[..., tuple[Answer, Sent]]:
    """Begin an answer with these headers, to a request of HTTP/1.1."""

    def begun(*headers: tuple[str, str], method: str = "POST", status: str = "200 OK") -> tuple[Any, Sent]:
        request = SimpleNamespace(method=method, version=(1, 1), should_close=lambda: False)
        sent = Sent()
        answer = Answer(request, sent, SimpleNamespace(is_ssl=False, sendfile=True))
        answer.start_response(status, list(headers))
        return answer, sent

    return begun


def test_headers_and_body_of_a_document_leave_in_one_piece(answers):
    answer, sent = answers(("Content-Length", "11"))

    answer.write(b"<Response/>")
    answer.close()

    (piece,) = sent.pieces
    assert piece.startswith(b"HTTP/1.1 200 OK\r\n")
    assert piece.endswith(b"\r\nContent-Length: 11\r\n\r\n<Response/>")


def test_an_answer_without_a_body_leaves_when_it_is_over(answers):
    for answer, sent in (answers(status="204 No Content"), answers(("Content-Length", "3"), method="HEAD")):
        answer.close()

        (piece,) = sent.pieces
        assert piece.endswith(b"\r\n\r\n")


def test_each_piece_of_a_stream_leaves_at_once_the_headers_even_before_the_first(answers):
    answer, sent = answers()

    answer.write(b"")
    headers = list(sent.pieces)
    answer.write(b"one")
    answer.write(b"two")
    answer.close()

    assert len(headers) == 1
    assert headers[0].endswith(b"Transfer-Encoding: chunked\r\n\r\n")
    assert sent.pieces[1:] == [b"3\r\none\r\n", b"3\r\ntwo\r\n", b"0\r\n\r\n"]


def test_a_file_follows_its_headers(answers, tmp_path):
    (tmp_path / "clip").write_bytes(b"sound")
    answer, sent = answers(("Content-Length", "5"))

    with (tmp_path / "clip").open("rb") as file:
        answer.write_file(FileWrapper(file))
        answer.close()

    assert b"".join(sent.pieces).endswith(b"\r\n\r\nsound")
