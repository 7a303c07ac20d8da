"""What a turn of a call on ConversationRelay costs: CPU of the process that carries it, whatever else runs on the machine.

`.venv/bin/python -m benchmarks.streams.turn_cpu` carries some sessions in this process on gevent, as a web process does: a caller asks, a model
answers over HTTP with 40 tokens, words leave, the turn is committed. The database answers nothing but yes. The model, in a process
of its own, gives a token once the one before has left or stayed, so each is read by itself, as at 50 tokens a second, and
nothing waits. For comparisons of two versions on one machine; what a core holds tells `benchmarks.streaming`.
"""

# ruff: noqa: E402
from gevent import monkey

monkey.patch_all()

import argparse
import gc
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

from websockets.frames import Opcode

from voicebot.domain.call.background import CallBackground, Transport
from voicebot.runtime import Runtime
from voicebot.services.calls.streams.line import StreamStart
from voicebot.services.calls.streams.log import StreamLease
from voicebot.services.calls.streams.session import StreamSession
from voicebot.settings import load_settings
from voicebot.sockets.frames import written
from voicebot.storage.calls.streams import ClaimedStream
from voicebot.storage.database.prepared import as_text
from voicebot.wiring import build_runtime

PROMPT = (
    '{"type":"prompt","voicePrompt":"Can I book a table for tonight, please?","lang":"en-US","last":true}'
)


class AgreeingDatabase:
    """Takes what a call commits, with the work that the transport has before it sends."""

    def call(self, function: str, /, **params: Any) -> Any:
        """Return what an accepted commit returns."""
        for value in params.values():
            as_text(value)
        return {"result": "committed", "spent_usd": 0.01} if function == "commit_stream" else {}

    def close(self) -> None:
        """Nothing is open."""


class Caller:
    """The socket of one session: what is sent becomes frames, by which the model learns that a word has left."""

    closed = False

    def __init__(self, sink: int, left: int) -> None:
        self._sink, self._left = sink, left
        self._over, self.answered = threading.Event(), threading.Event()
        self.hear: Any = None

    def send(self, message: str) -> None:
        """Take a message of ours."""
        last = '"last":true' in message
        os.write(self._sink if last else self._left, written(Opcode.TEXT, message.encode(), masked=False))
        if last:
            self.answered.set()

    def listen(self, hear: Any) -> None:
        """Let the session hear until the run is over."""
        self.hear = hear
        self._over.wait()

    def receive(self, timeout_s: float | None = None) -> None:
        """Nothing comes by itself."""

    def close(self, *_: object) -> None:
        """Over."""
        self._over.set()


def session_of(runtime: Runtime, caller: Caller, number: int) -> StreamSession:
    """Return one session that is claimed."""
    start = StreamStart(call_sid=f"CA{number:032x}", stream_sid=f"VX{number:032x}", token="")
    background = CallBackground(number=f"+1305{2000000 + number}")
    claim = ClaimedStream(number, -1, background, None, background.number, "+12025550100")
    lease = StreamLease(number, uuid4(), 20.0)
    return StreamSession(runtime, caller, Transport.RELAY, start, claim, lease)  # type: ignore[arg-type]


def talk(callers: list[Caller], turns: int) -> None:
    """Have all of them ask so often, each once it was answered."""

    def ask(caller: Caller) -> None:
        for _ in range(turns):
            caller.answered.clear()
            caller.hear(PROMPT)
            if not caller.answered.wait(20):
                raise SystemExit("a turn was not answered")

    asking = [threading.Thread(target=ask, args=(caller,)) for caller in callers]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()


def main() -> None:
    """Measure and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--turns", type=int, default=8, help="of each session that are measured")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as told:
        model = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.streams.turn_model"], stdout=subprocess.PIPE
        )
        try:
            assert model.stdout is not None
            port, told_at = json.loads(model.stdout.readline())
            told.connect(("127.0.0.1", told_at))
            print(json.dumps(measure(Path(folder), port, told, given.sessions, given.turns)))
        finally:
            model.kill()
            model.wait()


def measure(folder: Path, port: int, told: socket.socket, sessions: int, turns: int) -> dict[str, Any]:
    """Carry the sessions, and return the CPU of a turn."""
    url = f"http://127.0.0.1:{port}"
    environ = {
        "PUBLIC_URL": "http://127.0.0.1:1", "VOICEBOT_DATA_DIR": str(folder), "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "0" * 32, "TWILIO_PHONE_NUMBER": "+12025550100", "SUPABASE_DB_URL": "postgresql://none@127.0.0.1:1/none",
        "OPENAI_API_KEY": "none", "OPENAI_BASE_URL": f"{url}/v1", "ELEVENLABS_API_KEY": "none", "ELEVENLABS_BASE_URL": url,
        "TRANSCRIBER": "own", "STT_BASE_URL": f"{url}/v1",
    }  # fmt: skip
    runtime = build_runtime(load_settings(environ), AgreeingDatabase())  # type: ignore[arg-type]
    sink = os.open(os.devnull, os.O_WRONLY)
    callers = [Caller(sink, told.fileno()) for _ in range(sessions)]
    for number, caller in enumerate(callers, 1):
        session = session_of(runtime, caller, number)
        threading.Thread(target=session.run, daemon=True).start()
    time.sleep(0.5)
    talk(callers, 2)
    gc.collect()
    began = time.process_time()
    talk(callers, turns)
    spent = time.process_time() - began
    return {
        "sessions": sessions,
        "turns": turns * sessions,
        "cpu_ms_a_turn": round(spent * 1000 / turns / sessions, 2),
    }


if __name__ == "__main__":
    main()
