"""`texts`: the threads of texts, who answers them, the status of each message, and people without an answer."""

from argparse import Namespace
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from voicebot.commands.connection import display_zone, opened_database
from voicebot.commands.paging import add_paging, part_of, say_more
from voicebot.commands.screen import (
    CommandFailed,
    masked,
    number,
    say,
    show_json,
    show_list,
    show_table,
    when,
)
from voicebot.domain.page_cursor import BY_NUMBER, BY_TIME, BY_TIME_AND_NAME
from voicebot.domain.person.phone import parse_e164
from voicebot.domain.texts.errors import error_words
from voicebot.domain.texts.unanswered import why_unanswered, words_for
from voicebot.services.texts.send import is_textable
from voicebot.settings import load_settings
from voicebot.storage import unanswered
from voicebot.storage.pages import Part
from voicebot.storage.texts import conversations
from voicebot.storage.texts.conversations import EVERY_THREAD, ConversationFilter
from voicebot.storage.unanswered import UnansweredFilter

NO_SUCH = "No such threads. `python -m voicebot texts list` without filters shows all."
SHOWN = "`python -m voicebot texts list` shows them"
REACTION = "reaction"
ANSWERS = {"ON": "bot", "OFF": "people"}
WHY_SUPPRESSED = {
    "STOP": "this person texted STOP",
    "spoken_request": "this person asked for it in a call",
    "operator": "an operator decided so",
    "21610": "the carrier says that this person texted STOP",
    "30004": "the carrier says that this number blocks us",
}


def add_commands(commands: Any) -> None:
    """Add `texts`."""
    texts = commands.add_parser(
        "texts",
        description="What people texted, and what we answered.",
    )
    actions = texts.add_subparsers(metavar="ACTION", required=True)

    listing = actions.add_parser(
        "list", help="threads, the last one written in first", description="List threads."
    )
    add_paging(listing)
    listing.add_argument("--number", help="only the threads with this number")
    listing.add_argument("--off", action="store_true", help="only those that the bot does not answer")
    listing.set_defaults(run=run_list)

    showing = actions.add_parser("show", help="one thread: who wrote what", description="Show one thread.")
    showing.add_argument("thread", help="its id, or the person's number")
    add_paging(showing, limit=50)
    showing.set_defaults(run=run_show)

    switching = actions.add_parser(
        "answer",
        help="let the bot answer a thread, or keep it silent",
        description="Let the bot answer a thread (on), or keep it silent there (off).",
    )
    switching.add_argument("thread", help="its id, or the person's number")
    switching.add_argument("mode", choices=("on", "off"), help="whether the bot answers")
    switching.set_defaults(run=run_answer)

    turning = actions.add_parser(
        "unanswered",
        help="who got no answer: country, kind of line, a cap",
        description="List who wrote, called or asked for a code and got nothing, and why.",
    )
    turning.add_argument("--days", type=int, default=7, metavar="N", help="of the last N days (7)")
    turning.add_argument("--number", help="only this telephone")
    add_paging(turning)
    turning.set_defaults(run=run_unanswered)

    for command in (listing, showing, turning):
        command.add_argument("--json", action="store_true", help="print JSON")
        command.add_argument("--full", action="store_true", help="show phone numbers whole")


def run_list(arguments: Namespace) -> int:
    """List threads."""

    part = part_of(arguments, BY_TIME)
    number = _address(arguments.number) if arguments.number else None
    wanted = ConversationFilter(number, ai_mode="OFF" if arguments.off else None)
    zone = display_zone()
    with opened_database() as database:
        page = conversations.conversations_page(database, wanted, part)
    if arguments.json:
        listed = page.rows
        shown = listed if arguments.full else [_masked_thread(row) for row in listed]
        show_list("conversations", shown, page.next)
        return 0
    allowed = load_settings().allowed_countries
    show_table(
        (f"Last ({zone.key})", "Who", "Channel", "Answered by", "Opted out", "Unread", "Thread"),
        [_thread_row(row, zone, allowed, full=arguments.full) for row in page.rows],
        empty=NO_SUCH if wanted != EVERY_THREAD else "No texts yet.",
    )
    say_more(page)
    return 0


def run_show(arguments: Namespace) -> int:
    """Show one thread."""

    part = part_of(arguments, BY_NUMBER)
    zone = display_zone()
    with opened_database() as database:
        thread = _thread_id(database, arguments.thread)
        about = conversations.show_conversation(database, thread)
        if about is None:
            raise CommandFailed(f"there is no thread {arguments.thread}; {SHOWN}")
        page = conversations.messages_page(database, thread, part)
    if arguments.json:
        whole = {"conversation": about, "messages": list(page.rows), "next": page.next}
        hidden = {**whole, "conversation": _masked_thread(about), "messages": masked(whole["messages"])}
        show_json(whole if arguments.full else hidden)
        return 0
    rows = [_message_row(row, zone) for row in page.rows]
    show_table((f"When ({zone.key})", "Who", "State", "Text"), rows, empty="Nothing was written.")
    if about["suppressed"]:
        say(_why_unanswered(about["suppressed"], zone))
    elif about["ai_mode"] == "OFF":
        say("The bot does not answer this thread: people do. `voicebot texts answer THREAD on` changes that.")
    say_more(page, "Said before")
    return 0


