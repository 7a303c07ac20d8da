"""Texts while the database is away, and the spool with it: what was accepted is there once afterwards, or comes again."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from simulator.house import free_port
from tests.chaos.manned_house import house, table
from tests.chaos.outage import recovered, stopped
from tests.chaos.texting import (
    LONG,
    LOOK_S,
    WORKERS,
    at_carrier,
    known,
    load,
    man,
    people,
    processes,
    rows_of,
    settle,
    spool_of,
    statuses_of,
)
from tests.chaos.verdict import Verdict, judge
from tests.house import ROOT, House
from tests.support.servers import Server
from tests.support.waiting import wait_for
from voicebot.storage.embedded import server

# No second try: whatever is lost or doubled once is a fault, however busy the machine is.
pytestmark = [
    pytest.mark.chaos,
    pytest.mark.timeout(1800 if LONG else 300),
    pytest.mark.flaky(reruns=0),
]
__all__ = ["house", "table"]

OUTAGE_S = 60.0 if LONG else 5.0


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
def outage(frail_house: House, frail_server: Server) -> Outage:
    """Pull the database's plug under texts and reports, near the end the spool's too, and wait until all is over."""
    house = frail_house
    server.ensure_running(frail_server.data_dir)
    man(house, at_least=len(WORKERS))
    senders, (coded,), refused_senders = people(100 if LONG else 10), people(1), people(3)
    everybody = [*senders, coded, *refused_senders]
    known(house, everybody)
    house.phone.knobs({"hostile": {"delay_s": [1.5, 3.0]}})
    early = load(house, senders[:5], rate=10.0, seconds=0.5)
    wait_for(lambda: len(at_carrier(house, senders)) >= len(early), pause_s=LOOK_S)
    pids = processes(house)

    with stopped(frail_server):
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
