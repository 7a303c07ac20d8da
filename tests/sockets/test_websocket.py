"""Both ends of a websocket over a pair of sockets: what is said arrives, and both know when it is over."""

import socket
import threading
from collections.abc import Iterator

import pytest
from websockets.client import ClientProtocol
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from voicebot.sockets.ending import Ending, SocketClosed
from voicebot.sockets.limits import SocketLimits
from voicebot.sockets.websocket import QUIET, WebSocket

LIMITS = SocketLimits(most_unsent_bytes=16 * 1024 * 1024)
MOST = LIMITS.most_message_bytes


@pytest.fixture
def ends() -> Iterator[tuple[WebSocket, WebSocket]]:
    """The server's end and the client's."""
    ours, theirs = socket.socketpair()
    client = ClientProtocol(parse_uri("ws://x/"), state=State.OPEN, max_size=MOST, logger=QUIET)
    pair = (
        WebSocket(ours, ServerProtocol(state=State.OPEN, max_size=MOST, logger=QUIET), LIMITS),
        WebSocket(theirs, client, LIMITS),
    )
    yield pair
    for each in pair:
        each.close()
    for each in pair:
        each.finish()


def test_messages_arrive_in_order_and_whole(ends):
    server, client = ends
    sent = ["a", "ü" * 200, "x" * MOST, ""]
    for message in sent:
        client.send(message)
        server.send(message)

    assert [server.receive(5) for _ in sent] == [client.receive(5) for _ in sent] == sent
    assert server.receive(0.01) is None


def test_what_is_sent_faster_than_it_is_read_arrives_too(ends):
    server, client = ends
    sent = [f"{number} {'x' * 10_000}" for number in range(300)]
    came: list[str | bytes | None] = []
    reader = threading.Thread(target=lambda: came.extend(client.receive(5) for _ in sent))
    reader.start()
    for message in sent:
        server.send(message)
    reader.join()

    assert came == sent


def test_whoever_is_left_learns_the_code_after_the_last_message(ends):
    server, client = ends
    client.send("last")
    client.close(1001, "gone")
    client.close(1000, "again")

    assert server.receive(5) == "last"
    for end, ending in ((server, Ending.PEER), (client, Ending.OURS)):
        with pytest.raises(SocketClosed) as closed:
            end.receive(5)
        assert (closed.value.code, closed.value.reason, closed.value.ending) == (1001, "gone", ending)
        assert end.closed
    server.send("nobody hears this, and nothing happens")
