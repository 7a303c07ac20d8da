"""`queue`: calls that wait to be dialled, and why they wait."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from voicebot.commands.connection import (
    display_zone,
    moment_of,
    opened_database,
    opened_runtime,
    typed_id,
    typed_number,
    typed_time,
)
from voicebot.commands.dialling import holds, hours, series
from voicebot.commands.dialling.refusals import words_for
from voicebot.commands.paging import add_paging, part_of, say_more
from voicebot.commands.screen import CommandFailed, number, plain, say, show_json, show_list, show_table, when
from voicebot.domain.access.actor import THE_OPERATOR
from voicebot.domain.dialling.caller_choice import CHOICES
from voicebot.domain.dialling.reasons import sentences, words_of
from voicebot.services.dialling import ask
from voicebot.services.dialling.series import ask_for_series
from voicebot.storage import queue


def add_commands(commands: Any) -> None:
    """Add `queue`."""
    queueing = commands.add_parser("queue", description="Calls that wait to be dialled, and why they wait.")
    actions = queueing.add_subparsers(metavar="ACTION", required=True)

    adding = actions.add_parser("add", help="ask for a call", description="Ask for a call.")
    adding.add_argument("to", metavar="NUMBER", help="whom to call")
    adding.add_argument("--template", metavar="T", help="its id or name")
    adding.add_argument(
        "--var",
        dest="variables",
        action="append",
        type=_variable,
        metavar="NAME=VALUE",
        help="one of its variables",
    )
    adding.add_argument(
        "--at",
        type=typed_time,
        metavar="TIME",
        help="when, as 2026-12-31T18:00; never later than an hour after",
    )
    adding.add_argument("--not-before", type=typed_time, metavar="TIME", help="the earliest time")
    adding.add_argument("--not-after", type=typed_time, metavar="TIME", help="never from then on")
    adding.add_argument("--timezone", metavar="ZONE", help="where the person is, as America/Denver")
    adding.add_argument(
        "--from", dest="caller_number", metavar="NUMBER", help="the number that it comes from"
    )
    adding.add_argument(
        "--priority", type=int, default=0, metavar="N", help="the higher one is dialled first (0)"
    )
    adding.add_argument(
        "--purpose", choices=("asked_for", "service", "marketing"), default="asked_for",
        help="which consent it needs; asked_for: the person asked for this call (asked_for)",
    )  # fmt: skip
    adding.add_argument("--consent", metavar="WORDS", help="what the person agreed to; kept with the person")
    adding.add_argument("--any-hour", metavar="REASON", help="why it may be made outside calling hours; kept")
    adding.add_argument("--request-key", metavar="KEY", help="asking twice with one key queues once")
    adding.add_argument(
        "--repeat",
        metavar="RRULE",
        help="again and again from --at on, as FREQ=WEEKLY;BYDAY=MO, by the person's clock",
    )
    adding.set_defaults(run=run_add)

    listing = actions.add_parser("list", help="list the queue", description="List the queue, newest first.")
    listing.add_argument("--status", choices=("queued", "in-progress", "completed", "failed", "canceled"))
    add_paging(listing)
    listing.set_defaults(run=run_list)
    holds.add_actions(actions)
    hours.add_actions(actions)
    series.add_actions(actions)
    for command in (adding, listing, *_about_one(actions)):
        command.add_argument("--json", action="store_true", help="print JSON")
        command.add_argument("--full", action="store_true", help="show phone numbers whole")


def _about_one(actions: Any) -> list[ArgumentParser]:
    """Add what is done with one entry."""
    showing = actions.add_parser("show", help="show one, with its attempts", description="Show an entry.")
    asking = actions.add_parser(
        "why", help="why it is not dialled yet", description="Why it is not dialled yet."
    )
    moving = actions.add_parser("move", help="another time", description="Dial an entry at another time.")
    canceling = actions.add_parser("cancel", help="dial it no more", description="Cancel an entry.")
    about = {showing: run_show, asking: run_why, moving: run_move, canceling: run_cancel}
    for command, run in about.items():
        command.add_argument("id", type=typed_id("an entry", "queue list"), help="as `queue list` shows it")
        command.set_defaults(run=run)
    moving.add_argument("--at", type=typed_time, metavar="TIME", help="when")
    moving.add_argument("--not-before", type=typed_time, metavar="TIME", help="the earliest time")
    moving.add_argument("--not-after", type=typed_time, metavar="TIME", help="never from then on")
    moving.add_argument("--timezone", metavar="ZONE", help="where the person is")
    moving.add_argument("--any-hour", metavar="REASON", help="why it may be made outside calling hours; kept")
    moving.add_argument("--priority", type=int, metavar="N", help="the higher one is dialled first")
    return list(about)


def run_add(arguments: Namespace) -> int:
    """Ask."""
    entry = queue.NewEntry(
        to_number=typed_number(arguments.to),
        request_key=arguments.request_key,
        template=arguments.template,
        variables=dict(arguments.variables) if arguments.variables else None,
        caller_number=typed_number(arguments.caller_number) if arguments.caller_number else None,
        scheduled_time=arguments.at and moment_of(arguments.at),
        not_before=arguments.not_before and moment_of(arguments.not_before),
        not_after=arguments.not_after and moment_of(arguments.not_after),
        timezone=arguments.timezone,
        priority=arguments.priority,
        purpose=arguments.purpose,
        consent=queue.Consent(arguments.consent, source="command line") if arguments.consent else None,
        hours_lifted=arguments.any_hour,
    )
    asked = {
        name: str(value) for name, value in vars(entry).items() if value is not None and name != "request_key"
    }
    if arguments.repeat:
        asked["repeat"] = arguments.repeat
    entry = replace(entry, request=asked)
    with opened_runtime() as runtime:
        try:
            if arguments.repeat:
                row, new = ask_for_series(runtime, entry, arguments.repeat)
            else:
                row, new = ask.ask_for_call(runtime, entry)
        except ask.CallRefused as refusal:
            raise CommandFailed(words_for(refusal), code=1) from None
    if arguments.json:
        show_json(_shown(row, arguments.full))
        return 0
    say(f"{'Queued' if new else 'Queued before'}: {number(row['to'], full=arguments.full)} as {row['id']}.")
    _say_series(row, arguments.full)
    _say_why(row)
    return 0


def run_list(arguments: Namespace) -> int:
    """List."""
    part, zone = part_of(arguments, queue.BY_QUEUED), display_zone()
    with opened_runtime() as runtime:
        limits, wanted = ask.dial_limits(runtime), queue.QueueFilter(status=arguments.status)
        page = queue.list_entries(runtime.database, limits, wanted, part)
    if arguments.json:
        show_list("entries", [_shown(row, arguments.full) for row in page.rows], page.next)
        return 0
    table = [
        (row["id"], number(row["to"], full=arguments.full), row["status"], when(row["next_attempt_at"], zone),
         _waits_for(row["reasons"]) or words_of(row["last_error"] or ""), "repeats" if row["series_id"] else "")
        for row in page.rows
    ]  # fmt: skip
    headings = ("Entry", "Number", "Status", f"Next ({zone.key})", "Waits for", "")
    show_table(headings, table, empty="The queue is empty. `python -m voicebot queue add` asks for a call.")
    say_more(page)
    return 0


def _waits_for(reasons: list[str]) -> str:
    more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
    return f"{words_of(reasons[0])}{more}" if reasons else ""


def run_show(arguments: Namespace) -> int:
    """Show."""
    row = _entry(arguments)
    if arguments.json:
        show_json(_shown(row, arguments.full))
        return 0
    zone = display_zone()
    say(
        f"{number(row['to'], full=arguments.full)}: {row['status']}, {row['attempts_made']} of {row['max_attempts']} attempts."
    )
    _say_series(row, arguments.full)
    _say_why(row)
    table = [
        (str(one["number"]), one["state"], when(one["began_at"], zone), _caller(one),
         " ".join(each for each in (one["transport"], one["transport_code"]) if each), one["answered_by"] or "",
         one["goal"] or "", one["error"] or "")
        for one in row["attempts"]
    ]  # fmt: skip
    headings = ("Attempt", "State", f"Began ({zone.key})", "From", "Carrier", "Answered by", "Goal", "Error")
    show_table(headings, table, empty="It was not dialled yet.")
    for one in row["attempts"]:
        if one["goal_evidence"]:
            say(f"Attempt {one['number']}, {one['goal']}: “{plain(one['goal_evidence'])}”")
    return 0


def run_why(arguments: Namespace) -> int:
    """Say why not yet."""
    row = _entry(arguments)
    if arguments.json:
        told = {name: row[name] for name in ("id", "status", "reasons", "next_attempt_at", "last_error")}
        show_json({**told, "why": sentences(row["reasons"])})
        return 0
    _say_why(row)
    return 0


def run_move(arguments: Namespace) -> int:
    """Move."""
    given = {
        "scheduled_time": arguments.at and moment_of(arguments.at),
        "not_before": arguments.not_before and moment_of(arguments.not_before),
        "not_after": arguments.not_after and moment_of(arguments.not_after),
        "timezone": arguments.timezone,
        "priority": arguments.priority,
        "hours_lifted": arguments.any_hour,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes:
        raise CommandFailed(
            "say what changes: --at, --not-before, --not-after, --timezone, --any-hour, --priority", code=2
        )
    with opened_runtime() as runtime:
        try:
            row = ask.change_call(runtime, arguments.id, changes, actor=THE_OPERATOR)
        except ask.CallRefused as refusal:
            raise CommandFailed(words_for(refusal), code=1) from None
    if arguments.json:
        show_json(_shown(row, arguments.full))
    else:
        _say_why(row)
    return 0


def run_cancel(arguments: Namespace) -> int:
    """Cancel."""
    with opened_database() as database:
        row = _found(lambda: queue.cancel_entry(database, arguments.id))
    if arguments.json:
        show_json(_shown(row, arguments.full))
    else:
        say(f"{number(row['to'], full=arguments.full)} is not dialled any more.")
    return 0


def _say_series(row: Mapping[str, Any], full: bool) -> None:
    if (of := series.series_of(row, full)) is not None:
        series.say_series(of)


def _say_why(row: Mapping[str, Any]) -> None:
    if row["status"] != "queued":
        told = f": {plain(words_of(row['last_error']))}" if row["last_error"] else ""
        say(f"It does not wait: {row['status']}{told}.")
        return
    for reason in row["reasons"]:
        say(f"Waits: {words_of(reason)}.")
    if not row["next_attempt_at"]:
        say("Nobody knows when it is dialled.")
        return
    zone = display_zone()
    expected = f"from {when(row['next_attempt_at'], zone)} ({zone.key})"
    say(f"Dialled {expected if row['reasons'] else 'next'}.")


def _caller(attempt: Mapping[str, Any]) -> str:
    """The number of ours that the call used, shown whole, and why."""
    if not attempt["from"]:
        return ""
    why = CHOICES.get(attempt["caller_choice"])
    return f"{attempt['from']} ({why})" if why else str(attempt["from"])


def _entry(arguments: Namespace) -> Mapping[str, Any]:
    with opened_runtime() as runtime:
        limits = ask.dial_limits(runtime)
        return _found(lambda: queue.show_entry(runtime.database, arguments.id, limits))


def _found(read: Any) -> Mapping[str, Any]:
    try:
        row: Mapping[str, Any] = read()
    except queue.QueueRefused as refusal:
        raise CommandFailed(words_for(ask.refused(refusal)), code=1) from None
    return row


def _shown(row: Mapping[str, Any], full: bool) -> dict[str, Any]:
    return {**row, "to": number(row["to"], full=full)}


def _variable(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.isidentifier():
        raise ArgumentTypeError("expected NAME=VALUE")
    return name, value
