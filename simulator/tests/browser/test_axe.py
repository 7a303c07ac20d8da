"""The phone page in all its states, held against axe: small and light, wide and dark."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from simulator.tests.browser.conftest import PhonePage, listened_to, send_mail
from tests.browser.axe import violations_in_both_looks
from tests.house import House


@pytest.fixture
def visited(browser: Browser, house: House) -> Iterator[PhonePage]:
    context = browser.new_context(reduced_motion="reduce")
    opened = listened_to(context, f"{house.simulator.url}/").open()
    yield opened
    context.close()
    assert (opened.errors, opened.foreign) == ([], set())


def broken(phone: PhonePage, *, unfolded: bool = True) -> list[tuple[str, list[str]]]:
    """What breaks a rule, with everything unfolded or with nothing."""
    phone.page.locator("summary").evaluate_all(
        "(all, open) => all.forEach(one => { one.parentElement.open = open })", unfolded
    )
    return violations_in_both_looks(phone.page)


def test_neither_a_call_nor_texting_breaks_a_rule(visited: PhonePage, house: House) -> None:
    send_mail(house, "Message", "Please call back.")
    expect(visited.page.locator("#mails > li").first).to_be_visible()
    assert broken(visited) == []

    visited.call()
    visited.say("How much is a full service?")
    visited.await_turn()
    # What is asked and stored is unfolded when the call is over: then there is more of it.
    assert broken(visited, unfolded=False) == []

    visited.hang_up()
    expect(visited.page.locator("#rows")).to_contain_text("summaries")
    assert broken(visited) == []

    visited.texting()
    assert broken(visited, unfolded=False) == []

    for words in ("Hello", "STOP"):
        visited.page.get_by_label("Text message").fill(words)
        visited.page.get_by_label("Text message").press("Enter")
        expect(visited.page.locator("#thread .bubble.mine").last).to_contain_text(words)
    expect(visited.page.locator("#standing")).to_be_visible()
    assert broken(visited) == []
