"""`numbers health` and `numbers clear`: how our numbers are answered, and letting a red one call again."""

from argparse import Namespace
from typing import Any

from voicebot.commands.connection import NUMBER_EXPECTED, display_zone, opened_runtime
from voicebot.commands.paging import add_paging, page_of_all, say_more
from voicebot.commands.screen import CommandFailed, plain, say, show_json, show_list, show_table, when
from voicebot.domain.person.phone import parse_e164
from voicebot.services.numbers import health
from voicebot.storage.catalogue.number_health import NumberRefused, Row
from voicebot.storage.pages import MOST_ROWS

HEADINGS = (
    "Number", "State", "Dials today", "Answered", "Short", "Busy", "Declined", "Blocked", "Before", "People",
)  # fmt: skip


def add_actions(actions: Any) -> None:
    """Add them to `numbers`."""
    showing = actions.add_parser(
        "health",
        help="how each number is answered",
        description="How our numbers are answered. A red one is chosen for nobody: "
        "its calls are answered half as often as in the fourteen days before.",
    )
    add_paging(showing, limit=MOST_ROWS)
    showing.set_defaults(run=run_health)
    clearing = actions.add_parser(
        "clear",
        help="let a red number call again",
        description="Let a red number be chosen again. What it did today does not make it red once more.",
    )
    clearing.add_argument("number", help="the number, as +12025550100")
    clearing.add_argument("--reason", required=True, metavar="WORDS", help="why it may call again; kept")
    clearing.set_defaults(run=run_clear)
    for command in (showing, clearing):
        command.add_argument("--json", action="store_true", help="print JSON")


def run_health(arguments: Namespace) -> int:
    """Show. The numbers are our own, so they are shown whole."""
    with opened_runtime() as runtime:
        page = page_of_all(arguments, [dict(row) for row in health.list_health(runtime)])
    if arguments.json:
        show_list("numbers", page.rows, page.next)
        return 0
    show_table(HEADINGS, [_line(row) for row in page.rows], empty="No number of ours has called anybody yet.")
    zone = display_zone()
    for row in page.rows:
        if row["state"] == "red":
            say(
                f"{row['number']} is red since {when(row['red_since'], zone)} ({zone.key}): "
                f"{_percent(row['red_rate'])} of {row['red_dials']} calls were answered, usually {_percent(row['usual_rate'])}. "
                f'`python -m voicebot numbers clear {row["number"]} --reason "…"` lets it call again.'
            )
        elif row["cleared_at"]:
            say(
                f"{row['number']} was cleared at {when(row['cleared_at'], zone)} ({zone.key}): {plain(row['cleared_reason'])}"
            )
    say_more(page)
    return 0


def run_clear(arguments: Namespace) -> int:
    """Clear."""
    with opened_runtime() as runtime:
        number = parse_e164(arguments.number, runtime.settings.home_country)
        if number is None:
            raise CommandFailed(
                f"{plain(arguments.number)[:40]} is no phone number; {NUMBER_EXPECTED}", code=2
            )
        try:
            health.clear_number(runtime, number, arguments.reason)
        except NumberRefused as refusal:
            raise CommandFailed(health.REFUSED[refusal.code], code=1) from None
    if arguments.json:
        show_json({"number": number, "state": "fine"})
    else:
        say(f"{number} may call again.")
    return 0


def _line(row: Row) -> tuple[str, ...]:
    today = row["today"]
    figures = (today[name] for name in ("short_answers", "busy", "declined", "blocked"))
    return (
        row["number"],
        row["state"],
        str(today["dials"]),
        _percent(today["answer_rate"]),
        *(str(figure) for figure in figures),
        _percent(row["before"]["answer_rate"]),
        str(row["people"]),
    )


def _percent(rate: float | None) -> str:
    return "-" if rate is None else f"{rate * 100:.0f} %"
