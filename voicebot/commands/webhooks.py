"""`webhooks`: other systems that get our events, and the deliveries to them."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

from voicebot.commands.connection import (
    display_zone,
    moment_of,
    opened_database,
    opened_runtime,
    typed_id,
    typed_time,
)
from voicebot.commands.paging import add_paging, part_of, say_more
from voicebot.commands.screen import CommandFailed, plain, say, show_json, show_list, show_table, when
from voicebot.domain.operators.webhook import EVENT_TYPES, TEST
from voicebot.domain.page_cursor import BY_TIME
from voicebot.services.operators import webhooks as service
from voicebot.services.operators.webhooks import BadEndpoint
from voicebot.storage import webhooks
from voicebot.storage.webhooks import DeliveryFilter, Replay, WebhookRefused

REFUSED = {
    "unknown_endpoint": "there is no such webhook; `webhooks list` shows them",
    "not_active": "the webhook is switched off; `webhooks enable` switches it on",
    "unknown_user": "there is no such user",
    "unknown_organization": "there is no such organization",
    "too_many_endpoints": "there are a hundred webhooks already",
}
STATES = ("generated", "sending", "sent", "failed", "dead")
OVER = ("sent", "failed", "dead")


def add_commands(commands: Any) -> None:
    """Add `webhooks`."""
    group = commands.add_parser(
        "webhooks",
        description="Systems that are told of events, signed as Standard Webhooks says. "
        f"Events are {', '.join(EVENT_TYPES)}.",
    )
    actions = group.add_subparsers(metavar="ACTION", required=True)

    adding = actions.add_parser(
        "add",
        help="tell a system of events",
        description="Tell a system of events; its secret is shown once.",
    )
    adding.add_argument("url", help="where events are posted; https")
    adding.add_argument(
        "--event", dest="events", action="append", choices=tuple(EVENT_TYPES), metavar="TYPE",
        help="only of this type; may be given again (all)",
    )  # fmt: skip
    adding.add_argument(
        "--user", type=typed_id("a user"), metavar="ID", help="only of what concerns this user"
    )
    adding.add_argument(
        "--organization", metavar="ORGANIZATION", help="only of what concerns this one, by its slug or id"
    )
    adding.set_defaults(run=run_add)

    listing = actions.add_parser("list", help="list them", description="List webhooks, newest first.")
    add_paging(listing)
    listing.set_defaults(run=run_list)

    logging = actions.add_parser(
        "log", help="what was delivered", description="List deliveries, newest first."
    )
    logging.add_argument(
        "webhook", type=typed_id("a webhook", "webhooks list"), nargs="?", help="only of this one (all)"
    )
    logging.add_argument("--state", choices=STATES, help="only these")
    _add_type(logging)
    add_paging(logging)
    logging.set_defaults(run=run_log)
    for command in (adding, listing, logging):
        command.add_argument("--json", action="store_true", help="print JSON")
    _about_one(actions)


def _about_one(actions: Any) -> None:
    """Add what is done with one webhook."""
    testing = actions.add_parser("test", help="post a test now", description="Post a test now, once.")
    replaying = actions.add_parser(
        "replay",
        help="deliver again",
        description="Deliver again what is over, each under its old webhook-id; at most 10,000 at once.",
    )
    enabling = actions.add_parser(
        "enable", help="switch one on again", description="Switch a webhook on again, as after a 410."
    )
    removing = actions.add_parser(
        "remove", help="forget one", description="Forget a webhook and its deliveries."
    )
    about = {testing: run_test, replaying: run_replay, enabling: run_enable, removing: run_remove}
    for command, run in about.items():
        command.add_argument(
            "webhook", type=typed_id("a webhook", "webhooks list"), help="its id, as `webhooks list` shows it"
        )
        command.set_defaults(run=run)
    replaying.add_argument("--state", choices=OVER, help="only these, as dead (all that are over)")
    _add_type(replaying)
    replaying.add_argument("--since", type=typed_time, metavar="TIME", help="only events from then on")
    replaying.add_argument("--until", type=typed_time, metavar="TIME", help="only events before then")


def _add_type(command: ArgumentParser) -> None:
    command.add_argument(
        "--type", choices=(*EVENT_TYPES, TEST), metavar="TYPE", help="only events of this type"
    )


def run_add(arguments: Namespace) -> int:
    """Add."""
    with opened_runtime() as runtime, _worded():
        row, secret = service.add_endpoint(
            runtime,
            arguments.url,
            arguments.events or (),
            user_id=arguments.user,
            organization=arguments.organization,
        )
    if arguments.json:
        show_json({**row, "secret": secret})
        return 0
    say(f"Added as {row['id']}. Its secret, shown this once:")
    say(secret)
    return 0


def run_list(arguments: Namespace) -> int:
    """List."""
    part = part_of(arguments, BY_TIME)
    with opened_database() as database:
        page = webhooks.endpoints_page(database, part)
    if arguments.json:
        show_list("webhooks", page.rows, page.next)
        return 0
    rows = [
        (row["id"], _state(row), str(row["waiting"]), _types(row["event_types"]), row["url"])
        for row in page.rows
    ]
    show_table(
        ("Webhook", "State", "Waiting", "Events", "Address"),
        rows,
        empty="No webhooks. `python -m voicebot webhooks add URL` adds one.",
    )
    say_more(page)
    return 0


def run_log(arguments: Namespace) -> int:
    """List deliveries."""
    part, zone = part_of(arguments, BY_TIME), display_zone()
    wanted = DeliveryFilter(state=arguments.state, type=arguments.type)
    with opened_database() as database, _worded():
        page = webhooks.deliveries_page(database, arguments.webhook, wanted, part)
    if arguments.json:
        show_list("deliveries", page.rows, page.next)
        return 0
    headings = (f"When ({zone.key})", "Event", "State", "Tries", "Why", "Next try", "Delivery")
    show_table(headings, [_delivery(row, zone) for row in page.rows], empty="Nothing was delivered.")
    say_more(page)
    return 0


def run_test(arguments: Namespace) -> int:
    """Try."""
    with opened_runtime() as runtime, _worded():
        taken, error = service.try_endpoint(runtime, arguments.webhook)
    if not taken:
        raise CommandFailed(f"the test was not taken: {plain(error or 'unknown')}")
    say("The test was taken.")
    return 0


def run_replay(arguments: Namespace) -> int:
    """Deliver again."""
    wanted = Replay(
        state=arguments.state,
        type=arguments.type,
        since=arguments.since and moment_of(arguments.since),
        until=arguments.until and moment_of(arguments.until),
    )
    with opened_database() as database, _worded():
        count = webhooks.replay(database, arguments.webhook, wanted)
    say(f"{count} to be delivered again.")
    return 0


def run_enable(arguments: Namespace) -> int:
    """Switch on."""
    with opened_database() as database, _worded():
        webhooks.set_endpoint(database, arguments.webhook, active=True)
    say("Switched on.")
    return 0


def run_remove(arguments: Namespace) -> int:
    """Forget."""
    with opened_database() as database, _worded():
        webhooks.remove_endpoint(database, arguments.webhook)
    say("Removed.")
    return 0


@contextmanager
def _worded() -> Iterator[None]:
    try:
        yield
    except BadEndpoint as error:
        raise CommandFailed(f"{error.field}: {error}", code=2) from None
    except WebhookRefused as refusal:
        raise CommandFailed(REFUSED.get(refusal.code, refusal.code)) from None


def _state(row: Mapping[str, Any]) -> str:
    if not row["active"]:
        return "off (it answered 410)" if row["disabled_reason"] == "gone" else "off"
    return f"failing ({row['failures']})" if row["failures"] else "active"


def _types(types: list[str]) -> str:
    return "all" if set(types) >= set(EVENT_TYPES) else ", ".join(types)


def _delivery(row: Mapping[str, Any], zone: ZoneInfo) -> tuple[str, ...]:
    return (
        when(row["created_at"], zone),
        row["type"],
        row["state"],
        str(row["attempts"]),
        row["error"] or "",
        when(row["next_try_at"], zone),
        row["id"],
    )
