"""Campaigns tell beforehand what they will do, and afterwards what they have done."""

import random
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.sql.dialling.campaigns.campaigns import ZONES, change, filled, made, people, preview
from tests.sql.dialling.conftest import MORNING, NOON, Queue

pytestmark = pytest.mark.sql


# --- told beforehand ------------------------------------------------------------------------------


def test_what_a_preview_tells_is_exactly_what_is_dialled_then(queue: Queue) -> None:
    chance = random.Random(3)
    campaign = made(queue, time_window={"tue": [["08:00", "10:30"]]})
    for zone in ZONES:
        queue.database.call(
            "add_people", id=campaign, people=people(*(queue.number() for _ in range(60)), zone=zone)
        )
    queue.owner.execute("update public.call_queue set next_attempt_at = %s", [MORNING - timedelta(days=9)])
    queue.owner.execute("update public.dialling_lanes set due_at = %s", [MORNING - timedelta(days=9)])
    for entry, number in queue.owner.execute(
        "select id::text, recipient_number from public.call_queue"
    ).fetchall():
        if chance.random() < 0.2:
            queue.database.call("suppress", number=number, scope="calls", reason="operator")
        elif chance.random() < 0.2:
            queue.database.call(
                "hold_person", number=number, until=(NOON + timedelta(days=2)).isoformat(), reason="on leave"
            )
        elif chance.random() < 0.1:
            queue.set(entry, purpose="marketing")
    at = MORNING + timedelta(minutes=20)

    told = preview(queue, campaign, at)
    change(queue, campaign, state="running")
    dialled: list[str] = []
    while taken := queue.claim(at, batch=25):
        dialled += taken

    assert told["now"] == len(dialled)
    later = sum(one["people"] for one in told["later"])
    never = {one["reason"]: one["people"] for one in told["never"]}
    assert told["now"] + later + sum(never.values()) == told["waiting"] == 180
    assert set(never) == {"suppressed", "no_consent"}
    report = queue.database.call("campaign_report", id=campaign)
    assert report["failed_by"] == never
    assert report["by_status"]["queued"] == later
    assert {one["at"] for one in told["later"] if one["reason"] == "outside_hours"} > {None} or told["later"]


def test_a_preview_is_the_same_of_a_draft_a_pause_and_a_campaign_that_runs(queue: Queue) -> None:
    campaign = filled(queue, 3)
    told = []
    for state in ("draft", "paused", "running"):
        queue.owner.execute("update public.campaigns set state = %s where id = %s", [state, campaign])
        told.append(preview(queue, campaign)["now"])

    assert told == [3, 3, 3]


def test_a_preview_says_how_long_it_takes_by_rate_and_lines(queue: Queue) -> None:
    campaign = filled(queue, 10)

    by_rate = preview(queue, campaign, calls_per_second=0.1)["takes_s"]
    change(queue, campaign, calls_per_second=0.05)
    slower = preview(queue, campaign, calls_per_second=0.1)["takes_s"]

    assert (by_rate, slower) == (100, 200)


def talked(
    queue: Queue, count: int, seconds: int, cost: str | None, template: str | None = None, **more: Any
) -> None:
    """Calls of before, as the carrier told of them."""
    for _ in range(count):
        row = {
            "phone_number": queue.number(), "call_sid": f"CA{uuid4().hex}", "direction": "outbound", "duration": seconds,
            "cost": cost, "price_unit": "USD" if cost else None, "template_id": template, **more,
        }  # fmt: skip
        queue.owner.execute(
            f"insert into public.call_history ({', '.join(row)}) values ({', '.join(['%s'] * len(row))})",
            list(row.values()),
        )


@pytest.fixture
def nobody_called_yet(queue: Queue) -> None:
    queue.owner.execute("delete from public.call_history")


