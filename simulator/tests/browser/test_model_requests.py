"""What the model was asked stands with the turn that it answered, also when two people say the same."""

import re

from playwright.sync_api import expect

from simulator.tests.browser.conftest import PhonePage
from tests.house import House


def test_each_turn_shows_what_the_model_was_asked_and_how_long_it_took(phone: PhonePage) -> None:
    page = phone.page
    phone.hasten().call()

    phone.say("How much is a full service?")
    # An answer that was begun before the last word has a line of its own.
    line = page.locator("#turns .turn").nth(1).locator(".model .line").last
    expect(line).to_be_visible()
    phone.await_turn()
    phone.hang_up()

    expect(line.locator(".path")).to_have_text(re.compile(r"^\d{2,} → \d+ tokens$"))
    expect(line.locator(".took")).to_have_text(re.compile(r"^first .* m?s, all .* m?s$"))
    line.locator("summary").first.click()
    expect(line.locator(".said").filter(has_text="Caller")).to_contain_text("ow much is a full service")
    expect(line.locator(".document")).to_have_count(0)
    line.get_by_text(re.compile(r"System, \d+ characters")).click()
    expect(line.locator(".document")).to_contain_text("Harbour Street Bicycles")
    last = page.locator("#turns .turn").last
    expect(last.locator(".deed")).to_have_text("After the call")
    expect(last).to_contain_text("for the summary")


def test_a_service_that_asks_another_model_is_told_of(phone: PhonePage) -> None:
    page = phone.page
    page.route("**/model", lambda route: route.fulfill(json={"requests": []}))
    phone.hasten().call()
    phone.say("Where is the shop?")
    expect(page.locator("#talk")).to_contain_text(re.compile("(?:12|twelve) Harbour Street"))
    phone.await_turn()
    expect(page.locator("#elsewhere")).to_be_hidden()

    phone.hang_up()

    expect(page.locator("#elsewhere")).to_contain_text("With OPENAI_API_KEY they go to OpenAI")


def test_a_question_that_is_texted_shows_its_request_too(phone: PhonePage, house: House) -> None:
    page = phone.texting().page
    page.get_by_label("Text message").fill("Where is the shop?")
    page.get_by_label("Text message").press("Enter")

    request = page.locator("#turns .turn").first
    expect(request.locator(".deed")).to_have_text("“Where is the shop?”")
    expect(request.locator(".model")).to_contain_text("tokens")
