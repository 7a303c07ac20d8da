"""Processes of one machine pass the sound of a call to each other: the browser's socket came in at one, the call is at another.

Each process that has calls keeps a socket file in the data folder, which nobody but this service may open. A connection says which
call it wants; then frames go both ways, each behind its length in two bytes. A piece without sound is a word about the way up.
A connection that wants no call says that a command waits: its process looks at once.
"""

import hashlib
import json
import logging
import os
import queue
import socket
import struct
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from voicebot.domain.json_text import read_json
from voicebot.runtime import Runtime
from voicebot.services.calls.stepping.deliver import deliver_commands
from voicebot.services.calls.stepping.sound import CallSound, Hearer
from voicebot.storage.database import DatabaseAway

LONGEST_PATH = 80
LONGEST_PIECE = 4096
ASKED_WITHIN_S = 1.0
HINTED_WITHIN_S = 0.1
MOST_WAITING = 250
"""Frames of five seconds."""
SOUND, WORD = b"s", b"w"

log = logging.getLogger(__name__)


class SoundSource(Protocol):
    """Where a call is heard: here, or in a process beside us."""

    def attach(self, hearer: Hearer) -> None:
        """Begin to hear."""
        ...

    def detach(self, hearer: Hearer) -> None:
        """Hear no longer."""
        ...

    def speak(self, hearer: Hearer, audio: bytes) -> None:
        """Say something to the caller."""
        ...


def folder_of(runtime: Runtime) -> Path:
    """Return where the processes of this service find each other's sockets; made for this user alone."""
    wanted = Path(runtime.settings.data_dir).resolve() / "calls"
    if len(str(wanted)) > LONGEST_PATH:
        # The path of a socket may have no more than 108 bytes.
        name = hashlib.sha256(str(wanted).encode()).hexdigest()[:16]
        wanted = Path(tempfile.gettempdir()) / f"voicebot-{os.getuid()}-{name}"
    wanted.mkdir(mode=0o700, parents=True, exist_ok=True)
    if wanted.lstat().st_uid != os.getuid():
        raise PermissionError(f"{wanted} is somebody else's")
    wanted.chmod(0o700)
    return wanted


def share_sound(runtime: Runtime) -> Callable[[], None]:
    """Let neighbours hear the calls of this process; returns what ends it."""
    path = folder_of(runtime) / f"{uuid4().hex[:12]}.sock"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(64)
    threading.Thread(target=_let_in, args=(runtime, listener), name="call-neighbours", daemon=True).start()

    def close() -> None:
        path.unlink(missing_ok=True)
        listener.close()

    return close


def _let_in(runtime: Runtime, listener: socket.socket) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_serve, args=(runtime, connection), daemon=True).start()


def _serve(runtime: Runtime, connection: socket.socket) -> None:
    wire = Wire(connection)
    with suppress(OSError, ValueError, KeyError):
        connection.settimeout(ASKED_WITHIN_S)
        wanted = read_json(wire.take()[1])
        if wanted.get("looks"):
            _look(runtime)
            wire.close()
            return
        session = runtime.live_streams.get(int(wanted["call_id"]))
        sound: CallSound | None = session.sound if session else None
        if sound is None:
            wire.give(WORD, b"no")
            wire.take()
        else:
            wire.give(WORD, b"yes")
            _carry(sound, wire, NeighbourHearer(wire, str(wanted["maker"]), bool(wanted["talks"])))
    wire.close()


def _look(runtime: Runtime) -> None:
    # The next look finds what this one does not.
    with suppress(DatabaseAway):
        deliver_commands(runtime)


def _carry(sound: CallSound, wire: "Wire", hearer: "NeighbourHearer") -> None:
    sound.attach(hearer)
    try:
        wire.connection.settimeout(None)
        while True:
            kind, piece = wire.take()
            if kind == SOUND:
                sound.speak(hearer, piece)
    finally:
        sound.detach(hearer)


