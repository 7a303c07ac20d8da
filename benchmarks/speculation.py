"""Gather with and without answers that are begun before the caller is known to be done, in real time, on the simulator.

Each call is spoken word by word by the simulator's carrier, which tells what it has understood as Twilio does. What is
measured is from the carrier's final result (the silence that ends the words is over) to the first sound of the answer, at
the simulator's ear; fillers are no answer. `python -m benchmarks.speculation --calls 12`.
"""

import argparse
import re
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table

from simulator.house import own_database
from tests.house import House, open_house
from voicebot.domain.call.phrases import FILLERS, phrase

TALKS = (
    ("Are you open today?", "Where are you?", "Thanks. When do you close?"),
    (
        "Hello, my bike has a flat tyre and I would like to know whether you could repair it this week.",
        "How much is it?",
        "And do you also rent bicycles for a whole weekend, with a child seat?",
    ),
    ("What can you do for me?", "Do you sell electric bikes?", "Are you open on Sunday?"),
)
TARGET_S = 0.35


@dataclass
class Measured:
    """What came of the turns of one run."""

    sound_s: list[float] = field(default_factory=list)
    fillers: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    usd: float = 0.0


def talk(house: House, number: int, measured: Measured) -> None:
    """Hold one call, and note when each answer began to be heard."""
    phone = house.phone
    sid = phone.call(f"+1202555{1000 + number:04d}", speed=1.0, typing_is_speaking=False)
    view = phone.wait(sid, "speech", timeout_s=30)
    for text in TALKS[number % len(TALKS)]:
        heard = len(view["heard"])
        phone.say(sid, text, confidence=0.93)
        view = phone.wait(sid, "speech", after=heard, timeout_s=60)
    phone.hangup(sid)
    time.sleep(1.0)
    fillers = {phrase(which) for which in FILLERS}
    with psycopg.connect(house.dsn) as database:
        pauses = [
            float(row[0])
            for row in database.execute(
                """select t.closing ->> 'pause_s' from public.call_turns t
                     join public.call_history c on c.id = t.call_id where c.call_sid = %s order by t.turn""",
                [sid],
            )
            if row[0]
        ]
    items, turn = phone.get(sid)["heard"], 0
    for place, item in enumerate(items):
        if item["kind"] != "caller":
            continue
        final_s = item["at_s"] + item["duration_s"] + pauses[turn]
        turn += 1
        sounds = [each for each in items[place + 1 :] if each["kind"] in ("play", "say")]
        measured.fillers += bool(sounds) and sounds[0]["text"] in fillers
        answer = next((each for each in sounds if each["text"] not in fillers), None)
        if answer:
            measured.sound_s.append(answer["at_s"] - final_s)


def run(folder: Path, dsn: str, calls: int, *, speculation: bool) -> Measured:
    """Hold the calls, a few at once."""
    measured = Measured()
    # The house's own number is measured, not its caps or its hours.
    settings = {"VOICEBOT_SPECULATION": str(speculation).lower(), "VOICEBOT_ONBOARDING": "none"}
    with open_house(folder, dsn, speed=1.0, settings=settings, popen=subprocess.Popen) as house:
        # Whatever is made once is made before.
        talk(house, 999, Measured())
        before = outcomes(house)
        threads = [threading.Thread(target=talk, args=(house, number, measured)) for number in range(calls)]
        for thread in threads:
            thread.start()
            time.sleep(0.7)
        for thread in threads:
            thread.join()
        after = outcomes(house)
        measured.outcomes = {name: int(count - before.get(name, 0)) for name, count in after.items()}
        with psycopg.connect(dsn) as database:
            row = database.execute(
                """select sum(s.spent_usd - s.paid_minutes * 0.014) from public.call_states s
                     join public.call_history c on c.id = s.call_id where c.from_number like '+12025551___'"""
            ).fetchone()
            measured.usd = float(row[0] or 0) if row else 0.0
            database.execute("update public.call_states set spent_usd = 0, paid_minutes = 0")
    return measured


def outcomes(house: House) -> dict[str, float]:
    """What became of the answers that were begun."""
    with urllib.request.urlopen(f"{house.url}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    return {
        found[1]: float(found[2])
        for found in re.finditer(r'voicebot_speculations_total\{outcome="(\w+)",[^}]*\} ([\d.]+)', text)
    }


def row_of(name: str, measured: Measured) -> tuple[str, ...]:
    """Return a line of the table."""
    sounds = sorted(measured.sound_s)
    at = lambda share: f"{sounds[min(len(sounds) - 1, int(len(sounds) * share))] * 1000:.0f}"  # noqa: E731
    within = sum(each <= TARGET_S for each in sounds)
    told = measured.outcomes
    hits = told.get("hit", 0) + told.get("hit_early", 0)
    return (
        name, str(len(sounds)), f"{statistics.median(sounds) * 1000:.0f}", at(0.95), f"{within}/{len(sounds)}",
        str(measured.fillers), str(told.get("started", 0)), str(hits),
        str(told.get("miss", 0) + told.get("none", 0)), f"{measured.usd * 100 / max(1, len(sounds)):.2f}",
    )  # fmt: skip


def main() -> None:
    """Run both and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=12)
    options = parser.parse_args()
    table = Table(
        title=f"from the final result to the first sound of the answer, {options.calls} calls at once"
    )
    for column in ("", "turns", "p50 ms", "p95 ms", f"within {TARGET_S * 1000:.0f} ms", "fillers", "begun", "hits",
                   "misses", "cents a turn"):  # fmt: skip
        table.add_column(column)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with own_database(folder / "database") as dsn:
            for name, speculation in (("with", True), ("without", False)):
                (folder / name).mkdir()
                table.add_row(*row_of(name, run(folder / name, dsn, options.calls, speculation=speculation)))
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
