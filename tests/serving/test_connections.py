"""What a slow client may hold, and for how long: sockets of one process, and a clock of the test's own."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from tests.support.waiting import wait_for
from voicebot.limits import ConnectionLimits
from voicebot.serving.connections import TOO_SLOW, Connection, Connections, Phase, TooSlow

LIMITS = ConnectionLimits(headers_s=10.0, body_s=20.0, most_incomplete=3, most_unsent=2)
HEAD = b"POST /twilio/sms HTTP/1.1\r\nHost: x\r\n"


class House:
    """A process, its clients' ends of the sockets, and what time it is."""

    def __init__(self, stack: ExitStack) -> None:
        self.now = 0.0
        self.connections = Connections(LIMITS, most=6, clock=lambda: self.now)
        self._stack = stack

    def opened(self) -> tuple[Connection, socket.socket]:
        """A connection as the process has it, and its client's end."""
        ours, theirs = (self._stack.enter_context(one) for one in socket.socketpair())
        theirs.settimeout(5)
        return self.connections.enter(ours), theirs


class Watched:
    """A socket whose client takes its time for each piece, and how long it was given."""

    def __init__(self, inner: socket.socket, given: list[float | None], now: list[float]) -> None:
        self._inner, self._given, self._now = inner, given, now
        self.takes_s = 30.0

    def settimeout(self, limit_s: float | None) -> None:
        if limit_s is not None:
            self._given.append(limit_s)

    def sendall(self, data: bytes) -> None:
        self._inner.sendall(data)
        self._now[0] += self.takes_s


@pytest.fixture
def house() -> Iterator[House]:
    with ExitStack() as stack:
        yield House(stack)


def is_dropped(client: socket.socket) -> bool:
    client.settimeout(0.0)
    try:
        return client.recv(1) == b""
    except BlockingIOError:
        return False


def answered(connection: Connection, *, more_has_come: bool = False) -> None:
    connection.awaits_body(lambda: True)
    connection.awaits_request(has_begun=more_has_come)


def test_a_connection_that_became_a_websocket_is_neither_late_nor_in_the_way_of_others(house):
    connection, client = house.opened()
    connection.awaits_body(lambda: True, lambda: b"frames")
    socket, begun = connection.hand_over()
    house.now += 1000.0
    others = [house.opened() for _ in range(8)]

    assert (socket.fileno(), begun) == (connection.fileno(), b"frames")
    assert not is_dropped(client)
    assert [is_dropped(client) for _, client in others] == [True] * 5 + [False] * 3
    # It counts as one of the connections that may be open.
    assert len(house.connections) == 4


def test_headers_that_trickle_in_have_ten_seconds_in_all(house):
    connection, client = house.opened()
    for _ in range(9):
        house.now += 1.1
        client.sendall(b"X: y\r\n")
        assert connection.recv(8192)

    house.now += 0.2

    with pytest.raises(TooSlow):
        connection.recv(8192)
    assert client.recv(100) == TOO_SLOW


def test_somebody_who_opens_a_connection_and_says_nothing_has_ten_seconds_too_and_no_answer(house):
    connection, client = house.opened()
    house.now = 10.1

    with pytest.raises(TooSlow):
        connection.recv(8192)
    assert not is_dropped(client)


def test_a_wait_ends_at_its_time_and_not_when_bytes_come(house):
    connection, _ = house.opened()
    house.now = 9.95
    began = time.monotonic()

    with pytest.raises(TooSlow):
        connection.recv(8192)

    assert time.monotonic() - began < 5


def test_a_body_has_twenty_seconds_from_its_headers_on(house):
    connection, client = house.opened()
    client.sendall(HEAD)
    connection.recv(8192)
    house.now = 9.0
    connection.awaits_body(lambda: False)
    house.now = 28.9
    client.sendall(b"a")

    assert connection.recv(8192) == b"a"
    house.now = 29.1
    with pytest.raises(TooSlow):
        connection.recv(8192)


def test_a_connection_that_is_kept_alive_waits_without_a_limit_of_ours(house):
    connection, client = house.opened()
    answered(connection)
    house.now = 1000.0
    client.sendall(HEAD)

    assert connection.recv(8192) == HEAD


def test_the_next_request_has_ten_seconds_from_its_first_byte(house):
    connection, client = house.opened()
    answered(connection)
    house.now = 70.0
    client.sendall(HEAD)
    connection.recv(8192)
    house.now = 80.1

    with pytest.raises(TooSlow):
        connection.recv(8192)


def test_the_next_request_that_came_half_with_the_last_one_has_begun(house):
    connection, _ = house.opened()
    answered(connection, more_has_come=True)
    house.now = 10.1

    with pytest.raises(TooSlow):
        connection.recv(8192)


def test_nothing_is_awaited_of_a_client_while_the_answer_is_ours_to_give(house):
    connection, client = house.opened()
    connection.awaits_body(lambda: True)
    house.now = 500.0
    client.sendall(b"frame")

    assert connection.phase is Phase.ANSWERED
    assert connection.recv(8192) == b"frame"


