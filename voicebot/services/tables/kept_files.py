"""Files that somebody looks at first and then imports: they wait in the data folder under a name that only a token tells."""

import os
import re
import secrets
import time
from functools import partial
from pathlib import Path

from voicebot.domain.access.api_key import hash_of
from voicebot.settings import Settings
from voicebot.storage.off_hub import off_hub

TOKEN = re.compile(r"[0-9a-f]{32}")
KEPT_S = 3600.0


def keep_file(settings: Settings, content: bytes, about: str) -> str:
    """Keep a file for an hour; return the token that brings it back, for the same purpose alone."""
    token = secrets.token_hex(16)
    off_hub(partial(_write, _path(settings, token, about), content))
    return token


def kept_file(settings: Settings, token: str, about: str) -> bytes | None:
    """Return a kept file; None: there is none, here, any more, or for this purpose."""
    if not TOKEN.fullmatch(token):
        return None
    try:
        return off_hub(_path(settings, token, about).read_bytes)
    except FileNotFoundError:
        return None


def drop_file(settings: Settings, token: str, about: str) -> None:
    """Let go of a file that was imported."""
    if TOKEN.fullmatch(token):
        _path(settings, token, about).unlink(missing_ok=True)


def sweep_files(settings: Settings) -> int:
    """Delete what nobody came back for; return how many."""
    old = [
        path
        for path in (Path(settings.data_dir) / "uploads").glob("*")
        if path.stat().st_mtime < time.time() - KEPT_S
    ]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _path(settings: Settings, token: str, about: str) -> Path:
    return Path(settings.data_dir) / "uploads" / hash_of(f"{about} {token}")


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
