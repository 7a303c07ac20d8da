"""`plans`: what users may dial in a period, the subscribers of each plan, and the used amounts."""

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from voicebot.commands.connection import (
    display_zone,
    moment_of,
    opened_database,
    opened_runtime,
    typed_time,
)
from voicebot.commands.dialling.plan_pages import (
    left,
    of_period,
    say_plan,
    say_subscription,
    subscriber,
    whole_period,
)
from voicebot.commands.paging import add_paging, part_of, say_more
from voicebot.commands.screen import CommandFailed, plain, show_json, show_list, show_table
from voicebot.domain.person.phone import parse_e164
from voicebot.services.dialling import plans as service
from voicebot.services.dialling.ask import CallRefused
from voicebot.settings import load_settings
from voicebot.storage import plans
from voicebot.storage.plans import EVERYBODY, NewPlan, Whose

Row = Mapping[str, Any]
Result = TypeVar("Result")
INCREMENTS = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60)
NO_LIMIT = "none"


def add_commands(commands: Any) -> None:
    """Add `plans`."""
    group = commands.add_parser(
        "plans", description="What users may dial in a period, and what they used of it."
    )
    actions = group.add_subparsers(metavar="ACTION", required=True)
    listing = _add(actions, "list", run_list, "list the plans that one can get")
    listing.add_argument("--all", action="store_true", help="also those that have ended")
    showing = _add(actions, "show", run_show, "show a plan")
    making = _add(actions, "new", run_new, "make a plan")
    making.add_argument("name", help="what it is called")
    making.add_argument(
        "--every", choices=("monthly", "yearly"), default="monthly", help="its period (monthly)"
    )
    editing = _add(actions, "edit", run_edit, "change a plan; limits hold at once for everybody who has it")
    editing.add_argument("--name", help="what it is called")
    for command in (making, editing):
        command.add_argument(
            "--calls", type=_limit, metavar="N", help="answered calls in a period, or none for no limit"
        )
        command.add_argument(
            "--minutes", type=_limit, metavar="N", help="minutes in a period, or none for no limit"
        )
        command.add_argument("--price", type=_price, metavar="N", help="what a period costs, as 9.90")
        command.add_argument(
            "--round-up-to",
            type=int,
            choices=INCREMENTS,
            metavar="S",
            help="seconds of a call are rounded up to (60)",
        )
        command.add_argument("--description", metavar="WORDS", help="what it is for")
    ending = _add(actions, "end", run_end, "let nobody new have a plan; who has it keeps it")
    for command in (showing, editing, ending):
        command.add_argument("plan", help="its id or name")
    add_paging(listing)
    _add_subscriptions(actions)


def _add_subscriptions(actions: Any) -> None:
    subscribing = _add(
        actions, "subscribe", run_subscribe, "let a user have a plan, now or in place of another one"
    )
    subscribing.add_argument("who", type=_who, help="the user's number or id")
    subscribing.add_argument("plan", help="its id or name")
    subscribing.add_argument(
        "--from", dest="starts_at", type=typed_time, metavar="TIME", help="since when (now)"
    )
    subscribing.add_argument(
        "--timezone", metavar="ZONE", help="by whose clock periods begin (the user's, or UTC)"
    )
    subscribing.add_argument("--trial", action="store_true", help="it ends with its first period")
    subscribing.add_argument("--renew", action="store_true", help="a period begins now")
    leaving = _add(actions, "unsubscribe", run_unsubscribe, "let a user's plan end with its period")
    leaving.add_argument("who", type=_who, help="the user's number or id")
    leaving.add_argument("--now", action="store_true", help="at once; calls under way go on")
    having = _add(actions, "subscribers", run_subscribers, "list who has which plan")
    having.add_argument("--status", choices=("active", "trialing", "past_due", "canceled"))
    using = _add(actions, "usage", run_usage, "what was used, period by period")
    using.add_argument(
        "who", type=_who, nargs="?", default=EVERYBODY, help="the user's number or id (everybody)"
    )
    for command in (subscribing, leaving, having):
        command.add_argument("--full", action="store_true", help="show phone numbers whole")
    for command in (having, using):
        add_paging(command)


def _add(actions: Any, name: str, run: Callable[[Namespace], int], words: str) -> ArgumentParser:
    command: ArgumentParser = actions.add_parser(
        name, help=words, description=f"{words[0].upper()}{words[1:]}."
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)
    return command


def run_list(arguments: Namespace) -> int:
    """List plans."""
    part = part_of(arguments, plans.BY_MADE)
    with opened_database() as database:
        page = plans.list_plans(database, arguments.all, part)
    if arguments.json:
        show_list("plans", page.rows, page.next)
        return 0
    table = [
        (row["name"], row["interval"], left(row["call_limit"]), left(row["minutes_limit"]),
         f"{row['billing_increment_s']} s", row["price"], "ended" if row["ended_at"] else "active", row["id"])
        for row in page.rows
    ]  # fmt: skip
    headings = ("Plan", "Period", "Calls", "Minutes", "Rounded up to", "Price", "State", "Id")
    show_table(headings, table, empty="There is none. `python -m voicebot plans new NAME` makes one.")
    say_more(page)
    return 0


def run_show(arguments: Namespace) -> int:
    """Show a plan."""
    with opened_database() as database:
        row = _worded(lambda: service.read(lambda: plans.show_plan(database, arguments.plan)))
    return _show_plan(arguments, row)


