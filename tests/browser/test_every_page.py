"""Every page of the console in a browser, on a day's work with names that are hard to show: narrow and light, wide and dark.

The pages come from the table of routes: a new one is looked at without being written down here.
"""

import urllib.request
from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.axe import violations
from tests.house import House, open_house
from tests.shots.office import fill
from tests.shots.pages import pages, path_of
from voicebot.domain.access.api_key import hash_of
from voicebot.wiring import recording_folder

LOOKS = (("light", 360, ()), ("dark", 1400, ("color-contrast",)))
"""How a page is looked at, and with which rules: all of them once, those about colours with other colours again."""
LARGEST_PAGE = 60 * 1024


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, dsn: str) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("office"), dsn, web=1) as house:
        yield house


@pytest.fixture(scope="module")
def ids(house: House) -> dict[str, str]:
    return fill(house.dsn, recording_folder(house.settings), hard=True)


@pytest.fixture
def page(house: House, browser: Browser) -> Iterator[Page]:
    code = uuid4().hex
    house.rows("select public.make_console_link(%s)", hash_of(code))
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{house.url}/console/link?code={code}")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{house.url}/console")
    yield page
    context.close()


def test_every_page_fits_is_light_for_the_network_and_can_be_read_by_everybody(
    house: House, ids: dict[str, str], page: Page
) -> None:
    said: list[str] = []
    elsewhere: list[str] = []
    weighed: dict[str, int] = {}
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda asked: None if asked.url.startswith(house.url) else elsewhere.append(asked.url))
    cookies = {one["name"]: one["value"] for one in page.context.cookies()}
    wrong = []

    for route in pages():
        path = path_of(route, ids)
        answer = page.goto(house.url + path)
        if answer is None or answer.status != 200:
            wrong.append(f"{route.name}: {answer and answer.status}")
            continue
        weighed[route.name] = weight_of(house.url + path, cookies)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
        for scheme, width, rules in LOOKS:
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            wide, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            wrong += [f"{route.name}: {wide} pixels in {room}"] if wide > room else []
            wrong += [f"{route.name}, {scheme}: {one}" for one in violations(page, *rules)]
        wrong += [f"{route.name} said {one}" for one in said]
        said.clear()

    assert wrong == []
    assert elsewhere == []
    assert {name: size for name, size in weighed.items() if size > LARGEST_PAGE} == {}


def weight_of(url: str, cookies: dict[str, str]) -> int:
    """Return how many bytes of a page go over the network."""
    headers = {
        "Accept-Encoding": "gzip",
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
    }
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        return len(answer.read())
