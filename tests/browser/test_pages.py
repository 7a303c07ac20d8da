"""The open pages in a browser: readable for everybody, narrow and wide, light and dark."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.axe import violations
from tests.house import House

SOME = """[...document.querySelectorAll('article')].forEach((one, nth) => {
  if (nth % 24) { document.querySelector(`a[href='#${one.id}']`).parentElement.remove(); one.remove(); }
})"""
"""Leave one in 24 operations of the API's page."""


@pytest.fixture(params=[(360, "light"), (1440, "dark")], ids=str)
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("path", ["/", "/api/v1/docs"])
def test_a_page_is_clean_and_fits(running_house: House, page: Page, path: str) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))

    page.goto(running_house.url + path)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")

    width, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= room
    assert said == []
    assert [url for url in requested if not url.startswith(running_house.url)] == []
    # All operations are written alike: axe takes a minute for hundreds.
    page.evaluate(SOME)
    # All rules once, those about colours with other colours again.
    assert violations(page, *(["color-contrast"] if wide(page) else [])) == []


def wide(page: Page) -> bool:
    return (page.viewport_size or {})["width"] > 1000


def test_the_first_tab_leads_past_the_navigation(running_house: House, page: Page) -> None:
    page.goto(f"{running_house.url}/api/v1/docs")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.url.endswith("#content")
