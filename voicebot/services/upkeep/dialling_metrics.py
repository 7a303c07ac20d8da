"""Show the state of the dialling as metrics: open incidents, and the answer rates of our numbers.

The web process reads the rows itself, so the metrics exist without a worker too.
"""

from collections import Counter
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from voicebot.domain.dialling.incidents import INCIDENT_KINDS
from voicebot.runtime import Runtime
from voicebot.services.operators.incidents import incident_health
from voicebot.storage.catalogue.number_health import Row, number_health
from voicebot.storage.database import DatabaseAway, DatabaseBug
from voicebot.storage.incidents import IncidentHealth


def render_dialling(runtime: Runtime) -> bytes:
    """Return the metrics in Prometheus' format; nothing while the database is away, which has a metric of its own."""
    try:
        collected = _Dialling(incident_health(runtime), number_health(runtime.database))
    except (DatabaseAway, DatabaseBug):
        return b""
    registry = CollectorRegistry()
    registry.register(collected)
    return generate_latest(registry)


class _Dialling(Collector):
    def __init__(self, incidents: IncidentHealth, numbers: list[Row]) -> None:
        self._incidents, self._numbers = incidents, numbers

    def collect(self) -> Iterator[GaugeMetricFamily]:
        standing = Counter(row["kind"] for row in self._incidents.standing)
        incidents = GaugeMetricFamily(
            "voicebot_open_incidents", "What is wrong with the dialling right now.", labels=["kind"]
        )
        for kind in INCIDENT_KINDS:
            incidents.add_metric([kind], standing[kind])
        yield incidents
        red = GaugeMetricFamily(
            "voicebot_number_red", "1 while a number of ours is left out of the choice.", labels=["number"]
        )
        calls = GaugeMetricFamily(
            "voicebot_number_calls_today",
            "Calls of today (UTC) by number and by what came of them; dials are all of them.",
            labels=["number", "outcome"],
        )
        for row in self._numbers:
            red.add_metric([row["number"]], row["state"] == "red")
            for outcome in ("dials", "answers", "short_answers", "busy", "declined", "blocked"):
                calls.add_metric([row["number"], outcome], row["today"][outcome])
        yield red
        yield calls
