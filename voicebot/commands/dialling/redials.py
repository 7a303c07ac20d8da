"""`campaigns redial`: the rest of a campaign dialled again, by what the last attempts came to."""

from argparse import ArgumentParser, Namespace
from typing import Any
from uuid import UUID

from voicebot.commands.connection import opened_runtime
from voicebot.commands.dialling.refusals import worded
from voicebot.commands.screen import CommandFailed, ask, plain, say, show_json, show_table
from voicebot.domain.dialling.reasons import REASONS
from voicebot.domain.dialling.redial import RedialOutcome
from voicebot.runtime import Runtime
from voicebot.services.dialling import campaigns as service
from voicebot.storage import campaigns
from voicebot.storage.pages import MOST_ROWS, Part

SKIPPED = {
    **REASONS,
    "reached": "somebody talked with us",
    "waiting": "they are dialled again anyhow",
    "canceled": "somebody canceled them",
}


def add_action(actions: Any) -> None:
    """Add `redial`."""
    redialling: ArgumentParser = actions.add_parser(
        "redial",
        help="dial the rest again",
        description="Dial those again whom nobody reached, by what their last attempt came to. It says how many, and asks. "
        "Every rule holds for them as for everybody; again at once changes nothing.",
    )
    redialling.add_argument("campaign", metavar="ID", help="as `campaigns list` shows it, or its name")
    redialling.add_argument(
        "--outcome",
        required=True,
        metavar="NAMES",
        help=f"of {', '.join(RedialOutcome)}; several with commas",
    )
    redialling.add_argument("--dry-run", action="store_true", help="only say how many")
    redialling.add_argument("--yes", action="store_true", help="do not ask")
    redialling.add_argument("--json", action="store_true", help="print JSON; with --yes or --dry-run")
    redialling.set_defaults(run=run_redial)


def run_redial(arguments: Namespace) -> int:
    """Say how many, ask, do it."""
    outcomes = [name for name in arguments.outcome.split(",") if name.strip()]
    with opened_runtime() as runtime:
        campaign = _named(runtime, arguments.campaign)
        told = worded(lambda: service.redial(runtime, campaign, outcomes, dry=True))
        if arguments.json and not (arguments.yes or arguments.dry_run):
            raise CommandFailed("--json goes with --yes or --dry-run", code=2)
        if not arguments.json:
            _say(told)
        wanted = told["people"] and not arguments.dry_run
        if wanted and (arguments.yes or ask(f"Dial {told['people']} people again?")):
            revision = told["campaign"]["revision"]
            told = worded(lambda: service.redial(runtime, campaign, outcomes, revision))
            if not arguments.json:
                say(f"{told['people']} people wait again; the campaign is {told['campaign']['state']}.")
    if arguments.json:
        show_json({name: value for name, value in told.items() if name != "result"})
    return 0


def _say(told: Any) -> None:
    say(f"{plain(told['campaign']['name'])}: {told['people']} people would be dialled again.")
    rows = [(str(count), SKIPPED.get(why, why)) for why, count in sorted(told["skipped"].items())]
    if rows:
        show_table(("Left out", "Because"), rows, empty="")


def _named(runtime: Runtime, given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        pass
    newest = campaigns.list_campaigns(runtime.database, part=Part(MOST_ROWS))
    found = [row for row in newest.rows if row["name"] == given]
    if len(found) != 1:
        words = "several campaigns have" if found else "no campaign has"
        raise CommandFailed(f"{words} the name {plain(given)[:80]}: give its id", code=1)
    return UUID(found[0]["id"])
