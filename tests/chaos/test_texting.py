"""Texts while things break: processes killed or frozen, no database, no spool, a carrier that repeats, drops and fails.

Judged by the database and the carrier's own books: nothing that we accepted is lost, nothing is answered or sent twice.
CHAOS=long (`make chaos`) takes the product's own leases, longer outages and more load.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from simulator.house import free_port
from tests.chaos.conftest import wait_until
from tests.chaos.outage import recovered, stopped
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
    processes,
    question,
    rows_of,
    settle,
    spool_of,
    statuses_of,
)
from tests.chaos.verdict import HEADER, Verdict, judge
from tests.house import NUMBER, ROOT, House, open_house
from tests.support.servers import MIGRATED, Server
from voicebot.services.upkeep.reconcile import reconcile
from voicebot.storage.embedded import server
from voicebot.wiring import build_runtime

# No second try: whatever is lost or doubled once is a fault, however busy the machine is.
pytestmark = [
    pytest.mark.chaos,
    pytest.mark.timeout(1800 if LONG else 120),
    pytest.mark.flaky(reruns=0),
    pytest.mark.long,
]

SENDERS, RATE, LOAD_S = (200, 15.0, 60.0) if LONG else (20, 14.0, 3.0)
KILLS_AT_S = tuple(range(3, 58, 5)) if LONG else (0.8, 1.2)
OUTAGE_S = 60.0 if LONG else 5.0
LATE_S = 30.0 if LONG else 2.5
"""Longer than the carrier is waited for."""
EACH = 10 if LONG else 1
"""How many texts meet each fault of the carrier."""


@pytest.fixture(scope="module")
def table(pytestconfig: pytest.Config) -> Iterator[list[Verdict]]:
    rows: list[Verdict] = []
    yield rows
    with pytestconfig.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print("\n".join(["", HEADER, *map(str, rows)]))


@pytest.fixture(scope="module")
def manned_house(own_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("texting"), own_server.dsn(MIGRATED)) as house:
        yield house


@pytest.fixture
def house(manned_house: House, own_server: Server) -> Iterator[House]:
    """Web processes and two workers on a database that is there, and a carrier that behaves."""
    server.ensure_running(own_server.data_dir)
    man(manned_house)
    manned_house.phone.knobs()
    manned_house.phone.knobs({"loop_guard": "off"})
    yield manned_house
    manned_house.tidy()
    for name in WORKERS:
        manned_house.children[name].send_signal(signal.SIGCONT)


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
        wait_until(lambda: faults_left(house) == 0, timeout_s=20.0 + EACH * LATE_S)
        # What is tried again would meet the next fault.
        settle(house, senders[name])
    reached = [number for name in senders if name != NEVER for number in senders[name]]
    wait_until(lambda: len(at_carrier(house, reached)) >= len(reached), timeout_s=60.0, pause_s=LOOK_S)
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
    wait_until(lambda: all_sent(house, senders), timeout_s=60.0, pause_s=LOOK_S)

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


# --- the database and the spool -------------------------------------------------------------------


@dataclass(frozen=True)
class Outage:
    """What was texted before and during the one outage that the tests below judge, by whom, and what we answered."""

    senders: list[str]
    early: list[str]
    during: list[str]
    coded: str
    code: str
    refused_senders: list[str]
    refused: list[str]
    tries: list[int | None]
    """How the texts were answered that came while the spool could not be written either."""
    began: float
    ended: float
    same_processes: bool
    """Whether none ended, so that nobody had to start one."""


@pytest.fixture(scope="module")
def outage(manned_house: House, own_server: Server) -> Outage:
    """Pull the database's plug under texts and reports, near the end the spool's too, and wait until all is over."""
    house = manned_house
    server.ensure_running(own_server.data_dir)
    man(house, at_least=len(WORKERS))
    senders, (coded,), refused_senders = people(100 if LONG else 10), people(1), people(3)
    everybody = [*senders, coded, *refused_senders]
    known(house, everybody)
    house.phone.knobs({"hostile": {"delay_s": [1.5, 3.0]}})
    early = load(house, senders[:5], rate=10.0, seconds=0.5)
    wait_until(lambda: len(at_carrier(house, senders)) >= len(early), pause_s=LOOK_S)
    pids = processes(house)

    with stopped(own_server):
        began = time.time()
        during = load(house, senders, rate=6.0, seconds=OUTAGE_S)
        code = house.phone.text("It is 482913", coded)
        assert house.phone.callbacks_idle(30.0)
        with spool_in_the_way(house):
            refused = load(house, refused_senders, rate=20.0, seconds=0.15)
            assert house.phone.callbacks_idle(30.0)
        tries, ended = statuses_of(house, refused), time.time()
    recovered(house)
    house.phone.knobs()
    for sid, number in zip([code, *refused], [coded, *refused_senders], strict=True):
        house.phone.text("", number, sid=sid)
    settle(house, everybody)
    same = processes(house) == pids
    return Outage(senders, early, during, coded, code, refused_senders, refused, tries, began, ended, same)


@contextmanager
def spool_in_the_way(house: House) -> Iterator[None]:
    """There is a file where the spool's folder should be; what lies in the spool comes back with it."""
    spool, aside = spool_of(house), spool_of(house).with_name("aside")
    spool.rename(aside)
    spool.write_bytes(b"in the way")
    yield
    spool.unlink()
    aside.rename(spool)


