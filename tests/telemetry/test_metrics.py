"""Counting, in one process and over several."""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.waiting import wait_for
from voicebot.providers.measured import provider_call
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.telemetry import metrics
from voicebot.telemetry.metric_files import ROOM, metric_file

ROOT = Path(__file__).parents[2]
TWO_PROCESSES = """
import os, sys
from pathlib import Path
from voicebot.telemetry import shared_metrics
shared_metrics.prepare(Path(sys.argv[1]))
from voicebot.telemetry import metrics
for number in (1, 2):
    child = os.fork()
    if child == 0:
        metrics.REFUSED_SIGNATURES.labels("wrong").inc(number)
        metrics.LIVE_TURNS.set(number)
        metrics.SPOOL_WAITING.set(10 - number)
        metrics.SPOOL_OLDEST.set(10 - number)
        metrics.SPOOL_LOOKED_AT.set(number)
        os._exit(0)
    os.waitpid(child, 0)
    if number == 1:
        shared_metrics.forget_process(child)
print(metrics.render().decode())
"""


def observed(outcome: str) -> float:
    samples = metrics.PROVIDER_SECONDS.labels("model", "stream", outcome)._child_samples()
    return next(sample.value for sample in samples if sample.name == "_count")


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, "ok"),
        (ProviderError("model", "429", Outcome.NOT_SENT), "not_sent"),
        (ProviderError("model", "400", Outcome.REFUSED), "refused"),
        (ValueError("x"), "bug"),
        (GeneratorExit(), "cancelled"),
    ],
)
def test_a_use_of_a_provider_counts_under_what_came_of_it(error, outcome):
    before = observed(outcome)

    try:
        with provider_call("model", "stream"):
            if error:
                raise error
    except (ProviderError, ValueError, GeneratorExit) as raised:
        assert raised is error

    assert observed(outcome) == before + 1


def test_processes_add_up_and_gauges_of_dead_ones_go(tmp_path):
    (tmp_path / "counter_1.db").write_bytes(b"what an earlier start left")

    shown = subprocess.run(
        [sys.executable, "-c", TWO_PROCESSES, str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout

    assert 'voicebot_refused_signatures_total{reason="wrong"} 3.0' in shown
    assert "voicebot_live_turns 2.0" in shown
    assert "voicebot_spool_waiting 8.0" in shown
    assert "voicebot_spool_oldest_seconds 8.0" in shown
    assert "voicebot_spool_looked_at_seconds 2.0" in shown
    files = list(tmp_path.rglob("*.db"))
    assert len(files) > 1 and all(file.stat().st_blocks * 512 >= ROOM for file in files)


def test_a_full_disk_ends_no_process_that_counts(tmp_path):
    file = tmp_path / "counter_1.db"
    metric_file(str(file)).write_value("[]", 2.0, 0.0)

    # No hole is left that a write would have to find room for.
    assert file.stat().st_blocks * 512 >= ROOM


def test_a_process_whose_metrics_have_no_room_counts_for_itself(tmp_path):
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM // 2, limit[1]))
    try:
        values = metric_file(str(tmp_path / "counter_1.db"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, ignored)

    values.write_value("[]", 2.0, 0.0)

    assert values.read_value("[]") == (2.0, 0.0)
    assert list(tmp_path.iterdir()) == []


def test_one_process_shows_its_own(monkeypatch):
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)

    assert b"# TYPE voicebot_live_turns gauge" in metrics.render()


def test_the_lag_monitor_notices_who_does_not_yield():
    metrics.WORST_HUB_LAG.set(0)
    stop = metrics.start_lag_monitor(interval_s=0.005)

    def is_noticed() -> bool:
        # A long step in C code holds the interpreter as a long step without yielding holds the hub.
        sum(range(5_000_000))
        return bool(metrics.WORST_HUB_LAG._value.get() >= 0.02)

    wait_for(is_noticed)
    stop()
