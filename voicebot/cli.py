"""The command line: `python -m voicebot COMMAND`.

Exit codes: 0 it did what was asked, 1 it failed or found something wrong, 2 it was asked wrongly (arguments,
settings). An error is one line on stderr.
"""

import argparse
import gc
import os
import sys
import traceback
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import Any, cast

from voicebot.commands.examples import PROGRAM, CommandParser
from voicebot.commands.screen import CommandFailed, to_type

FAILED, MISUSED, INTERRUPTED = 1, 2, 130
UNDEFINED_FUNCTION = frozenset({"42883", "PGRST202"})
COMMANDS = {
    "serve": ("running.serve", "answer calls and take texts: webhooks, audio and API on one port"),
    "worker": ("running.worker", "answer texts, send, and do what comes after calls"),
    "migrate": ("database", "bring the database up to date"),
    "db": ("database", "the embedded database: start, stop, status"),
    "backup": ("backup", "write database, secrets and spool into one file"),
    "restore": ("backup", "put a backup back"),
    "calls": ("calls", "list calls, show one"),
    "texts": ("texts", "list threads of texts, show one"),
    "escalations": ("escalations", "what a person has to look at"),
    "templates": ("templates", "what the bot says and knows"),
    "numbers": (
        "numbers",
        "list the account's phone numbers, connect one, release it, see how each is answered",
    ),
    "queue": ("queue", "calls that wait to be dialled, and why they wait"),
    "campaigns": ("dialling.campaigns", "calls to many people, from the list to the report"),
    "providers": ("dialling.providers", "the accounts that dial, and in which order"),
    "plans": ("dialling.plans", "what users may dial in a period, and what they used of it"),
    "incidents": ("dialling.incidents", "what is wrong with the dialling, and what was"),
    "block": ("blocks", "refuse a number's calls, and answer none of its texts"),
    "onboarding": ("onboarding", "ask people in by text"),
    "mail": ("mail", "try whether mail arrives, see or send a digest, list mail"),
    "webhooks": ("webhooks", "tell systems outside of events, see and repeat what was delivered"),
    "reconcile": ("reconcile", "repair what Twilio's callbacks never told"),
    "voices": ("voices", "list and sync the voices"),
    "console": ("keys", "print a link that signs in to the console, once"),
    "keys": ("keys", "who may use the API"),
    "verifications": ("keys", "unlock a number, take a proof back, see what was not sent"),
    "doctor": ("tools", "check settings, database, providers and the public address"),
    "demo": ("tools", "start everything without any account, and play a tour"),
    "phone": ("tools", "call the bot from this terminal, through the simulator"),
}
"""Each command with its module in `voicebot.commands` and its line of help. A module is loaded when it is needed."""


def main(argv: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    try:
        command = next((word for word in argv if not word.startswith("-")), "")
        if not argv:
            parser().print_help(sys.stderr)
            return MISUSED
        if command and command not in COMMANDS:
            near = get_close_matches(command, COMMANDS, n=1)
            guess = f"; did you mean {near[0]}?" if near else ""
            parser("").error(f"there is no command {command[:40]!r}{guess}")
        arguments = parser(command).parse_args(list(argv))
        if arguments.demo and command != "demo":
            _visit_the_demo()
        code = int(arguments.run(arguments))
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has seen enough; nothing more may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        message, code = explained(error)
        if os.environ.get("VOICEBOT_LOG_LEVEL", "").lower() == "debug":
            traceback.print_exception(error)
        sys.stderr.write(f"voicebot: {to_type(message)}\n")
    return code


class _Commands:
    """Adds commands to the parser, each with its line of help."""

    def __init__(self, actions: Any) -> None:
        self._actions = actions

    def add_parser(self, name: str, **words: Any) -> argparse.ArgumentParser:
        """Add one command."""
        return cast(argparse.ArgumentParser, self._actions.add_parser(name, help=COMMANDS[name][1], **words))


def parser(command: str | None = None) -> argparse.ArgumentParser:
    """Return the parser of `command`, with the names of the others; or of all commands.

    The parsed arguments carry the command's function as `run`.
    """
    top = CommandParser(
        prog=PROGRAM,
        description="A telephony bot: answers calls and texts, keeps what was said, writes it up.",
        epilog="`COMMAND --help` has examples. Settings come from the environment; README lists them. "
        "Exit codes: 0 done, 1 failed, 2 asked wrongly.",
    )
    top.add_argument(
        "--demo",
        action="store_true",
        help="work on the demo: on its data folder and its addresses, with no account",
    )
    commands = _Commands(top.add_subparsers(metavar="COMMAND", required=True))
    wanted = {module for name, (module, _) in COMMANDS.items() if command in (None, name)}
    added: set[str] = set()
    for name, (module, _) in COMMANDS.items():
        if module not in wanted:
            commands.add_parser(name)
        elif module not in added:
            added.add(module)
            _loaded(module).add_commands(commands)
    return top


def _loaded(module: str) -> Any:
    # While modules load there is no garbage, and looking for it again and again takes a seventh of a command's start.
    gc.disable()
    try:
        return import_module(f"voicebot.commands.{module}")
    finally:
        gc.enable()


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
