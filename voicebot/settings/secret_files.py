"""Secrets that the service makes for itself, once, in its data folder."""

import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path


def prepare_folder(folder: Path) -> None:
    """Make the data folder. Others may pass through it (the embedded database's account has to), not list it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o711)


def read_or_make(folder: Path, name: str, make: Callable[[], str]) -> tuple[str, bool]:
    """Return the secret in `folder/name` and whether this call made it.

    Any number of processes may ask at once: all get the same whole value. Raises OSError when the folder cannot be read
    or written, ValueError when the file is empty.
    """
    path = folder / name
    made = False
    if not path.exists():
        prepare_folder(folder)
        made = _make_once(path, make())
    value = path.read_text(encoding="utf-8").strip()
    if not value:
        raise ValueError(f"{path} is empty; remove it to have it made again")
    return value, made


def probe(folder: Path) -> None:
    """Write, fsync and remove a small file; raises OSError when the folder does not take it.

    Looking at permissions would say little: root passes them, and a full disk has them too.
    """
    prepare_folder(folder)
    path = folder / f".probe-{secrets.token_hex(8)}"
    try:
        _write_durably(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "probe")
    finally:
        path.unlink(missing_ok=True)


def _make_once(path: Path, value: str) -> bool:
    # A link appears whole or not at all, and fails when somebody was faster.
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        _write_durably(descriptor, value + "\n")
        os.link(temporary, path)
    except FileExistsError:
        return False
    finally:
        Path(temporary).unlink()
    return True


def _write_durably(descriptor: int, text: str) -> None:
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
