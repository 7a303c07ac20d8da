"""The phone page with a service that speaks the sockets and nothing else: no house is needed."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from simulator.carrier.exchange import Exchange
from simulator.tests.browser.conftest import PhonePage, listened_to


@pytest.fixture(autouse=True)
def nothing_broken() -> Iterator[None]:
    """Every test has a simulator of its own."""
    return


@pytest.fixture
def opened(browser: Browser, exchange: Exchange) -> Iterator[PhonePage]:
    """The phone page of this test's simulator."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page = listened_to(context, f"{exchange.config.base_url}/").open()
    yield page
    context.close()
    assert (page.errors, page.foreign) == ([], set())
