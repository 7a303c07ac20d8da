"""A body in chunks is the same straight from the socket as through the library, wherever it breaks."""

import gzip
import socket
from contextlib import closing, contextmanager

import httpcore2
import httpx2
import pytest
from httpcore2._sync import http11

from tests.providers.broken_provider import stream, whole
from voicebot.providers.http.closable import Exchange
from voicebot.providers.http.deadlines import Deadline, bound_reads
from voicebot.providers.http.direct_body import Chunks, body_of
from voicebot.providers.http.poster import Poster
from voicebot.providers.http.warm import WarmConnections

WHOLE = b"5\r\nhello\r\n1\r\n \r\n0000B\r\nwide\r\nworld\r\n0\r\n\r\n"


def taken(pieces: list[bytes]) -> tuple[bytes, bytes, bool]:
    chunks, found = Chunks(b""), b""
    for piece in pieces:
        chunks.add(piece)
        found += chunks.take()
        if not chunks.plain:
            return found, chunks.rest(), False
    return found, chunks.rest(), True


def test_chunks_are_read_wherever_the_network_parts_them_and_the_last_one_is_left_to_the_library():
    every_byte = [WHOLE[at : at + 1] for at in range(WHOLE.index(b"\r\n0\r\n\r\n") + 5)]
    assert taken(every_byte) == (b"hello wide\r\nworld", b"0\r\n", False)
    for place in range(1, len(WHOLE)):
        found, rest, plain = taken([WHOLE[:place], WHOLE[place:]])
        assert (found, plain) == (b"hello wide\r\nworld", False), place
        assert b"0\r\n\r\n".startswith(rest), place


@pytest.mark.parametrize(
    ("pieces", "given", "rest"),
    [
        # What is missing of a chunk stands in what the library gets.
        ([b"5\r\nhel", b""], b"hel", b"2\r\n"),
        ([b"5\r\nhello", b""], b"hello", b""),
        ([b"5\r\nhello\r", b""], b"hello", b"-\r"),
        ([b"5\r\nhello\r\n", b""], b"hello", b""),
        ([b"5\r\nhelloXX1\r\n"], b"hello", b"-XX1\r\n"),
        ([b"5;name=value\r\nhello\r\n"], b"", b"5;name=value\r\nhello\r\n"),
        ([b"+5\r\nhello\r\n"], b"", b"+5\r\nhello\r\n"),
        ([b"0x5\r\n"], b"", b"0x5\r\n"),
        ([b"123456789\r\n"], b"", b"123456789\r\n"),
        ([b"1" * 65], b"", b"1" * 65),
    ],
)
def test_what_is_no_plain_chunk_is_the_librarys_to_judge(pieces, given, rest):
    assert taken(pieces) == (given, rest, False)


@pytest.fixture
def poster(provider):
    with posting(provider.url) as made:
        yield made


@contextmanager
def posting(url: str, *, by_proxy: bool = False):
    """Yield what posts to an address, over a client as the model has it."""
    client = httpx2.Client(trust_env=False, follow_redirects=False)
    bound_reads(client)
    warmed = WarmConnections(client, url)
    made = Poster(client, url, {"x-ours": "yes"}, None if by_proxy else warmed.pool)
    yield made
    made.close()
    warmed.close()
    client.close()


def read(poster, monkeypatch, deadline_s: float = 5.0) -> tuple[bytes, int]:
    """Post, and return the body of the answer, and how many of its bytes have gone through the library."""
    passed, through = [], http11.HTTP11Connection._receive_response_body

    def counted(self, request):
        for piece in through(self, request):
            passed.append(len(piece))
            yield piece

    monkeypatch.setattr(http11.HTTP11Connection, "_receive_response_body", counted)
    deadline = Deadline(deadline_s, exchange=Exchange())
    with closing(poster.post(b"{}", deadline, 2.0)) as response:
        return b"".join(body_of(response, deadline)), sum(passed)


def test_the_chunks_of_an_answer_do_not_go_through_the_library_and_its_connection_is_used_again(
    provider, poster, monkeypatch
):
    provider.will(stream(b"one", b"two" * 40_000, b"three"), stream(b"four"))

    first = read(poster, monkeypatch)
    second = read(poster, monkeypatch)

    assert first == (b"one" + b"two" * 40_000 + b"three", 0)
    assert second == (b"four", 0)
    assert len({seen.port for seen in provider.seen}) == 1
    assert {
        (seen.headers["x-ours"], seen.headers["content-length"], seen.body) for seen in provider.seen
    } == {("yes", "2", b"{}")}


def test_an_answer_that_is_not_plain_chunks_is_the_same_and_breaks_as_the_library_has_it(
    provider, poster, monkeypatch
):
    packed = gzip.compress(b"packed")
    provider.will(
        whole(200, b"known length"),
        whole(200, packed, Content_Encoding="gzip"),
        stream(b"one", end="cut"),
    )

    assert read(poster, monkeypatch)[0] == b"known length"
    assert read(poster, monkeypatch)[0] == b"packed"
    with pytest.raises(httpcore2.RemoteProtocolError):
        read(poster, monkeypatch)


def test_where_a_proxy_stands_between_the_client_posts(provider, monkeypatch):
    provider.will(stream(b"one"))
    with posting(provider.url, by_proxy=True) as poster:
        assert read(poster, monkeypatch) == (b"one", 3)

    assert provider.seen[0].headers["x-ours"] == "yes"


def test_a_connection_that_the_server_ended_is_not_posted_on(provider, poster, monkeypatch):
    provider.will(stream(b"one"), stream(b"two"))
    read(poster, monkeypatch)
    [line] = poster._pool.kept
    line._network_stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    assert read(poster, monkeypatch)[0] == b"two"
    assert len({seen.port for seen in provider.seen}) == 2


def test_an_answer_that_is_late_or_cut_off_leaves_no_connection_behind(provider, poster, monkeypatch):
    provider.will(stream(b"one", end="hang"))

    with pytest.raises(TimeoutError):
        read(poster, monkeypatch, deadline_s=0.2)

    assert poster._pool.kept == []
