"""The inbox: what people look after, and what they do with it; rows <-> records (`sql/functions/inbox/`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.page_cursor import BY_URGENCY
from voicebot.storage.database import Database
from voicebot.storage.pages import FIRST, Page, Part, page_of
from voicebot.storage.texts.threads import ClaimedThread, claimed_of

Row = Mapping[str, Any]
SHOWS = ("open", "mine", "unassigned", "waiting", "snoozed", "resolved")
"""The parts of the list; `open` and those after it leave out what is snoozed."""


@dataclass(frozen=True)
class Done:
    """The result of an action. `refused` says why it did nothing; `by`, `changed` and `at` say who was faster, with
    what and when.
    """

    refused: str | None = None
    by: str = ""
    changed: str = ""
    at: str = ""
    message_id: int | None = None
    conversation_id: UUID | None = None


def inbox_page(
    database: Database,
    show: str = "open",
    part: Part = FIRST,
    *,
    person: UUID | None = None,
    actor: Actor,
) -> Page[Row]:
    """Return one page of the items that the actor may see, the most urgent first; `person` is whose `mine` are."""
    answer = database.call("inbox_page", show=show, person=person, **part.params(), actor=actor.to_json())
    return page_of(answer, BY_URGENCY, dict)


def count_inbox(database: Database, person: UUID | None = None, *, actor: Actor) -> Mapping[str, int]:
    """Return how many are in each part of the list but `resolved`; 1001 stands for more than 1000."""
    counts: Mapping[str, int] = database.call("inbox_counts", person=person, actor=actor.to_json())
    return counts


def waiting_for_people(database: Database, *, actor: Actor) -> Row:
    """Return {"count", "since"} of the people who wait for a person; 100 means a hundred or more."""
    waiting: Row = database.call("waiting_for_people", actor=actor.to_json())
    return waiting


def show_item(database: Database, item: UUID, *, actor: Actor = THE_OPERATOR) -> Row | None:
    """Return one item with all that is known of it; None when the actor sees none of this name."""
    answer: Row = database.call("show_inbox_item", item=item, actor=actor.to_json())
    return None if answer["result"] == "refused" else answer


def read_item(database: Database, item: UUID, *, actor: Actor) -> None:
    """Note that somebody who may answer it has seen it."""
    database.call("read_inbox_item", item=item, actor=actor.to_json())


def list_members(database: Database, *, actor: Actor) -> Sequence[Row]:
    """Return whom the actor may assign something to: {"user_id", "name"}."""
    members: Sequence[Row] = database.call("inbox_members", actor=actor.to_json())["rows"]
    return members


def assign(
    database: Database, item: UUID, assignee: UUID | None, *, version: int | None = None, actor: Actor
) -> Done:
    """Give it to a member, or to nobody."""
    return _done(
        database.call(
            "assign_inbox_item", item=item, assignee=assignee, version=version, actor=actor.to_json()
        )
    )


def snooze(
    database: Database, item: UUID, until: datetime | None, *, version: int | None = None, actor: Actor
) -> Done:
    """Put it off until then, or have it back at once."""
    return _done(
        database.call("snooze_inbox_item", item=item, until=until, version=version, actor=actor.to_json())
    )


def resolve(database: Database, item: UUID, *, version: int | None = None, actor: Actor) -> Done:
    """Close it with its cases, and give the thread back to the bot."""
    return _done(database.call("resolve_inbox_item", item=item, version=version, actor=actor.to_json()))


def reopen(database: Database, item: UUID, *, version: int | None = None, actor: Actor) -> Done:
    """Open it again."""
    return _done(database.call("reopen_inbox_item", item=item, version=version, actor=actor.to_json()))


def note(
    database: Database, item: UUID, content: str, *, request_key: str | None = None, actor: Actor
) -> Done:
    """Write a private note; the same key again is the same note."""
    return _done(
        database.call(
            "note_inbox_item", item=item, content=content, request_key=request_key, actor=actor.to_json()
        )
    )


def reply(
    database: Database,
    item: UUID,
    content: str,
    *,
    hours: float,
    request_key: str | None = None,
    version: int | None = None,
    not_before: datetime | None = None,
    actor: Actor,
) -> Done:
    """Commit a text of a person, and with it that a person has the thread for `hours`; the same key again is the same text."""
    return _done(
        database.call(
            "reply_in_inbox", item=item, content=content, request_key=request_key, version=version,
            not_before=not_before, hours=float(hours), actor=actor.to_json(),
        )
    )  # fmt: skip


def change_later(
    database: Database, item: UUID, message_id: int, content: str, not_before: datetime, *, actor: Actor
) -> Done:
    """Change a text that waits for its time."""
    return _done(
        database.call(
            "change_later_text", item=item, message_id=message_id, content=content, not_before=not_before,
            actor=actor.to_json(),
        )
    )  # fmt: skip


def cancel_later(database: Database, item: UUID, message_id: int, *, actor: Actor) -> Done:
    """Take back a text that waits for its time."""
    return _done(database.call("cancel_later_text", item=item, message_id=message_id, actor=actor.to_json()))


def ask_draft(database: Database, item: UUID, *, actor: Actor) -> Done:
    """Ask the bot for a draft; a job writes it."""
    return _done(database.call("ask_draft", item=item, actor=actor.to_json()))


def drafted_thread(database: Database, item: UUID) -> ClaimedThread | None:
    """Return what a draft may be made from; None when nobody waits for one."""
    row = database.call("drafted_thread", item=item)
    return None if row["result"] == "none" else claimed_of(row)


def save_draft(database: Database, item: UUID, content: str | None, *, upto: int, used_usd: float) -> bool:
    """Keep a draft, or that none could be made (None); False when nobody waits for it any more."""
    answer = database.call("save_draft", item=item, content=content, upto=upto, used_usd=round(used_usd, 6))
    return bool(answer["result"] == "saved")


def give_back_threads(database: Database) -> int:
    """Let the bot answer threads whose time with a person is over; return how many."""
    return int(database.call("give_back_threads")["given_back"])


def _done(answer: Row) -> Done:
    if answer["result"] == "refused":
        return Done(
            answer["code"], answer.get("by") or "", answer.get("changed") or "", answer.get("at") or ""
        )
    thread = answer.get("conversation_id")
    return Done(message_id=answer.get("message_id"), conversation_id=UUID(thread) if thread else None)
