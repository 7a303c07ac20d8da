"""`queue hours|rules`: when people may be called, and what holds for every call."""

from argparse import ArgumentTypeError, Namespace
from collections.abc import Mapping
from typing import Any

import orjson

from voicebot.commands.connection import display_zone, opened_database, opened_runtime, typed_id, typed_number
from voicebot.commands.dialling.refusals import count_typed, worded
from voicebot.commands.screen import CommandFailed, number, say, show_json, show_list, show_table, when
from voicebot.domain.dialling.calling_week import week_of, words_of
from voicebot.services.dialling import rules as service
from voicebot.storage.dialling import rules

NO_LIMIT = "none"
WEEK_WORDS = "as `mon-fri 09:00-17:00, sat 10:00-14:00`, or JSON; by the people's own clocks"


def add_actions(actions: Any) -> None:
    """Add what is done with hours and rules."""
    showing = actions.add_parser(
        "hours",
        help="when people, or one number, may be called; set it",
        description="When people may be called, by country; with a number: the hours that hold for it. Those of a campaign "
        "are set by `campaigns edit --hours`.",
    )
    showing.add_argument("number", metavar="NUMBER", nargs="?", help="whose hours")
    showing.add_argument(
        "--campaign",
        type=typed_id("a campaign", "campaigns list"),
        metavar="ID",
        help="which campaign calls it",
    )
    showing.add_argument("--timezone", metavar="ZONE", help="where the person is")
    showing.set_defaults(run=run_hours)
    showing.add_argument(
        "--country", type=_country, metavar="C", help="two letters; any: where a country has none"
    )
    editing = showing.add_mutually_exclusive_group()
    editing.add_argument(
        "--set", dest="week", type=week_typed, metavar="HOURS", help=f"the country's, {WEEK_WORDS}"
    )
    editing.add_argument(
        "--drop", action="store_true", help="let the hours of all others hold for the country"
    )
    ruling = actions.add_parser(
        "rules",
        help="caps of a person, lines for callers, redials",
        description="What holds for every call; what is named is changed.",
    )
    ruling.add_argument(
        "--a-day",
        dest="person_calls_per_day",
        type=count_typed,
        metavar="N",
        help="calls of one person a day",
    )
    ruling.add_argument(
        "--a-week", dest="person_calls_per_week", type=count_typed, metavar="N", help="and in seven days"
    )
    ruling.add_argument(
        "--for-callers", dest="reserved_for_inbound_percent", type=count_typed, metavar="PERCENT", help="part of the lines that no dial takes"
    )  # fmt: skip
    ruling.add_argument(
        "--user-lines",
        dest="user_concurrent",
        type=_lines,
        metavar="N",
        help="calls of one user at once, or none",
    )
    ruling.add_argument(
        "--redial", type=_redial, metavar="JSON", help='seconds before each redial, as {"busy": [300, 1800]}'
    )
    ruling.set_defaults(run=run_rules)
    for command in (showing, ruling):
        command.add_argument("--json", action="store_true", help="print JSON")
    showing.add_argument("--full", action="store_true", help="show phone numbers whole")


def run_hours(arguments: Namespace) -> int:
    """Show, set, drop."""
    edits = arguments.week is not None or arguments.drop
    if edits and (arguments.country is None or arguments.number is not None):
        raise CommandFailed("--set and --drop go with --country alone", code=2)
    if edits:
        return _set(arguments) if arguments.week is not None else _drop(arguments)
    if arguments.number is not None:
        return _of_number(arguments)
    with opened_database() as database:
        rows = worded(lambda: rules.list_hours(database))
    rows = [row for row in rows if arguments.country in (None, row["country"])]
    if arguments.json:
        show_list("hours", rows)
        return 0
    _say_hours(rows)
    return 0


def _of_number(arguments: Namespace) -> int:
    whose = typed_number(arguments.number)
    with opened_runtime() as runtime:
        told = worded(lambda: service.hours_of_number(runtime, whose, arguments.timezone, arguments.campaign))
    shown = number(whose, full=arguments.full)
    if arguments.json:
        names = ("country", "zones", "week", "of", "open", "opens_at")
        show_json({"number": shown, **{name: told[name] for name in names}})
        return 0
    zone = display_zone()
    whose_hours = (
        "the campaign" if told["of"] == "campaign" else told["hours_country"].replace("*", "all countries")
    )
    say(f"{shown} in {', '.join(told['zones'])}: {words_of(told['week'])} (hours of {whose_hours}).")
    opens = f"opens {when(told['opens_at'], zone)} ({zone.key})" if told["opens_at"] else "never open"
    say("Open now." if told["open"] else f"Closed now; {opens}.")
    return 0


def _set(arguments: Namespace) -> int:
    with opened_runtime() as runtime:
        row = worded(lambda: service.set_hours(runtime, arguments.country, arguments.week))
    if arguments.json:
        show_json(row)
    else:
        _say_hours([row])
    return 0


def _drop(arguments: Namespace) -> int:
    with opened_runtime() as runtime:
        worded(lambda: service.drop_hours(runtime, arguments.country))
    if arguments.json:
        show_json({"country": arguments.country, "dropped": True})
    else:
        say(f"{arguments.country} has no hours of its own any more.")
    return 0


def run_rules(arguments: Namespace) -> int:
    """Show, or change and show."""
    given = {name: getattr(arguments, name) for name in (
        "person_calls_per_day", "person_calls_per_week", "reserved_for_inbound_percent", "user_concurrent", "redial",
    )}  # fmt: skip
    changes = {
        name: None if value == NO_LIMIT else value for name, value in given.items() if value is not None
    }
    with opened_runtime() as runtime:
        row = worded(
            lambda: service.change_rules(runtime, changes) if changes else rules.show_rules(runtime.database)
        )
    if arguments.json:
        show_json(row)
        return 0
    say(f"A person: {row['person_calls_per_day']} calls a day, {row['person_calls_per_week']} in seven days.")
    say(f"Lines for callers: {row['reserved_for_inbound_percent']} %, at least one.")
    say(f"A user: {row['user_concurrent'] or 'any number of'} calls at once.")
    for outcome, waits in sorted(row["redial"].items()):
        say(f"After {outcome}: again after {', '.join(str(wait) for wait in waits)} seconds.")
    return 0


def _say_hours(rows: Any) -> None:
    table = [(row["country"].replace("*", "any"), words_of(row["week"])) for row in rows]
    show_table(("Country", "Hours"), table, empty="The country has no hours of its own.")


def _country(text: str) -> str:
    if text.lower() in ("any", "*"):
        return "*"
    if not (len(text) == 2 and text.isascii() and text.isalpha()):
        raise ArgumentTypeError("expected two letters, as US, or any")
    return text.upper()


def week_typed(text: str) -> Mapping[str, Any]:
    """Read calling hours, in words or as JSON (a type of argparse)."""
    if text.lstrip().startswith("{"):
        return _json(text)
    try:
        return week_of(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def _redial(text: str) -> Mapping[str, Any]:
    return _json(text)


def _json(text: str) -> Mapping[str, Any]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        raise ArgumentTypeError("expected a JSON object")
    return value


def _lines(text: str) -> int | str:
    return NO_LIMIT if text == NO_LIMIT else count_typed(text)
