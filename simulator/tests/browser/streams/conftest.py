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


SIZES = [(1440, "light"), (360, "dark")]


@pytest.fixture
def opened(browser: Browser, exchange: Exchange, request: pytest.FixtureRequest) -> Iterator[PhonePage]:
    """The phone page of this test's simulator; `request.param` is a width and a scheme."""
    width, scheme = getattr(request, "param", SIZES[0])
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = listened_to(context, f"{exchange.config.base_url}/").open()
    yield page
    context.close()
    assert (page.errors, page.foreign) == ([], set())
