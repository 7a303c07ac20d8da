"""How fast a list of people comes into a campaign, what memory that takes, and how soon its preview is told.

Beside it, in the same run: what the library of numbers alone costs for the same rows, and the same list as a workbook. The
numbers are of North America, spelt as people spell them, each one once: `python -m benchmarks.lists --rows 100000`.
"""

import argparse
import gc
import random
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import phonenumbers
import psutil
import psycopg
from phonenumbers import timezone as zones
from rich.console import Console
from rich.table import Table

from simulator.house import own_database
from tests.services.tables.workbooks import workbook
from voicebot.services.dialling import campaigns
from voicebot.services.dialling.import_people import Wanted, import_people
from voicebot.settings import load_settings
from voicebot.storage.campaigns import NewCampaign, preview_campaign
from voicebot.storage.database import PostgresDatabase
from voicebot.storage.dials import DialLimits
from voicebot.transports.table_files.table import source_of_open

AREAS = (
    *range(203, 210),
    *range(212, 220),
    *range(303, 306),
    *range(312, 320),
    *range(404, 410),
    *range(512, 518),
    *range(601, 606),
    *range(612, 620),
    *range(702, 705),
    *range(712, 721),
    *range(801, 806),
    *range(812, 819),
    *range(901, 905),
)
SPELT = ("+1{0}{1}{2}", "({0}) {1}-{2}", "{0}-{1}-{2}", "{0}.{1}.{2}", "+1 {0} {1} {2}", "1{0}{1}{2}")
HEADER = ["first_name", "last_name", "mobile", "city", "note"]


@dataclass
class Seen:
    """What a piece of work took: time on the clock, CPU here and in the database, the most memory beyond what there was."""

    seconds: float
    cpu_s: float
    database_cpu_s: float
    growth_mb: float
    answer: Any


def main() -> None:
    """Import, preview, print one table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000, metavar="N")
    arguments = parser.parse_args()
    people, console = rows_of(arguments.rows), Console()
    table = Table(title=f"{arguments.rows:,} people; the machine's load was {psutil.getloadavg()[0]:.1f}")
    for name in ("what", "seconds", "rows/s", "CPU us a row", "the database's", "memory MB"):
        table.add_column(name, justify="left" if name == "what" else "right")
    with tempfile.TemporaryDirectory() as folder, own_database(Path(folder)) as dsn:
        # One connection, whose process is looked at; nothing is stopped because the machine is busy.
        database = PostgresDatabase(dsn, min_size=1, max_size=1, statement_timeout_s=60.0)
        settings = load_settings({"VOICEBOT_DATA_DIR": folder, "ALLOWED_COUNTRIES": "US,CA"})
        runtime: Any = SimpleNamespace(settings=settings, database=database)
        csv_file, book = Path(folder) / "people.csv", Path(folder) / "people.xlsx"
        csv_file.write_text("".join(",".join(row) + "\n" for row in [HEADER, *people]), encoding="utf-8")
        book.write_bytes(workbook([HEADER, *people]))
        gc.collect()
        campaigns.make(runtime, NewCampaign("so that there is a connection", "asked_for"))
        server = psutil.Process(database_process(dsn))
        alone = seen(server, lambda: sum(bool(known_by_the_library(row[2])) for row in people))
        csv = seen(server, lambda: import_file(runtime, csv_file, len(people)))
        told = [
            ("the library of numbers alone", alone),
            ("a CSV file imported", csv),
            (
                "the same, looked at only",
                seen(server, lambda: import_file(runtime, csv_file, len(people), dry_run=True)),
            ),
            ("a workbook imported", seen(server, lambda: import_file(runtime, book, len(people)))),
        ]
        for what, one in told:
            table.add_row(
                what, f"{one.seconds:.1f}", f"{len(people) / one.seconds:,.0f}", f"{1e6 * one.cpu_s / len(people):.0f}",
                f"{1e6 * one.database_cpu_s / len(people):.0f}",
                f"{one.growth_mb:.0f}",
            )  # fmt: skip
        with psycopg.connect(dsn, autocommit=True) as owner:
            owner.execute("analyze")
        previews = [
            seen(server, lambda: preview_campaign(database, csv.answer, DialLimits(1.0))) for _ in range(3)
        ]
        preview = min(previews, key=lambda one: one.database_cpu_s)
        database.close()
    console.print(table)
    console.print(f"The import took {csv.cpu_s / alone.cpu_s:.2f} times the CPU of the library alone.")
    console.print(
        f"The preview took {preview.seconds:.2f} s on the clock, and {preview.database_cpu_s:.2f} s of the database's CPU."
    )


def rows_of(count: int) -> list[list[str]]:
    """Make people, each with a number of their own."""
    chance, seen_numbers, people = random.Random(7), set(), []
    while len(people) < count:
        parts = (chance.choice(AREAS), str(chance.randint(200, 999)), f"{chance.randint(0, 9999):04}")
        if parts not in seen_numbers:
            seen_numbers.add(parts)
            number = chance.choice(SPELT).format(*parts)
            people.append([f"Ann{len(people)}", "Reyes", number, "Denver", "asked for a call in spring"])
    return people


def import_file(runtime: Any, path: Path, rows: int, *, dry_run: bool = False) -> UUID:
    """Import a list into a campaign of its own; every row of it has to be accounted for."""
    campaign = UUID(campaigns.make(runtime, NewCampaign(path.name, "asked_for"))["id"])
    with path.open("rb") as opened:
        wanted = Wanted(skip_bad=True, dry_run=dry_run)
        report = import_people(runtime, campaign, source_of_open(opened), wanted)
    if report.rows != rows:
        raise RuntimeError(f"{report.rows} of {rows} rows were read")
    return campaign


def known_by_the_library(text: str) -> object:
    """Ask the library once what an import has to know of a number."""
    number = phonenumbers.parse(text, "US")
    return (
        phonenumbers.is_possible_number(number), phonenumbers.region_code_for_number(number),
        phonenumbers.number_type(number), zones.time_zones_for_number(number),
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
    )  # fmt: skip


def database_process(dsn: str) -> int:
    """Return which process of the database serves the only other connection."""
    with psycopg.connect(dsn, autocommit=True) as owner:
        row = owner.execute(
            "select pid from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend' limit 1"
        ).fetchone()
    return int((row or (0,))[0])


def seen(server: psutil.Process, work: Callable[[], Any]) -> Seen:
    """Do it, and look at this process meanwhile."""
    process, over, most = psutil.Process(), threading.Event(), [0]
    before = process.memory_info().rss

    def watch() -> None:
        while not over.wait(0.02):
            most[0] = max(most[0], process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    began, cpu, there = time.perf_counter(), time.process_time(), cpu_of(server)
    answer = work()
    took, used, used_there = time.perf_counter() - began, time.process_time() - cpu, cpu_of(server) - there
    over.set()
    watcher.join()
    return Seen(took, used, used_there, max(0, most[0] - before) / 1e6, answer)


def cpu_of(process: psutil.Process) -> float:
    """Return how much CPU a process has used."""
    times = process.cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    main()
