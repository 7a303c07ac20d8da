"""How many calls on sockets one core carries, how soon a caller hears an answer, and what a call costs.

`.venv/bin/python -m benchmarks.streaming` prints the tables of docs/figures.md. The server has core 0 for itself; the callers, the
stand-ins for transcriber, model and voice, and Postgres have core 1. Everything that a call has is on: signed webhooks, tokens, real
turn detection, rows. All latencies are at our socket: no telephone network is between.

A peer runs beside it where it is installed: `python3 -m venv .pipecat` and then
`.pipecat/bin/pip install 'pipecat-ai[silero,openai,websocket,elevenlabs,runner]==1.14.0' uvloop httptools uvicorn`.
"""

import argparse
import json
import os
import subprocess
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.streams import server
from benchmarks.streams.server import OTHERS_CORE, PIPECAT, Run, Tested
from benchmarks.streams.sounds import write_sounds
from benchmarks.streams.stubs import FIXED, REALISTIC, Latencies
from benchmarks.webhook_servers import postgres

STEPS = (20, 50, 100, 150, 200, 250, 300, 400)
PIPECAT_STEPS = (4, 8, 12, 16)
COMPARED = (20, 100)
"""Calls at which the gap is measured in all ways."""
HESITATES_EACH = 4
MOST_LATE_PCT, MOST_SLOWER_MS = 0.5, 250.0
SESSIONS = 1000
DISTRUST_PCT, DISTRUST_SLIP_MS = 85.0, 15.0

Report = dict[str, Any]
Serve = Callable[[Run, str], AbstractContextManager[Tested]]
ours_by_media: Serve = partial(server.ours, transport="media")


def media(
    run: Run, serve: Serve, calls: int, window_s: float, *more: str, stub: Sequence[str] = ()
) -> Report:
    """Measure one number of calls on a server that has carried none before."""
    with server.stubs(run, *stub) as providers, serve(run, providers) as tested:
        return server.load(
            tested, "media_load", "--calls", str(calls), "--window", str(window_s), "--stub", providers,
            "--sounds", str(run.sounds), *more,
        )  # fmt: skip


def is_held(report: Report, light_ms: float) -> bool:
    """Whether all calls were served: nothing unanswered, nearly nothing late, the tail near a light load's median."""
    p95 = report["gap_ms"]["p95"]
    return (
        not (report["unanswered"] or report["refused"] or report["lost"])
        and report["late_pct"] < MOST_LATE_PCT
        and p95 is not None
        and p95 <= light_ms + MOST_SLOWER_MS
    )


def is_trusted(report: Report) -> bool:
    """Whether the generator itself kept up."""
    return report["generator_cpu_pct"] < DISTRUST_PCT and report["slip_p99_ms"] < DISTRUST_SLIP_MS


def climb(
    console: Console, table: Table, name: str, measure: Callable[[int], Report], steps: Sequence[int]
) -> int:
    """Measure rising numbers of calls until one is not held; return the highest that was."""
    held, light_ms = 0, 0.0
    for calls in steps:
        report = measure(calls)
        light_ms = light_ms or report["gap_ms"]["p50"] or 0.0
        good = is_held(report, light_ms)
        row(console, table, name, report, "yes" if good else "no")
        if not good:
            break
        held = calls
    return held


def row(console: Console, table: Table, name: str, report: Report, held: str = "") -> None:
    """Add a line, and show that something goes on."""
    gap = report["gap_ms"]
    cells = [
        name, str(report["calls"]), _ms(gap["p50"]), _ms(gap["p95"]), f"{report['late_pct']:.2f}",
        f"{report['unanswered'] + report['refused'] + report['lost']} of {report['turns']}",
        f"{report['cpu_ms_per_call_s']:.1f}", str(report["kb_per_call"]), held + ("" if is_trusted(report) else " (generator late)"),
    ]  # fmt: skip
    table.add_row(*cells)
    console.print("  " + " | ".join(cells) + f" | {json.dumps(report['why_refused'])}", style="dim")


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


def media_table(title: str) -> Table:
    """Return an empty table of calls over Media Streams."""
    return Table(
        "", "calls", "gap p50 ms", "p95", "late %", "unanswered", "CPU-ms a call-second", "kB a call", "held", title=title
    )  # fmt: skip


