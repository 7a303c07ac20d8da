"""What one reads first of a call, while it goes on, when it is over, and after the simulator was started again."""

import re

from playwright.sync_api import expect

from simulator.process import RunningSimulator, start_simulator
from simulator.tests.browser.conftest import PhonePage, listened_to, new_number
from tests.house import House


def test_the_headline_says_what_came_of_the_call_and_takes_the_summary_as_it_comes(phone: PhonePage) -> None:
    page = phone.page
    title = page.locator("#service-title")
    phone.hasten().call()
    expect(title).to_have_text("In a call")
    phone.say("How much is a full service?")
    expect(page.locator("#talk")).to_contain_text("eighty-five")
    phone.await_turn()

    phone.hang_up()

    expect(title).to_have_text("Answered")
    expect(page.locator("#tldr")).to_contain_text("full service")
    expect(page.locator("#facts")).to_contain_text(re.compile(r"length 0:\d\d"))
    expect(page.locator("#facts")).to_contain_text("price $0.0085")
    expect(page.locator("#calls a[aria-current] .came")).to_have_text("Answered")


def test_a_transfer_is_told_by_its_name_and_by_who_hung_up(phone: PhonePage, house: House) -> None:
    page = phone.page
    house.phone.operator("answer", talk_s=1.0, ring_s=1.0)
    phone.hasten().call()

    page.get_by_role("button", name="0: ask for a person").click()

    expect(phone.status).to_have_text("Call over: the person you talked with hung up")
    expect(page.locator("#service-title")).to_have_text("Put through to a person")
    expect(page.locator("#facts")).to_contain_text("second leg +1 202 555 0199, answered")


def test_a_model_that_fails_makes_a_failed_call_in_the_list(phone: PhonePage, house: House) -> None:
    sid = house.phone.call(new_number(), speed=20)
    house.phone.wait(sid, "turn")
    house.phone.hangup(sid)
    house.phone.wait(sid, "over")
    row = house.rows(
        "update call_history set end_reason = 'model_failed' where call_sid = %s returning 1", sid
    )

    phone.page.reload()

    assert row
    came = phone.page.locator(f"#calls a[href='#{sid}'] .came")
    expect(came).to_have_text("Failed: the model did not answer")
    expect(came).to_have_attribute("data-state", "failed")


def test_calls_of_a_simulator_that_was_started_again_are_listed_and_read(
    phone: PhonePage, house: House
) -> None:
    phone.hasten().call()
    phone.say("How much is a full service?")
    expect(phone.page.locator("#talk")).to_contain_text("eighty-five")
    phone.await_turn()
    phone.hang_up()
    expect(phone.page.locator("#service-title")).to_have_text("Answered")
    sid = phone.sid

    with another_simulator(house) as simulator:
        again = listened_to(phone.page.context, f"{simulator.url}/").open()
        again.page.locator(f"#calls a[href='#{sid}']").click()

        expect(again.page.locator("#service-title")).to_have_text("Answered")
        expect(again.page.locator("#talk .bubble.mine")).to_contain_text("How much is a full service?")
        expect(again.said_by_bot.last).to_contain_text("eighty-five")
        expect(again.page.locator("#rows")).to_contain_text("caller_hung_up")
        assert again.page.locator("#status-words").inner_text() == "Call over: you hung up"


def another_simulator(house: House) -> RunningSimulator:
    """One that remembers nothing, on the same database."""
    return start_simulator(
        account_sid=house.simulator.account_sid,
        auth_token=house.simulator.auth_token,
        database_url=house.dsn,
        speed=1.0,
    )
