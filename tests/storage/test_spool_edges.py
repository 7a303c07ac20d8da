"""What others see of the spool: no file before it is whole, none that was refused, and what it tells of itself."""

import os
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from tests.storage.spooling import NOON, Database, database, facts, flusher, received, sids, spool
from voicebot.storage.spool.facts import Facts
from voicebot.storage.spool.files import Spool, SpooledFact
from voicebot.telemetry import metrics

ROOT = Path(__file__).parents[2]
__all__ = ["database", "facts", "spool"]


def value_of(name: str) -> float:
    """What a metric stands at."""
    return metrics.REGISTRY.get_sample_value(name) or 0.0


def test_a_fact_that_is_being_written_is_not_there_for_who_replays(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync, seen = os.fsync, []

    def synced(number: int) -> None:
        if not stat.S_ISDIR(os.fstat(number).st_mode):
            seen.append(spool.waiting())
        sync(number)

    monkeypatch.setattr(os, "fsync", synced)

    spool.append(SpooledFact("message_received", "key", {}, NOON))

    assert seen == [[]]
    assert len(spool.waiting()) == 1


def test_a_fact_whose_name_may_not_outlive_a_power_cut_is_refused_and_gone(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = os.fsync

    def synced(number: int) -> None:
        if stat.S_ISDIR(os.fstat(number).st_mode):
            raise OSError("the folder cannot be synced")
        sync(number)

    monkeypatch.setattr(os, "fsync", synced)

    # Whoever told us is asked to tell it again, so that it must not be replayed as well.
    with pytest.raises(OSError, match="cannot be synced"):
        spool.append(SpooledFact("message_received", "key", {}, NOON))

    assert list(spool.folder.iterdir()) == []


def test_facts_are_replayed_by_when_they_were_seen_and_not_by_when_they_were_written(
    spool: Spool, database: Database
) -> None:
    for second in (7, 2, 9, 4, 1, 8, 3, 6, 5, 0):
        moment = NOON + timedelta(seconds=second)
        spool.append(SpooledFact("message_received", "key", {"message_sid": f"SM{second}"}, moment))

    flusher(spool, database).flush()

    assert sids(database) == [f"SM{second}" for second in range(10)]


def test_a_fact_that_is_set_aside_is_counted_and_logged_without_its_words(
    facts: Facts, spool: Spool, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    before = value_of("voicebot_corrupt_facts_total")
    database.away = True
    received(facts, "+12025550123", "SM1", content="my secret words")
    [path] = spool.waiting()
    database.away, database.refuses = False, lambda params: True

    flusher(spool, database).flush()

    [line] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert (line.message, vars(line)["key"]) == ("a spooled fact was set aside", path.name)
    assert "secret" not in caplog.text
    assert value_of("voicebot_corrupt_facts_total") == before + 1


def test_what_waits_and_for_how_long_can_be_watched(facts: Facts, spool: Spool, database: Database) -> None:
    database.away = True
    spool.append(SpooledFact("message_received", "old", {"message_sid": "SM0"}, NOON - timedelta(days=30)))
    received(facts, "+12025550123", "SM1")

    flusher(spool, database).flush()
    stranded = value_of("voicebot_spool_waiting"), value_of("voicebot_spool_oldest_seconds")
    database.away = False
    flusher(spool, database).flush()

    assert stranded[0] == 2
    assert stranded[1] > timedelta(days=1).total_seconds()
    assert (value_of("voicebot_spool_waiting"), value_of("voicebot_spool_oldest_seconds")) == (0, 0)


def test_whoever_answers_texts_is_told_once_what_was_replayed(
    facts: Facts, spool: Spool, database: Database
) -> None:
    told: list[list[str]] = []
    replaying = flusher(spool, database, lambda: told.append(sids(database)))
    database.away = True
    received(facts, "+12025550123", "SM1")
    received(facts, "+12025550144", "SM2")
    replaying.flush()
    database.away = False

    replaying.flush()
    replaying.flush()

    assert told == [["SM1", "SM2"]]


UNDER_GEVENT = """
from gevent import monkey; monkey.patch_all()
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from voicebot.storage.spool.files import Spool, SpooledFact

thread = monkey.get_original("_thread", "get_ident")
spool = Spool(Path(sys.argv[1]), b"k" * 32)
spool.probe()
sync, at = os.fsync, []

def watched(number):
    at.append(thread())
    sync(number)

os.fsync = watched
spool.append(SpooledFact("message_received", "key", {}, datetime.now(UTC)))
print(len(spool.waiting()), len(at), thread() in at)
"""


def test_the_disk_is_waited_for_outside_the_thread_that_carries_the_calls(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", UNDER_GEVENT, str(tmp_path / "spool")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert run.stdout == "1 2 False\n", run.stderr
