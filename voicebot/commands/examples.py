"""Examples for the end of each command's `--help`: lines that can be typed as they are, apart from names and ids."""

import argparse
from typing import NoReturn

from voicebot.commands.screen import to_type

PROGRAM = "python -m voicebot"
_ID = "2caa379c-66ea-4808-a041-094bda4ee83c"
EXAMPLES = {
    "serve": ("serve", "serve --role live"),
    "worker": ("worker",),
    "migrate": ("migrate --check", "migrate"),
    "db": ("db status", "db stop"),
    "backup": ("backup /safe/voicebot.tar.gz",),
    "restore": ("restore /safe/voicebot.tar.gz",),
    "calls": (
        "calls list --status no-answer --limit 50",
        "calls list --json | jq '.calls[].outcome'",
        "calls show last",
        "calls show CA12ab --full",
    ),
    "texts": (
        "texts list",
        f"texts show {_ID}",
        "texts answer +12025550123 off",
        "texts unanswered --days 1",
    ),
    "escalations": ("escalations list --reason message", f"escalations close {_ID}", "escalations secret"),
    "templates": (
        'templates new "Anna\'s Bakery"',
        "templates apply examples/bakery.yaml --dry-run",
        "templates apply examples/bakery.yaml --publish",
        'templates edit "Anna\'s Bakery" --greeting "Good day, this is {{line}}." --publish',
        "templates edit \"Anna's Bakery\" --set 'languages=[fr-FR]' --publish",
        "templates try examples/bakery.yaml --at 2026-12-24T19:00+01:00",
        'templates publish "Anna\'s Bakery" --version 1',
    ),
    "numbers": (
        "numbers list",
        'numbers connect +12025550100 --template "Anna\'s Bakery"',
        "numbers release +12025550100",
        "numbers assign +12025550100 --to bakery --history",
    ),
    "queue": (
        'queue add +12025550123 --template "Pick up" --var name=Ada --at 2026-12-31T18:00',
        'queue add +12025550123 --repeat "FREQ=WEEKLY;BYDAY=MO" --at 2026-12-28T09:00',
        "queue list",
        f"queue why {_ID}",
        f"queue cancel {_ID}",
    ),
    "campaigns": (
        'campaigns new Repairs --template "Pick up"',
        f"campaigns import {_ID} examples/people.csv --dry-run",
        f"campaigns preview {_ID}",
        f"campaigns start {_ID}",
        f"campaigns report {_ID}",
    ),
    "providers": ("providers list", "providers test twilio", "providers disable twilio"),
    "plans": ("plans list", "plans show Basic", "plans usage"),
    "incidents": ("incidents --open",),
    "block": ('block add +12025550123 --reason "calls all night" --until 2026-12-31T18:00', "block list"),
    "onboarding": ("onboarding start +12025550123", "onboarding import examples/people.csv --dry-run"),
    "mail": ("mail test", "mail list"),
    "webhooks": (
        "webhooks add https://crm.example.com/hook --event call.ended --event alert.fired",
        f"webhooks test {_ID}",
        f"webhooks log {_ID}",
        f"webhooks replay {_ID} --state dead",
    ),
    "reconcile": ("reconcile --since 6h",),
    "voices": ("voices sync", "voices list --language fr"),
    "console": ("console",),
    "keys": ("keys create crm --role integrator", "keys list"),
    "verifications": ("verifications unlock +12025550123", "verifications blocked"),
    "doctor": ("doctor", "doctor --json"),
    "demo": ("demo", "demo --no-tour", "--demo calls list"),
    "phone": ("--demo phone", "--demo phone --to +442079460147 --save mine.txt"),
}


class CommandParser(argparse.ArgumentParser):
    """A parser whose help ends with examples: of a command all, of an action its own; what is asked wrongly is one line."""

    def error(self, message: str) -> NoReturn:
        """End with what is wrong and where the right way stands."""
        wrong = message.removeprefix("argument ")
        self.exit(2, to_type(f"voicebot: {wrong}; see `{self.prog} --help`\n"))

    def format_help(self) -> str:
        """Return the help, with examples where there are some."""
        words = self.prog.removeprefix(PROGRAM).split()
        known = EXAMPLES.get(words[0], ()) if words else ()
        beginning = " ".join(words)
        shown = [
            each for each in known if len(words) == 1 or each.startswith(f"{beginning} ") or each == beginning
        ]
        lines = "".join(f"  {PROGRAM} {each}\n" for each in shown)
        return super().format_help() + (f"\nexamples:\n{lines}" if lines else "")
