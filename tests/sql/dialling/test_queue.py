"""What becomes of an entry: asked for once, moved, canceled, dialled again as the rules say, ended in time."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.sql.dialling.again.asking import attempt
from tests.sql.dialling.conftest import DENVER, NOON, Queue

pytestmark = pytest.mark.sql
CHECKED = {"country": "US", "zones": [DENVER]}


def ask(queue: Queue, **given: Any) -> Any:
    wanted = {"to_number": queue.number(), "purpose": "asked_for", "checked": CHECKED, "request": {}, **given}
    return queue.database.call("queue_call", **wanted)


# --- asked for ------------------------------------------------------------------------------------


def test_asking_twice_with_one_key_queues_once_for_ever(queue: Queue) -> None:
    number, key, body = queue.number(), uuid4().hex, {"to": "one", "priority": 1}

    first = ask(queue, to_number=number, request_key=key, request=body)
    again = ask(queue, to_number=number, request_key=key, request=body)
    other = ask(
        queue, to_number=number, request_key=key, request={"to": "one", "priority": 2, "template": "a"}
    )

    assert (first["result"], again["result"]) == ("queued", "known")
    assert first["entry"]["id"] == again["entry"]["id"]
    assert (other["code"], other["fields"]) == ("key_used", ["priority", "template"])


def test_an_operators_calls_belong_to_the_house_and_a_users_to_them(queue: Queue) -> None:
    ours = ask(queue)["entry"]["id"]
    theirs = ask(queue, actor={"role": "operator", "user_id": str(queue.user)})["entry"]["id"]

    whose = dict(queue.owner.execute("select id::text, user_id from public.call_queue").fetchall())
    assert whose[theirs] == queue.user
    assert whose[ours] not in (None, queue.user)


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"to_number": "+1303"}, ("invalid", "recipient_number")),
        ({"timezone": "Denver"}, ("invalid", "timezone")),
        ({"timezone": "EST5"}, ("invalid", "timezone")),
        ({"not_after": "2020-01-01T00:00Z"}, ("invalid", "not_after")),
        ({"not_before": "2035-01-02T00:00Z", "not_after": "2035-01-01T00:00Z"}, ("invalid", "not_after")),
        ({"variables": {"a": {"b": "c"}}}, ("invalid", "custom_variables")),
        ({"variables": {"a": "x" * 20_000}}, ("invalid", "custom_variables")),
        ({"template": "no such"}, ("unknown_template", None)),
        ({"caller_number": "+12025550111"}, ("unknown_caller_number", None)),
        ({"purpose": "marketing"}, ("no_consent", None)),
        # From ten at night till six: no calling hour lies in it.
        ({"not_before": "2035-12-05T05:00Z", "not_after": "2035-12-05T13:00Z"}, ("window_over", None)),
        ({"actor": {"role": "integrator"}}, ("not_allowed", None)),
    ],
)  # fmt: skip
def test_what_can_never_be_dialled_is_refused_and_not_stored(queue: Queue, given, refused) -> None:
    answer = ask(queue, **given)

    assert answer["result"] == "refused"
    assert (answer["code"], (answer.get("message") or "").partition(":")[0] or None) == refused
    assert queue.owner.execute("select count(*) from public.call_queue").fetchone() == (0,)


def test_who_asked_not_to_be_called_cannot_be_asked_for(queue: Queue) -> None:
    number = queue.number()
    queue.database.call("suppress", number=number, scope="calls", reason="operator")

    assert ask(queue, to_number=number)["message"].startswith("recipient_number: this person asked")


def test_a_consent_is_kept_with_its_wording_time_and_source(queue: Queue) -> None:
    number = queue.number()
    consent = {
        "wording": "You may call me about my bike.",
        "source": "form 7",
        "given_at": "2026-01-02T03:04:00Z",
    }

    assert ask(queue, to_number=number, purpose="service", consent=consent)["result"] == "queued"

    assert queue.owner.execute(
        "select purpose, state, wording_version, source_sid, given_at from public.consents where phone_number = %s",
        [number],
    ).fetchall() == [
        ("calls", "granted", consent["wording"], "form 7", datetime(2026, 1, 2, 3, 4, tzinfo=UTC))
    ]


def test_who_asked_for_a_time_is_not_called_an_hour_later(queue: Queue) -> None:
    entry = ask(queue, scheduled_time=NOON)["entry"]

    assert datetime.fromisoformat(entry["not_after"]) == NOON + timedelta(hours=1)
    assert datetime.fromisoformat(entry["next_attempt_at"]) == NOON
    assert queue.claim(NOON + timedelta(hours=1)) == []
    assert queue.row(entry["id"])[:2] == ("failed", "window_over")


def test_an_entry_is_shown_with_its_attempts_and_with_what_it_waits_for(queue: Queue) -> None:
    (entry,) = queue.put()
    attempt(queue, entry, "busy")

    shown = queue.database.call("show_queued_call", id=entry)["entry"]

    assert shown["status"] == "queued"
    assert "not_yet" in shown["reasons"]
    assert [(one["number"], one["state"], one["transport"]) for one in shown["attempts"]] == [
        (1, "done", "busy")
    ]


# --- moved and canceled ---------------------------------------------------------------------------


def test_a_waiting_entry_moves_and_one_that_is_dialled_does_not(queue: Queue) -> None:
    (entry,) = queue.put()
    to = {"scheduled_time": (NOON + timedelta(hours=2)).isoformat()}

    moved = queue.database.call("change_queued_call", id=entry, changes=to)["entry"]

    assert queue.claim() == []
    assert datetime.fromisoformat(moved["next_attempt_at"]) == NOON + timedelta(hours=2)
    assert queue.claim(NOON + timedelta(hours=2)) == [entry]
    assert queue.database.call("change_queued_call", id=entry, changes=to)["code"] == "not_queued"


def test_a_change_that_can_never_be_dialled_is_refused_and_nothing_changes(queue: Queue) -> None:
    (entry,) = queue.put()
    before = queue.row(entry)

    answer = queue.database.call("change_queued_call", id=entry, changes={"not_after": "2020-01-01T00:00Z"})

    assert answer["code"] == "invalid"
    assert queue.row(entry) == before


def test_what_is_canceled_is_never_dialled(queue: Queue) -> None:
    (entry,) = queue.put()

    assert queue.database.call("cancel_queued_call", id=entry)["result"] == "canceled"
    assert queue.claim() == []


def test_a_call_under_way_goes_on_and_is_not_followed_by_another(queue: Queue) -> None:
    (entry,) = queue.put()
    token = uuid4()
    ((_, made),) = queue.taken(token=token)

    queue.database.call("cancel_queued_call", id=entry)
    queue.end(made, "busy", token)

    assert queue.row(entry)[0] == "canceled"
    assert queue.claim(NOON + timedelta(days=3)) == []
