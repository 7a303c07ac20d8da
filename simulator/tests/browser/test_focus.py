"""The focus stays where one goes on: in the field while one talks, on Call when there is nothing to say any more."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from simulator.tests.browser.conftest import PhonePage


def test_whoever_calls_can_type_while_it_rings_and_again_after_each_sentence(
    phone: PhonePage, focused: Callable[[], str]
) -> None:
    page = phone.page
    page.route("**/phone/calls", lambda route: (page.wait_for_timeout(500), route.continue_()))
    page.get_by_role("button", name="Call", exact=True).click()
    page.keyboard.type("Hello")
    page.keyboard.press("Enter")
    expect(page.get_by_label("What you say")).to_have_value("Hello")
    phone.await_turn()
    page.unroute_all(behavior="ignoreErrors")
    assert focused() == "words"

    page.get_by_label("What you say").fill("Where is the shop?")
    page.get_by_role("button", name="Say", exact=True).click()
    expect(page.locator("#talk")).to_contain_text(re.compile("(?:12|twelve) Harbour Street"))
    assert focused() == "words"
    phone.hang_up()

    assert focused() == "call"


def test_a_call_that_the_bot_ends_leaves_the_focus_on_call(
    phone: PhonePage, focused: Callable[[], str]
) -> None:
    phone.hasten().call()

    phone.say("Thank you, goodbye!")
    expect(phone.status).to_contain_text("Call over")

    assert focused() == "call"


def test_whoever_reads_while_the_call_ends_keeps_their_place(
    phone: PhonePage, focused: Callable[[], str]
) -> None:
    phone.hasten().call()
    phone.page.locator("#wire").locator("xpath=..").focus()
    phone.page.evaluate("sid => fetch(`/phone/calls/${sid}/hangup`, {method: 'POST'})", phone.sid)
    expect(phone.status).to_contain_text("Call over")

    assert focused() == "DIV"


def test_a_simulator_that_is_gone_is_told_in_a_sentence(phone: PhonePage, focused: Callable[[], str]) -> None:
    page = phone.page
    page.route("**/phone/calls", lambda route: route.abort())

    page.get_by_role("button", name="Call", exact=True).click()

    expect(page.locator("#problem")).to_have_text(
        "The call could not be placed: the simulator does not answer; is it still running?"
    )
    assert focused() == "call"
    page.unroute_all()
    phone.errors.clear()
