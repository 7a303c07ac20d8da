"""Peers that mean harm, or are broken: each is closed in its time, with a code that says why, and leaves no thread behind."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from tests.support.waiting import wait_for
from voicebot.sockets.ending import Ending, SocketClosed
from voicebot.sockets.limits import SocketLimits
from voicebot.sockets.websocket import QUIET, WebSocket

LIMITS = SocketLimits(
    most_message_bytes=64 * 1024,
    start_within_s=0.3,
    ping_after_s=0.2,
    idle_s=0.5,
    send_within_s=0.3,
    most_unsent_bytes=256 * 1024,
    close_within_s=0.2,
)
LONG_S = 5.0


class Peer:
    """The other end, which knows frames and keeps no rules."""

    def __init__(self, end: socket.socket) -> None:
        self.end = end
        end.settimeout(LONG_S)

    def sends(self, *pieces: bytes | Frame) -> None:
        self.end.sendall(
            b"".join(piece.serialize(mask=True) if isinstance(piece, Frame) else piece for piece in pieces)
        )

    def code(self) -> int | None:
        """The code that we closed with before the connection ended; None without one."""
        came = b"".join(iter(lambda: self.end.recv(65536), b""))
        at = came.rfind(b"\x88")
        return struct.unpack("!H", came[at + 2 : at + 4])[0] if 0 <= at < len(came) - 2 else None


def text(data: bytes = b"{}", *, fin: bool = True, opcode: Opcode = Opcode.TEXT) -> Frame:
    return Frame(opcode, data, fin)


@pytest.fixture
def opened() -> Iterator[Callable[..., tuple[WebSocket, Peer]]]:
    made: list[WebSocket] = []
    before = threading.active_count()

    def opens(limits: SocketLimits = LIMITS, **options: object) -> tuple[WebSocket, Peer]:
        ours, theirs = socket.socketpair()
        protocol = ServerProtocol(state=State.OPEN, max_size=limits.most_message_bytes, logger=QUIET)
        made.append(WebSocket(ours, protocol, limits, **options))
        return made[-1], Peer(theirs)

    yield opens
    for each in made:
        each.finish()
    wait_for(lambda: threading.active_count() <= before, LONG_S)


def ended(ours: WebSocket) -> SocketClosed:
    """Read to the end, as a session does."""
    with pytest.raises(SocketClosed) as closed:
        while True:
            ours.receive(LONG_S)
    return closed.value


def listened(ours: WebSocket) -> SocketClosed:
    """Have the one reader of the process read to the end."""
    return ours.listen(lambda message: None)


Reads = Callable[[WebSocket], SocketClosed]
HALF = b"x" * 40_000
COMPRESSED = text(b"x" * 1_000_000).serialize(mask=True, extensions=[PerMessageDeflate(False, False, 15, 15)])


@pytest.mark.parametrize(
    ("pieces", "ending", "code"),
    [
        # Its head is enough: nobody waits for what is not taken.
        ([b"\x81\xff" + struct.pack("!Q", 64 * 1024 + 1)], Ending.TOO_LARGE, 1009),
        ([text(HALF, fin=False), text(HALF, opcode=Opcode.CONT)], Ending.TOO_LARGE, 1009),
        ([text(HALF, fin=False), text(HALF[:30_000], fin=False, opcode=Opcode.CONT)], Ending.TOO_LARGE, 1009),
        ([COMPRESSED], Ending.GARBAGE, 1002),
        ([text(b"\0\1", opcode=Opcode.BINARY)], Ending.BINARY, 1003),
        ([text(b"\0\1", opcode=Opcode.BINARY, fin=False)], Ending.BINARY, 1003),
        ([b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"], Ending.GARBAGE, 1002),
        ([bytes(range(256))], Ending.GARBAGE, 1002),
        ([text(b"\xff\xfe")], Ending.GARBAGE, 1007),
        ([text(b"\xff", fin=False), text(b"\xfe", opcode=Opcode.CONT)], Ending.GARBAGE, 1007),
        ([Frame(Opcode.TEXT, b"{}").serialize(mask=False)], Ending.GARBAGE, 1002),
        ([text(opcode=Opcode.CONT)], Ending.GARBAGE, 1002),
        ([text(fin=False), text()], Ending.GARBAGE, 1002),
        # A ping has 125 bytes at most.
        ([b"\x89\xfe\x00\x7e" + bytes(4 + 126)], Ending.GARBAGE, 1002),
        ([Frame(Opcode.CLOSE, struct.pack("!H", 4000) + b"bye")], Ending.PEER, 4000),
        ([Frame(Opcode.CLOSE, b"\x03")], Ending.GARBAGE, 1002),
        ([Frame(Opcode.CLOSE, b"")], Ending.PEER, 1005),
    ],
)
@pytest.mark.parametrize("reads", [ended, listened])
def test_what_is_no_message_of_ours_closes_the_socket_with_its_code(
    opened, pieces, ending, code, reads: Reads
):
    ours, peer = opened()

    peer.sends(*pieces)
    end = reads(ours)

    assert (end.ending, end.code) == (ending, code)
    assert peer.code() == (None if code == 1005 else code)


class Clock:
    """Time as it passes, and what the test adds to it."""

    def __init__(self) -> None:
        self.added_s = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.added_s


def test_fifty_frames_a_second_are_let_through_also_when_the_network_held_them_back(opened):
    clock = Clock()
    ours, peer = opened(SocketLimits(), clock=clock)

    for held_s in [0.1] * 40 + [4.0]:
        clock.added_s += held_s
        frames = round(held_s * 50)
        peer.sends(*[text()] * frames)

        assert [ours.receive(LONG_S) for _ in range(frames)] == ["{}"] * frames


@pytest.mark.parametrize(
    ("first", "others"),
    [
        (text(), text()),
        (text(), Frame(Opcode.PING, b"are you there?")),
        (text(), Frame(Opcode.PONG, b"")),
        (text(fin=False), text(b"", fin=False, opcode=Opcode.CONT)),
    ],
)
def test_more_than_sixty_frames_a_second_end_it_whatever_they_are(opened, first, others):
    clock = Clock()
    ours, peer = opened(SocketLimits(close_within_s=0.2, start_within_s=60.0), clock=clock)
    peer.sends(first)

    # 80 a second: what may come at once is used up after 15 s.
    while not ours.closed and clock.added_s < 60:
        clock.added_s += 0.1
        peer.sends(*[others] * 8)
        with suppress(SocketClosed):
            while ours.receive(0) is not None:
                pass

    assert (ended(ours).ending, ended(ours).code) == (Ending.TOO_FAST, 1008)
    assert 10 < clock.added_s < 40


def test_a_flood_is_not_answered_for_longer_than_it_takes_to_see_it(opened):
    ours, peer = opened()
    flood = Frame(Opcode.PING, b"x" * 125).serialize(mask=True) * 20_000
    sender = threading.Thread(target=lambda: suppressed(peer.sends, flood))
    sender.start()
    began = time.thread_time()

    assert ended(ours).ending is Ending.TOO_FAST
    assert time.thread_time() - began < 0.5
    sender.join()


def suppressed(act: Callable[[bytes], None], data: bytes) -> None:
    with suppress(OSError):
        act(data)


@pytest.mark.parametrize(
    ("drip", "ending", "code"),
    [
        # Nothing, a frame that never becomes whole, and frames that are no message.
        ([], Ending.NO_START, 1008),
        ([b"\x81\xfe\x10"], Ending.NO_START, 1008),
        ([Frame(Opcode.PING, b"")] * 3, Ending.NO_START, 1008),
        # After the first message: the same, and a pong that nobody asked for does not help in the end.
        ([text()], Ending.SILENT, 1006),
        ([text(), b"\x81\xfe\x10", b"\x00", b"abcd", b"x", b"x", b"x"], Ending.SILENT, 1006),
        ([text(), Frame(Opcode.PONG, b"")], Ending.SILENT, 1006),
    ],
)
@pytest.mark.parametrize("reads", [ended, listened])
def test_who_starts_nothing_or_falls_silent_has_its_time_and_no_more(
    opened, drip, ending, code, reads: Reads
):
    ours, peer = opened()
    began = time.monotonic()
    # Slow on purpose: a piece each 50 ms.
    dripping = threading.Thread(
        target=lambda: [(suppressed(peer.sends, piece), time.sleep(0.05)) for piece in drip]
    )
    dripping.start()

    end = reads(ours)

    assert (end.ending, end.code) == (ending, code)
    assert time.monotonic() - began >= (LIMITS.start_within_s if ending is Ending.NO_START else LIMITS.idle_s)
    assert ours.closed
    dripping.join()


def test_a_peer_that_only_answers_pings_is_there(opened):
    ours, peer = opened(replace(LIMITS, idle_s=LONG_S))
    peer.sends(text())
    assert ours.receive(LONG_S) == "{}"

    for _ in range(3):
        assert ours.receive(0.25) is None
        assert peer.end.recv(100) == b"\x89\x00"
        peer.sends(Frame(Opcode.PONG, b""))


@pytest.mark.parametrize("size", [1_000, 150_000])
def test_a_peer_that_never_reads_holds_no_more_than_its_bytes_and_its_time(opened, size):
    ours, peer = opened()
    peer.sends(text())
    ours.receive(LONG_S)
    began = time.monotonic()

    for _ in range(10_000_000 // size):
        ours.send("x" * size)
    flooded_s = time.monotonic() - began
    end = ended(ours)

    assert (end.ending, end.code) == (Ending.NOT_READ, 1006)
    assert flooded_s < LONG_S


def test_what_waits_for_a_peer_has_a_bound_of_bytes(opened):
    ours, peer = opened(replace(LIMITS, send_within_s=60.0))
    peer.sends(text())
    ours.receive(LONG_S)

    sent = 0
    while not ours.closed:
        ours.send("x" * 10_000)
        sent += 10_000

    assert ended(ours).ending is Ending.NOT_READ
    # And what the kernel took.
    assert sent < 256 * 1024 + 8 * 1024 * 1024


def test_a_message_that_is_not_taken_in_time_ends_the_socket(opened):
    ours, peer = opened(
        replace(LIMITS, ping_after_s=LONG_S, idle_s=LONG_S, most_unsent_bytes=8 * 1024 * 1024)
    )
    peer.sends(text())
    ours.receive(LONG_S)
    began = time.monotonic()
    ours.send("x" * 4_000_000)

    assert ended(ours).ending is Ending.NOT_READ
    assert LIMITS.send_within_s <= time.monotonic() - began < LONG_S


@pytest.mark.parametrize("answers", [b"", b"x" * 1_000_000], ids=["nothing", "anything but a close frame"])
def test_a_goodbye_that_is_not_returned_is_not_waited_for_long(opened, answers):
    ours, peer = opened()
    began = time.monotonic()
    sender = threading.Thread(target=suppressed, args=(peer.sends, answers))
    sender.start()

    ours.close(1000)
    ours.finish()

    assert time.monotonic() - began < LONG_S
    assert ended(ours).code == 1000
    sender.join()


def test_whoever_waits_in_receive_is_woken_when_somebody_else_closes(opened):
    ours, _peer = opened(replace(LIMITS, start_within_s=60.0))
    closer = threading.Timer(0.1, ours.close, (1001, "over"))
    closer.start()

    end = ended(ours)

    assert (end.ending, end.code) == (Ending.OURS, 1001)
    closer.join()


def test_a_connection_that_breaks_off_is_noticed_by_both_halves(opened):
    ours, peer = opened()
    peer.sends(text(b"last"), b"\x81")
    peer.end.close()

    assert ours.receive(LONG_S) == "last"
    ours.send("x" * 100)
    ours.send("x" * 100)
    assert (ended(ours).ending, ended(ours).code) == (Ending.LOST, 1006)
