"""What the tests of texts share: a carrier that takes texts as it is told, people who text, rows as dicts."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg

from tests.support.carriers import TextCarrier, sid
from tests.support.providers import ScriptedModel
from tests.support.servers import remove_rows
from voicebot.demo.place import LOOSE_CAPS
from voicebot.domain.texts.reports import InboundText
from voicebot.runtime import Runtime
from voicebot.services.texts.answer import answer_next_thread
from voicebot.services.texts.receive import receive
from voicebot.settings import load_settings
from voicebot.storage.database import DatabaseAway

OURS, PERSON, OPERATOR = "+12025550100", "+12025550123", "+12025550199"
Connection = psycopg.Connection[tuple[Any, ...]]
# All of New York's time, so that it is day for everybody at once.
AREAS = (203, 212, 215, 216, 239, 240, 248, 267, 301, 302)
_numbers = itertools.count(1)


def somebody() -> str:
    """A number that no other test uses."""
    area, last = divmod(next(_numbers), 100)
    return f"+1{AREAS[area]}55501{last:02d}"


def inbound(sender: str, body: str, **changes: Any) -> InboundText:
    """A text as the webhook reads it."""
    facts = {
        "message_sid": sid(),
        "account_sid": "AC" + "0" * 32,
        "channel": "sms",
        "from_number": sender,
        "to_number": OURS,
        "content": body,
        "observed_at": datetime.now(UTC),
    }
    return InboundText(**(facts | changes))


def texts(runtime: Runtime, sender: str, body: str, **changes: Any) -> InboundText:
    """Somebody texts us; return what came in."""
    text = inbound(sender, body, **changes)
    receive(runtime, text)
    return text


def rows(owner: Connection, number: str, direction: str | None = None) -> list[dict[str, Any]]:
    """Return the rows of sms_history with a number, oldest first."""
    found = owner.execute(
        "select to_jsonb(m) from public.sms_history m where m.phone_number = %s and m.direction = coalesce(%s, m.direction) order by m.id",
        [number, direction],
    )
    return [row for (row,) in found.fetchall()]


def outgoing(owner: Connection, number: str) -> list[dict[str, Any]]:
    return rows(owner, number, "outbound")


def thread(owner: Connection, number: str) -> dict[str, Any]:
    """Return the one thread with a number."""
    found = owner.execute(
        "select to_jsonb(c) from public.conversations c where c.customer_identifier = %s", [number]
    ).fetchall()
    assert len(found) == 1
    return dict(found[0][0])


def queue(runtime: Runtime, number: str, content: str = "Hello", *, ours: str = OURS, **changes: Any) -> int:
    """Commit a text to be sent."""
    asked = {"channel": "sms", "kind": "conversation"} | changes
    answer = runtime.database.call("queue_text", to_number=number, our_number=ours, content=content, **asked)
    return int(answer["message_id"])


def empty(owner: Connection) -> None:
    """Take away all texts and what came of them."""
    remove_rows(
        owner,
        "sms_history",
        "conversations",
        "suppressions",
        "suppression_lifts",
        "parked_statuses",
        "support_escalations",
        "events",
    )


def onboarded(
    runtime: Runtime, owner: Connection, number: str, *, verified: bool = False, **profile: str
) -> None:
    user = runtime.database.call("ensure_user", phone=number)["user_id"]
    columns = {"onboarding_status": "completed", **profile}
    for name, value in columns.items():
        owner.execute(f"update public.user_profiles set {name} = %s where user_id = %s", [value, user])
    owner.execute("update public.phone_links set verified = %s where phone_number = %s", [verified, number])


def said(model: ScriptedModel) -> list[str]:
    """What the model was told last, message by message."""
    return [str(message["content"]) for message in model.requests[-1].messages]


def answer_all(runtime: Runtime) -> None:
    while answer_next_thread(runtime):
        pass


def with_settings(make_runtime: Callable[..., Runtime], carrier: TextCarrier, tmp_path, **environ) -> Runtime:
    settings = load_settings({"VOICEBOT_DATA_DIR": str(tmp_path), **LOOSE_CAPS, **environ})
    return make_runtime(messaging=carrier, settings=settings)


class Interrupted:
    """The database, away whenever one function is called, so many times."""

    def __init__(self, database, function, times=1):
        self._database, self._function, self._times = database, function, times

    def call(self, function, /, **params):
        if function == self._function and self._times:
            self._times -= 1
            raise DatabaseAway(function)
        return self._database.call(function, **params)

    def close(self):
        pass
