"""The process that runs background jobs: it lives through short outages and starts anew after long ones."""

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import NoReturn

import psycopg
from procrastinate import App
from procrastinate.exceptions import ProcrastinateException
from procrastinate.worker import Worker

from voicebot.limits import Limits, WorkerLimits
from voicebot.services.fleet import WORKER, keep_share
from voicebot.settings import Settings
from voicebot.storage.spool.flusher import tell_what_stays
from voicebot.wiring import build_runtime, keep_spool_empty
from voicebot.worker.jobs import Beat, build_app
from voicebot.worker.loops import running_loops

logger = logging.getLogger(__name__)


def start_anew() -> NoReturn:
    """Replace this process by a fresh one with the same pid: whatever hung is gone, and nobody has to start it again."""
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 -- our own command line


class Heartbeat:
    """Ends this run when no heartbeat reached the database for too long: a worker nobody hears must not run on."""

    def __init__(
        self,
        limit_s: float,
        *,
        end: Callable[[], object] = start_anew,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit_s = limit_s
        self._end = end
        self._monotonic = monotonic
        self._written_at = monotonic()

    def written(self) -> None:
        """A heartbeat reached the database."""
        self._written_at = self._monotonic()

    def watch(self) -> None:
        """Keep watching in a thread of its own, which no stuck job and no stuck event loop can hold up."""
        threading.Thread(target=self._look, name="heartbeat", daemon=True).start()

    def _look(self) -> None:
        while (silent_s := self._monotonic() - self._written_at) < self._limit_s:
            time.sleep(min(1.0, self._limit_s / 10))
        logger.critical(
            "no heartbeat could be written; the worker starts anew", extra={"seconds": round(silent_s)}
        )
        self._end()


def run_worker(settings: Settings, limits: Limits | None = None) -> None:
    """Run background jobs, and the loops that answer and send texts, until SIGTERM or SIGINT.

    After a minute without a heartbeat the process replaces itself.
    Raises NoSessionConnection when the settings allow no lasting connection.
    """
    runtime = build_runtime(settings, limits=limits)
    keep_spool_empty(runtime)
    leave_fleet = keep_share(runtime, WORKER)
    try:
        _refuse_gevent()
        with running_loops(runtime) as loops:
            work(
                lambda beat: build_app(runtime, beat=beat),
                runtime.limits.worker,
                on_stop=loops.ask_to_stop,
            )
    finally:
        tell_what_stays(runtime.spool)
        leave_fleet()
        runtime.database.close()


def work(
    make_app: Callable[[Beat], App],
    limits: WorkerLimits | None = None,
    *,
    on_stop: Callable[[], None] = lambda: None,
) -> None:
    """Run the jobs of the app until SIGTERM or SIGINT, connecting again when the database was away.

    `on_stop` is called once the end is asked for, while the jobs that run are still being finished.
    """
    _refuse_gevent()
    limits = limits or WorkerLimits()
    heartbeat = Heartbeat(limits.heartbeat_limit_s)
    heartbeat.watch()
    asyncio.run(_until_stopped(lambda: make_app(heartbeat.written), limits, on_stop))


async def _until_stopped(
    make_app: Callable[[], App], limits: WorkerLimits, on_stop: Callable[[], None]
) -> None:
    stopping = asyncio.Event()

    def asked_to_stop() -> None:
        stopping.set()
        on_stop()

    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, asked_to_stop)
    logger.info("worker started")
    while not stopping.is_set():
        session = asyncio.create_task(_session(make_app(), limits))
        stop = asyncio.create_task(stopping.wait())
        await asyncio.wait({session, stop}, return_when=asyncio.FIRST_COMPLETED)
        if not session.done():
            # The engine takes this as the wish to finish what runs and to take nothing new.
            session.cancel()
        await asyncio.wait({session})
        stop.cancel()
        _report(session)
        if not stopping.is_set():
            await asyncio.sleep(limits.reconnect_s)
    logger.info("worker stopped")


async def _session(app: App, limits: WorkerLimits) -> None:
    worker = Worker(
        app,
        concurrency=limits.concurrency,
        fetch_job_polling_interval=limits.poll_s,
        update_heartbeat_interval=limits.heartbeat_s,
        stalled_worker_timeout=limits.heartbeat_limit_s,
        shutdown_graceful_timeout=limits.graceful_s,
        delete_jobs="successful",
        install_signal_handlers=False,
    )
    async with app.open_async():
        await worker.run()  # type: ignore[no-untyped-call]


def _report(session: asyncio.Task[None]) -> None:
    error = None if session.cancelled() else session.exception()
    if isinstance(error, ProcrastinateException | psycopg.Error):
        logger.warning("worker lost the database", extra={"reason": type(error.__cause__ or error).__name__})
    elif error is not None:
        raise error


def _refuse_gevent() -> None:
    monkey = sys.modules.get("gevent.monkey")
    if monkey is not None and monkey.is_module_patched("threading"):
        raise RuntimeError("the worker runs real threads: start it without gevent's patches")