def run_answer(arguments: Namespace) -> int:
    """Switch who answers."""

    with opened_database() as database:
        thread = _thread_id(database, arguments.thread)
        if not conversations.set_ai_mode(database, thread, arguments.mode.upper()):
            raise CommandFailed(f"there is no thread {arguments.thread}; {SHOWN}")
    say(f"The thread is answered by {ANSWERS[arguments.mode.upper()]} now.")
    return 0


def run_unanswered(arguments: Namespace) -> int:
    """List who got no answer."""
    if not 1 <= arguments.days <= 3650:
        raise CommandFailed("--days: expected a number of days from 1 to 3650", code=2)
    part, zone = part_of(arguments, BY_TIME_AND_NAME), display_zone()
    since = datetime.now(UTC) - timedelta(days=arguments.days)
    whose = _address(arguments.number) if arguments.number else None
    with opened_database() as database:
        page = unanswered.list_unanswered(database, UnansweredFilter(since, whose), part)
        turned = unanswered.count_unanswered(database, since)
    allowed = load_settings().allowed_countries
    rows = [{**row, "why": why_unanswered(row["why"], row["number"], allowed)} for row in page.rows]
    if arguments.json:
        shown = [{**row, "number": number(row["number"], full=arguments.full)} for row in rows]
        show_list("unanswered", shown, page.next)
        return 0
    table = [
        (
            when(row["last_at"], zone),
            number(row["number"], full=arguments.full),
            row["channel"],
            str(row["times"]),
            words_for(row["why"], row["number"]),
            row["conversation_id"] or "",
        )
        for row in rows
    ]
    headings = (f"Last ({zone.key})", "Who", "By", "Times", "Why nobody answered", "Thread")
    show_table(headings, table, empty="Everybody who may be answered was.")
    if turned.people:
        say(f"{turned.people} telephones in {arguments.days} days, {turned.times} times.")
    say_more(page)
    return 0


def _thread_id(database: Any, given: str) -> UUID:

    try:
        return UUID(given)
    except ValueError:
        page = conversations.conversations_page(database, ConversationFilter(_address(given)), Part(1))
    if not page.rows:
        raise CommandFailed(f"there is no thread with {given}; {SHOWN}")
    return UUID(page.rows[0]["id"])


def _address(given: str) -> str:
    """Return a number as threads know it, however it was typed; short codes and WhatsApp addresses as they are."""

    return parse_e164(given, load_settings().home_country) or given


def _answered_by(row: Mapping[str, Any], allowed: Collection[str]) -> str:
    if not is_textable(row["channel"], row["customer_identifier"], allowed):
        return "nobody: see `texts unanswered`"
    return "nobody" if row["suppressed"] and row["suppressed"]["texts"] else ANSWERS[row["ai_mode"]]


def _opted_out(suppressed: Mapping[str, Any] | None) -> str:
    kinds = [kind for kind in ("texts", "calls") if suppressed and suppressed[kind]]
    return ", ".join(f"no {kind}" for kind in kinds)


def _why_unanswered(suppressed: Mapping[str, Any], zone: ZoneInfo) -> str:
    why = WHY_SUPPRESSED.get(suppressed["reason"], suppressed["reason"])
    since = f"Opted out since {when(suppressed['since'], zone)} ({zone.key}): {why}."
    if not suppressed["texts"]:
        return f"{since} Nobody calls this number; texts are answered."
    until = "an operator lifts it" if suppressed["reason"] == "operator" else "they text START"
    return f"{since} What they write is kept and not answered until {until}."


def _thread_row(
    row: Mapping[str, Any], zone: ZoneInfo, allowed: Collection[str], *, full: bool
) -> tuple[str, ...]:
    return (
        when(row["last_message_at"], zone),
        number(row["customer_identifier"], full=full),
        row["channel"],
        "nobody: blocked" if row["blocked"] else _answered_by(row, allowed),
        _opted_out(row["suppressed"]),
        str(row["unread_count"] or ""),
        row["id"],
    )


def _message_row(row: Mapping[str, Any], zone: ZoneInfo) -> tuple[str, ...]:

    why = f" ({error_words(row['error_code'])})" if row["error_code"] else ""
    files = f" [{len(row['media'])} file(s)]" if row["media"] else ""
    who = "they" if row["direction"] == "inbound" else row["sent_by"] or "we"
    state = REACTION if row["kind"] == REACTION else row["status"] or row["outbox_state"] or ""
    return (when(row["created_at"], zone), who, state, f"{row['content'] or ''}{files}{why}")


def _masked_thread(row: Mapping[str, Any]) -> dict[str, Any]:
    hidden = {"customer_identifier": number(row["customer_identifier"], full=False), "customer_name": None}
    return {**masked(dict(row)), **hidden}
