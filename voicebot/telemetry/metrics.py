"""The service's counters and measurements, in Prometheus' terms.

One process shows its own numbers; web processes started after `shared_metrics.prepare` show their sum.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
    values,
)

from voicebot.domain.call.turn import TurnSpeed
from voicebot.telemetry.metric_files import metric_file
from voicebot.telemetry.shared_metrics import FOLDER_VARIABLE

# Before the first metric is made.
values.MmapedDict = metric_file  # type: ignore[assignment,attr-defined]
REGISTRY = CollectorRegistry()
LAG_WINDOW_S = 10.0

REFUSED_SIGNATURES = Counter(
    "voicebot_refused_signatures",
    "Requests to Twilio's routes that Twilio did not sign.",
    ["reason"],
    registry=REGISTRY,
)
REFUSED_BY_CAPS = Counter(
    "voicebot_refused_by_caps",
    "Calls that were refused and texts that were not answered: too many, or the day's money was spent.",
    ["kind", "cap"],
    registry=REGISTRY,
)
WEBHOOK_SECONDS = Histogram(
    "voicebot_webhook_seconds",
    "Time to answer a webhook.",
    ["route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 15),
    registry=REGISTRY,
)
TURN_SECONDS = Histogram(
    "voicebot_turn_seconds",
    "From the request with the caller's words to the document with the first sentence.",
    ["transport"],
    buckets=(0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5),
    registry=REGISTRY,
)
STREAM_GAP_SECONDS = Histogram(
    "voicebot_stream_gap_seconds",
    "At our socket: from the last frame of a caller's speech to the first frame of the answer, or of a filler before it.",
    ["sound"],
    buckets=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.5, 2, 3, 5),
    registry=REGISTRY,
)
STREAM_STAGE_SECONDS = Histogram(
    "voicebot_stream_stage_seconds",
    "What that time went into: wait (for the end of speech), words, token, sentence, voice, ours.",
    ["stage"],
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 4),
    registry=REGISTRY,
)
STREAM_ENGINES = Counter(
    "voicebot_stream_engines",
    "Sessions of an engine that hears and speaks by itself which were renewed, or failed and were replaced by our own parts.",
    ["outcome"],
    registry=REGISTRY,
)
STREAM_FILLERS = Counter(
    "voicebot_stream_fillers", "Fillers that were played because an answer was late.", registry=REGISTRY
)
STREAM_SOUNDS = Counter(
    "voicebot_stream_sounds", "Music and constant noise on callers' lines.", ["kind"], registry=REGISTRY
)
STREAM_REFUSED = Counter(
    "voicebot_stream_refused_messages",
    "Messages on a call's socket that its carrier does not send.",
    ["transport", "reason"],
    registry=REGISTRY,
)
SPECULATIONS = Counter(
    "voicebot_speculations",
    "Answers begun before the caller was known to be done: `started`, and of the turns that opened `hit` (the answer was whole), "
    "`hit_early` (it still ran), `miss` (the words were others) and `none` (nothing had been begun).",
    ["transport", "outcome"],
    registry=REGISTRY,
)
PROVIDER_SECONDS = Histogram(
    "voicebot_provider_seconds",
    "Time a provider took, by what came of it.",
    ["provider", "operation", "outcome"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 20),
    registry=REGISTRY,
)
PROVIDER_SLOTS = Gauge(
    "voicebot_provider_slots",
    "Places at a provider: `taken` now, `waiting` for one, and `free` of this process's share (of a model: requests that its "
    "rate still allows).",
    ["provider", "state"],
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
PROVIDER_SLOTS_REFUSED = Counter(
    "voicebot_provider_slots_refused",
    "What found no place at a provider in time, so that something else had to do.",
    ["provider", "priority"],
    registry=REGISTRY,
)
LIVE_TURNS = Gauge(
    "voicebot_live_turns", "Answers being generated now.", multiprocess_mode="livesum", registry=REGISTRY
)
STREAM_HEALTHY = Gauge(
    "voicebot_stream_healthy",
    "1 while websockets to PUBLIC_WS_URL reach this service; otherwise calls stay on Gather.",
    multiprocess_mode="livemin",
    registry=REGISTRY,
)
STREAM_SOCKETS = Gauge(
    "voicebot_stream_sockets",
    "Open websockets of calls.",
    ["transport"],
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
STREAM_PROBLEMS = Counter(
    "voicebot_stream_problems",
    "Messages that the carrier could not use, by its code.",
    ["transport", "code"],
    registry=REGISTRY,
)
STREAM_SOCKETS_CLOSED = Counter(
    "voicebot_stream_sockets_closed",
    "Websockets of calls that are over, by who or what ended them.",
    ["transport", "ending"],
    registry=REGISTRY,
)
SPOOLED_FACTS = Counter(
    "voicebot_spooled_facts", "Facts that went to the spool.", ["function"], registry=REGISTRY
)
CORRUPT_FACTS = Counter(
    "voicebot_corrupt_facts",
    "Spooled facts that could not be replayed and were set aside.",
    registry=REGISTRY,
)
SPOOL_WAITING = Gauge(
    "voicebot_spool_waiting", "Facts that wait in the spool.", multiprocess_mode="livemax", registry=REGISTRY
)
SPOOL_OLDEST = Gauge(
    "voicebot_spool_oldest_seconds",
    "Age of the oldest fact in the spool.",
    multiprocess_mode="livemax",
    registry=REGISTRY,
)
SPOOL_LOOKED_AT = Gauge(
    "voicebot_spool_looked_at_seconds",
    "When the spool was last looked into, in seconds since 1970: it stands still once nobody replays it any more.",
    multiprocess_mode="livemostrecent",
    registry=REGISTRY,
)
DATABASE_AWAY = Gauge(
    "voicebot_database_away",
    "1 while a process does not wait for the database, because it was away a moment ago.",
    multiprocess_mode="livemax",
    registry=REGISTRY,
)
HUB_LAG_SECONDS = Histogram(
    "voicebot_hub_lag_seconds",
    "How late a sleeping task is woken: what other tasks burnt without yielding.",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
    registry=REGISTRY,
)
WORST_HUB_LAG = Gauge(
    "voicebot_hub_lag_worst_seconds",
    f"The longest of the last {LAG_WINDOW_S:.0f} s.",
    multiprocess_mode="livemax",
    registry=REGISTRY,
)


def note_speed(speed: TurnSpeed) -> None:
    """Count how fast one turn on a stream was."""
    STREAM_GAP_SECONDS.labels("answer").observe(speed.gap_ms / 1000)
    if speed.filler_ms is not None:
        STREAM_GAP_SECONDS.labels("filler").observe(speed.filler_ms / 1000)
    for stage in ("wait", "words", "token", "sentence", "voice", "ours"):
        STREAM_STAGE_SECONDS.labels(stage).observe(getattr(speed, f"{stage}_ms") / 1000)


def render() -> bytes:
    """Return all metrics as Prometheus reads them."""
    return generate_latest(_together())


def samples(*families: str) -> Iterator[tuple[str, Mapping[str, str], float]]:
    """Return the samples of some families (names without `_total`), of all processes of this machine: name, labels, value."""
    for family in _together().collect():
        if family.name in families:
            yield from ((one.name, one.labels, one.value) for one in family.samples)


def _together() -> CollectorRegistry:
    if FOLDER_VARIABLE not in os.environ:
        return REGISTRY
    together = CollectorRegistry()
    multiprocess.MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together


def start_lag_monitor(interval_s: float = 0.2) -> Callable[[], None]:
    """Measure scheduling delay in the background; returns what stops it."""
    stopped = threading.Event()
    threading.Thread(target=_watch, args=(interval_s, stopped), name="lag-monitor", daemon=True).start()
    return stopped.set


def _watch(interval_s: float, stopped: threading.Event) -> None:
    worst, window_ends = 0.0, time.monotonic() + LAG_WINDOW_S
    before = time.monotonic()
    while not stopped.wait(interval_s):
        now = time.monotonic()
        lag = max(0.0, now - before - interval_s)
        HUB_LAG_SECONDS.observe(lag)
        worst = max(worst, lag)
        WORST_HUB_LAG.set(worst)
        if now > window_ends:
            worst, window_ends = 0.0, now + LAG_WINDOW_S
        before = time.monotonic()
