"""The spool loses nothing that it took, replays in order, and says so when it cannot take more."""

import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
from datetime import timedelta
from pathlib import Path

import pytest

from tests.storage.spooling import KEY, NOON, Database, database, facts, flusher, received, sids, spool
from voicebot.storage.spool.facts import FactLost, Facts
from voicebot.storage.spool.files import Spool, SpooledFact, SpoolUnusable

ROOT = Path(__file__).parents[2]
__all__ = ["database", "facts", "spool"]


def test_a_fact_goes_to_the_database_while_it_is_there(
    facts: Facts, spool: Spool, database: Database
) -> None:
    received(facts, "+12025550123", "SM1")

    assert sids(database) == ["SM1"]
    assert spool.waiting() == []


def test_what_the_database_misses_is_replayed_in_order(
    facts: Facts, spool: Spool, database: Database
) -> None:
    database.away = True
    for number in range(20):
        assert received(facts, "+12025550123", f"SM{number}") == {"result": "spooled"}
    database.away = False

    replayed = flusher(spool, database).flush()

    assert replayed == 20
    assert sids(database) == [f"SM{number}" for number in range(20)]
    assert spool.waiting() == []


def test_a_fact_waits_behind_older_ones_of_its_key(facts: Facts, spool: Spool, database: Database) -> None:
    database.away = True
    received(facts, "+12025550123", "SM1")
    database.away = False

    received(facts, "+12025550123", "SM2")
    received(facts, "+12025550144", "SM3")

    assert sids(database) == ["SM3"]
    flusher(spool, database).flush()
    assert sids(database) == ["SM3", "SM1", "SM2"]


def test_a_request_to_stop_is_replayed_first(facts: Facts, spool: Spool, database: Database) -> None:
    database.away = True
    received(facts, "+12025550123", "SM1", keyword="start")
    received(facts, "+12025550144", "SM2", keyword="stop")
    received(facts, "+12025550155", "SM3", opt_out=True)
    facts.about("+12025550166").call("suppress", message_sid="said in a call")
    database.away = False

    flusher(spool, database).flush()

    assert sids(database) == ["SM2", "SM3", "said in a call", "SM1"]


def test_a_database_that_goes_away_again_loses_nothing(
    facts: Facts, spool: Spool, database: Database
) -> None:
    database.away = True
    for number in range(5):
        received(facts, "+12025550123", f"SM{number}")

    flusher(spool, database).flush()

    assert len(spool.waiting()) == 5


def test_a_poison_fact_is_set_aside_and_the_others_go_on(
    facts: Facts, spool: Spool, database: Database
) -> None:
    database.away = True
    for number in range(3):
        received(facts, f"+1202555012{number}", f"SM{number}")
    database.away = False
    database.refuses = lambda params: params["message_sid"] == "SM1"

    flusher(spool, database).flush()

    assert sids(database) == ["SM0", "SM2"]
    assert spool.waiting() == []
    assert len(list((spool.folder / ".corrupt").iterdir())) == 1


@pytest.mark.parametrize("damage", [b"", b"not encrypted", None])
def test_a_damaged_file_is_set_aside_and_the_others_go_on(
    facts: Facts, spool: Spool, database: Database, damage: bytes | None
) -> None:
    database.away = True
    for number in range(3):
        received(facts, f"+1202555012{number}", f"SM{number}")
    database.away = False
    path = spool.waiting()[1]
    path.write_bytes(path.read_bytes()[:-20] if damage is None else damage)

    flusher(spool, database).flush()

    assert sids(database) == ["SM0", "SM2"]
    assert [aside.name for aside in (spool.folder / ".corrupt").iterdir()] == [path.name]


def test_what_cannot_even_be_opened_is_set_aside_and_the_others_go_on(
    facts: Facts, spool: Spool, database: Database
) -> None:
    (spool.folder / "00000000000000000001-0-0.fact").mkdir()
    database.away = True
    received(facts, "+12025550123", "SM1")
    database.away = False

    flusher(spool, database).flush()

    assert sids(database) == ["SM1"]
    assert spool.waiting() == []


def test_what_cannot_be_set_aside_does_not_hold_up_the_others(
    facts: Facts, spool: Spool, database: Database
) -> None:
    (spool.folder / "00000000000000000001-0-0.fact").write_bytes(b"damaged")
    (spool.folder / ".corrupt").write_bytes(b"in the way")
    database.away = True
    received(facts, "+12025550123", "SM1")
    database.away = False

    flusher(spool, database).flush()

    assert sids(database) == ["SM1"]
    assert len(spool.waiting()) == 1


def test_a_round_without_the_database_reads_one_file_however_many_wait(
    facts: Facts, spool: Spool, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.away = True
    for number in range(30):
        received(facts, "+12025550123", f"SM{number}")
    read, names = spool.read, []
    monkeypatch.setattr(spool, "read", lambda path: names.append(path.name) or read(path))

    flusher(spool, database).flush()

    assert len(names) == 1


def test_half_a_file_of_a_process_that_died_is_cleared_away_and_one_being_written_is_not(
    spool: Spool,
) -> None:
    old, new = spool.folder / "old.half", spool.folder / "new.half"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))

    spool.probe()

    assert not old.exists()
    assert new.exists()


