"""Both ends of a websocket over a pair of sockets: what is said arrives, and both know when it is over."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from websockets.client import ClientProtocol
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from tests.support.waiting import wait_for
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


def is_read() -> bool:
    return any(thread.name == "socket-reader" for thread in threading.enumerate())


def test_many_who_listen_are_told_each_message_of_their_own_until_theirs_is_over():
    came: dict[int, list[str | bytes]] = {}
    ends: dict[int, SocketClosed] = {}
    peers: list[WebSocket] = []
    threads: list[threading.Thread] = []
    for number in range(40):
        ours, theirs = socket.socketpair()
        server = WebSocket(ours, ServerProtocol(state=State.OPEN, max_size=MOST, logger=QUIET), LIMITS)
        client = ClientProtocol(parse_uri("ws://x/"), state=State.OPEN, max_size=MOST, logger=QUIET)
        peers.append(WebSocket(theirs, client, LIMITS))
        # The first message is there before anybody listens.
        peers[-1].send(f"{number}.0")
        assert server.receive(5) == f"{number}.0"
        peers[-1].send(f"{number}.1")
        came[number] = []
        threads.append(
            threading.Thread(
                target=lambda number=number, server=server: ends.update(
                    {number: server.listen(came[number].append)}
                )
            )
        )
        threads[-1].start()
    for number, peer in enumerate(peers):
        for count in (2, 3):
            peer.send(f"{number}.{count}")
        peer.close(4000 + number)
        peer.finish()
    for thread in threads:
        thread.join(20)

    assert came == {number: [f"{number}.{count}" for count in (1, 2, 3)] for number in range(40)}
    assert {number: (end.code, end.ending) for number, end in ends.items()} == {
        number: (4000 + number, Ending.PEER) for number in range(40)
    }
    # The reader goes with the last socket.
    wait_for(lambda: not is_read())


def test_whoever_listens_is_woken_by_our_own_end_and_by_a_mistake_which_hurts_nobody_else(ends):
    server, client = ends
    timer = threading.Timer(0.05, lambda: server.close(1001, "enough"))
    timer.start()
    began = time.monotonic()

    end = server.listen(lambda message: None)
    assert (end.code, end.ending) == (1001, Ending.OURS)
    assert time.monotonic() - began < 1.5
    with pytest.raises(SocketClosed):
        client.receive(5)

    def wrong(message: str | bytes) -> None:
        raise KeyError(message)

    ours, theirs = socket.socketpair()
    protocol = ClientProtocol(parse_uri("ws://x/"), state=State.OPEN, max_size=MOST, logger=QUIET)
    mistaken = WebSocket(ours, ServerProtocol(state=State.OPEN, max_size=MOST, logger=QUIET), LIMITS)
    peer = WebSocket(theirs, protocol, LIMITS)
    told: list[SocketClosed] = []
    listening = threading.Thread(target=lambda: told.append(peer.listen(lambda message: None)))
    listening.start()
    peer.send("x")
    with pytest.raises(KeyError, match="x"):
        mistaken.listen(wrong)
    listening.join(5)
    assert [end.code for end in told] == [1011]
