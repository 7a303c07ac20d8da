"""Background jobs: which there are, when they are tried again, and how their engine is connected.

A job is named by text in SQL (`jobs.defer('fetch_price', …)`) and carries ids only: the engine logs arguments.
It may start twice, so every task is idempotent.
"""

import logging
import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from psycopg_pool import AsyncConnectionPool

from voicebot.runtime import Runtime
from voicebot.services.bulk.run import resume_bulk, run_bulk, sweep_bulk
from voicebot.services.calls.end_overdue import end_overdue_calls
from voicebot.services.calls.judge_words import judge_words
from voicebot.services.calls.price import fetch_missing_prices, fetch_price
from voicebot.services.calls.settle import settle_call
from voicebot.services.calls.summarise import summarise_call
from voicebot.services.dialling.led.settle import fetch_led_call, fetch_untold_calls
from voicebot.services.dialling.machine import meet_machine
from voicebot.services.dialling.providers import route_entries
from voicebot.services.doctor.asked import examine
from voicebot.services.numbers.history import place_history
from voicebot.services.onboarding.go_on import continue_onboarding
from voicebot.services.onboarding.remind import remind_onboarding
from voicebot.services.operators.send_digest import send_digest
from voicebot.services.operators.tell import tell_operator
from voicebot.services.people.erase import finish_erasure, finish_running_erasures, sweep_kept
from voicebot.services.recordings.copy import copy_recording
from voicebot.services.texts.draft import draft_reply
from voicebot.services.texts.reply import give_back
from voicebot.services.upkeep.reconcile import TrailingWindow
from voicebot.services.upkeep.sweep_clips import sweep_clips
from voicebot.services.upkeep.sweep_records import sweep_records
from voicebot.services.verification.verify_phone import sweep as sweep_verifications
from voicebot.storage.database import Database, session_dsn

MAX_ATTEMPTS = 5
EVERY_30_S = "* * * * * */30"
EVERY_MINUTE = "* * * * *"
# A half-open connection must not silence a worker: noticed within half a minute.
CONNECTION = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
    "application_name": "voicebot-worker",
}
SESSION = """
    select set_config('role', 'service_role', false), set_config('search_path', 'jobs', false),
           set_config('statement_timeout', '10s', false), set_config('lock_timeout', '5s', false),
           set_config('idle_in_transaction_session_timeout', '30s', false)
"""
# Time for one slow connection. Longer, and the pool would sleep in its own growing pauses while the database is back.
POOL_WAIT_S = 6.0
Task = Callable[..., object]
Beat = Callable[[], None]
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Backoff(BaseRetryStrategy):
    """When a failed job is tried again: ever later, scattered, and not for ever."""

    max_attempts: int = MAX_ATTEMPTS
    first_s: float = 5.0
    longest_s: float = 600.0

    def delay_s(self, failures: int, scatter: float) -> float:
        """Return the pause after so many failures; `scatter` in 0..1 spreads it over its upper half."""
        pause = min(self.longest_s, self.first_s * math.pow(3, failures - 1))
        return pause * (0.5 + scatter / 2)

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Answer the engine; None gives the job up."""
        del exception
        failures = job.attempts + 1
        if failures >= self.max_attempts:
            logger.error("job given up", extra={"job_id": job.id, "task": job.task_name, "attempt": failures})
            return None
        milliseconds = round(self.delay_s(failures, random.random()) * 1000)
        return RetryDecision(retry_in={"milliseconds": milliseconds})


# The operator's own system may be away for an evening; whoever waits for a person waits longer than that.
# So does a wish to be left alone, and a report that a provider has not made yet.
PATIENCE = {
    name: Backoff(max_attempts=12, longest_s=3600.0)
    for name in ("tell_operator", "judge_words", "fetch_led_call", "copy_recording")
}


class WatchedJobs(JobManager):
    """The engine's job manager, telling `beat` of every heartbeat that reached the database."""

    def __init__(self, connector: PsycopgConnector, beat: Beat) -> None:
        super().__init__(connector)
        self._beat = beat

    async def register_worker(self) -> int:
        """Register, which is the first heartbeat."""
        worker_id = await super().register_worker()
        self._beat()
        return worker_id

    async def update_heartbeat(self, worker_id: int) -> None:
        """Write a heartbeat; fails for a worker that was given up meanwhile, which must register anew."""
        await self.connector.execute_query_one_async(
            "update procrastinate_workers set last_heartbeat = now() where id = %(worker_id)s returning id",
            worker_id=worker_id,
        )
        self._beat()


