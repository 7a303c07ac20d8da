"""`worker`: the process that does what comes after calls and texts."""

import sys
from argparse import Namespace
from typing import Any

from voicebot.commands.running.serve import mail_line
from voicebot.commands.screen import say
from voicebot.settings import load_settings
from voicebot.storage.database import session_dsn
from voicebot.storage.spool.files import open_spool
from voicebot.telemetry.logs import configure_logging
from voicebot.worker.process import run_worker


def add_commands(commands: Any) -> None:
    """Add `worker`."""
    working = commands.add_parser(
        "worker",
        description="Answer and send texts, and run background jobs, until it is stopped. Needs SUPABASE_DB_URL or the embedded database.",
    )
    working.set_defaults(run=run_worker_command)


def run_worker_command(_arguments: Namespace) -> int:
    """Run background jobs until SIGTERM or SIGINT."""
    settings = load_settings()
    # Refused now and in one line, not by the first job or the first fact.
    session_dsn(settings)
    open_spool(settings).probe()
    say(mail_line(settings))
    sys.stdout.flush()
    configure_logging(settings)
    run_worker(settings)
    return 0
