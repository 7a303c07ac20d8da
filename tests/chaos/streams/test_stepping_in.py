"""The process that has a call is killed while commands for it wait and run: each is done once, by whoever has the call then."""

import json
import os
import signal
import socket
import struct
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.chaos.streams.conftest import said, streamed_call
from tests.house import House
from tests.support.waiting import wait_for

pytestmark = pytest.mark.chaos
PATIENCE_S = 40.0


def owner_of(house: House, call: int) -> int | None:
    """The pid of the process that has a call: it tells its neighbours so."""
    for path in (Path(house.environ["VOICEBOT_DATA_DIR"]) / "calls").glob("*.sock"):
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(2)
            try:
                asking.connect(str(path))
                pid = struct.unpack("3i", asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
                wanted = json.dumps({"call_id": call, "maker": "test", "talks": False}).encode()
                asking.sendall(b"w" + struct.pack("!H", len(wanted)) + wanted)
                if asking.recv(6).endswith(b"yes"):
                    return int(pid)
            except OSError:
                # Of a process that is no more.
                continue
    return None


def asked(house: House, call: int, kind: str, **arguments: Any) -> None:
    (row,) = house.rows(
        """select public.add_call_command((select c.public_id from public.call_history c where c.id = %s), %s, %s::jsonb, %s,
                                          '{"role": "operator"}') as answer""",
        call, kind, json.dumps(arguments), uuid4().hex,
    )  # fmt: skip
    assert row["answer"]["result"] == "added", row


def commands(house: House, call: int) -> list[dict[str, Any]]:
    return house.rows(
        "select kind, taken_at, done_at, result from public.call_commands where call_id = %s order by id",
        call,
    )


def test_each_command_is_done_once_whenever_its_process_is_killed(streaming: House) -> None:
    sid = streamed_call(streaming)
    (row,) = streaming.rows("select id from public.call_history where call_sid = %s", sid)
    call = row["id"]
    wait_for(lambda: owner_of(streaming, call) is not None, PATIENCE_S)
    first = owner_of(streaming, call)
    assert first in streaming.web_pids()

    # It waits: the process does nothing any more.
    os.kill(first, signal.SIGSTOP)
    asked(streaming, call, "whisper", text="Students get twenty percent off new tyres.")
    asked(streaming, call, "say", text="Anna of the shop is here.")
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: all(each["done_at"] for each in commands(streaming, call)), PATIENCE_S)
    streaming.phone.wait_heard(sid, said("Anna of the shop is here."), timeout_s=PATIENCE_S)
    wait_for(lambda: owner_of(streaming, call) in set(streaming.web_pids()) - {first}, PATIENCE_S)

    # It runs: somebody has just taken it.
    second = owner_of(streaming, call)
    assert second is not None
    asked(streaming, call, "say", text="Ben takes care of you.")
    wait_for(lambda: commands(streaming, call)[-1]["taken_at"], PATIENCE_S, 0.001)
    os.kill(second, signal.SIGKILL)
    wait_for(lambda: all(each["done_at"] for each in commands(streaming, call)), PATIENCE_S)
    streaming.phone.wait_heard(sid, said("Ben takes care of you."), timeout_s=PATIENCE_S)
    streaming.phone.hangup(sid)
    ended = "select id from public.call_history where id = %s and ended_at is not null"
    wait_for(lambda: bool(streaming.rows(ended, call)), PATIENCE_S)

    assert [(each["kind"], each["result"]) for each in commands(streaming, call)] == [
        ("whisper", "done"), ("say", "done"), ("say", "done"),
    ]  # fmt: skip
    words = streaming.rows(
        "select content from public.transcripts where session_id = %s and speaker = 'operator' order by sequence_number",
        call,
    )
    assert [each["content"] for each in words] == ["Anna of the shop is here.", "Ben takes care of you."]
    # What was said is summarised, whoever had the call.
    job = "select id from jobs.procrastinate_jobs where task_name = 'summarise_call' and args ->> 'call_id' = %s"
    assert streaming.rows(job, str(call))
    notes = str(streaming.rows("select state from public.call_states where call_id = %s", call))
    assert notes.count("Students get twenty percent off") == 1
