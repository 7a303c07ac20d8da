"""The figures of one day, in the zone of whoever reads them."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from tests.support.servers import remove_rows

pytestmark = pytest.mark.sql
BERLIN = "Europe/Berlin"


@pytest.fixture(autouse=True)
def nothing_happened(owner):
    remove_rows(
        owner,
        "call_history",
        "sms_history",
        "support_escalations",
        "suppressions",
        "verifications",
        "user_profiles",
    )


def call(owner, at: datetime, **columns) -> int:
    values = {"phone_number": "+12025550123", "call_sid": uuid4().hex, "direction": "inbound",
              "call_status": "completed", "started_at": at, "created_at": at, "ended_at": at} | columns  # fmt: skip
    return insert(owner, "call_history", values)


def insert(owner, table: str, values: dict) -> int:
    names, slots = ", ".join(values), ", ".join(["%s"] * len(values))
    made = owner.execute(
        f"insert into public.{table} ({names}) values ({slots}) returning id", list(values.values())
    )
    return made.fetchone()[0]


def figures(database, day: str = "2026-11-27", zone: str = "UTC") -> dict:
    return database.call("day_figures", day=day, zone=zone)


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def test_a_day_without_anything_is_all_noughts(database):
    shown = figures(database)

    assert shown["calls"] == {
        "inbound": 0, "outbound": 0, "answered": 0, "transferred": 0, "abandoned": 0, "failed": 0, "minutes": 0.0,
        "average_s": None, "wait_average_s": None, "wait_longest_s": None, "messages": 0,
    }  # fmt: skip
    assert shown["escalations"] == {"opened": 0, "call_backs": 0, "open": 0, "oldest_open_at": None}
    assert shown["texts"] == {"inbound": 0, "outbound": 0, "failed": 0}
    assert shown["codes"] == {"sent": 0, "approved": 0}
    assert (shown["new_people"], shown["opt_outs"], shown["costs"]) == (0, 0, [])


def test_calls_are_counted_by_what_came_of_them(database, owner):
    noon = at("2026-11-27T12:00")
    talked = call(owner, noon, answered_at=noon + timedelta(seconds=4), duration=90, end_reason="caller_hung_up",
                  price=-0.02, price_unit="USD")  # fmt: skip
    insert(
        owner,
        "transcripts",
        {"session_id": talked, "content": "Hello", "speaker": "caller", "sequence_number": 1},
    )
    insert(owner, "smart_notes", {"session_id": talked, "category": "message", "content": "Call me"})
    call(owner, noon, answered_at=noon + timedelta(seconds=10), duration=30, outcome="transferred")
    silent = call(owner, noon, answered_at=noon, end_reason="caller_hung_up")
    insert(
        owner,
        "transcripts",
        {"session_id": silent, "content": "Hello, this is…", "speaker": "bot", "sequence_number": 1},
    )
    call(owner, noon, direction="outbound", call_status="busy", end_reason="busy")
    call(owner, noon, end_reason="model_failed", cost=0.5, price_unit="EUR")

    shown = figures(database)["calls"]

    assert shown == {
        "inbound": 4, "outbound": 1, "answered": 3, "transferred": 1, "abandoned": 1, "failed": 1, "minutes": 2.0,
        "average_s": 60, "wait_average_s": 5, "wait_longest_s": 10, "messages": 1,
    }  # fmt: skip
    assert figures(database)["costs"] == [
        {"currency": "EUR", "calls": 0.5, "texts": 0, "amount": 0.5},
        {"currency": "USD", "calls": 0.02, "texts": 0, "amount": 0.02},
    ]


def test_a_blocked_caller_has_not_hung_up_without_a_word(database, owner):
    call(owner, at("2026-11-27T12:00"), call_status="no-answer", end_reason="blocked")

    assert figures(database)["calls"]["abandoned"] == 0


def test_texts_people_stops_and_codes_are_counted(database, owner):
    noon = at("2026-11-27T12:00")
    number = "+12025550123"
    insert(owner, "sms_history", {"phone_number": number, "direction": "inbound", "created_at": noon})
    for status in ("delivered", "undelivered", "failed"):
        insert(owner, "sms_history", {"phone_number": number, "direction": "outbound", "status": status,
                                      "created_at": noon, "price": -0.01, "price_unit": "usd"})  # fmt: skip
    for reason in ("STOP", "spoken_request", "30004"):
        insert(owner, "suppressions", {"phone_number": number, "reason": reason, "since": noon})
    insert(owner, "verifications", {"phone_number": number, "purpose": "a", "channel": "sms", "nonce": "x",
                                    "expires_at": noon, "created_at": noon})  # fmt: skip
    insert(owner, "verifications", {"phone_number": number, "purpose": "b", "channel": "sms", "nonce": "x", "used_at": noon,
                                    "status": "approved", "expires_at": noon, "created_at": noon})  # fmt: skip

    shown = figures(database)

    assert shown["texts"] == {"inbound": 1, "outbound": 3, "failed": 2}
    assert shown["opt_outs"] == 1
    assert shown["codes"] == {"sent": 2, "approved": 1}
    assert shown["costs"] == [{"currency": "USD", "calls": 0, "texts": 0.03, "amount": 0.03}]


def test_escalations_of_the_day_and_those_that_are_open_now(database, owner):
    for day, done in (
        ("2026-11-20", None),
        ("2026-11-27", None),
        ("2026-11-27", "2026-11-28"),
        ("2026-11-10", "2026-11-11"),
    ):
        insert(
            owner,
            "support_escalations",
            {
                "reason": "message",
                "created_at": at(day),
                "state": "closed" if done else "open",
                "closed_at": done and at(done),
            },
        )

    for day in ("2026-11-26", "2026-11-27"):
        insert(owner, "support_escalations", {"reason": "call_back", "created_at": at(day)})

    shown = figures(database)["escalations"]

    assert (shown["opened"], shown["call_backs"], shown["open"]) == (3, 1, 4)
    assert shown["oldest_open_at"].startswith("2026-11-20T00:00")


def test_a_day_is_the_calendars_in_the_zone(database, owner):
    call(owner, at("2026-11-27T00:00", BERLIN))
    call(owner, at("2026-11-27T23:59", BERLIN))
    call(owner, at("2026-11-26T23:59", BERLIN))
    call(owner, at("2026-11-28T00:00", BERLIN))

    assert figures(database, zone=BERLIN)["calls"]["inbound"] == 2


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-27", 24)])
def test_days_on_which_the_clocks_change_are_whole(database, owner, day, hours):
    began = at(day, BERLIN).astimezone(UTC)
    for hour in range(-1, hours + 1):
        call(owner, began + timedelta(hours=hour))

    assert figures(database, day=day, zone=BERLIN)["calls"]["inbound"] == hours


def test_a_call_that_was_stored_late_belongs_to_the_day_in_which_it_began(database, owner):
    call(owner, at("2026-11-27T12:00"), created_at=at("2026-11-29T12:00"))

    assert figures(database)["calls"]["inbound"] == 1
    assert figures(database, day="2026-11-29")["calls"]["inbound"] == 0
