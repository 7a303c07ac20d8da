"""What walks through the console have in common: going on by keyboard, and looking at each page."""

from playwright.sync_api import Page

from tests.browser.axe import violations
from tests.house import House


def press_until(page: Page, name: str) -> None:
    """Go on with Tab until something of this name has the focus, and press Enter on it."""
    for _ in range(60):
        page.keyboard.press("Tab")
        told = page.evaluate(
            "(document.activeElement.innerText || document.activeElement.value || '').trim()"
        )
        if told == name:
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"Tab never came to {name}")


def check(page: Page, house: House, said: list[str], requested: list[str]) -> None:
    width, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= room
    assert said == []
    assert [url for url in requested if not url.startswith(house.url)] == []
    assert violations(page) == []
