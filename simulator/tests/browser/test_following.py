"""The panels follow what happens, unless the reader has gone somewhere else."""

from playwright.sync_api import expect

from simulator.tests.browser.conftest import PhonePage

LOW = {"width": 1440, "height": 620}
FROM_END = "box => box.scrollHeight - box.scrollTop - box.clientHeight"


def test_what_is_new_scrolls_into_view_until_the_reader_scrolls_up_or_unfolds_a_line(
    phone: PhonePage,
) -> None:
    page = phone.page
    page.set_viewport_size(LOW)
    rows = page.locator(".database .scroll")
    phone.hasten().call()
    phone.say("How much is a full service?")
    expect(page.locator("#rows")).to_contain_text("How much is a full service?")
    phone.await_turn()
    assert rows.evaluate("box => box.scrollHeight > box.clientHeight"), "there is more than fits"
    assert rows.evaluate(FROM_END) < 24

    rows.evaluate("box => { box.scrollTop = 0; }")
    before = page.locator("#rows > li").count()
    phone.say("Where is the shop?")
    expect(page.locator("#rows")).to_contain_text("Where is the shop?")

    assert rows.evaluate("box => box.scrollTop") == 0
    news = page.locator(".database .news")
    expect(news).to_contain_text("new")
    assert page.locator("#rows > li").count() > before
    news.click()
    expect(news).to_be_hidden()
    assert rows.evaluate(FROM_END) < 24
    phone.await_turn()

    page.locator("#wire summary").first.click()
    place = page.locator(".wire .scroll").evaluate("box => box.scrollTop")
    phone.say("When are you open?")
    expect(page.locator(".wire .news")).to_contain_text("new")

    assert page.locator(".wire .scroll").evaluate("box => box.scrollTop") == place
    phone.await_turn()
    phone.hang_up()
