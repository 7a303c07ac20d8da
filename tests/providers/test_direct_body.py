"""A body in chunks is the same straight from the socket as through the library, wherever it breaks."""

import pytest

from tests.providers.broken_provider import stream
from voicebot.providers.http.closable import Exchange
from voicebot.providers.http.deadlines import Deadline, bound_reads
from voicebot.providers.http.direct_body import Chunks, body_of

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
def client():
    import httpx2

    made = httpx2.Client(trust_env=False)
    bound_reads(made)
    yield made
    made.close()


def read(client, url: str, monkeypatch) -> tuple[bytes, int]:
    """Return the body, and how many of its bytes have gone through the library."""
    from httpcore2._sync import http11

    passed, through = [], http11.HTTP11Connection._receive_response_body

    def counted(self, request):
        for piece in through(self, request):
            passed.append(len(piece))
            yield piece

    monkeypatch.setattr(http11.HTTP11Connection, "_receive_response_body", counted)
    deadline = Deadline(5.0, exchange=Exchange())
    with client.stream("POST", url, timeout=deadline) as response:
        return b"".join(body_of(response, deadline)), sum(passed)


def test_the_chunks_of_an_answer_do_not_go_through_the_library_and_its_connection_is_used_again(
    provider, client, monkeypatch
):
    provider.will(stream(b"one", b"two" * 40_000, b"three"), stream(b"four"))

    first = read(client, provider.url, monkeypatch)
    second = read(client, provider.url, monkeypatch)

    assert first == (b"one" + b"two" * 40_000 + b"three", 0)
    assert second == (b"four", 0)
    assert len({seen.port for seen in provider.seen}) == 1


def test_an_answer_that_breaks_off_is_told_as_the_library_tells_it(provider, client, monkeypatch):
    import httpx2

    provider.will(stream(b"one", end="cut"))

    with pytest.raises(httpx2.RemoteProtocolError):
        read(client, provider.url, monkeypatch)
