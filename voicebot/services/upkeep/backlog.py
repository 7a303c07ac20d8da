"""Measure the backlog as metrics: how much waits, for how long, and whether a worker runs.

The figures come from the database, because the worker has no metrics of its own and may be missing altogether.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from voicebot.storage.database import Database, DatabaseAway, DatabaseBug

Row = Mapping[str, Any]
KINDS = {"thread": "threads", "text": "texts", "job": "jobs"}
NEVER = float("inf")


def read_backlog(database: Database) -> Row:
    """Return what `sql/functions/upkeep/backlog.sql` says. Raises DatabaseAway and DatabaseBug."""
    backlog: Row = database.call("backlog")
    return backlog


def render_backlog(database: Database) -> bytes:
    """Return the backlog in Prometheus' format; nothing while the database is away, which has a metric of its own."""
    try:
        backlog = read_backlog(database)
    except (DatabaseAway, DatabaseBug):
        return b""
    registry = CollectorRegistry()
    registry.register(_Backlog(backlog))
    return generate_latest(registry)


class _Backlog(Collector):
    def __init__(self, backlog: Row) -> None:
        self._backlog = backlog

    def collect(self) -> Iterator[GaugeMetricFamily]:
        waiting = GaugeMetricFamily(
            "voicebot_backlog",
            "Threads that wait for an answer, texts and jobs that are due.",
            labels=["kind"],
        )
        oldest = GaugeMetricFamily(
            "voicebot_backlog_oldest_seconds", "For how long the oldest of them has waited.", labels=["kind"]
        )
        for kind, plural in KINDS.items():
            waiting.add_metric([plural], self._backlog[plural])
            oldest.add_metric([plural], self._backlog[f"oldest_{kind}_s"])
        yield waiting
        yield oldest
        yield GaugeMetricFamily(
            "voicebot_unconfirmed_texts",
            "Texts of two days of which nobody knows whether they were sent.",
            self._backlog["unconfirmed"],
        )
        yield GaugeMetricFamily(
            "voicebot_open_escalations",
            "What a person has to look at and nobody has closed.",
            self._backlog["open_escalations"],
        )
        yield GaugeMetricFamily(
            "voicebot_open_escalations_oldest_seconds",
            "For how long the oldest of them has been open.",
            self._backlog["oldest_escalation_s"],
        )
        yield GaugeMetricFamily(
            "voicebot_worker_heartbeat_age_seconds",
            "Since when no worker has been heard of; infinite when none ever was.",
            _age(self._backlog["heartbeat_age_s"]),
        )
        yield GaugeMetricFamily(
            "voicebot_rounds_age_seconds",
            "Since when no periodic round was made, of which one is due every 30 s; infinite when none ever was.",
            _age(self._backlog["rounds_age_s"]),
        )


def _age(seconds: float | None) -> float:
    return NEVER if seconds is None else float(seconds)
