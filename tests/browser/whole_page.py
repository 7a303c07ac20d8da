"""What holds for every page of the console: it fits the window, says nothing to the browser's console, asks no other host,
and breaks no rule of axe."""

from playwright.sync_api import Page

from tests.browser.axe import violations
from tests.house import House


def check(page: Page, house: House, said: list[str], requested: list[str]) -> None:
    """Look at the page as it stands; `said` and `requested` are what the browser told until now."""
    width, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= room
    assert said == []
    assert [url for url in requested if not url.startswith(house.url)] == []
    assert violations(page) == []
