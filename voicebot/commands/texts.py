"""`texts list` and `texts show`: the threads of texts, who answers them, and what became of each message."""

from argparse import Namespace
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from voicebot.commands.calls import page_size
from voicebot.commands.connection import opened_database
from voicebot.commands.screen import CommandFailed, masked, number, say, show_json, show_table, when

HEADINGS = ("Last", "Who", "Channel", "Answered by", "Unread", "Thread")
NO_SUCH = "No such threads. `python -m voicebot texts list` without filters shows all."
MESSAGE_HEADINGS = ("When", "Who", "State", "Text")
ANSWERS = {"ON": "bot", "OFF": "people"}


def add_commands(commands: Any) -> None:
    """Add `texts`."""
    texts = commands.add_parser(
        "texts",
        help="list threads of texts, show one",
        description="What people texted, and what we answered.",
    )
    actions = texts.add_subparsers(metavar="ACTION", required=True)

    listing = actions.add_parser(
        "list", help="threads, the last one written in first", description="List threads."
    )
    listing.add_argument("--limit", type=page_size, default=20, metavar="N", help="how many, up to 200 (20)")
    listing.add_argument("--number", help="only the threads with this number")
    listing.add_argument("--off", action="store_true", help="only those that the bot does not answer")
    listing.set_defaults(run=run_list)

    showing = actions.add_parser("show", help="one thread: who wrote what", description="Show one thread.")
    showing.add_argument("thread", help="its id, or the person's number")
    showing.add_argument("--limit", type=page_size, default=50, metavar="N", help="how many messages (50)")
    showing.set_defaults(run=run_show)

    switching = actions.add_parser(
        "answer", help="let the bot answer a thread, or keep it silent", description="Switch who answers."
    )
    switching.add_argument("thread", help="its id, or the person's number")
    switching.add_argument("mode", choices=("on", "off"))
    switching.set_defaults(run=run_answer)

    for command in (listing, showing):
        command.add_argument("--json", action="store_true", help="print JSON")
        command.add_argument("--full", action="store_true", help="show phone numbers whole")


def run_list(arguments: Namespace) -> int:
    """List threads."""
    from voicebot.storage import conversations

    with opened_database() as database:
        page = conversations.conversations_page(
            database,
            page_size=arguments.limit,
            number=_address(arguments.number) if arguments.number else None,
            ai_mode="OFF" if arguments.off else None,
        )
    if arguments.json:
        listed = list(page.conversations)
        show_json(listed if arguments.full else [_masked_thread(row) for row in listed])
        return 0
    rows = [_thread_row(row, full=arguments.full) for row in page.conversations]
    filtered = arguments.number or arguments.off
    show_table(HEADINGS, rows, empty=NO_SUCH if filtered else "No texts yet.")
    return 0


def run_show(arguments: Namespace) -> int:
    """Show one thread."""
    from voicebot.storage import conversations

    with opened_database() as database:
        thread = _thread_id(database, arguments.thread)
        messages = conversations.conversation_messages(database, thread, page_size=arguments.limit)
    if messages is None:
        raise CommandFailed(f"there is no thread {arguments.thread}")
    if arguments.json:
        show_json(list(messages) if arguments.full else masked(list(messages)))
        return 0
    show_table(MESSAGE_HEADINGS, [_message_row(row) for row in messages], empty="Nothing was written.")
    return 0


def run_answer(arguments: Namespace) -> int:
    """Switch who answers."""
    from voicebot.storage import conversations

    with opened_database() as database:
        thread = _thread_id(database, arguments.thread)
        if not conversations.set_ai_mode(database, thread, arguments.mode.upper()):
            raise CommandFailed(f"there is no thread {arguments.thread}")
    say(f"The thread is answered by {ANSWERS[arguments.mode.upper()]} now.")
    return 0


def _thread_id(database: Any, given: str) -> UUID:
    from voicebot.storage import conversations

    try:
        return UUID(given)
    except ValueError:
        page = conversations.conversations_page(database, page_size=1, number=_address(given))
    if not page.conversations:
        raise CommandFailed(f"there is no thread with {given}")
    return UUID(page.conversations[0]["id"])


def _address(given: str) -> str:
    """Return a number as threads know it, however it was typed; short codes and WhatsApp addresses as they are."""
    from voicebot.domain.phone import country, parse_e164
    from voicebot.settings import load_settings

    return parse_e164(given, country(load_settings().twilio_phone_number)) or given


def _thread_row(row: Mapping[str, Any], *, full: bool) -> tuple[str, ...]:
    return (
        when(row["last_message_at"]),
        number(row["customer_identifier"], full=full),
        row["channel"],
        "nobody: blocked" if row["blocked"] else ANSWERS[row["ai_mode"]],
        str(row["unread_count"] or ""),
        row["id"],
    )


def _message_row(row: Mapping[str, Any]) -> tuple[str, ...]:
    from voicebot.domain.message_errors import message_error

    why = f" ({message_error(row['error_code']).words})" if row["error_code"] else ""
    files = f" [{len(row['media'])} file(s)]" if row["media"] else ""
    who = "they" if row["direction"] == "inbound" else row["sent_by"] or "we"
    state = row["status"] or row["outbox_state"] or ""
    return (when(row["created_at"]), who, state, f"{row['content'] or ''}{files}{why}")


def _masked_thread(row: Mapping[str, Any]) -> dict[str, Any]:
    hidden = {"customer_identifier": number(row["customer_identifier"], full=False), "customer_name": None}
    return {**masked(dict(row)), **hidden}
