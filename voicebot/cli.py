"""The command line: `python -m voicebot COMMAND`.

Exit codes: 0 it did what was asked, 1 it failed or found something wrong, 2 it was asked wrongly (arguments,
settings). An error is one line on stderr.
"""

import argparse
import os
import sys
import traceback
from collections.abc import Sequence

from voicebot.commands import (
    backup,
    blocks,
    calls,
    catalogue,
    database,
    escalations,
    keys,
    mail,
    numbers,
    onboarding,
    processes,
    reconcile,
    templates,
    texts,
    tools,
)
from voicebot.commands.screen import CommandFailed

PROGRAM = "python -m voicebot"
FAILED, MISUSED, INTERRUPTED = 1, 2, 130
UNDEFINED_FUNCTION = frozenset({"42883", "PGRST202"})
GROUPS = (
    processes, database, backup, calls, texts, escalations, templates, numbers, blocks, onboarding, mail, reconcile,
    catalogue, keys, tools,
)  # fmt: skip


def main(argv: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    try:
        arguments = parser().parse_args(list(argv))
        if arguments.demo and arguments.run is not tools.run_demo_command:
            _visit_the_demo()
        code = int(arguments.run(arguments))
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing more may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        message, code = explained(error)
        if os.environ.get("VOICEBOT_LOG_LEVEL", "").lower() == "debug":
            traceback.print_exception(error)
        sys.stderr.write(f"voicebot: {message}\n")
    return code


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; the parsed arguments carry the command's function as `run`."""
    top = argparse.ArgumentParser(
        prog=PROGRAM,
        description="A telephony bot: answers calls and texts, keeps what was said, writes it up.",
        epilog="Settings come from the environment; README lists them. "
        "Exit codes: 0 done, 1 failed, 2 asked wrongly.",
    )
    top.add_argument(
        "--demo",
        action="store_true",
        help="work on the demo: on its data folder and its addresses, with no account",
    )
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for group in GROUPS:
        group.add_commands(commands)
    return top


def _visit_the_demo() -> None:
    from voicebot.demo.place import NoDemoYet, enter, visiting_environ

    try:
        enter(visiting_environ(os.environ))
    except NoDemoYet as error:
        raise CommandFailed(str(error)) from None


def explained(error: Exception) -> tuple[str, int]:
    """Return the one line to show for an error, and the exit code."""
    # Imported when something failed: `--help` has no need of them.
    from voicebot.providers.ports import ProviderError
    from voicebot.settings import SettingsError
    from voicebot.storage.database import DatabaseAway, DatabaseBug, NoSessionConnection
    from voicebot.storage.embedded.server import EmbeddedServerError
    from voicebot.storage.migrate.history import MigrationError
    from voicebot.storage.spool.files import SpoolUnusable
    from voicebot.telemetry.logs import scrub

    code = FAILED
    match error:
        case CommandFailed():
            message, code = str(error), error.code
        case SettingsError() | NoSessionConnection():
            message, code = "; ".join(str(error).splitlines()), MISUSED
        case DatabaseAway():
            message = f"the database cannot be reached ({error}); see `{PROGRAM} doctor`"
        case DatabaseBug() if error.sqlstate in UNDEFINED_FUNCTION:
            message = f"the database is not up to date: run `{PROGRAM} migrate`"
        case DatabaseBug() | EmbeddedServerError() | MigrationError() | ProviderError() | SpoolUnusable():
            message = str(error)
        case _:
            message = (
                f"a fault of ours: {type(error).__name__}: {error} (VOICEBOT_LOG_LEVEL=debug shows where)"
            )
    return scrub(" ".join(message.split())), code
