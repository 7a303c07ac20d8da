"""Texts whose end nobody told are found, and bound to what the carrier lists only when it can be nothing else."""

from datetime import timedelta
from typing import Any

import pytest

from tests.sql.texts.texting import someone

pytestmark = pytest.mark.sql


@pytest.fixture
def lost(texting):
    """Make a text that may have been sent, an hour ago."""

    def make(content: str = "hello", to: str | None = None) -> int:
        message = texting.queue(to or someone(), content)
        (row,) = [row for row in texting.outgoing(batch=50) if row["id"] == message]
        texting.finish(row, "unknown")
        texting.later(message, hours=1)
        return message

    return make


def resolve(texting, message: int, name: str, **more: Any) -> dict[str, Any]:
    return dict(texting.database.call("resolve_message", message_id=message, message_sid=name, **more))


def listed(texting, kind: str, **more: Any) -> list[int]:
    return [row["id"] for row in texting.database.call("unresolved_messages", **more)[kind]]


def test_what_may_have_been_sent_is_listed_until_it_is_resolved(texting, lost):
    messages = [lost(f"text {n}") for n in range(3)]
    page = listed(texting, "unknown", page_size=2)

    texting.database.call("resolve_message", message_id=messages[0], message_sid="SM-a", status="delivered")

    assert page == messages[:2]
    assert listed(texting, "unknown", page_size=2, after_id=page[-1]) == messages[2:]
    assert listed(texting, "unknown") == messages[1:]
    assert listed(texting, "unknown", older_than_s=7200.0) == []
    kept = texting.row(messages[0])
    assert (kept["status"], kept["outbox_state"], kept["message_sid"]) == ("delivered", "sent", "SM-a")


def test_the_older_a_text_is_the_more_seldom_it_is_looked_for_and_each_has_its_turn(texting):
    drawn = """select n, count(*) filter (where private.has_turn(n, at - %s, 360, at))
                 from generate_series(1, 50) n, generate_series(
                      timestamptz '2026-11-20T12:00Z', timestamptz '2026-11-20T12:03:19Z', interval '1 second') at
                group by n"""

    young = dict(texting.rows(drawn, timedelta(minutes=5)))
    old = dict(texting.rows(drawn, timedelta(hours=1)))

    assert set(young.values()) == {200}
    assert min(old.values()) > 0
    assert 0.08 < sum(old.values()) / (50 * 200) < 0.12, "ten times as old as what is looked for each time"


def test_old_texts_do_not_stand_in_the_way_of_young_ones(texting, lost):
    for n in range(12):
        lost(f"old {n}")
    young = lost("young")
    texting.later(young, minutes=-59)

    rows = listed(texting, "unknown", older_than_s=20.0, thin_after_s=70.0, page_size=5)

    assert rows[-1] == young


def test_two_texts_that_look_alike_are_bound_to_nothing(texting, lost):
    person = someone()
    twins = [lost("hello", person), lost("hello", person)]
    other = lost("something else", person)

    answers = [resolve(texting, twin, "SM-b") for twin in twins]

    assert [answer["code"] for answer in answers] == ["ambiguous", "ambiguous"]
    assert resolve(texting, other, "SM-c")["result"] == "finished"


def test_a_name_that_another_text_owns_is_not_taken_from_it(texting, lost):
    first, second = lost("one"), lost("two")
    resolve(texting, first, "SM-d")

    assert resolve(texting, second, "SM-d") == {"result": "refused", "code": "sid_of_another"}
    assert texting.column(second, "outbox_state") == "unknown"


def test_what_is_known_is_not_resolved_again(texting, lost):
    message = lost()
    resolve(texting, message, "SM-e", status="sent")

    assert resolve(texting, message, "SM-f") == {"result": "refused", "code": "not_unknown"}


def test_statuses_that_came_before_are_applied_to_what_is_resolved(texting, lost):
    message = lost()
    texting.status("SM-g", "undelivered", error_code="30003")

    resolve(texting, message, "SM-g", status="sent")

    assert (texting.column(message, "status"), texting.column(message, "error_code")) == (
        "undelivered",
        "30003",
    )


def test_a_text_without_a_last_word_is_listed_until_it_has_one(texting):
    message = texting.queue()
    (row,) = texting.outgoing()
    texting.finish(row, message_sid="SM-h", status="queued")
    fresh = listed(texting, "unsettled")
    texting.later(message, hours=1)
    stuck = listed(texting, "unsettled")

    texting.status("SM-h", "delivered")

    assert (fresh, stuck, listed(texting, "unsettled")) == ([], [message], [])


def test_the_carriers_list_is_compared_with_ours(texting):
    theirs = texting.receive(message_sid="SM-i")["message_id"]

    known = texting.database.call("known_message_sids", sids=["SM-i", "SM-j"])["known"]

    assert known == {"SM-i": {"id": theirs, "direction": "inbound", "status": "received"}}
