"""Dials while things break: diallers killed and frozen, a carrier that loses, fails after the fact, repeats and swaps.

Judged by the database and by the carrier's own books: nobody is called twice, nobody at night, never faster than allowed,
and everything that began has ended. CHAOS=long (`make chaos`) dials a thousand.
"""

import itertools
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.chaos.dialling.diallers import LEASE_S
from tests.chaos.texting import LONG
from tests.house import House, open_house
from tests.support.servers import MIGRATED, Server
from tests.support.waiting import wait_for

# No second try: whatever is doubled once is a fault, however busy the machine is.
pytestmark = [
    pytest.mark.chaos,
    pytest.mark.timeout(900 if LONG else 240),
    pytest.mark.flaky(reruns=0),
]

PEOPLE, SLEEPERS, RATE, VIOLENT_CLAIMS = (1000, 100, 30, 800) if LONG else (50, 10, 30, 20)
ENDED_WITHIN_S = 240.0 if LONG else 120.0
LATE_S = 2.0
"""Longer than the carrier is waited for."""
FAULTS: tuple[dict[str, Any], ...] = (
    {"status": 429, "code": 20429},
    {"acted": True, "cut": True},
    {"acted": True, "status": 500},
    {"acted": True, "status": 0, "delay_s": LATE_S},
    {"cut": True},
    {"status": 503},
)
HOSTILE = {"duplicate": 0.4, "reorder": 0.3, "delay_s": [0.0, LEASE_S + 3.0], "drop": 0.1}
"""Much is told only when a claim has long run out."""


@pytest.fixture(scope="module")
def house(own_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    settings = {"CALLS_PER_SECOND": str(RATE)}
    with open_house(
        tmp_path_factory.mktemp("dialling"), own_server.dsn(MIGRATED), web=1, settings=settings
    ) as opened:
        yield opened


def clocks() -> tuple[str, str]:
    """A zone where it is the middle of the day, and one where it is the middle of the night."""
    zones = [f"Etc/GMT{hours:+d}" for hours in range(-12, 13)]
    hour = {zone: datetime.now(ZoneInfo(zone)).hour for zone in zones}
    return next(z for z in zones if 10 <= hour[z] <= 16), next(z for z in zones if 0 <= hour[z] <= 4)


def put(house: House, area: str, count: int, zone: str) -> set[str]:
    """Ask for one call to each of so many people."""
    rows = house.rows(
        """insert into public.call_queue (user_id, purpose, recipient_number, zones, country, checked_at, max_attempts)
           select (public.ensure_user('+12025550123') ->> 'user_id')::uuid, 'asked_for', %s || lpad(n::text, 4, '0'),
                  array[%s], 'US', now(), 1
             from generate_series(1, %s) n returning recipient_number""",
        f"+1{area}555", zone, count,
    )  # fmt: skip
    return {row["recipient_number"] for row in rows}


@contextmanager
def hostile_carrier(house: House) -> Iterator[None]:
    """One fault after the other, for a third of the requests for calls."""
    over = threading.Event()

    def turn() -> None:
        for fault in itertools.cycle(FAULTS):
            house.phone.knobs({"rest_fault": {"path": "/Calls.json", "times": 10**6, "share": 0.35} | fault})
            if over.wait(0.4):
                return

    house.phone.knobs({"hostile": HOSTILE})
    turning = threading.Thread(target=turn)
    turning.start()
    try:
        yield
    finally:
        over.set()
        turning.join()
        house.phone.knobs({"rest_fault": None, "hostile": {}})


def unfinished(house: House, people: set[str]) -> list[dict[str, Any]]:
    """What is still to be dialled, or under way."""
    return house.rows(
        """select q.recipient_number, q.status, q.last_error, a.state, a.error from public.call_queue q
             left join public.call_attempts a on a.call_queue_id = q.id and a.state not in ('done', 'failed')
            where q.recipient_number = any (%s) and (q.status in ('queued', 'in-progress') or a.id is not null)""",
        list(people),
    )


def most_in_a_second(moments: list[datetime]) -> int:
    """How many of them lie in one second at most."""
    ordered = sorted(moments)
    return max(
        sum(moment < first + timedelta(seconds=1) for moment in ordered[place : place + 10 * RATE])
        for place, first in enumerate(ordered)
    )


def test_whatever_breaks_nobody_is_called_twice_or_at_night_or_too_fast(house: House) -> None:
    day, night = clocks()
    house.rows("update public.call_service_providers set concurrency_limit = 5000")
    house.phone.operator("busy", ring_s=0.2)
    awake, asleep = put(house, "303", PEOPLE, day), put(house, "720", SLEEPERS, night)

    with hostile_carrier(house):
        house.start("diallers", "-m", "tests.chaos.dialling.diallers", str(VIOLENT_CLAIMS))
        wait_for(lambda: '"slept"' in house.log("diallers"), timeout_s=150.0, pause_s=0.2)
    wait_for(
        lambda: not unfinished(house, awake),
        ENDED_WITHIN_S,
        0.5,
        told=lambda: unfinished(house, awake)[:3],
    )
    assert house.phone.callbacks_idle(20.0)

    suffered = next(json.loads(line) for line in house.log("diallers").splitlines() if '"slept"' in line)
    attempts = house.rows("select * from public.call_attempts where kind = 'talk'")
    calls = [call for call in house.phone.calls() if call["direction"] == "outbound-api"]
    told = Counter(attempt["error"] for attempt in attempts)
    print(f"\n{len(awake)} people, {len(attempts)} attempts, {len(calls)} calls, {suffered}, {dict(told)}")
    assert (suffered["killed"] >= 3, suffered["slept"] >= 1) == (True, True)
    # Each person was asked for once.
    assert max(Counter(call["to"] for call in calls).values()) == 1
    # Every call of the carrier's is the call of one attempt, also where its answer was lost.
    assert {call["sid"] for call in calls} == {
        attempt["call_sid"] for attempt in attempts if attempt["call_sid"]
    }
    assert {attempt["to_number"] for attempt in attempts} == awake
    assert {call["to"] for call in calls} & asleep == set()
    hours = [attempt["sending_at"].astimezone(ZoneInfo(day)).hour for attempt in attempts]
    assert all(8 <= hour < 21 for hour in hours)
    assert most_in_a_second([attempt["sending_at"] for attempt in attempts]) <= RATE
    late = [
        one
        for one in attempts
        if one["state"] not in ("done", "failed") or one["deadline"] < datetime.now(UTC)
    ]
    assert late == []
    assert house.rows("select subject from public.dialling_load where calls <> 0") == []
    assert {row["status"] for row in house.rows(
        "select status from public.call_queue where recipient_number = any (%s)", list(asleep)
    )} == {"queued"}  # fmt: skip
