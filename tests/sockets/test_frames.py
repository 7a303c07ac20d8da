"""Frames that are read by hand are those that the library reads, however they are cut on their way, and so is what is refused."""

import random
import struct
from collections.abc import Callable

from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, State
from websockets.server import ServerProtocol

from tests.support.examples import rounds
from voicebot.sockets.frames import FrameReader, written
from voicebot.sockets.websocket import QUIET

MOST = 2000
SIZES = (0, 1, 124, 125, 126, 127, 330, 1999, 2000)


def plain(chance: random.Random, mask: bytes | None = None) -> bytes:
    """A text, whole, as a carrier sends it; sometimes with its length written longer than it needs to be."""
    data, mask = chance.randbytes(chance.choice(SIZES)), mask or chance.randbytes(4)
    forms = [struct.pack("!BBH", 0x81, 0xFE, len(data)), struct.pack("!BBQ", 0x81, 0xFF, len(data))]
    if len(data) < 126:
        forms += [bytes((0x81, 0x80 | len(data)))] * 3
    return chance.choice(forms) + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))


def allowed(chance: random.Random) -> list[bytes]:
    """Frames that mean no harm."""
    pieces = [Frame(Opcode.TEXT, b"a" * chance.randrange(300), False)]
    pieces += [
        Frame(Opcode.CONT, b"b" * chance.choice((0, 5, 200)), False) for _ in range(chance.randrange(3))
    ]
    pieces.append(Frame(Opcode.CONT, b"", True))
    control = Frame(chance.choice((Opcode.PING, Opcode.PONG)), b"x" * chance.choice((0, 3, 125)))
    pieces.insert(chance.randrange(len(pieces) + 1), control)
    return [piece.serialize(mask=True) for piece in pieces]


REFUSED: list[Callable[[random.Random], bytes]] = [
    lambda _: Frame(Opcode.TEXT, b"{}").serialize(mask=False),
    lambda _: b"\xc1\x82abcdxx",
    lambda _: b"\x83\x82abcdxx",
    lambda _: b"\x81\xfe\x07\xd1",
    lambda _: b"\x81\xff" + struct.pack("!Q", 1 << 40),
    lambda _: b"GET / HTTP/1.1\r\n\r\n",
    lambda _: Frame(Opcode.CONT, b"x").serialize(mask=True),
    lambda _: Frame(Opcode.TEXT, b"x", False).serialize(mask=True) * 2,
    lambda chance: Frame(Opcode.TEXT, b"x", False).serialize(mask=True) + plain(chance),
    lambda _: (
        Frame(Opcode.TEXT, b"x" * 1500, False).serialize(mask=True)
        + Frame(Opcode.CONT, b"x" * 501).serialize(mask=True)
    ),
    lambda _: b"\x89\xfe\x00\x7e" + bytes(130),
    lambda _: b"\x09\x80abcd",
    lambda _: Frame(Opcode.CLOSE, b"\x03").serialize(mask=True),
    lambda _: Frame(Opcode.CLOSE, struct.pack("!H", 1000) + b"bye").serialize(mask=True),
]


def stream(chance: random.Random) -> bytes:
    parts: list[bytes] = []
    for _ in range(chance.randrange(12)):
        parts += [plain(chance)] if chance.random() < 0.7 else allowed(chance)
    if chance.random() < 0.5:
        parts.append(chance.choice(REFUSED)(chance))
        parts += [plain(chance) for _ in range(chance.randrange(3))]
    return b"".join(parts)


def cut(chance: random.Random, data: bytes) -> list[bytes]:
    sizes = chance.choice(((1, 2), (1, 40), (300, 700), (10_000, 10_001)))
    pieces, at = [], 0
    while at < len(data):
        size = chance.randrange(*sizes)
        pieces.append(data[at : at + size])
        at += size
    return pieces


def protocol() -> ServerProtocol:
    return ServerProtocol(state=State.OPEN, max_size=MOST, logger=QUIET)


def feeder(to: Protocol) -> Callable[[bytes], list[Frame]]:
    def feed(data: bytes) -> list[Frame]:
        to.receive_data(data)
        return to.events_received()  # type: ignore[return-value]

    return feed


def test_frames_by_hand_are_those_of_the_library_and_so_is_what_is_refused_and_when():
    plain_ones = 0
    for seed in range(rounds(2000)):
        chance = random.Random(seed)
        library, ours = protocol(), protocol()
        reader = FrameReader(ours, MOST, feeder(ours))
        for piece in cut(chance, stream(chance)):
            expected = [(f.opcode, f.fin, bytes(f.data)) for f in feeder(library)(piece)]
            found = reader.take(piece)
            plain_ones += sum(isinstance(frame, bytes) for frame in found)

            assert [
                (Opcode.TEXT, True, f) if isinstance(f, bytes) else (f.opcode, f.fin, bytes(f.data))
                for f in found
            ] == expected, seed
            assert (ours.state, ours.close_sent, ours.close_rcvd) == (
                library.state, library.close_sent, library.close_rcvd,
            ), seed  # fmt: skip
            assert ours.data_to_send() == library.data_to_send(), seed
    assert plain_ones > rounds(2000) / 2


def test_what_is_written_is_read_by_the_library_as_it_was_meant():
    for size in (0, 1, 125, 126, 2000, 65_535, 65_536, 100_000):
        for opcode in (Opcode.TEXT, Opcode.BINARY):
            data = random.Random(size).randbytes(size)
            reading = ServerProtocol(state=State.OPEN, max_size=None, logger=QUIET)
            reading.receive_data(written(opcode, data, masked=True))
            (frame,) = reading.events_received()

            assert (frame.opcode, frame.fin, bytes(frame.data)) == (opcode, True, data)  # type: ignore[union-attr]
            assert written(opcode, data, masked=False) == Frame(opcode, data).serialize(mask=False)
    masks = {written(Opcode.TEXT, b"", masked=True)[2:] for _ in range(2000)}
    assert len(masks) > 1990
