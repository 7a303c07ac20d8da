"""Texts while things break: processes killed or frozen, no database, no spool, a carrier that repeats, drops and fails.

Judged by the database and the carrier's own books: nothing that we accepted is lost, nothing is answered or sent twice.
CHAOS=long (`make chaos`) takes the product's own leases, longer outages and more load.
"""

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.chaos.manned_house import house, table
from tests.chaos.signed import post
from tests.chaos.texting import (
    LONG,
    LOOK_S,
    SEND_LEASE_S,
    WORKERS,
    at_carrier,
    fault,
    faults_left,
    kill_one,
    known,
    load,
    man,
    people,
    question,
    rows_of,
    settle,
    statuses_of,
)
from tests.chaos.verdict import Verdict, judge
from tests.house import NUMBER, House
from tests.support.waiting import wait_for
from voicebot.services.upkeep.reconcile import reconcile
from voicebot.wiring import build_runtime

# No second try: whatever is lost or doubled once is a fault, however busy the machine is.
pytestmark = [
    pytest.mark.chaos,
    pytest.mark.timeout(1800 if LONG else 300),
    pytest.mark.flaky(reruns=0),
]
__all__ = ["house", "table"]

SENDERS, RATE, LOAD_S = (200, 15.0, 60.0) if LONG else (20, 14.0, 3.0)
KILLS_AT_S = tuple(range(3, 58, 5)) if LONG else (0.8, 1.2)
LATE_S = 30.0 if LONG else 2.5
"""Longer than the carrier is waited for."""
EACH = 10 if LONG else 1
"""How many texts meet each fault of the carrier."""


# --- processes ------------------------------------------------------------------------------------


def test_killed_processes_lose_no_text_and_answer_none_twice(house: House, table: list[Verdict]) -> None:
    senders = people(SENDERS)
    known(house, senders[::2])
    # The carrier's answers come late, so that whoever is killed leaves texts behind of which nobody knows; and what
    # tells of them comes after the claims have run out.
    fault(house, 10**6, status=0, acted=True, delay_s=0.3)
    house.phone.knobs({"hostile": {"delay_s": [SEND_LEASE_S + 0.8, SEND_LEASE_S + 1.2]}})

    with ThreadPoolExecutor(1) as pool:
        began, texting = time.monotonic(), pool.submit(load, house, senders, rate=RATE, seconds=LOAD_S)
        for number, at_s in enumerate(KILLS_AT_S):
            time.sleep(max(0.0, began + at_s - time.monotonic()))
            kill_one(house, ("worker-a", "web", "worker-b", "web")[number % 4])
        house.phone.knobs({"hostile": {}})
        sids = texting.result()
    settle(house, senders)

    verdict = judge(house, "kill -9 under load", senders)
    table.append(verdict)
    assert (verdict.accepted, verdict.lost, verdict.double) == (len(sids), 0, 0)


# --- the carrier ----------------------------------------------------------------------------------


def test_every_webhook_that_comes_three_times_has_one_effect(house: House, table: list[Verdict]) -> None:
    senders = people(30 if LONG else 6)
    known(house, senders[::2])
    house.phone.knobs({"redeliver_inbound": 2})

    sids = load(house, senders, rate=20.0, seconds=2 * len(senders) / 20.0)
    settle(house, senders)
    told = [
        hook
        for hook in house.phone.ledger()["webhooks"]
        if hook["kind"] == "delivery" and hook["params"]["To"] in senders
    ]
    with ThreadPoolExecutor(8) as pool:
        again = list(pool.map(lambda hook: post(house, hook["url"], hook["params"]).status_code, told * 2))
    settle(house, senders)

    verdict = judge(house, "every webhook three times", senders)
    table.append(verdict)
    assert len(statuses_of(house, sids)) == 3 * len(sids)
    assert set(again) == {204}
    assert (verdict.accepted, verdict.double, verdict.lost) == (len(sids), 0, 0)
    assert {row["status"] for row in rows_of(house, senders, "outbound")} == {"delivered"}


def test_reports_in_all_orders_end_in_what_the_carrier_says(house: House, table: list[Verdict]) -> None:
    senders = people(60 if LONG else 12)
    known(house, senders)
    errors = dict.fromkeys(senders[::3], 30003) | dict.fromkeys(senders[1::3], 30002)
    house.phone.knobs(
        {"hostile": {"duplicate": 0.7, "reorder": 0.6, "delay_s": [0.0, 0.4]}, "text_errors": errors}
    )

    load(house, senders, rate=20.0, seconds=len(senders) / 20.0)
    settle(house, senders)

    verdict = judge(house, "reports doubled, late, swapped", senders)
    table.append(verdict)
    books = {message["sid"]: message for message in house.phone.messages()}
    rows = rows_of(house, senders, "outbound")
    ends = {(row["status"], row["error_code"]) for row in rows}
    assert [row["status"] for row in rows] == [books[row["message_sid"]]["status"] for row in rows]
    assert ends == {("delivered", None), ("undelivered", "30003"), ("failed", "30002")}
    assert (verdict.effects, verdict.double, verdict.lost) == (len(rows), 0, 0)


NEVER = "500, never made"
FAULTS: dict[str, dict[str, Any]] = {
    "429": {"status": 429, "code": 20429},
    "accepted, then cut off": {"acted": True, "cut": True},
    "500 after it was made": {"acted": True},
    "made, answered too late": {"acted": True, "status": 0, "delay_s": LATE_S},
    "made after we gave up": {"status": 0, "delay_s": LATE_S},
    NEVER: {},
}


