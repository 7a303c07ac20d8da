"""Three hundred streams in two processes, a tenth of them talking, for ten minutes: nobody waits for anybody, and nothing piles up."""

import json
import os
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from benchmarks.streams.sounds import write_sounds
from simulator.house import free_port
from tests.house import ROOT, House, open_house
from tests.support.servers import Server
from tests.support.waiting import wait_for

SOAK_S = float(os.environ.get("SOAK_S", "600"))
pytestmark = [
    pytest.mark.chaos,
    pytest.mark.timeout(SOAK_S + 300),
    pytest.mark.skipif(os.environ.get("CHAOS") != "long", reason="make chaos plays it"),
]
CALLS, PAUSE_S = int(os.environ.get("SOAK_CALLS", "300")), 11.0
"""A question and its answer take some two seconds each. A pause is at most 19 s: some 22 s of silence end a call."""
SETTLE_S = 30.0
MOST_LAG_S, MOST_GROWTH = 0.020, 0.05
STREAMS = {
    "VOICE_TRANSPORT": "media",
    "VOICEBOT_MAX_CALLS": "400",
    "VOICEBOT_LOG_LEVEL": "warning",
    "TRANSCRIBER": "own",
    # Streams are tried here, not the gate before the voice: it has 30 places where nobody says more.
    "ELEVENLABS_CONCURRENCY": str(CALLS),
}
COMES_UP_S = 240.0
"""A machine with other work takes a minute for two processes; until their sockets are probed, calls go to Gather."""


@pytest.fixture
def stand_ins(tmp_path: Path) -> Iterator[str]:
    """Transcriber, model and voice that answer at once and cost little; give their address."""
    write_sounds(tmp_path)
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "benchmarks.streams.stubs",
        "--port",
        str(port),
        "--sounds",
        str(tmp_path),
    ]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        wait_for(lambda: answers(f"http://127.0.0.1:{port}/stats"), timeout_s=30)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def crowded(server: Server, template: str, tmp_path: Path, stand_ins: str) -> Iterator[House]:
    """A house of two processes whose calls are streams."""
    name = f"test_{uuid.uuid4().hex}"
    providers = {
        "OPENAI_BASE_URL": f"{stand_ins}/v1",
        "ELEVENLABS_BASE_URL": stand_ins,
        "STT_BASE_URL": f"{stand_ins}/v1",
    }
    with open_house(tmp_path / "house", server.create(name, template), settings=STREAMS | providers) as house:
        wait_for(lambda: "voicebot_stream_healthy 1.0" in metrics_of(house), timeout_s=COMES_UP_S / 2)
        yield house
    server.drop(name)


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).status_code == 200
    except requests.ConnectionError:
        return False


def metrics_of(house: House) -> str:
    return requests.get(f"{house.url}/metrics", timeout=10).text


def lags(house: House) -> dict[float, float]:
    """How often the hubs were late by at most so many seconds."""
    found: dict[float, float] = {}
    for bound, count in re.findall(
        r'voicebot_hub_lag_seconds_bucket\{[^}]*le="([^"]+)"[^}]*\} (\S+)', metrics_of(house)
    ):
        found[float(bound)] = found.get(float(bound), 0.0) + float(count)
    return found


def memory_of(house: House) -> int:
    return sum(psutil.Process(pid).memory_info().rss for pid in house.web_pids())


def begun(house: House, stand_ins: str, sounds: Path) -> subprocess.Popen[str]:
    settings = house.settings
    command = [
        sys.executable, "-m", "benchmarks.streams.media_load", "--url", house.url,
        "--account-sid", settings.twilio_account_sid, "--auth-token", settings.twilio_auth_tokens[0],
        "--calls", str(CALLS), "--window", str(SETTLE_S + SOAK_S), "--pause", str(PAUSE_S),
        "--server-pid", str(house.web_pids()[0]), "--sounds", str(sounds), "--stub", stand_ins,
    ]  # fmt: skip
    with (sounds / "refused").open("w") as refused:
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=refused, text=True)


def test_three_hundred_streams_are_carried_for_ten_minutes_without_lag_and_without_growth(
    crowded: House, stand_ins: str, tmp_path: Path
) -> None:
    load = begun(crowded, stand_ins, tmp_path)

    def is_up() -> bool:
        refused = (tmp_path / "refused").read_text()
        assert not refused, refused
        assert load.poll() is None, "the load has ended"
        return len(open_streams(crowded)) >= CALLS

    wait_for(is_up, COMES_UP_S, 1.0, told=lambda: f"{len(open_streams(crowded))} of {CALLS} calls come up")
    # The streams are carried for this long: time passes on purpose.
    time.sleep(SETTLE_S)
    pids, lag_before, memory_before = crowded.web_pids(), lags(crowded), memory_of(crowded)
    time.sleep(SOAK_S)
    lag_after, memory_after = lags(crowded), memory_of(crowded)
    out, _ = load.communicate(timeout=120)
    report: dict[str, Any] = json.loads(out)

    counts = {bound: lag_after[bound] - lag_before.get(bound, 0.0) for bound in sorted(lag_after)}
    total = counts[float("inf")]
    p99_s = next(bound for bound, count in counts.items() if count >= 0.99 * total)
    growth = memory_after / memory_before - 1
    print(
        f"{CALLS} streams, {SOAK_S:.0f} s: hub lag p99 <= {p99_s * 1000:.0f} ms, memory {memory_before >> 20} MB {growth:+.1%},"
        f" {report['turns']} turns, gap {report['gap_ms']}, unanswered {report['unanswered']}, alive {report['alive']}"
    )
    assert crowded.web_pids() == pids
    assert p99_s <= MOST_LAG_S
    assert growth < MOST_GROWTH
    assert (report["refused"], report["lost"], report["unanswered"]) == (0, 0, 0)


def open_streams(house: House) -> list[dict[str, Any]]:
    """The calls that a socket carries now."""
    return house.rows("select call_id from public.call_states where stream_lease_until > now()")
