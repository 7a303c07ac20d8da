"""How fast the console is over a year of a busy house: every page, every kind of search, and fifty who watch.

The rows are made in a database of its own; one web process serves them, and one person looks at one page after the other:
`python -m benchmarks.console --calls 1000000 --utterances 2000000 --texts 1000000`.
"""

import argparse
import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import psutil
import psycopg
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.console.pages import Reader, Seen, addresses, files, questions
from benchmarks.console.seed import ORGANIZATION, OWNER, Scale, seed
from benchmarks.console.watching import CALLS, WATCHERS, share_of_a_core
from simulator.house import WEB, Children, House, cpu_s, free_port, own_database
from voicebot.console.table import ROUTES
from voicebot.domain.access.api_key import hash_of
from voicebot.domain.access.next_page import HOME
from voicebot.storage.access.sessions import begin_session, make_link, use_link
from voicebot.storage.database import PostgresDatabase

PAGE_MS, SEARCH_MS, PAGE_BYTES, PAINT_MS, SHARE = 50.0, 200.0, 60_000, 300.0, 0.05
FIRST_PAINT = """() => new Promise(done => new PerformanceObserver(list => list.getEntries().forEach(
    one => one.name === 'first-contentful-paint' && done(one.startTime))).observe({type: 'paint', buffered: true}))"""
SESSIONS = 8
"""So many people watch: one session holds a few streams only."""


