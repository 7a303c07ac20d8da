"""Recordings as files: `tapes/<first two>/<call's public id>/<milliseconds since 1970>.wav` in the data folder.

While a call runs its file ends in `.part` and is locked by whoever writes it. The system lets go of the lock when a process dies, so
whoever comes next can tell a file that is being written from one that was left, and repairs the header of the latter. One
thread of the process writes for all calls, off the hub: a slow disk delays no audio.
"""

import fcntl
import logging
import os
import queue
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from uuid import UUID

from voicebot.storage.off_hub import off_hub
from voicebot.storage.tapes.join import join_files
from voicebot.storage.tapes.port import JoinedTape, KeptRecording
from voicebot.storage.tapes.wav import BYTES_A_S, CHANNELS, HEADER_BYTES, header

MOST_BYTES = 512 * 1024 * 1024
"""The longest recording: nine hours."""
MOST_WAITING_BYTES = 16 * 1024 * 1024
"""The most sound of all calls that may wait for a slow disk; more of it ends the recording that it belongs to."""
LEAST_FREE_BYTES = 1024 * 1024 * 1024
"""No recording begins on a disk with less room: facts and the database need it."""
SILENCE = b"\xff"
_PART, _WHOLE = ".part", ".wav"
_JOINED, _LOCK = "joined.tmp", "joining.lock"

Sound = tuple[bytes, bytes]
"""Left and right."""

log = logging.getLogger(__name__)


class FileTapes:
    """The folder. Several processes of one machine may record into it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writer = _Writer()

    def begin(self, public_id: UUID, began_at: datetime) -> "FileTape":
        """Begin a recording whose first sample is heard at `began_at`; the file is made with its first sound."""
        name = f"{int(began_at.timestamp() * 1000):013d}{_PART}"
        return FileTape(self._of(public_id) / name, self._writer)

    def of(self, public_id: UUID) -> Sequence[KeptRecording]:
        """Return a call's recordings that are over, the oldest first; one whose process died is repaired."""
        return off_hub(lambda: self._kept(public_id))

    def read(self, recording: KeptRecording) -> bytes:
        """Return the WAV file. Raises OSError."""
        path = self._of(recording.public_id) / Path(recording.name).name
        return off_hub(path.read_bytes)

    def delete(self, public_id: UUID) -> None:
        """Delete a call's recordings, also those under way."""
        off_hub(lambda: shutil.rmtree(self._of(public_id), ignore_errors=True))

    def calls(self, most: int) -> Sequence[UUID]:
        """Return the calls that have recordings here, of which some may be under way."""
        return off_hub(lambda: list(islice(self._calls(), most)))

    @contextmanager
    def joining(self) -> Iterator[bool]:
        """Yield whether this process joins recordings now: one of the machine does."""
        if not self._folder.is_dir():
            yield False
            return
        lock = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        is_ours = _locked(lock)
        try:
            yield is_ours
        finally:
            if is_ours:
                (self._folder / _JOINED).unlink(missing_ok=True)
            os.close(lock)

    def join(self, public_id: UUID) -> JoinedTape | None:
        """Return a call's recordings joined, with silence between them; None while one is under way, or when none has sound."""
        return off_hub(lambda: self._join(public_id))

    def repair(self) -> int:
        """Finish recordings whose processes died; return how many."""
        return off_hub(lambda: sum(map(_repaired, self._folder.glob(f"*/*/*{_PART}"))))

    def drain(self, within_s: float) -> bool:
        """Wait until everything that was handed over is written; tell whether it was."""
        return self._writer.drain(within_s)

    def _calls(self) -> Iterator[UUID]:
        for folder in self._folder.glob("??/*"):
            try:
                yield UUID(folder.name)
            except ValueError:
                continue

    def _join(self, public_id: UUID) -> JoinedTape | None:
        kept, folder = self._kept(public_id), self._of(public_id)
        if not kept or any(folder.glob(f"*{_PART}")):
            with suppress(OSError):
                # Whoever looks for tapes looks into each folder.
                folder.rmdir()
            return None
        file = folder / kept[0].name
        if len(kept) > 1:
            # Outside of the call's folder, which holds tapes only. A file that a killed process left is overwritten.
            file = self._folder / _JOINED
            join_files([(tape.began_at, folder / tape.name) for tape in kept], file)
        taped_s = sum(tape.duration_s for tape in kept)
        return JoinedTape(kept[0].began_at, taped_s, file.stat().st_size, file)

    def _of(self, public_id: UUID) -> Path:
        name = str(UUID(str(public_id)))
        return self._folder / name[:2] / name

    def _kept(self, public_id: UUID) -> list[KeptRecording]:
        folder = self._of(public_id)
        for part in folder.glob(f"*{_PART}"):
            _repaired(part)
        return [
            KeptRecording(
                public_id,
                datetime.fromtimestamp(int(path.stem) / 1000, UTC),
                (path.stat().st_size - HEADER_BYTES) / BYTES_A_S,
                path.name,
            )
            for path in sorted(folder.glob(f"*{_WHOLE}"))
        ]