def product_tasks() -> dict[str, Task]:
    """Return the tasks that SQL and services ask for, by name; each takes the runtime and ids."""
    return {
        "summarise_call": summarise_call,
        "fetch_price": fetch_price,
        "continue_onboarding": continue_onboarding,
        "settle_call": settle_call,
        "tell_operator": tell_operator,
        "meet_machine": meet_machine,
        "fetch_led_call": fetch_led_call,
        "judge_words": judge_words,
        "draft_reply": draft_reply,
        "examine": examine,
        "run_bulk": run_bulk,
        "finish_erasure": finish_erasure,
        "copy_recording": copy_recording,
        "place_history": place_history,
        "route_entries": route_entries,
    }


def product_rounds() -> dict[str, tuple[str, Task]]:
    """Return what is done again and again: name -> (when, as cron with seconds last; task)."""
    return {
        "sweep_stalled": (EVERY_30_S, _sweep_stalled),
        "end_overdue_calls": (EVERY_MINUTE, end_overdue_calls),
        "fetch_untold_calls": (EVERY_MINUTE, fetch_untold_calls),
        "send_digest": (EVERY_MINUTE, send_digest),
        "give_back": (EVERY_MINUTE, give_back),
        "resume_bulk": (EVERY_MINUTE, resume_bulk),
        "sweep_bulk": ("29 * * * *", sweep_bulk),
        # A price may come long after the job that asks for it has given up.
        "fetch_missing_prices": ("*/10 * * * *", fetch_missing_prices),
        "finish_running_erasures": ("7,37 * * * *", finish_running_erasures),
        "sweep_kept": ("52 * * * *", sweep_kept),
        "sweep_clips": ("17 * * * *", sweep_clips),
        "sweep_records": ("41 * * * *", sweep_records),
        "reconcile": ("*/5 * * * *", TrailingWindow()),
        "remind_onboarding": ("*/10 * * * *", remind_onboarding),
        "sweep_verifications": ("23 * * * *", sweep_verifications),
    }


def build_app(runtime: Runtime, *, beat: Beat = lambda: None) -> App:
    """Return the product's job engine, not yet connected."""
    return job_app(session_dsn(runtime.settings), runtime, product_tasks(), product_rounds(), beat=beat)


def job_app(
    dsn: str,
    runtime: Any,
    tasks: Mapping[str, Task],
    rounds: Mapping[str, tuple[str, Task]],
    *,
    retry: Backoff | None = None,
    beat: Beat = lambda: None,
) -> App:
    """Return a job engine that runs the given tasks, each with `runtime` as its first argument."""
    connector = PsycopgConnector(
        pool_factory=_ShortPool, conninfo=dsn, kwargs=CONNECTION, min_size=1, max_size=4, configure=_configure
    )
    app = App(connector=connector)
    app.job_manager = WatchedJobs(connector, beat)
    for name, task in tasks.items():
        app.task(name=name, retry=retry or PATIENCE.get(name, Backoff()))(_with_runtime(task, runtime))
    for name, (cron, task) in rounds.items():
        # At most one waits. No `lock`: a round whose worker died would lock out the sweeper that frees it.
        declared = app.task(name=name, queueing_lock=name)(_without_time(task, runtime))
        app.periodic(cron=cron)(declared)
    return app


def sweep_stalled(database: Database, *, heartbeat_limit_s: float, max_attempts: int = MAX_ATTEMPTS) -> None:
    """Give the jobs of dead workers another try, and give those up that killed their worker too often."""
    swept = database.call(
        "sweep_stalled_jobs", heartbeat_limit_s=heartbeat_limit_s, max_attempts=max_attempts
    )
    for job in swept["retried"]:
        logger.warning("job of a dead worker is tried again", extra=_names(job))
    for job in swept["failed"]:
        logger.error("job given up: its workers died", extra=_names(job))


def _sweep_stalled(runtime: Runtime) -> None:
    sweep_stalled(runtime.database, heartbeat_limit_s=runtime.limits.worker.heartbeat_limit_s)


def _names(job: Mapping[str, Any]) -> dict[str, Any]:
    return {"job_id": job["id"], "task": job["task_name"], "attempt": job["attempts"]}


def _with_runtime(task: Task, runtime: Any) -> Task:
    def run(**ids: Any) -> None:
        task(runtime, **ids)

    return run


def _without_time(task: Task, runtime: Any) -> Task:
    def run(timestamp: int) -> None:
        del timestamp
        task(runtime)

    return run


class _ShortPool(AsyncConnectionPool[psycopg.AsyncConnection[Any]]):
    """Gives up soon: the engine itself asks for no less than half a minute, and the worker connects anew anyway."""

    async def open(self, wait: bool = False, timeout: float = POOL_WAIT_S) -> None:
        await super().open(wait, min(timeout, POOL_WAIT_S))


async def _configure(connection: psycopg.AsyncConnection[Any]) -> None:
    await connection.execute(SESSION)
    await connection.commit()