def main() -> None:
    """Seed, serve, look at everything, print one table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=100_000, metavar="N")
    parser.add_argument("--utterances", type=int, default=200_000, metavar="N")
    parser.add_argument("--texts", type=int, default=100_000, metavar="N")
    parser.add_argument("--rounds", type=int, default=20, metavar="N", help="how often each page is opened")
    parser.add_argument(
        "--folder",
        type=Path,
        help="where the rows are made, and stay: the next run with it looks at them at once",
    )
    parser.add_argument("--seconds", type=float, default=20.0, help="how long is watched; 0: not at all")
    arguments = parser.parse_args()
    scale, console = Scale(arguments.calls, arguments.utterances, arguments.texts), Console()
    with _folder(arguments.folder) as folder, own_database(folder) as dsn:
        make_rows(dsn, scale, console)
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        environ = {
            "SUPABASE_DB_URL": dsn, "VOICEBOT_DATA_DIR": str(folder / "data"), "PORT": str(port), "PUBLIC_URL": url,
            "VOICEBOT_WEB_WORKERS": "1",
        }  # fmt: skip
        children = Children()
        house = House(os.environ | environ, dsn, folder, children)
        house.start("web", *WEB)
        try:
            house.wait_for(f"{url}/healthz", "service")
            web = psutil.Process(children.running["web"].pid)
            operator, *held = _sign_in(dsn)
            pages, pids = addresses(ROUTES, scale) | questions(), [web.pid, _postgres(dsn)]
            looked = look_at(
                Reader(url, held[0]), Reader(url, operator), pages, arguments.rounds, pids, console
            )
            print_table(console, looked, scale)
            print_files(console, held[0], url, web)
            paints = first_paints(url, held[0])
            if arguments.seconds:
                share, changes = share_of_a_core(url, held, dsn, web, arguments.seconds)
                console.print(
                    f"{WATCHERS} watchers of {CALLS} calls took {100 * share:.1f} % of a core (at most {100 * SHARE:.0f} %), "
                    f"and saw {changes} changes."
                )
            if paints:
                console.print(f"First paint in Chromium, under {PAINT_MS:.0f} ms: {paints}")
        finally:
            children.end_at_once()


def make_rows(dsn: str, scale: Scale, console: Console) -> None:
    """Make all rows, unless a run before has made them."""
    with psycopg.connect(dsn) as owner:
        if owner.execute("select true from public.organizations where id = %s", [ORGANIZATION]).fetchone():
            owner.execute("select public.roll_figures('UTC', 500)")
            return
        with Progress(console=console) as progress:
            task = progress.add_task("seeding", total=None)
            for name in seed(owner, scale):
                progress.update(task, description=f"there are: {name}")
    with psycopg.connect(dsn, autocommit=True) as owner:
        owner.execute("vacuum analyze")
        owner.execute("select public.roll_figures('UTC', 500)")


@contextlib.contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    """Give the folder of the rows: one that stays, or one that is gone afterwards."""
    if kept:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)


def look_at(
    reader: Reader, operator: Reader, pages: dict[str, str], rounds: int, pids: list[int], console: Console
) -> list[Seen]:
    """Open each page once unmeasured, then so many times: as the owner, or as the operator what the owner may not see."""
    looked = []
    with Progress(console=console) as progress:
        for name, address in progress.track(list(pages.items()), description="pages"):
            seen, who = Seen(name), reader
            who.look(seen, address)
            if seen.status != 200:
                seen, who = Seen(name), operator
                who.look(seen, address)
            seen.times_ms.clear()
            before = cpu_s(pids)
            for _ in range(rounds):
                who.look(seen, address)
            seen.cpu_ms = 1000 * (cpu_s(pids) - before) / rounds
            looked.append(seen)
    return looked


def print_table(console: Console, looked: list[Seen], scale: Scale) -> None:
    """Print every page, the slowest first, and what is beyond what it may be."""
    load = psutil.getloadavg()[0]
    table = Table(
        title=f"{scale.calls:,} calls, {scale.utterances:,} utterances, {scale.texts:,} texts; the machine's load was {load:.1f}"
    )
    for name in ("page", "p50 ms", "p95 ms", "CPU ms", "kB gzipped", "with style and scripts"):
        table.add_column(name, justify="left" if name == "page" else "right")
    for one in sorted(looked, key=lambda seen: -seen.at(0.95)):
        whole = one.packed_bytes + one.assets_bytes
        is_good = (
            one.status == 200 and one.at(0.95) < _limit_ms(one) and whole <= PAGE_BYTES and not one.elsewhere
        )
        name = one.name if one.status == 200 else f"{one.name} ({one.status})"
        table.add_row(
            name, f"{one.at(0.5):.1f}", f"{one.at(0.95):.1f}", f"{one.cpu_ms:.0f}", f"{one.packed_bytes / 1000:.1f}", f"{whole / 1000:.1f}",
            style=None if is_good else "bold red",
        )  # fmt: skip
    console.print(table)
    elsewhere, slow = (
        sum(one.elsewhere for one in looked),
        [one for one in looked if one.at(0.95) >= _limit_ms(one)],
    )
    console.print(
        f"{len(looked)} pages, {len(slow)} slower than they may be; links to other hosts that a page would load: {elsewhere}."
    )


def print_files(console: Console, secret: str, url: str, web: psutil.Process) -> None:
    """Ask for lists as files, one after the other: what each takes, and what the web process grows by."""
    table = Table(title="Lists as files")
    for name in ("list", "rows", "MB", "seconds", "memory MB"):
        table.add_column(name, justify="left" if name == "list" else "right")
    reader = Reader(url, secret)
    for name, address in files().items():
        before = _memory_mb(web)
        rows, size, took_s = reader.save(address)
        grown = _memory_mb(web) - before
        table.add_row(name, f"{rows:,}", f"{size / 1e6:.1f}", f"{took_s:.1f}", f"{grown:.1f}")
    console.print(table)


def _memory_mb(web: psutil.Process) -> float:
    return sum(one.memory_info().rss for one in (web, *web.children(recursive=True))) / 1e6


def _limit_ms(seen: Seen) -> float:
    return SEARCH_MS if seen.name.startswith("search") else PAGE_MS


def first_paints(url: str, secret: str) -> dict[str, float]:
    """Open pages in Chromium, where it is installed; return when each was first painted."""
    path = shutil.which("chromium")
    if path is None:
        return {}
    from playwright.sync_api import sync_playwright

    paints = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        context = browser.new_context()
        context.add_cookies([{"name": "voicebot", "value": secret, "url": f"{url}{HOME}"}])
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        for name in ("", "/calls", "/threads", "/people", "/queue", "/search?q=refund"):
            page.goto(f"{url}{HOME}{name}")
            # Evaluated, not waited for: the pages let nobody make a function of words.
            paints[name or "/"] = round(page.evaluate(FIRST_PAINT), 1)
        browser.close()
    strangers = [one for one in asked if not one.startswith(url)]
    if strangers:
        raise RuntimeError(f"{len(strangers)} requests went to other hosts")
    return paints


def _sign_in(dsn: str) -> list[str]:
    """Return what the operator of the machine holds, and then sessions of the owner."""
    database = PostgresDatabase(dsn, min_size=1, max_size=1)
    link, *held = (secrets.token_urlsafe(32) for _ in range(SESSIONS + 2))
    make_link(database, hash_of(link))
    use_link(database, hash_of(link), hash_of(held[0]), session_s=36_000.0, address="127.0.0.1")
    for secret in held[1:]:
        begin_session(
            database,
            hash_of(secret),
            "password",
            session_s=36_000.0,
            user_id=UUID(OWNER),
            address="127.0.0.1",
        )
    database.close()
    return held


def _postgres(dsn: str) -> int:
    with psycopg.connect(dsn) as owner:
        (pid,) = owner.execute("select pg_backend_pid()").fetchone() or (0,)
        return psutil.Process(pid).ppid()


if __name__ == "__main__":
    main()