class FileTape:
    """One recording under way. Its file belongs to the writer's thread."""

    def __init__(self, path: Path, writer: "_Writer") -> None:
        self._path, self._writer = path, writer
        self._file: int | None = None
        self._bytes = 0
        self.ended = False

    def write(self, left: bytes, right: bytes) -> None:
        """Add sound, mu-law of each channel; never blocks."""
        if not self.ended and not self._writer.put(self, (left, right)):
            self._fails("too much waits for the disk")

    def close(self) -> None:
        """The recording is whole."""
        if not self.ended:
            self.ended = True
            self._writer.put(self, None)

    def keep(self, sound: Sound | None) -> None:
        """Write it, or end the file; in the writer's thread."""
        try:
            if sound is None:
                self._finish()
            elif self._bytes < MOST_BYTES:
                if self._file is None:
                    self._file = _opened(self._path)
                self._bytes += os.write(self._file, _stereo(*sound))
        except OSError as error:
            self._fails(error.strerror or "error")
            self._finish()

    def _fails(self, reason: str) -> None:
        if not self.ended:
            self.ended = True
            log.warning("a recording has stopped", extra={"reason": reason})
            self._writer.put(self, None)

    def _finish(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            _close(file, self._path)


def _stereo(left: bytes, right: bytes) -> bytes:
    samples = max(len(left), len(right))
    stereo = bytearray(CHANNELS * samples)
    stereo[0::2], stereo[1::2] = left.ljust(samples, SILENCE), right.ljust(samples, SILENCE)
    return bytes(stereo)


def _opened(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if shutil.disk_usage(path.parent).free < LEAST_FREE_BYTES:
        raise OSError(28, "the disk has too little room")
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.write(file, header(0))
    return file


def _close(file: int, path: Path) -> None:
    """Make a whole file of what was written, and let go of it."""
    try:
        sound = max(0, os.fstat(file).st_size - HEADER_BYTES)
        sound -= sound % CHANNELS
        os.ftruncate(file, HEADER_BYTES + sound)
        os.pwrite(file, header(sound), 0)
        os.fsync(file)
        path.rename(path.with_suffix(_WHOLE))
    except FileNotFoundError:
        # Deleted meanwhile: it was to be kept no longer.
        pass
    finally:
        os.close(file)


def _repaired(path: Path) -> bool:
    """Finish a file that nobody writes any more; tell whether that was done."""
    try:
        file = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    if not _locked(file) or not path.exists():
        os.close(file)
        return False
    _close(file, path)
    return True


def _locked(file: int) -> bool:
    """Lock a file, if nobody has it; the system lets go of it when the process ends, however that is."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class _Writer:
    """Writes for all recordings of the process, in the order in which it was asked."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[tuple[FileTape, Sound | None]] = queue.SimpleQueue()
        self._waiting_bytes = self._put = self._done = 0
        self._begins = threading.Lock()
        self._written = threading.Condition()
        self._thread: threading.Thread | None = None

    def put(self, tape: FileTape, sound: Sound | None) -> bool:
        """Hand over sound, or (None) a recording's end; False: too much waits already."""
        size = _size(sound)
        if self._waiting_bytes + size > MOST_WAITING_BYTES:
            return False
        if self._thread is None:
            self._begin()
        self._waiting_bytes += size
        self._put += 1
        self._queue.put((tape, sound))
        return True

    def drain(self, within_s: float) -> bool:
        """Wait until everything is written that was handed over until now."""
        wanted = self._put
        with self._written:
            return self._written.wait_for(lambda: self._done >= wanted, within_s)

    def _begin(self) -> None:
        with self._begins:
            if self._thread is None:
                self._thread = threading.Thread(target=self._write_all, name="recordings", daemon=True)
                self._thread.start()

    def _write_all(self) -> None:
        while True:
            batch = [self._queue.get()]
            while not self._queue.empty():
                batch.append(self._queue.get())
            off_hub(lambda batch=batch: _keep_all(batch))  # type: ignore[misc]
            self._waiting_bytes -= sum(_size(sound) for _, sound in batch)
            with self._written:
                self._done += len(batch)
                self._written.notify_all()


def _size(sound: Sound | None) -> int:
    return len(sound[0]) + len(sound[1]) if sound else 0


def _keep_all(batch: list[tuple[FileTape, Sound | None]]) -> None:
    for tape, sound in batch:
        tape.keep(sound)
