"""`make shots`: fill a house with a day of work and take a picture of every screen, light and dark."""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from uuid import uuid4

from playwright.sync_api import Browser, Page, sync_playwright

from simulator.house import own_database
from tests.browser.conftest import ARGUMENTS
from tests.house import House, open_house
from tests.shots.office import fill
from tests.shots.pages import pages, path_of
from tests.shots.palette import with_palette
from voicebot.domain.access.api_key import hash_of
from voicebot.wiring import recording_folder

SCREENS = (
    *(
        "now",
        "calls",
        "call",
        "threads",
        "thread",
        "people",
        "person",
        "search",
        "queue",
        "queueEntry",
        "campaigns",
        "campaign",
    ),
    *("bulkActions", "figures", "templates", "template", "members"),
)
"""The screens, by the names of their routes; `--all` takes every page."""
NARROW = ("now", "thread", "call")
WIDE, PHONE = 1400, 360
KEPT = ("calls-light", "call-light", "thread-light", "queue-dark")
"""Pictures that the repository keeps: the smaller the better."""


def take(house: House, browser: Browser, ids: dict[str, str], folder: Path, *, everything: bool) -> list[str]:
    """Take the pictures; return what is wrong with pages: one that failed, one that is wider than its window."""
    wrong: list[str] = []
    screens = {route.name: path_of(route, ids) for route in pages() if everything or route.name in SCREENS}
    screens["live"] = path_of(
        next(route for route in pages() if route.name == "call"), ids | {"call": ids["live"]}
    )
    for scheme in ("light", "dark"):
        for width in (WIDE, PHONE):
            context = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
            )
            page = context.new_page()
            _sign_in(house, page)
            for name, path in screens.items():
                if width == WIDE or everything or name in NARROW:
                    end = "" if width == WIDE else f"-{width}"
                    wrong += _take(page, house.url + path, folder / f"{name}-{scheme}{end}.png")
            context.close()
    page = browser.new_page()
    for name in KEPT:
        with_palette(page, folder / f"{name}.png")
    return wrong


def _sign_in(house: House, page: Page) -> None:
    code = uuid4().hex
    house.rows("select public.make_console_link(%s)", hash_of(code))
    page.goto(f"{house.url}/console/link?code={code}")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{house.url}/console")


def _take(page: Page, url: str, file: Path) -> list[str]:
    answer = page.goto(url)
    page.screenshot(path=str(file), full_page=True)
    width, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    wrong = [] if answer is not None and answer.ok else [f"{file.stem} was not answered"]
    return [*wrong, f"{file.stem} is {width} pixels wide in {room}"] if width > room else wrong


def main() -> int:
    """Run it; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.shots", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("docs/shots"))
    parser.add_argument("--all", action="store_true", help="also the pages behind the screens")
    arguments = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.stderr.write("Chromium is not installed: apt-get install chromium\n")
        return 1
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="voicebot-shots-") as name:
        place = Path(name)
        with (
            own_database(place / "database") as dsn,
            open_house(place, dsn, web=1, popen=subprocess.Popen) as house,
        ):
            ids = fill(dsn, recording_folder(house.settings))
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
                wrong = take(house, browser, ids, arguments.folder, everything=arguments.all)
                browser.close()
    for line in wrong:
        sys.stderr.write(f"{line}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