def test_a_full_disk_refuses_the_start_and_every_further_fact_and_loses_none_that_was_taken(
    tmp_path: Path,
) -> None:
    program = textwrap.dedent("""
        import resource, signal, sys
        from datetime import UTC, datetime
        from pathlib import Path
        from voicebot.storage.spool import files as module
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        spool = module.Spool(Path(sys.argv[1]), b"k" * 32)
        spool.probe()
        def fact(n):
            return module.SpooledFact("message_received", "key", {"n": n}, datetime.now(UTC))
        for n in range(3):
            spool.append(fact(n))
        resource.setrlimit(resource.RLIMIT_FSIZE, (3, 3))
        for attempt in (lambda: spool.append(fact(3)), spool.probe):
            try:
                attempt()
            except (OSError, module.SpoolUnusable) as error:
                print(type(error).__name__)
        print(sorted(spool.read(path).params["n"] for path in spool.waiting()), len(list(spool.folder.iterdir())))
    """)

    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "spool")], cwd=ROOT, capture_output=True, text=True
    )

    assert run.stdout.splitlines() == ["OSError", "SpoolUnusable", "[0, 1, 2] 3"], run.stderr


def test_nothing_in_the_spool_can_be_read_without_the_key(
    facts: Facts, spool: Spool, database: Database
) -> None:
    database.away = True
    received(facts, "+12025550123", "SM1", content="my secret words")

    for path in spool.folder.iterdir():
        raw = path.read_bytes() + path.name.encode()
        assert b"secret words" not in raw
        assert b"2025550123" not in raw


def test_a_file_in_the_place_of_the_folder_refuses_the_start(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("in the way")

    with pytest.raises(SpoolUnusable, match="cannot be written"):
        Spool(tmp_path / "spool", KEY).probe()


def test_what_neither_can_take_is_not_acknowledged(facts: Facts, spool: Spool, database: Database) -> None:
    database.away = True
    spool.folder.rename(spool.folder.with_name("gone"))
    spool.folder.write_text("in the way")

    with pytest.raises(FactLost):
        received(facts, "+12025550123", "SM1")


def test_a_claim_is_never_spooled(facts: Facts) -> None:
    with pytest.raises(ValueError, match="is no fact"):
        facts.about("x").call("check_verification", number="+12025550123")


def test_two_flushers_do_not_replay_at_the_same_time(facts: Facts, spool: Spool, database: Database) -> None:
    database.away = True
    received(facts, "+12025550123", "SM1")
    database.away = False
    other = flusher(spool, database)
    inside: list[int] = []
    database.refuses = lambda params: bool(inside.append(other.flush()))

    flusher(spool, database).flush()

    assert inside == [0]
    assert sids(database) == ["SM1"]


def test_a_fact_is_on_the_disk_before_it_has_its_name_and_its_name_before_it_is_taken(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    sync, rename = os.fsync, Path.rename

    def synced(number: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(number).st_mode) else "file")
        sync(number)

    def renamed(path: Path, target: Path) -> Path:
        steps.append("name")
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "rename", renamed)

    spool.append(SpooledFact("message_received", "key", {"n": 1}, NOON))

    assert steps == ["file", "name", "folder"]


KILLED_AT = ("write", "fsync", "rename", "sync_folder")


@pytest.mark.chaos
@pytest.mark.parametrize("step", KILLED_AT)
def test_a_process_killed_at_any_step_loses_nothing_that_was_acknowledged(tmp_path: Path, step: str) -> None:
    program = textwrap.dedent("""
        import os, signal, sys
        from datetime import UTC, datetime
        from pathlib import Path
        from voicebot.storage.spool import files as module
        step, folder = sys.argv[1], Path(sys.argv[2])
        spool = module.Spool(folder, b"k" * 32)
        spool.probe()
        def fact(n):
            return module.SpooledFact("message_received", "key", {"n": n}, datetime.now(UTC))
        for n in range(3):
            spool.append(fact(n))
            print(n, flush=True)
        def die(*_args, **_more):
            os.kill(os.getpid(), signal.SIGKILL)
        if step == "write":
            spool._cipher = type("Half", (), {"encrypt": staticmethod(lambda data: die())})()
        elif step == "fsync":
            os.fsync = die
        elif step == "rename":
            Path.rename = die
        else:
            module.Spool._sync_folder = die
        spool.append(fact(3))
        print(3, flush=True)
    """)

    run = subprocess.run(
        [sys.executable, "-c", program, step, str(tmp_path / "spool")],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert run.returncode == -signal.SIGKILL, run.stderr
    acknowledged = [int(line) for line in run.stdout.split()]
    spool = Spool(tmp_path / "spool", KEY)
    kept = [spool.read(path).params["n"] for path in spool.waiting()]
    assert acknowledged == [0, 1, 2]
    assert kept[:3] == acknowledged


def test_a_spooled_fact_is_read_back_as_it_was(spool: Spool) -> None:
    fact = SpooledFact("suppress", "+12025550123", {"words": "ä😀", "list": [1, None]}, NOON, machine="m")

    spool.append(fact)

    assert spool.read(spool.waiting()[0]) == fact
    assert json.loads(json.dumps(fact.params)) == fact.params
    assert spool.folder.stat().st_mode & 0o077 == 0


def test_waiting_facts_hold_back_what_nobody_waits_for_but_not_for_ever(
    facts: Facts, spool: Spool, database: Database
) -> None:
    database.away = True
    received(facts, "+12025550123", "SM1")

    assert spool.holds_back(NOON + timedelta(seconds=30))
    assert not spool.holds_back(NOON + timedelta(seconds=90))