def run_new(arguments: Namespace) -> int:
    """Make a plan."""
    wanted = NewPlan(
        arguments.name,
        arguments.every,
        price=arguments.price or "0",
        description=arguments.description,
        call_limit=_number_of(arguments.calls),
        minutes_limit=_number_of(arguments.minutes),
        billing_increment_s=arguments.round_up_to or 60,
    )
    if not 1 <= len(wanted.name.strip()) <= 100:
        raise CommandFailed("NAME: expected 1 to 100 characters", code=2)
    with opened_database() as database:
        row = _worded(lambda: service.read(lambda: plans.make_plan(database, wanted)))
    return _show_plan(arguments, row)


def run_edit(arguments: Namespace) -> int:
    """Change a plan."""
    given = {
        "name": arguments.name,
        "price": arguments.price,
        "description": arguments.description,
        "billing_increment_s": arguments.round_up_to,
    }
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    for option, name in (("calls", "call_limit"), ("minutes", "minutes_limit")):
        if getattr(arguments, option) is not None:
            changes[name] = _number_of(getattr(arguments, option))
    if not changes:
        raise CommandFailed(
            "say what changes: --name, --calls, --minutes, --price, --round-up-to, --description", code=2
        )
    return _change_plan(arguments, changes)


def run_end(arguments: Namespace) -> int:
    """End a plan."""
    return _change_plan(arguments, {"ended": True})


def run_subscribe(arguments: Namespace) -> int:
    """Give a plan."""
    with opened_runtime() as runtime:
        row = _worded(
            lambda: service.give_plan(
                runtime,
                arguments.plan,
                arguments.who,
                timezone=arguments.timezone,
                starts_at=arguments.starts_at and moment_of(arguments.starts_at),
                trial=arguments.trial,
                renew=arguments.renew,
            )
        )
    return _show_subscription(arguments, row)


def run_unsubscribe(arguments: Namespace) -> int:
    """Take it away."""
    with opened_runtime() as runtime:
        row = _worded(lambda: service.take_plan(runtime, arguments.who, at_once=arguments.now))
    return _show_subscription(arguments, row)


def run_subscribers(arguments: Namespace) -> int:
    """List who has which."""
    part, zone = part_of(arguments, plans.BY_MADE), display_zone()
    with opened_database() as database:
        page = plans.list_subscriptions(database, status=arguments.status, part=part)
    if arguments.json:
        show_list("subscriptions", [subscriber(row, arguments.full) for row in page.rows], page.next)
        return 0
    table = [
        (subscriber(row, arguments.full)["number"] or row["user_id"], row["plan"]["name"], row["status"],
         *of_period(row["usage"]), whole_period(row, zone), row["id"])
        for row in page.rows
    ]  # fmt: skip
    headings = ("User", "Plan", "Status", "Calls", "Minutes", f"Period ({zone.key})", "Id")
    show_table(headings, table, empty="Nobody has a plan.")
    say_more(page)
    return 0


def run_usage(arguments: Namespace) -> int:
    """Show what was used."""
    part, zone = part_of(arguments, plans.BY_MADE), display_zone()
    with opened_database() as database:
        page = plans.list_usage(database, arguments.who, part)
    if arguments.json:
        show_list("usage", page.rows, page.next)
        return 0
    table = [
        (row["user_id"], plain(row["plan"] or "-"), *of_period(row), whole_period(row, zone))
        for row in page.rows
    ]
    headings = ("User", "Plan", "Calls", "Minutes", f"Period ({zone.key})")
    show_table(headings, table, empty="Nothing was used: nobody has a plan.")
    say_more(page)
    return 0


def _change_plan(arguments: Namespace, changes: Row) -> int:
    with opened_runtime() as runtime:
        row = _worded(
            lambda: service.change(
                runtime, lambda: plans.change_plan(runtime.database, arguments.plan, changes)
            )
        )
    return _show_plan(arguments, row)


def _show_plan(arguments: Namespace, row: Row) -> int:
    if arguments.json:
        show_json(row)
    else:
        say_plan(row)
    return 0


def _show_subscription(arguments: Namespace, row: Row) -> int:
    if arguments.json:
        show_json(subscriber(row, arguments.full))
        return 0
    say_subscription(row, display_zone(), full=arguments.full)
    return 0


def _worded(work: Callable[[], Result]) -> Result:
    try:
        return work()
    except CallRefused as refusal:
        field = f"{refusal.field}: " if refusal.field else ""
        raise CommandFailed(f"{field}{refusal.words}", code=1) from None


def _who(text: str) -> Whose:
    try:
        return Whose(user_id=UUID(text))
    except ValueError:
        number = parse_e164(text, load_settings().home_country)
    if number is None:
        raise ArgumentTypeError("expected a user's number, or id")
    return Whose(number=number)


def _limit(text: str) -> int | str:
    if text == NO_LIMIT:
        return text
    if not (text.isascii() and text.isdigit() and len(text) <= 8):
        raise ArgumentTypeError("expected a number from 0, or none")
    return int(text)


def _number_of(limit: int | str | None) -> int | None:
    return limit if isinstance(limit, int) else None


def _price(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,2})?", text, re.ASCII):
        raise ArgumentTypeError("expected a price as 9.90")
    return text
