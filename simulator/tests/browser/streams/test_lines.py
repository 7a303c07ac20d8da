"""The phone page offers the lines of an account by their names: the one that is chosen is dialled next."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from simulator.carrier.books.numbers import IDLE, SERVED_ELSEWHERE
from simulator.carrier.exchange import Exchange
from simulator.tests.browser.conftest import PhonePage
from simulator.tests.fake_product import NUMBER
from tests.browser.axe import violations_in_both_looks

LINES = {NUMBER: "media", SERVED_ELSEWHERE: "relay", IDLE: "gather"}


@pytest.fixture
def exchange(exchange: Exchange) -> Iterator[Exchange]:
    """An account of three lines."""
    exchange.config = replace(exchange.config, lines=LINES)
    yield exchange


def test_a_line_is_chosen_by_key_kept_and_dialled(opened: PhonePage, exchange: Exchange) -> None:
    page = opened.page
    lines = page.get_by_role("radiogroup", name="Carried by")
    expect(lines.get_by_role("radio")).to_have_count(3)
    expect(lines.get_by_role("radio", name="media")).to_be_checked()

    lines.get_by_role("radio", name="media").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("Dial")).to_have_value(IDLE)
    page.reload()
    expect(lines.get_by_role("radio", name="gather")).to_be_checked()
    assert violations_in_both_looks(page) == []
    page.get_by_label("Dial").select_option(SERVED_ELSEWHERE)
    expect(lines.get_by_role("radio", name="relay")).to_be_checked()
    lines.get_by_role("radio", name="gather").click()
    page.get_by_role("button", name="Call", exact=True).click()
    expect(opened.status).to_contain_text("Call over")

    assert [call.record.to_number for call in exchange.live.values()] == [IDLE]
    # Who texts chooses nothing that carries a call.
    opened.texting()
    expect(lines).to_be_hidden()
