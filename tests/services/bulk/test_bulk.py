"""Bulk actions as the worker does them: killed in the middle, exported, capped."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from tests.support.waiting import wait_for
from voicebot.domain.access.actor import THE_OPERATOR
from voicebot.domain.search.query import NOTHING
from voicebot.limits import BulkLimits, Limits
from voicebot.services.bulk.begin import begin, look
from voicebot.services.bulk.choose import CallsLike, EntriesLike, Ticked
from voicebot.services.bulk.export import exported
from voicebot.services.bulk.run import resume_bulk, run_bulk, sweep_bulk
from voicebot.storage.bulk import actions as bulk
from voicebot.storage.bulk.actions import BulkRefused, BulkWish
from voicebot.storage.queue import QueueFilter

pytestmark = pytest.mark.sql
WORKER = """
import sys
from types import SimpleNamespace
from voicebot.limits import BulkLimits, Limits
from voicebot.services.bulk.run import run_bulk
from voicebot.storage.database import PostgresDatabase

run_bulk(SimpleNamespace(database=PostgresDatabase(sys.argv[1]), limits=Limits(bulk=BulkLimits(batch=1))), sys.argv[2])
"""
CANCEL = BulkWish("entry", "cancel", {})


def entries(owner, count):
    rows = owner.execute(
        """insert into public.call_queue (user_id, recipient_number, purpose)
           select private.house_account(), '+1303555' || lpad((9000 + n)::text, 4, '0'), 'asked_for'
             from generate_series(1, %s) n returning id""",
        [count],
    ).fetchall()
    return [UUID(str(row[0])) for row in rows]


def state_of(owner, bulk_id):
    return owner.execute(
        "select state, done, skipped from public.bulk_actions where id = %s", [bulk_id]
    ).fetchone()


def test_a_killed_worker_leaves_whole_batches_and_the_next_does_the_rest_once(runtime, dsn, owner):
    ids = entries(owner, 400)
    made, _ = begin(runtime, Ticked("entry", ids), CANCEL, uuid4().hex)
    worker = subprocess.Popen([sys.executable, "-c", WORKER, dsn, made["id"]])
    wait_for(lambda: state_of(owner, made["id"])[1] >= 5, 60, pause_s=0.01)

    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    between = state_of(owner, made["id"])
    runtime.limits = replace(Limits(), bulk=BulkLimits(quiet_s=0.0))
    resumed = resume_bulk(runtime)
    run_bulk(runtime, made["id"])

    assert between[0] == "running" and 5 <= between[1] < 400
    assert resumed >= 1
    assert state_of(owner, made["id"]) == ("done", 400, 0)
    done = owner.execute(
        "select count(*) from public.call_queue where id = any (%s) and status = 'canceled'", [ids]
    )
    assert done.fetchone() == (400,)


def test_an_export_begins_anew_and_its_file_is_whole_or_not_there(runtime, owner):
    entries(owner, 7)
    runtime.limits = replace(Limits(), bulk=BulkLimits(exported=3))
    made, _ = begin(runtime, EntriesLike(QueueFilter()), BulkWish("entry", "export", {}), uuid4().hex)
    which = UUID(made["id"])
    # A worker that died behind its first rows.
    bulk.export_bulk_batch(runtime.database, which, 0, batch=3)

    early = exported(runtime.settings, which)
    run_bulk(runtime, made["id"])
    lines = b"".join(exported(runtime.settings, which)).decode().splitlines()
    found = bulk.show_bulk(runtime.database, which)

    assert early is None
    assert len(lines) == 1 + found["total"] == 1 + found["done"]
    assert len(set(lines)) == len(lines)


def test_a_file_is_gone_after_a_day(runtime, owner, tmp_path):
    entries(owner, 1)
    made, _ = begin(runtime, EntriesLike(QueueFilter()), BulkWish("entry", "export", {}), uuid4().hex)
    run_bulk(runtime, made["id"])
    file = next((tmp_path / "exports").iterdir())
    assert exported(runtime.settings, UUID(made["id"])) is not None

    os.utime(file, (time.time() - 25 * 3600,) * 2)

    assert exported(runtime.settings, UUID(made["id"])) is None
    assert sweep_bulk(runtime) >= 1
    assert list((tmp_path / "exports").iterdir()) == []


def test_more_rows_than_an_action_takes_are_told_before_and_refused(runtime, owner):
    owner.execute(
        """insert into public.call_history (phone_number, call_sid)
           select '+12025550123', 'CAmany' || n from generate_series(1, 10001) n"""
    )
    export = BulkWish("call", "export", {})

    told = look(runtime, CallsLike(NOTHING), export, reader=THE_OPERATOR, actor=THE_OPERATOR)
    with pytest.raises(BulkRefused) as refused:
        begin(runtime, CallsLike(NOTHING), export, uuid4().hex)

    assert (told.is_too_many, told.total, refused.value.code) == (True, 10_001, "too_many")
    owner.execute("delete from public.call_history where call_sid like 'CAmany%'")