class Wire:
    """A connection between two processes. `give` is for any thread, `take` for one."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._waiting: queue.Queue[bytes | None] = queue.Queue(MOST_WAITING)
        threading.Thread(target=self._write, daemon=True).start()

    def give(self, kind: bytes, piece: bytes) -> None:
        """Send a piece; never blocks. A process that takes nothing for long is let go."""
        try:
            self._waiting.put_nowait(_framed(kind, piece))
        except queue.Full:
            self.close()

    def _write(self) -> None:
        with suppress(OSError):
            while (piece := self._waiting.get()) is not None:
                self.connection.sendall(piece)
        self.close()

    def take(self) -> tuple[bytes, bytes]:
        """Wait for a piece. Raises OSError when the other side is gone."""
        head = self._exactly(3)
        (length,) = struct.unpack("!H", head[1:])
        if length > LONGEST_PIECE:
            raise ConnectionError("a piece is too long")
        return head[:1], self._exactly(length)

    def _exactly(self, count: int) -> bytes:
        taken = b""
        while len(taken) < count:
            more = self.connection.recv(count - len(taken))
            if not more:
                raise ConnectionError("the other process is gone")
            taken += more
        return taken

    def close(self) -> None:
        """End it; the other side's `take` ends too."""
        with suppress(queue.Full):
            self._waiting.put_nowait(None)
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self.connection.close()


def _framed(kind: bytes, piece: bytes) -> bytes:
    return kind + struct.pack("!H", len(piece)) + piece


class NeighbourHearer:
    """A browser whose socket another process has."""

    def __init__(self, wire: Wire, maker: str, talks: bool) -> None:
        self._wire, self.maker, self.talks = wire, maker, talks

    def hear(self, frame: bytes) -> None:
        """Pass a frame on."""
        self._wire.give(SOUND, frame)

    def told(self, word: str) -> None:
        """Pass a word on."""
        self._wire.give(WORD, word.encode())


class NeighbourSound:
    """A call of another process."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def attach(self, hearer: Hearer) -> None:
        """Begin to hear: what comes is passed on in a thread of its own."""
        threading.Thread(target=self._pass_on, args=(hearer,), daemon=True).start()

    def detach(self, hearer: Hearer) -> None:
        """Hear no longer."""
        del hearer
        self._wire.close()

    def speak(self, hearer: Hearer, audio: bytes) -> None:
        """Pass sound on."""
        if hearer.talks and len(audio) <= LONGEST_PIECE:
            self._wire.give(SOUND, audio)

    def _pass_on(self, hearer: Hearer) -> None:
        with suppress(OSError):
            while True:
                kind, piece = self._wire.take()
                if kind == SOUND:
                    hearer.hear(piece)
                else:
                    hearer.told(piece.decode("ascii", "replace"))
        hearer.told("over")


def hint_neighbours(runtime: Runtime) -> None:
    """Tell the processes of this machine that a command waits. A hint that is lost costs the time until their next look."""
    hint = _framed(WORD, json.dumps({"looks": True}).encode())
    with suppress(OSError):
        for path in folder_of(runtime).glob("*.sock"):
            with socket.socket(socket.AF_UNIX) as asking, suppress(OSError):
                asking.settimeout(HINTED_WITHIN_S)
                asking.connect(str(path))
                asking.sendall(hint)


def hear_elsewhere(runtime: Runtime, call_id: int, hearer: Hearer) -> SoundSource | None:
    """Ask the other processes of this machine for a call; None when none of them has it."""
    wanted = json.dumps({"call_id": call_id, "maker": hearer.maker, "talks": hearer.talks}).encode()
    for path in sorted(folder_of(runtime).glob("*.sock")):
        wire = Wire(socket.socket(socket.AF_UNIX))
        try:
            wire.connection.settimeout(ASKED_WITHIN_S)
            wire.connection.connect(str(path))
            wire.give(WORD, wanted)
            if wire.take() == (WORD, b"yes"):
                wire.connection.settimeout(None)
                return NeighbourSound(wire)
        except ConnectionRefusedError:
            # A process that is no more has left its file.
            path.unlink(missing_ok=True)
        except OSError:
            pass
        wire.close()
    return None
