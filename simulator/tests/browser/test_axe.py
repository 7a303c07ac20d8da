"""The phone page in all its states, held against axe: small and light, wide and dark."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from simulator.tests.browser.conftest import PhonePage, listened_to, send_mail
from tests.browser.axe import violations
from tests.house import House

LOOKS = (("light", 360, ()), ("dark", 1440, ("color-contrast",)))
"""How a state is looked at, and with which rules: all of them once, those about colours with other colours again."""


@pytest.fixture
def visited(browser: Browser, house: House) -> Iterator[PhonePage]:
    context = browser.new_context(reduced_motion="reduce")
    opened = listened_to(context, f"{house.simulator.url}/").open()
    yield opened
    context.close()
    assert (opened.errors, opened.foreign) == ([], set())


def broken(phone: PhonePage) -> list[tuple[str, list[str]]]:
    """What breaks a rule, with everything unfolded."""
    phone.page.locator("summary").evaluate_all("all => all.forEach(one => { one.parentElement.open = true })")
    found = []
    for scheme, width, rules in LOOKS:
        phone.page.emulate_media(color_scheme=scheme)
        phone.page.set_viewport_size({"width": width, "height": 900})
        found += violations(phone.page, *rules)
    return found


def test_neither_a_call_nor_texting_breaks_a_rule(visited: PhonePage, house: House) -> None:
    send_mail(house, "Message", "Please call back.")
    expect(visited.page.locator("#mails > li").first).to_be_visible()
    assert broken(visited) == []

    visited.call()
    visited.say("How much is a full service?")
    visited.await_turn()
    assert broken(visited) == []

    visited.hang_up()
    expect(visited.page.locator("#rows")).to_contain_text("summaries")
    assert broken(visited) == []

    visited.texting()
    assert broken(visited) == []

    for words in ("Hello", "STOP"):
        visited.page.get_by_label("Text message").fill(words)
        visited.page.get_by_label("Text message").press("Enter")
        expect(visited.page.locator("#thread .bubble.mine").last).to_contain_text(words)
    expect(visited.page.locator("#standing")).to_be_visible()
    assert broken(visited) == []
