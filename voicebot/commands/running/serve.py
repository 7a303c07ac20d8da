"""`serve`: the process that answers calls and takes texts. It loads nothing that gunicorn will load anew."""

import errno
import os
import socket
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from voicebot.commands.screen import CommandFailed, quieten, say
from voicebot.domain.operators.smtp_url import parse_smtp_url
from voicebot.limits import WorkerLimits
from voicebot.settings import Settings, load_settings
from voicebot.storage.database import DatabaseAway, DatabaseBug, open_database, session_dsn
from voicebot.storage.migrate.apply import migrate
from voicebot.storage.spool.files import open_spool
from voicebot.telemetry import shared_metrics

ROOT = Path(__file__).resolve().parents[3]
ENV_FILE = "VOICEBOT_ENV_FILE"


def add_commands(commands: Any) -> None:
    """Add `serve`."""
    serving = commands.add_parser(
        "serve",
        description="Answer calls and take texts. Without a configured database the embedded one is started and migrated first.",
    )
    serving.add_argument(
        "--role",
        choices=("all", "web", "live"),
        help="web: pages, API and webhooks; live: the websockets of calls; default: VOICEBOT_ROLE, else all",
    )
    serving.set_defaults(run=run_serve)


def run_serve(
    arguments: Namespace, *, execute: Callable[[str, list[str], Mapping[str, str]], object] = os.execvpe
) -> int:
    """Replace this process by gunicorn, after the database is up and the address was printed."""

    settings = load_settings()
    settings = settings.model_copy(update={"role": arguments.role or settings.role})
    # Refused now and in one line, not by every web process again and again.
    _listen_for_once(settings)
    open_spool(settings).probe()
    if not (settings.supabase_url or settings.supabase_db_url):
        _prepare_embedded(settings)
    # A folder for each role: a second start with this data folder must not erase the first one's counts.
    shared_metrics.prepare(settings.data_dir / "metrics" / settings.role)
    say(f"Voicebot listens on http://{settings.bind_host}:{settings.port}; Ctrl+C stops it.")
    say(next_step(settings))
    say(mail_line(settings))
    if line := without_worker(settings):
        say(line)
    sys.stdout.flush()
    command, environ = gunicorn(settings, os.environ)
    execute(command[0], command, environ)
    return 0


def _listen_for_once(settings: Settings) -> None:
    """Take the port for a moment. Raises CommandFailed with what to do where it cannot be had."""
    host, port = settings.bind_host, settings.port
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except PermissionError:
        raise CommandFailed(
            f"PORT: this user may not listen on {port}: set one above 1023, and let the proxy have {port}"
        ) from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CommandFailed(
                f"PORT: another program listens on {host}:{port} already: end it, or set PORT to another one"
            ) from None
        raise CommandFailed(
            f"VOICEBOT_BIND_HOST: cannot listen on {host} ({error.strerror}): name an address of this machine, or 0.0.0.0"
        ) from None


def next_step(settings: Settings) -> str:
    """Return the line that says what is missing, or what to start next."""
    if settings.supabase_url and not settings.supabase_db_url:
        return (
            "No text is answered or sent, and no summary is written: that needs SUPABASE_DB_URL and "
            "`python -m voicebot worker`."
        )
    if settings.offline:
        return (
            f"No account is set: the simulator at {settings.simulator_url} stands in for every provider. "
            "`python -m voicebot demo` starts it too, with everything else. "
            "Without `python -m voicebot worker` no text is answered or sent, and no summary is written."
        )
    return (
        f"Twilio is to reach it at {settings.public_url}. "
        "Run `python -m voicebot worker` beside it: without a worker no text is answered or sent, and no summary is written."
    )


def mail_line(settings: Settings) -> str:
    """Return the line that says whether mail is sent, through which server and to whom."""
    if not settings.smtp_url:
        return "No mail is sent: SMTP_URL is not set."
    server = parse_smtp_url(settings.smtp_url)
    count = len(settings.operator_email)
    whom = f"to {count} address{'' if count == 1 else 'es'}" if count else "to nobody yet (OPERATOR_EMAIL)"
    daily = f"; the digest at {settings.digest_at} {settings.timezone}" if settings.digest_at else ""
    return f"Mail is sent through {server.host}:{server.port} {whom}{daily}."


def without_worker(settings: Settings) -> str:
    """Return the line that says that no worker runs; empty when one does, or when the database does not tell."""

    quieten()
    database = open_database(settings)
    try:
        age_s = database.call("health")["jobs"]["heartbeat_age_s"]
    except (DatabaseAway, DatabaseBug):
        # A service that starts before its database says so itself.
        return ""
    finally:
        database.close()
    if age_s is not None and age_s <= WorkerLimits().heartbeat_limit_s:
        return ""
    return "No worker runs now: until `python -m voicebot worker` does, no text is answered or sent."


def gunicorn(settings: Settings, environ: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """Return the command and the environment that serve the app with these settings, from any folder."""
    command = [sys.executable, "-m", "gunicorn", "--chdir", str(ROOT)]
    command += ["-c", str(ROOT / "gunicorn.conf.py"), "wsgi:app"]
    told = {
        "VOICEBOT_BIND_HOST": settings.bind_host,
        "PORT": str(settings.port),
        "VOICEBOT_ROLE": settings.role,
        "VOICEBOT_WEB_WORKERS": str(settings.web_workers),
        "VOICEBOT_MAX_CALLS": str(settings.max_calls),
        # Both may be relative to the folder that we leave.
        "VOICEBOT_DATA_DIR": str(settings.data_dir),
    }
    if environ.get(ENV_FILE):
        told[ENV_FILE] = str(Path(environ[ENV_FILE]).absolute())
    return command, {**environ, **told}


def _prepare_embedded(settings: Settings) -> None:

    migrate(session_dsn(settings), echo=lambda _line: None)
