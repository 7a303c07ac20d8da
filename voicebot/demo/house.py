"""Start and stop what the demo runs: database, simulator, web, worker; each a process of its own."""

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console

from voicebot.runtime import Runtime, build_runtime
from voicebot.services.connect_numbers import connect_own_number
from voicebot.services.sync_numbers import sync_numbers
from voicebot.services.sync_voices import sync_voices
from voicebot.settings import Settings, load_settings
from voicebot.simulator.mail.server import mail_port
from voicebot.simulator.process import RunningSimulator, start_simulator
from voicebot.storage import embedded
from voicebot.storage.database import PostgresDatabase
from voicebot.storage.migrate import apply_seed, migrate

READY_WITHIN_S = 30.0
STOP_WITHIN_S = 10.0
ROOT = Path(__file__).resolve().parent.parent.parent
ACCOUNTS = (
    "TWILIO_",
    "OPENAI_",
    "ELEVENLABS_",
    "SUPABASE_",
    "PUBLIC_",
    "STT_",
    "SMTP_",
    "MAIL_FROM",
    "OPERATOR_",
)
"""The demo never uses an account: what the environment says of them is left out."""
OPERATOR = "+12025550199"
SHOP = "Harbour Street Bicycles"
"""Whose line the seed's template is: who the texts are from."""


class DemoFailed(Exception):
    """Something did not start; the message says what and where to look."""


@dataclass
class House:
    """All that runs, and how to reach it."""

    settings: Settings
    environ: Mapping[str, str]
    runtime: Runtime
    logs: Path
    simulator_url: str = ""
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def web_url(self) -> str:
        """Where the service listens."""
        return self.settings.public_url


def free_port(wanted: int) -> int:
    """Return `wanted` when nobody listens there, else any free port."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise DemoFailed("no free port on 127.0.0.1")


def free_ports(environ: Mapping[str, str]) -> tuple[int, int]:
    """Return the ports of web and simulator: those of PORT and VOICEBOT_SIMULATOR_URL where nobody listens yet.

    Raises SettingsError.
    """
    # Blank counts as unset.
    told = demo_environ(environ, environ.get("VOICEBOT_SIMULATOR_URL", ""), environ.get("PORT", ""))
    settings = load_settings(told)
    return free_port(settings.port), _free_pair(urlsplit(settings.simulator_url).port or 80)


def _free_pair(wanted: int) -> int:
    """Return `wanted`, or a free port, such that the one beside it is free too: the simulator takes mail there."""
    while (port := free_port(wanted)) and free_port(mail_port(port)) != mail_port(port):
        wanted = 0
    return port


def demo_environ(environ: Mapping[str, str], simulator_url: str, port: int | str) -> dict[str, str]:
    """Return the environment of the demo's processes: no accounts, the simulator as every provider."""
    kept = {name: value for name, value in environ.items() if not name.startswith(ACCOUNTS)}
    for name in ("VOICEBOT_ENV_FILE", "VOICE_TRANSPORT"):
        kept.pop(name, None)
    # One web process is enough for one visitor, and is there sooner.
    return {"VOICEBOT_SERVICE_NAME": SHOP, "VOICEBOT_WEB_WORKERS": "1", **kept} | {
        "PORT": str(port),
        "VOICEBOT_SIMULATOR_URL": simulator_url,
        "VOICEBOT_BIND_HOST": "127.0.0.1",
        "OPERATOR_PHONE_NUMBER": OPERATOR,
    }


def open_house(stack: ExitStack, console: Console) -> House:
    """Start everything in order and wait until it answers; `stack` stops it again. Raises DemoFailed."""
    port, simulator_port = free_ports(os.environ)
    environ = demo_environ(os.environ, f"http://127.0.0.1:{simulator_port}", port)
    settings = load_settings(environ)
    if not settings.offline:
        raise DemoFailed("the demo runs without accounts, and some are set")
    data_dir = Path(settings.data_dir)
    logs = data_dir / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    children: list[subprocess.Popen[bytes]] = []
    stack.callback(embedded.stop, data_dir)
    stack.callback(_stop, children)
    # What is slow is loading programs: simulator and web do it while the database is made, and wait for it there.
    with ThreadPoolExecutor(1) as aside:
        starting = aside.submit(_simulator, settings, simulator_port, embedded.dsn(data_dir))
        stack.callback(lambda: starting.result().stop())
        web = ("-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app")
        children.append(_started(environ, logs / "web.log", *web))
        dsn = embedded.ensure_running(data_dir)
        migrate(dsn, echo=lambda _: None)
        console.print("[green]✓[/] database   embedded Postgres, migrated")
        runtime = build_runtime(settings, PostgresDatabase(dsn))
        stack.callback(runtime.database.close)
        simulator = starting.result()
    console.print(f"[green]✓[/] simulator  carrier, providers and phone at {simulator.url}")
    house = House(settings, environ, runtime, logs, simulator.url, children)
    sync_voices(runtime)
    sync_numbers(runtime)
    connect_own_number(runtime)
    apply_seed(dsn, "demo")
    _wait_until_ready(house)
    # The first call has no need of it.
    children.append(_started(environ, logs / "worker.log", "-m", "voicebot", "worker"))
    console.print(f"[green]✓[/] service    web and worker at {house.web_url}")
    return house


def _simulator(settings: Settings, port: int, dsn: str) -> RunningSimulator:
    return start_simulator(
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_tokens[0],
        number=settings.twilio_phone_number,
        operator_number=OPERATOR,
        port=port,
        speed=1.0,
        seed=secrets.randbelow(1_000_000),
        # The service keeps clips from one demo to the next; whoever listens has to know them then, too.
        data_dir=Path(settings.data_dir) / "simulator",
        database_url=dsn,
    )


def _started(environ: Mapping[str, str], log_file: Path, *arguments: str) -> subprocess.Popen[bytes]:
    with log_file.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, env=dict(environ), stdout=log, stderr=log
        )


def _wait_until_ready(house: House) -> None:
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until:
        if any(child.poll() is not None for child in house.children):
            raise DemoFailed(f"a process ended right after its start; see {house.logs}")
        try:
            with urllib.request.urlopen(f"{house.web_url}/readyz", timeout=2) as answer:  # noqa: S310
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.05)
    raise DemoFailed(f"the service did not get ready within {READY_WITHIN_S:.0f} s; see {house.logs}")


def _stop(children: Sequence[subprocess.Popen[bytes]]) -> None:
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