def capacity(console: Console, run: Run, window_s: float, steps: Sequence[int]) -> None:
    """Find out how many calls are held, here and by the peer."""
    table = media_table("Calls on one core")
    found = climb(console, table, "ours", lambda calls: media(run, ours_by_media, calls, window_s), steps)
    lines = [f"ours holds {found}"]
    if PIPECAT.exists():
        held = climb(
            console,
            table,
            "Pipecat",
            lambda calls: media(run, server.pipecat, calls, window_s),
            PIPECAT_STEPS,
        )
        lines.append(f"Pipecat holds {held}")
    else:
        lines.append("Pipecat: skipped, there is no .pipecat/ (see --help)")
    console.print(table, "; ".join(lines))


def gaps(console: Console, run: Run, window_s: float, compared: Sequence[int]) -> None:
    """Tell how long a caller waits for an answer, and what answers cost that were begun and dropped."""
    kinds: tuple[tuple[str, Latencies, tuple[str, ...]], ...] = (
        ("fixed", FIXED, ()),
        ("realistic", REALISTIC, ("--realistic",)),
    )
    table = media_table("What a caller waits for, from the last frame of speech to the first of the answer")
    notes = []
    for name, latencies, stub in kinds:
        for calls in compared:
            report = media(run, ours_by_media, calls, window_s, stub=stub)
            row(console, table, f"{name}, {latencies.sum_ms:.0f} ms at the providers", report)
    for calls in compared:
        report = media(run, ours_by_media, calls, window_s, "--hesitates-each", str(HESITATES_EACH))
        row(console, table, f"fixed, one question in {HESITATES_EACH} with a pause", report)
        notes.append(f"{calls} calls with pauses: {dropped(report)}")
    console.print(table, *notes, sep="\n")


def dropped(report: Report) -> str:
    """Tell what was asked of the providers for answers that nobody heard."""
    asked, turns = report["asked"], max(1, report["turns"])
    answers = asked["answers"] - turns
    return (
        f"{turns} turns, {max(0, answers)} answers begun and dropped ({max(0, answers) / turns:.0%}), "
        f"{asked['tokens'] / turns:.1f} tokens and {asked['signs'] / turns:.0f} signs of voice a turn, {report['cut_off']} cut off"
    )


def relay(console: Console, run: Run, window_s: float, sessions: int) -> None:
    """Measure ConversationRelay."""
    with (
        server.stubs(run, "--relay") as providers,
        server.ours(run, providers, transport="relay") as tested,
    ):
        report = server.load(
            tested, "relay_load", "--calls", str(sessions), "--calls-per-s", "20", "--window", str(window_s)
        )
    token = report["token_ms"]
    table = Table(
        "sessions", "token in, token out p50 ms", "p99", "lost", "CPU-ms a session-second", "kB a session",
        title="ConversationRelay: each a turn of 40 tokens at 50 a second, every 10 s",
    )  # fmt: skip
    table.add_row(
        str(report["alive"]), str(token["p50"]), str(token["p99"]),
        f"{report['refused'] + report['lost']}, {report['words_missing_pct']} % of the words",
        str(report["cpu_ms_per_call_s"]), str(report["kb_per_call"]),
    )  # fmt: skip
    console.print(table, json.dumps(report), sep="\n")


def main() -> int:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=("capacity", "gaps", "relay"), help="one of the three parts")
    parser.add_argument("--calls", type=int, nargs="+", default=list(STEPS), help="steps of the capacity")
    parser.add_argument(
        "--compared", type=int, nargs="+", default=list(COMPARED), help="calls at which the gap is measured"
    )
    parser.add_argument("--sessions", type=int, default=SESSIONS, help="of ConversationRelay")
    parser.add_argument("--window", type=float, default=18.0, help="seconds that are measured of each run")
    given = parser.parse_args()
    if (os.cpu_count() or 1) <= OTHERS_CORE:
        raise SystemExit("two cores are needed: one for the server, one for everything else")
    console = Console(highlight=False, width=140)
    parts: dict[str, Callable[[Run], None]] = {
        "capacity": lambda run: capacity(console, run, given.window, given.calls),
        "gaps": lambda run: gaps(console, run, given.window, given.compared),
        "relay": lambda run: relay(console, run, given.window, given.sessions),
    }
    # Postgres inherits it.
    os.sched_setaffinity(0, {OTHERS_CORE})
    with ExitStack() as stack:
        ground = stack.enter_context(postgres(stack))
        run = Run(ground.folder, ground)
        run.sounds.mkdir()
        write_sounds(run.sounds)
        for name, part in parts.items():
            if given.only in (None, name):
                try:
                    part(run)
                except subprocess.CalledProcessError as error:
                    console.print(f"{name}: the load has failed with {error.returncode}")
                    return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
