"""Recordings in the data folder: whole when a call ends, and after a process was killed."""

import os
import signal
import struct
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from voicebot.storage.tapes import files
from voicebot.storage.tapes.files import FileTapes
from voicebot.storage.tapes.wav import HEADER_BYTES

CALL = UUID("5c0e8a52-2f0c-4f0e-9d4c-3b7d8f7f6a11")
BEGAN = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
SECOND = (bytes([1]) * 8000, bytes([2]) * 8000)
KILLED = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID
from voicebot.storage.tapes.files import FileTapes

recordings = FileTapes(Path(sys.argv[1]))
tape = recordings.begin(UUID(sys.argv[2]), datetime(2026, 11, 28, 12, 0, tzinfo=UTC))
tape.write(b"\\1" * 8000, b"\\2" * 8000)
recordings.drain(10)
print("written", flush=True)
time.sleep(60)
"""


@pytest.fixture
def recordings(tmp_path: Path) -> FileTapes:
    return FileTapes(tmp_path)


def channels(wav: bytes) -> tuple[int, int, int, bytes, bytes]:
    """Read a file as any player does: format, channels, rate, and the sound of both channels."""
    assert wav[:4] == b"RIFF" and wav[8:12] == b"WAVE" and struct.unpack("<I", wav[4:8])[0] == len(wav) - 8
    at, chunks = 12, {}
    while at < len(wav):
        name, size = struct.unpack("<4sI", wav[at : at + 8])
        chunks[name] = wav[at + 8 : at + 8 + size]
        at += 8 + size
    form, count, rate = struct.unpack("<HHI", chunks[b"fmt "][:8])
    assert struct.unpack("<I", chunks[b"fact"])[0] * count == len(chunks[b"data"])
    return form, count, rate, chunks[b"data"][0::2], chunks[b"data"][1::2]


def test_a_recording_is_a_file_of_two_channels_once_its_call_is_over(recordings: FileTapes) -> None:
    tape = recordings.begin(CALL, BEGAN)
    tape.write(*SECOND)
    tape.write(b"\x03" * 80, b"")
    assert recordings.drain(10)
    assert recordings.of(CALL) == [] and recordings.repair() == 0

    tape.close()
    tape.close()
    assert recordings.drain(10)

    (kept,) = recordings.of(CALL)
    assert (kept.began_at, kept.duration_s) == (BEGAN, 1.01)
    assert channels(recordings.read(kept)) == (7, 2, 8000, SECOND[0] + b"\x03" * 80, SECOND[1] + b"\xff" * 80)


def test_the_recording_of_a_process_that_was_killed_is_repaired(
    recordings: FileTapes, tmp_path: Path
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path), str(CALL)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "written\n"
    assert recordings.repair() == 0
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    (part,) = tmp_path.glob("*/*/*.part")
    with part.open("ab") as torn:
        torn.write(b"\x01")

    assert recordings.repair() == 1
    (kept,) = recordings.of(CALL)
    assert channels(recordings.read(kept)) == (7, 2, 8000, *SECOND)


def test_what_a_disk_does_not_take_ends_the_recording_and_delays_nobody(
    recordings: FileTapes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 16_000)
    monkeypatch.setattr(files, "MOST_WAITING_BYTES", 40_000)
    long, other = recordings.begin(CALL, BEGAN), recordings.begin(UUID(int=1), BEGAN)
    long.write(*SECOND)
    assert recordings.drain(10)
    long.write(*SECOND)
    assert recordings.drain(10)
    long.close()
    # Three seconds at once are more than may wait.
    other.write(*(3 * each for each in SECOND))
    assert recordings.drain(10)

    assert [kept.duration_s for kept in recordings.of(CALL)] == [1.0]
    assert other.ended and recordings.of(UUID(int=1)) == []
    assert len(recordings.read(recordings.of(CALL)[0])) == HEADER_BYTES + 16_000


def test_a_deleted_recording_is_gone_also_while_it_runs(recordings: FileTapes, tmp_path: Path) -> None:
    tape = recordings.begin(CALL, BEGAN)
    tape.write(*SECOND)
    assert recordings.drain(10)

    recordings.delete(CALL)
    tape.write(*SECOND)
    tape.close()
    assert recordings.drain(10)

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
