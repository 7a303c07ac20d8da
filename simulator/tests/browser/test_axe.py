"""The phone page in all its states, held against axe: light and dark, on a wide and on a small screen."""

import pytest
from playwright.sync_api import Browser, expect

from simulator.tests.browser.conftest import PhonePage, listened_to, send_mail
from tests.browser.axe import violations
from tests.house import House

SIZES = [(1440, "light"), (360, "dark")]


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[1]} {size[0]}")
def visited(request: pytest.FixtureRequest, browser: Browser, house: House):
    width, scheme = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    opened = listened_to(context, f"{house.simulator.url}/").open()
    yield opened
    context.close()
    assert (opened.errors, opened.foreign) == ([], set())


def unfold(phone: PhonePage) -> None:
    phone.page.locator("summary").evaluate_all("all => all.forEach(one => { one.parentElement.open = true })")


def test_neither_a_call_nor_texting_breaks_a_rule(visited: PhonePage, house: House) -> None:
    send_mail(house, "Message", "Please call back.")
    expect(visited.page.locator("#mails > li").first).to_be_visible()
    unfold(visited)
    assert violations(visited.page) == []

    visited.call()
    visited.say("How much is a full service?")
    visited.await_turn()
    unfold(visited)
    assert violations(visited.page) == []

    visited.hang_up()
    expect(visited.page.locator("#rows")).to_contain_text("summaries")
    unfold(visited)
    assert violations(visited.page) == []

    visited.texting()
    assert violations(visited.page) == []

    for words in ("Hello", "STOP"):
        visited.page.get_by_label("Text message").fill(words)
        visited.page.get_by_label("Text message").press("Enter")
        expect(visited.page.locator("#thread .bubble.mine").last).to_contain_text(words)
    expect(visited.page.locator("#standing")).to_be_visible()
    unfold(visited)
    assert violations(visited.page) == []