def test_however_the_carrier_fails_no_text_is_sent_twice(house: House, table: list[Verdict]) -> None:
    senders = {name: people(EACH) for name in FAULTS}
    known(house, [number for pair in senders.values() for number in pair])

    for name, how in FAULTS.items():
        fault(house, EACH, **how)
        load(house, senders[name], rate=20.0, seconds=EACH / 20.0)
        wait_for(lambda: faults_left(house) == 0, timeout_s=20.0 + EACH * LATE_S)
        # What is tried again would meet the next fault.
        settle(house, senders[name])
    reached = [number for name in senders if name != NEVER for number in senders[name]]
    wait_for(lambda: len(at_carrier(house, reached)) >= len(reached), timeout_s=60.0, pause_s=LOOK_S)
    settle(house, [*reached, *senders[NEVER]])

    for name, pair in senders.items():
        verdict = judge(house, name, pair)
        table.append(verdict)
        made = 0 if name == NEVER else EACH
        assert (verdict.effects, verdict.unconfirmed) == (made, EACH - made)
        assert (verdict.accepted, verdict.double, verdict.lost) == (EACH, 0, 0)


def test_a_text_of_which_nobody_tells_is_found_on_the_list(house: House, table: list[Verdict]) -> None:
    senders = people(3)
    known(house, senders)
    house.phone.knobs({"hostile": {"drop": 1.0}})
    fault(house, 3, acted=True)

    load(house, senders, rate=20.0, seconds=0.15)
    wait_for(lambda: all_sent(house, senders), timeout_s=60.0, pause_s=LOOK_S)

    verdict = judge(house, "500 after it, reports dropped", senders)
    table.append(verdict)
    assert (verdict.effects, verdict.double, verdict.lost, verdict.unconfirmed) == (3, 0, 0, 0)


def all_sent(house: House, senders: list[str]) -> bool:
    rows = rows_of(house, senders, "outbound")
    return len(rows) >= len(senders) and {row["outbox_state"] for row in rows} == {"sent"}


def test_texts_that_never_reached_us_are_found_and_answered(house: House, table: list[Verdict]) -> None:
    senders = people(3)
    known(house, senders)
    house.phone.knobs({"drop_inbound": 3})
    load(house, senders, rate=20.0, seconds=0.15)
    assert house.phone.callbacks_idle()
    missed = len(rows_of(house, senders, "inbound"))

    found = found_later(house, rounds=2)
    settle(house, senders)

    verdict = judge(house, "webhooks dropped, then found", senders)
    table.append(verdict)
    assert missed == 0
    assert found == [3, 0]
    assert (verdict.effects, verdict.double, verdict.lost) == (3, 0, 0)


def found_later(house: House, *, rounds: int) -> list[int]:
    """Compare with the carrier as if it were two minutes later: a text's webhook may still be on its way."""
    runtime = build_runtime(house.settings)
    runtime.now = lambda: datetime.now(UTC) + timedelta(minutes=2)
    since = datetime.now(UTC) - timedelta(hours=1)
    try:
        return [reconcile(runtime, since).texts_found for _ in range(rounds)]
    finally:
        runtime.hint.close()
        runtime.database.close()


# --- a worker that does not know how late it is -------------------------------------------------


def test_a_frozen_worker_that_wakes_after_its_leases_has_no_effect(
    house: House, table: list[Verdict]
) -> None:
    man(house, at_least=len(WORKERS))
    (asker, *waiting) = senders = people(5)
    known(house, senders)
    frozen, other = (house.children[name] for name in WORKERS)
    for worker in (frozen, other):
        worker.send_signal(signal.SIGSTOP)
    house.phone.provider_knobs(target="model", mode="slow", delay_s=3.0, times=1)
    fault(house, len(waiting), status=0, delay_s=2.0)
    house.phone.text(question(), asker)
    # As many as there are senders, so that all of them are under way.
    queue = "select public.queue_text(n, %s, 'sms', 'Your bicycle is ready.', 'conversation') from unnest(%s::text[]) n"
    house.rows(queue, NUMBER, waiting)
    assert house.phone.callbacks_idle()

    frozen.send_signal(signal.SIGCONT)
    wait_for(lambda: holds_everything(house, asker, waiting) and faults_left(house) == 0)
    frozen.send_signal(signal.SIGSTOP)
    other.send_signal(signal.SIGCONT)
    # Its leases run out, in the time of the database.
    time.sleep(SEND_LEASE_S + 0.5)
    settle(house, senders)
    before = at_carrier(house, senders)
    house.phone.text(question(), asker)
    frozen.send_signal(signal.SIGCONT)
    frozen.terminate()
    frozen.wait(40.0)
    settle(house, senders)

    verdict = judge(house, "worker frozen past its leases", senders)
    table.append(verdict)
    states = [row["outbox_state"] for row in rows_of(house, waiting, "outbound")]
    assert at_carrier(house, waiting) == [message for message in before if message[0] != asker]
    assert states == ["sent"] * len(waiting)
    assert (verdict.accepted, verdict.effects, verdict.double, verdict.lost) == (2, 6, 0, 0)


def holds_everything(house: House, asker: str, waiting: list[str]) -> bool:
    """Whether somebody is making the answer and has claimed all of the other texts."""
    thread = (
        "select id from public.conversations where customer_identifier = %s and answer_lease_until > now()"
    )
    sending = [row for row in rows_of(house, waiting, "outbound") if row["outbox_state"] == "sending"]
    return bool(house.rows(thread, asker)) and len(sending) == len(waiting)
