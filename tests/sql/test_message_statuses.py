"""What the carrier reports about a text ends in one truth, in whatever order, however often, however early it comes."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from texting import sid

from tests.support.examples import examples

pytestmark = pytest.mark.sql

PATH = ("accepted", "queued", "sending", "sent")
ENDS = ("delivered", "undelivered", "failed", "canceled")
SHOWN = ("status", "error_code", "outbox_state", "details", "num_segments", "price", "price_unit")


@pytest.fixture
def under_way(texting):
    """Make texts that were handed to the carrier and have no name yet: (id, row)."""

    def make() -> dict:
        message = texting.queue(f"+1303{uuid4().int % 10**7:07d}")
        return next(row for row in texting.outgoing(batch=50) if row["id"] == message)

    return make


def truth(texting, message: int) -> dict:
    row = texting.row(message)
    return {name: row[name] for name in SHOWN}


def test_all_orders_of_five_statuses_end_in_the_same_row(texting, under_way):
    seen = {}
    for order in itertools.permutations((*PATH, "delivered")):
        row, name = under_way(), sid()
        for status in order:
            texting.status(name, status, message_id=row["id"], details={"said": status})
        texting.finish(row, message_sid=name, status="queued", num_segments=1)
        seen[order] = truth(texting, row["id"])

    first = next(iter(seen.values()))
    assert len(seen) == 120
    assert [order for order, result in seen.items() if result != first] == []
    assert (first["status"], first["outbox_state"]) == ("delivered", "sent")
    assert set(first["details"]["statuses"]) == {*PATH, "delivered"}


@examples(0.8, derandomize=True,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(end=st.sampled_from(ENDS), some=st.lists(st.sampled_from(PATH), max_size=5), data=st.data())
def test_duplicates_and_early_reports_change_nothing(texting, under_way, end, some, data):
    """`finish` is when we learn the name; until then a report without our id can only be kept."""
    reports = [*some, end, end, "finish"]
    order = data.draw(st.permutations(reports))
    by_id = data.draw(st.booleans())
    outcomes = []
    for story in (list(dict.fromkeys(["finish", *some, end])), order):
        row, name = under_way(), sid()
        for status in story:
            if status == "finish":
                texting.finish(row, message_sid=name, status="queued")
            else:
                code = {"error_code": "30003"} if status in ("undelivered", "failed") else {}
                texting.status(name, status, message_id=row["id"] if by_id else None, **code)
        outcomes.append(truth(texting, row["id"]))

    assert outcomes[0] == outcomes[1]
    assert outcomes[0]["status"] == end
    assert texting.rows("select count(*) from public.parked_statuses") == [(0,)]


@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(ENDS, 2)))
def test_the_first_end_stays_whatever_comes_after_it(texting, under_way, first, second):
    row, name = under_way(), sid()
    texting.finish(row, message_sid=name)
    texting.status(name, first)

    answer = texting.status(name, second)

    assert answer == {"result": "unchanged", "message_id": row["id"], "status": first}


@pytest.mark.parametrize("order", list(itertools.permutations(("sent", "delivered", "read"))))
def test_a_text_that_was_read_was_delivered(texting, under_way, order):
    row, name = under_way(), sid()
    texting.finish(row, message_sid=name)

    for status in order:
        texting.status(name, status)

    assert texting.column(row["id"], "status") == "read"


def test_what_is_read_after_it_failed_has_failed(texting, under_way):
    row, name = under_way(), sid()
    texting.finish(row, message_sid=name)
    texting.status(name, "failed", error_code="30003")

    texting.status(name, "read")

    assert (texting.column(row["id"], "status"), texting.column(row["id"], "error_code")) == (
        "failed",
        "30003",
    )


def test_a_status_of_a_text_that_nobody_knows_waits_for_its_name(texting, under_way):
    row, name = under_way(), sid()

    answers = [texting.status(name, status)["result"] for status in ("delivered", "sent", "sent")]
    before = texting.column(row["id"], "status")
    texting.finish(row, message_sid=name, status="queued")

    assert answers == ["parked"] * 3
    assert (before, texting.column(row["id"], "status")) == (None, "delivered")
    assert texting.rows("select count(*) from public.parked_statuses") == [(0,)]


def test_a_status_and_the_name_that_it_waits_for_at_the_same_time_always_meet(texting, under_way):
    lost = []
    for _ in range(40):
        row, name = under_way(), sid()
        with ThreadPoolExecutor(2) as pool:
            told = pool.submit(texting.finish, row, message_sid=name, status="queued")
            reported = pool.submit(texting.status, name, "delivered")
            told.result(), reported.result()
        if texting.column(row["id"], "status") != "delivered":
            lost.append(row["id"])

    assert lost == []


def test_our_id_in_the_callback_ends_the_doubt_about_a_text(texting, under_way):
    row, name = under_way(), sid()
    texting.finish(row, "unknown")
    doubt = texting.column(row["id"], "outbox_state")

    texting.status(name, "sent", message_id=row["id"])

    kept = texting.row(row["id"])
    assert doubt == "unknown"
    assert (kept["outbox_state"], kept["message_sid"], kept["status"]) == ("sent", name, "sent")


@pytest.mark.parametrize("outcome", ["unknown", "not_sent", "refused"])
def test_what_a_callback_has_told_is_not_undone_by_a_sender_that_got_no_answer(texting, under_way, outcome):
    row, name = under_way(), sid()
    texting.status(name, "delivered", message_id=row["id"])

    answer = texting.finish(row, outcome, error_code="timeout")
    texting.later(row["id"], minutes=10)

    kept = texting.row(row["id"])
    assert answer == {"result": "fenced"}
    assert (kept["outbox_state"], kept["status"], kept["message_sid"]) == ("sent", "delivered", name)
    assert texting.outgoing() == []


def test_a_text_that_was_sent_after_all_is_not_tried_again(texting, under_way):
    row = under_way()
    texting.finish(row, "not_sent", error_code="unreachable")

    texting.status(sid(), "queued", message_id=row["id"])
    texting.later(row["id"], minutes=10)

    assert texting.outgoing() == []


def test_a_second_name_for_one_text_is_kept_apart(texting, under_way):
    row = under_way()
    texting.finish(row, message_sid="SM-first")

    answer = texting.status("SM-second", "delivered", message_id=row["id"])

    assert answer == {"result": "parked"}
    assert texting.column(row["id"], "message_sid") == "SM-first"


@pytest.mark.parametrize("code", ["21610", "30004"])
def test_a_report_that_the_person_is_blocked_suppresses_them(texting, under_way, code):
    row, name = under_way(), sid()
    texting.finish(row, message_sid=name)
    texting.status(name, "delivered")

    texting.status(name, "undelivered", error_code=code)

    ledger = texting.database.call("is_suppressed", number=row["to_number"], scope="texts")
    assert ledger["reasons"] == [code], "also when another end was reported first"


def test_an_unknown_word_is_refused_and_the_price_is_kept(texting, under_way):
    row, name = under_way(), sid()
    texting.finish(row, message_sid=name)

    refused = texting.status(name, "teleported")
    texting.status(name, "delivered", price="-0.00790", price_unit="USD")

    assert refused == {"result": "refused", "code": "unknown_status"}
    assert (texting.column(row["id"], "price"), texting.column(row["id"], "price_unit")) == (-0.0079, "USD")


def test_the_receipts_hold_ids_and_hashes_and_no_words(texting, under_way):
    texting.receive("a secret")
    row, name = under_way(), sid()
    texting.finish(row, message_sid=name)
    texting.status(name, "delivered", event_id="token-1", token_index=1)
    texting.status(name, "delivered", event_id="token-1", token_index=1)

    rows = texting.rows(
        "select event_type, token_index, payload from public.webhook_events order by event_type"
    )

    assert rows == [("message", None, None), ("message_status:delivered", 1, None)]
