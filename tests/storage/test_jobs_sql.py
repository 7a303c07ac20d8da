"""Jobs in SQL: made with the data they belong to, in silence, closed to strangers, swept when their worker died."""

import psycopg
import pytest

from voicebot.storage.migrate.jobs_schema import package_schema

pytestmark = pytest.mark.sql


@pytest.fixture(autouse=True)
def no_jobs(owner):
    owner.execute("delete from jobs.procrastinate_jobs")
    owner.execute("delete from jobs.procrastinate_workers")


def jobs(owner, columns="task_name"):
    return owner.execute(f"select {columns} from jobs.procrastinate_jobs order by id").fetchall()


def running(owner, task, *, attempts=0, heartbeat_age_s=None):
    """Make a job that a worker took; its worker was last heard so long ago, or has been forgotten."""
    worker = None
    if heartbeat_age_s is not None:
        words = "insert into jobs.procrastinate_workers (last_heartbeat) values (now() - make_interval(secs => %s)) returning id"
        worker = owner.execute(words, [heartbeat_age_s]).fetchone()[0]
    job = owner.execute("select jobs.defer(%s, '{}')", [task]).fetchone()[0]
    owner.execute(
        "update jobs.procrastinate_jobs set status = 'doing', worker_id = %s, attempts = %s where id = %s",
        [worker, attempts, job],
    )
    return job


def test_the_schema_is_the_installed_packages(owner):
    from voicebot.storage.migrate.apply import SQL_FOLDER

    migration = (SQL_FOLDER / "migrations" / "0006_jobs.sql").read_text()

    assert package_schema() in migration, (
        "procrastinate's schema changed: see voicebot/storage/migrate/jobs_schema.py"
    )


def test_a_job_carries_what_it_was_given(owner):
    words = """select jobs.defer('summarise_call', '{"call_id": 7}', scheduled_at => '2031-01-01T00:00:00Z',
                                 lock_key => 'call-7', queue => 'slow')"""
    made = owner.execute(words).fetchone()[0]

    columns = (
        "id, task_name, args, scheduled_at::text, lock, queueing_lock, queue_name, status::text, priority"
    )
    owner.execute("set timezone = 'UTC'")
    assert jobs(owner, columns) == [
        (made, "summarise_call", {"call_id": 7}, "2031-01-01 00:00:00+00", "call-7", None, "slow", "todo", 0)
    ]


def test_a_job_exists_only_if_its_data_does(owner):
    with pytest.raises(psycopg.errors.DivisionByZero), owner.transaction():
        owner.execute("select jobs.defer('fetch_price', '{}')")
        owner.execute("select 1 / 0")

    assert jobs(owner) == []


def test_asking_twice_with_a_queueing_lock_makes_one_waiting_job(owner):
    first = owner.execute("select jobs.defer('a', '{}', queueing_lock => 'once')").fetchone()[0]
    second = owner.execute("select jobs.defer('a', '{}', queueing_lock => 'once')").fetchone()[0]

    assert second == first
    assert len(jobs(owner)) == 1


def test_making_a_job_notifies_nobody(owner, dsn):
    with psycopg.connect(dsn, autocommit=True) as listener:
        listener.execute('listen "procrastinate_any_queue_v1"')
        listener.execute('listen "procrastinate_queue_v1#default"')
        owner.execute("select jobs.defer('quiet', '{}')")
        owner.execute("notify procrastinate_any_queue_v1, 'the listener does hear'")

        heard = [note.payload for note in listener.notifies(timeout=2, stop_after=1)]

    assert heard == ["the listener does hear"]


def test_a_hint_is_what_the_engine_listens_for(database, dsn):
    with psycopg.connect(dsn, autocommit=True) as listener:
        listener.execute('listen "procrastinate_any_queue_v1"')
        assert database.call("hint_workers") == {"result": "hinted"}

        heard = [note.payload for note in listener.notifies(timeout=2, stop_after=1)]

    assert heard == ['{"type": "job_inserted", "job_id": 0}']


@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_strangers_reach_nothing_of_it(owner, role):
    tables = owner.execute(
        "select count(*) from pg_class c where relnamespace = 'jobs'::regnamespace and relkind in ('r', 'S') and "
        "case relkind when 'r' then has_table_privilege(%(role)s, oid, 'select, insert, update, delete, truncate') "
        "else has_sequence_privilege(%(role)s, oid, 'usage, select, update') end",
        {"role": role},
    ).fetchone()[0]
    functions = owner.execute(
        """select array_agg(p.proname) from pg_proc p where (pronamespace = 'jobs'::regnamespace
            or proname in ('hint_workers', 'sweep_stalled_jobs', 'job_health'))
            and has_function_privilege(%s, p.oid, 'execute')""",
        [role],
    ).fetchone()[0]
    schema = owner.execute("select has_schema_privilege(%s, 'jobs', 'usage')", [role]).fetchone()[0]

    assert (tables, functions, schema) == (0, None, False)


def test_the_service_may_make_jobs(owner):
    owner.execute("set role service_role")

    owner.execute("select jobs.defer('by_service', '{}')")

    owner.execute("reset role")
    assert jobs(owner) == [("by_service",)]


def test_jobs_of_dead_workers_are_tried_again(owner, database):
    silent = running(owner, "silent", heartbeat_age_s=61)
    forgotten = running(owner, "forgotten")
    running(owner, "alive", heartbeat_age_s=59)

    swept = database.call("sweep_stalled_jobs")

    assert [job["id"] for job in swept["retried"]] == [silent, forgotten]
    assert swept["failed"] == []
    states = jobs(owner, "task_name, status::text, attempts, scheduled_at > now() or status <> 'todo'")
    assert states == [
        ("silent", "todo", 1, True),
        ("forgotten", "todo", 1, True),
        ("alive", "doing", 0, True),
    ]


def test_a_job_that_killed_five_workers_is_given_up(owner, database):
    poison = running(owner, "poison", attempts=4)

    swept = database.call("sweep_stalled_jobs")

    assert swept == {"retried": [], "failed": [{"id": poison, "task_name": "poison", "attempts": 5}]}
    assert jobs(owner, "status::text, attempts") == [("failed", 5)]


def test_sweeping_again_changes_nothing_more(owner, database):
    running(owner, "silent")
    database.call("sweep_stalled_jobs")

    assert database.call("sweep_stalled_jobs") == {"retried": [], "failed": []}


def test_health_tells_what_waits_and_for_how_long(owner, database):
    owner.execute("select jobs.defer('later', '{}', now() + interval '1 hour')")
    owner.execute("select jobs.defer('due', '{}', now() - interval '30 seconds')")
    plain = owner.execute("select jobs.defer('due', '{}')").fetchone()[0]
    owner.execute(
        "update jobs.procrastinate_jobs set scheduled_at = now() - interval '90 seconds' where id = %s",
        [plain],
    )
    running(owner, "running", heartbeat_age_s=5)

    health = database.call("job_health")

    assert (health["due"], health["later"], health["running"], health["failed"]) == (2, 1, 1, 0)
    assert health["oldest_due_s"] == pytest.approx(90, abs=2)
    assert health["workers"] == 1
    assert health["heartbeat_age_s"] == pytest.approx(5, abs=2)


def test_health_of_nothing_is_quiet(database):
    health = database.call("job_health")

    assert health["oldest_due_s"] == 0
    assert health["heartbeat_age_s"] is None
