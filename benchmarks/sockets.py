"""What a frame costs on a socket of a call, in and out, and what a socket at rest takes: the engine alone, on loopback.

`python -m benchmarks.sockets`: a process on gevent holds the sockets, as a web process does, another one sends to each a
frame of a call every 20 ms. `bare` is gevent's `recv` without any protocol: the floor.
"""

from gevent import monkey

if __name__ == "__main__":
    monkey.patch_all()

import argparse
import json
import socket
import subprocess
import sys
import threading
import time

import psutil
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from voicebot.sockets.ending import SocketClosed
from voicebot.sockets.limits import SocketLimits
from voicebot.sockets.websocket import QUIET, WebSocket

FRAME_S = 0.02
MEDIA = json.dumps(
    {
        "event": "media",
        "sequenceNumber": "1234",
        "streamSid": "MZ" + "a" * 32,
        "media": {"track": "inbound", "chunk": "1233", "timestamp": "24660", "payload": "A" * 216},
    }
)
MODES = {"bare": "bare recv", "receive": "received", "answer": "received and one sent"}


class Holder:
    """The sockets of one process, and how many frames came on them."""

    def __init__(self, mode: str) -> None:
        self.mode, self.frames = mode, 0

    def hold(self, client: socket.socket) -> None:
        """Read one socket to its end."""
        if self.mode == "bare":
            while client.recv(16 * 1024):
                self.frames += 1
            return
        protocol = ServerProtocol(state=State.OPEN, max_size=64 * 1024, logger=QUIET)
        ours = WebSocket(client, protocol, SocketLimits())
        try:
            while True:
                if ours.receive(1.0) is not None:
                    self.frames += 1
                    if self.mode == "answer":
                        ours.send(MEDIA)
        except SocketClosed:
            return


def send(port: int, sockets: int, seconds: float) -> None:
    """Send a frame on each socket every 20 ms, and read what comes."""
    frame = Frame(Opcode.TEXT, MEDIA.encode()).serialize(mask=True)
    clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(sockets)]
    for client in clients:
        threading.Thread(target=_drain, args=(client,), daemon=True).start()
    began, rounds = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        for client in clients:
            client.sendall(frame)
        rounds += 1
        time.sleep(max(0.0, began + rounds * FRAME_S - time.monotonic()))
    for client in clients:
        client.close()


def _drain(client: socket.socket) -> None:
    try:
        while client.recv(65536):
            pass
    except OSError:
        return


def measure(mode: str, sockets: int, seconds: float) -> None:
    """Hold sockets on which frames come for some seconds, and print what that took."""
    holder = Holder(mode)
    with socket.create_server(("127.0.0.1", 0), backlog=sockets) as listener:
        port = str(listener.getsockname()[1])
        sender = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.sockets", "--send", port, "--sockets", str(sockets), "--seconds", str(seconds)]
        )  # fmt: skip
        memory = psutil.Process().memory_info().rss
        threads = [threading.Thread(target=holder.hold, args=(listener.accept()[0],)) for _ in range(sockets)]
    for thread in threads:
        thread.start()
    began, busy = time.monotonic(), time.process_time()
    for thread in threads:
        thread.join()
    busy, lasted = time.process_time() - busy, time.monotonic() - began
    grown = psutil.Process().memory_info().rss - memory
    sender.wait()
    print(
        f"{MODES[mode]:>22}: {busy / holder.frames * 1e6:5.1f} us of CPU a frame, {busy / lasted:4.0%} of a core "
        f"for {sockets} sockets of 50 frames/s, {grown / sockets / 1024:.0f} kB a socket"
    )


def main() -> None:
    """Measure each mode."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--send", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.send:
        send(arguments.send, arguments.sockets, arguments.seconds)
        return
    for mode in MODES:
        measure(mode, arguments.sockets, arguments.seconds)


if __name__ == "__main__":
    main()