EXPECTED = {
    "nothing is known": ([], (120, "assumed", 0), (0.28, "USD", "list_price", 0)),
    "calls without a price": ([(3, 50, None)], (50, "calls", 3), (0.14, "USD", "list_price", 0)),
    "a call that is a second longer than two minutes": ([(1, 121, None)], (121, "calls", 1), (0.42, "USD", "list_price", 0)),
    "calls with prices": ([(2, 30, "0.02"), (2, 90, "0.04")], (60, "calls", 4), (0.3, "USD", "calls", 4)),
    "few calls of the template": ([(4, 30, "0.02", "own"), (4, 90, "0.04")], (60, "calls", 8), (0.3, "USD", "calls", 8)),
    "calls of the template": ([(5, 30, "0.02", "own"), (9, 90, "0.04")], (30, "template", 5), (0.2, "USD", "template", 5)),
    "more than two hundred": ([(20, 90, "0.04"), (200, 30, "0.02")], (30, "calls", 200), (0.2, "USD", "calls", 200)),
    "calls that came in": ([(9, 90, "0.04", None, {"direction": "inbound"})], (120, "assumed", 0), (0.28, "USD", "list_price", 0)),
    "nobody answered": ([(9, 0, None)], (120, "assumed", 0), (0.28, "USD", "list_price", 0)),
    "two currencies": (
        [(3, 60, "0.02"), (2, 60, "9.00", None, {"price_unit": "JPY"})], (60, "calls", 5), (0.2, "USD", "calls", 3)
    ),
    "another currency": ([(5, 60, "0.03", None, {"price_unit": "EUR"})], (60, "calls", 5), (0.3, "EUR", "calls", 5)),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
def test_a_preview_says_what_calls_take_and_cost_and_what_that_rests_on(
    queue: Queue, nobody_called_yet: None, name: str
) -> None:
    before, talk, cost = EXPECTED[name]
    (template,) = queue.owner.execute(
        "insert into public.call_templates (name, prompt) values (%s, 'Be kind.') returning id", [uuid4().hex]
    ).fetchone()
    for count, seconds, price, *more in before:
        talked(
            queue, count, seconds, price, template if more[:1] == ["own"] else None, **(more[1:] or [{}])[0]
        )
    campaign = filled(queue, 10)
    queue.owner.execute("update public.campaigns set template_id = %s where id = %s", [template, campaign])

    told = queue.database.call(
        "preview_campaign", id=campaign, limits={"calls_per_second": 1.0}, at=NOON, minute_price=0.014
    )

    looked_at = told["calls_looked_at"]
    assert (told["talk_s"], told["talk_from"], looked_at["talk_s"]) == talk
    assert (told["cost"], told["currency"], told["cost_from"], looked_at["cost"]) == cost


def test_nobody_costs_nothing(queue: Queue) -> None:
    told = queue.database.call("preview_campaign", id=made(queue), at=NOON, minute_price=0.014)

    assert (told["cost"], told["takes_s"], told["callable"]) == (0, 0, 0)


def test_lines_are_as_many_as_calls_of_before_take_them(queue: Queue, nobody_called_yet: None) -> None:
    talked(queue, 3, 30, None)
    campaign = filled(queue, 10)
    change(queue, campaign, concurrent=1)

    assert preview(queue, campaign)["takes_s"] == 300


# --- told afterwards ------------------------------------------------------------------------------


def test_a_report_counts_people_carrier_answers_and_redials_to_come(queue: Queue) -> None:
    campaign = filled(queue, 4)
    change(queue, campaign, state="running")
    token = uuid4()
    taken = [attempt for _, attempt in queue.taken(token=token)]
    queue.end(taken[0], "completed", token)
    queue.end(taken[1], "busy", token)
    queue.database.call("finish_dial", attempt_id=taken[2], token=token, outcome="refused", error="21211")

    report = queue.database.call("campaign_report", id=campaign)

    assert report["by_status"] == {"completed": 1, "queued": 1, "failed": 1, "in-progress": 1}
    assert report["by_transport"] == {"completed": 1, "busy": 1}
    assert (report["attempts"], report["under_way"], report["dialled"]) == (4, 1, 3)
    assert (report["invalid_numbers"], report["failed_by"]) == (1, {"21211": 1})
    assert report["redials_to_come"]["people"] == 1


@pytest.mark.parametrize(
    ("error", "status", "sip", "is_invalid"),
    [
        *((code, None, None, True) for code in ("21211", "21214", "21216", "21217", "not_dialable")),
        *((code, None, None, False) for code in ("21215", "21210", "20003", "refused")),
        *((None, "failed", sip, True) for sip in (404, 410, 484, 604)),
        *((None, "failed", sip, False) for sip in (503, 480, None)),
        (None, "busy", 486, False),
        (None, "no-answer", 404, False),
    ],
)
def test_a_number_that_is_nobodys_is_in_no_rate(
    queue: Queue, error: str | None, status: str | None, sip: int | None, is_invalid: bool
) -> None:
    campaign = filled(queue, 2)
    change(queue, campaign, state="running", redial={})
    token, sid = uuid4(), f"CA{uuid4().hex}"
    odd, talk = [attempt for _, attempt in queue.taken(token=token)]
    queue.end(talk, "completed", token)
    if error:
        queue.database.call("finish_dial", attempt_id=odd, token=token, outcome="refused", error=error)
    else:
        queue.database.call("finish_dial", attempt_id=odd, token=token, outcome="sent", call_sid=sid)
        queue.database.call("record_call_status", call_sid=sid, status=status, sip_response_code=sip)
        queue.database.call("settle_dial", attempt_id=odd, status=status, call_sid=sid)

    report = queue.database.call("campaign_report", id=campaign)

    assert report["invalid_numbers"] == is_invalid
    assert report["by_transport"] == {"completed": 1} | (
        {} if is_invalid or error == "refused" else {status or "failed": 1}
    )
    assert report["dialled"] == (2 if not is_invalid and not error else 1)


def test_a_foreign_actor_sees_and_changes_no_campaign(queue: Queue) -> None:
    campaign = filled(queue, 1)
    actor = {"user_id": str(uuid4()), "role": "operator"}

    answers = [
        queue.database.call("show_campaign", id=campaign, actor=actor),
        queue.database.call("preview_campaign", id=campaign, actor=actor),
        queue.database.call("campaign_report", id=campaign, actor=actor),
        queue.database.call("campaign_variables", id=campaign, actor=actor),
        queue.database.call("change_campaign", id=campaign, changes={"state": "running"}, actor=actor),
        queue.database.call("add_people", id=campaign, people=people(queue.number()), actor=actor),
    ]

    assert {one["code"] for one in answers} == {"unknown_campaign"}
    assert queue.database.call("list_campaigns", actor=actor)["rows"] == []