def test_what_comes_while_the_database_is_away_is_there_once_afterwards(
    outage: Outage, house: House, table: list[Verdict]
) -> None:
    verdict = judge(house, f"database away for {OUTAGE_S:.0f} s", outage.senders)
    table.append(verdict)

    reports = [
        hook["status"]
        for hook in house.phone.ledger()["webhooks"]
        if hook["kind"] == "delivery"
        and outage.began < hook["at"] < outage.ended
        and hook["params"]["To"] in outage.senders
    ]
    texts = [*outage.early, *outage.during]
    stored = [row["message_sid"] for row in rows_of(house, outage.senders, "inbound")]
    assert reports
    assert set(reports) == {204}
    assert set(statuses_of(house, outage.during)) == {200}
    assert (verdict.accepted, verdict.lost, verdict.double) == (len(texts), 0, 0)
    assert {row["status"] for row in rows_of(house, outage.senders, "outbound")} == {"delivered"}
    assert in_order(stored, texts, len(outage.senders))
    assert outage.same_processes


def in_order(stored: list[str], sent: list[str], apart: int) -> bool:
    """Whether the texts of each person were stored as they were sent; they took turns."""
    early, during = sent[:5], sent[5:]
    threads = [[*early[place : place + 1], *during[place::apart]] for place in range(apart)]
    return all([sid for sid in stored if sid in set(thread)] == thread for thread in threads)


def test_what_may_be_a_code_does_not_lie_in_the_spool_and_has_to_come_again(
    outage: Outage, house: House, table: list[Verdict]
) -> None:
    verdict = judge(house, "a code, database away", [outage.coded])
    table.append(verdict)

    # Whether it is one only the database knows.
    assert statuses_of(house, [outage.code]) == [503] * 6 + [200]
    assert (verdict.accepted, verdict.effects, verdict.double, verdict.lost) == (1, 1, 0, 0)


def test_with_neither_database_nor_spool_the_carrier_is_asked_to_come_again(
    outage: Outage, house: House, table: list[Verdict]
) -> None:
    verdict = judge(house, "neither database nor spool", outage.refused_senders)
    table.append(verdict)

    assert outage.tries == [503] * 6 * len(outage.refused)
    assert (verdict.accepted, verdict.effects, verdict.double, verdict.lost) == (3, 3, 0, 0)


def test_no_process_starts_whose_spool_cannot_be_written(house: House, tmp_path: Path) -> None:
    (tmp_path / "spool").write_bytes(b"in the way")
    environ = house.environ | {"VOICEBOT_DATA_DIR": str(tmp_path), "PORT": str(free_port())}

    def started(command: str) -> subprocess.CompletedProcess[str]:
        arguments = [sys.executable, "-m", "voicebot", command]
        return subprocess.run(arguments, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60)

    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(started, ["serve", "worker"]))

    for process in ended:
        assert process.returncode == 1
        assert process.stderr.count("\n") == 1, process.stderr
        assert f"the spool folder {tmp_path}/spool cannot be written" in process.stderr


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
    wait_until(lambda: holds_everything(house, asker, waiting) and faults_left(house) == 0)
    frozen.send_signal(signal.SIGSTOP)
    other.send_signal(signal.SIGCONT)
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