def test_of_too_many_half_requests_the_one_that_was_waited_for_longest_goes(house):
    clients = []
    for _ in range(5):
        house.now += 0.1
        clients.append(house.opened()[1])

    assert [is_dropped(client) for client in clients] == [True, True, False, False, False]


def test_whoever_is_dropped_is_a_client_that_has_gone(house):
    slow, _ = house.opened()
    for _ in range(3):
        house.opened()

    assert slow.recv(8192) == b""


def test_requests_that_are_whole_are_not_counted_and_not_dropped(house):
    whole, client = house.opened()
    body: list[bytes] = []
    whole.awaits_body(lambda: bool(body))
    body.append(b"all of it")

    for _ in range(4):
        house.opened()

    assert not is_dropped(client)


def test_kept_connections_are_not_dropped_for_half_requests(house):
    kept = [house.opened() for _ in range(2)]
    for connection, _ in kept:
        answered(connection)

    for _ in range(20):
        house.opened()

    assert [is_dropped(client) for _, client in kept] == [False, False]
    assert len(house.connections) == 5


def test_where_nobody_else_finds_room_the_connection_that_is_idle_longest_goes(house):
    kept = []
    for _ in range(8):
        connection, client = house.opened()
        answered(connection)
        kept.append(client)

    assert [is_dropped(client) for client in kept] == [True, True, *[False] * 6]
    assert len(house.connections) == 6


def test_a_connection_that_is_closed_is_forgotten(house):
    for _ in range(100):
        connection, _ = house.opened()
        house.connections.leave(connection)

    assert len(house.connections) == 0


def test_a_connection_that_was_dropped_does_not_come_back_by_what_its_own_thread_does_last(house):
    slow, _ = house.opened()
    for _ in range(3):
        house.opened()

    slow.awaits_body(lambda: False)
    slow.awaits_request(has_begun=False)

    assert len(house.connections) == 3


def test_an_answer_that_nobody_takes_is_not_held_for_ever():
    ours, theirs = socket.socketpair()
    connections = Connections(ConnectionLimits(send_s=0.05), most=6)
    with ours, theirs:
        connection = connections.enter(ours)

        with pytest.raises(BrokenPipeError):
            connection.sendall(b"x" * 10_000_000)


def test_an_answer_that_is_taken_slowly_but_in_time_arrives_whole():
    ours, theirs = socket.socketpair()
    sent, taken = b"x" * 3_000_000, bytearray()
    with ours, theirs:
        connection = Connections(ConnectionLimits(send_s=20.0), most=6).enter(ours)
        reader = threading.Thread(
            target=lambda: [taken.extend(theirs.recv(65536)) for _ in range(10_000) if len(taken) < len(sent)]
        )
        reader.start()

        connection.sendall(sent)
        reader.join(20)

    assert bytes(taken) == sent


def test_of_too_many_answers_that_nobody_takes_the_one_that_has_waited_for_longest_goes(house):
    ended: list[int] = []

    def sends(nth: int, connection: Connection) -> None:
        with suppress(OSError):
            connection.sendall(b"x" * 10_000_000)
        ended.append(nth)

    clients = []
    for nth in range(3):
        connection, client = house.opened()
        connection.awaits_body(lambda: True)
        threading.Thread(target=sends, args=(nth, connection), daemon=True).start()
        clients.append(client)
        # The next one begins when this one waits.
        assert client.recv(1) == b"x"
    quick, client = house.opened()
    quick.awaits_body(lambda: True)
    wait_for(lambda: ended == [0], told=lambda: ended)

    # There are two that wait, and another one is one too many.
    quick.sendall(b"an answer")
    wait_for(lambda: ended == [0, 1], told=lambda: ended)

    assert client.recv(100) == b"an answer"
    assert len(house.connections) == 2


def test_an_answer_that_is_taken_in_drops_has_its_time_in_all():
    ours, theirs = socket.socketpair()
    now = [0.0]
    limits = ConnectionLimits(send_s=60.0, least_bytes_per_s=100)
    connection = Connections(limits, most=6, clock=lambda: now[0]).enter(ours)
    given: list[float | None] = []
    with ours, theirs:
        connection._client = Watched(ours, given, now)
        for _ in range(4):
            connection.sendall(b"x" * 1000)
        # Somebody whose line is as fast as a telephone's goes on for as long as it takes.
        connection.awaits_request(has_begun=True)
        connection._client.takes_s = 10.0
        for _ in range(30):
            connection.sendall(b"x" * 1000)

    # A piece takes half a minute, and earns ten seconds.
    assert given[:4] == [60.0, 40.0, 20.0, 0.001]
    assert given[4:] == [60.0] * 30


def test_a_wave_is_said_once_and_not_for_each(house, caplog):
    for _ in range(50):
        house.opened()

    (record,) = caplog.records
    assert record.reason == "new"
