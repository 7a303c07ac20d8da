"""What tests of pages do in a browser: go by keyboard, and look whether a page is sound."""

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
    """Nothing is wider than the page, nothing complains, nothing comes from elsewhere, and everybody can read it."""
    width, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= room
    assert said == []
    assert [url for url in requested if not url.startswith(house.url)] == []
    assert violations(page) == []
