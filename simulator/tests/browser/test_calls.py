"""Calls from the phone page: placed, heard, talked through, ended, and found in the database afterwards."""

import re
import time
from typing import Any

from playwright.sync_api import expect

from simulator.tests.browser.conftest import PhonePage
from tests.house import House
from tests.support.waiting import wait_for


def test_a_call_from_the_page_is_heard_answered_and_stored(phone: PhonePage, house: House):
    page = phone.page

    phone.call()
    greeting = phone.audio()
    expect(phone.said_by_bot.first).to_contain_text("Harbour Street Bicycles")
    phone.say("How much is a full service?")
    expect(page.locator("#talk .bubble.mine .text").last).to_have_text("How much is a full service?")
    expect(page.locator("#talk")).to_contain_text("eighty-five")
    phone.await_turn()
    page.get_by_role("button", name="star: hear it again").click()
    expect(page.locator("#talk .note-key")).to_have_text("You pressed *")
    phone.await_turn()
    phone.hang_up()

    assert greeting["lasts"] > 0.5, "the greeting was decoded"
    [row] = house.rows("select call_status, direction from call_history where call_sid = %s", phone.sid)
    lines = spoken(house, phone.sid)
    assert row["direction"] == "inbound"
    assert ("caller", "How much is a full service?") in lines
    assert any(who == "bot" and "eighty-five" in words for who, words in lines)
    # The status comes a moment after the call.
    ended = "select 1 from call_history where call_sid = %s and call_status = 'completed' and ended_at is not null"
    wait_for(lambda: house.rows(ended, phone.sid), pause_s=0.1)


def test_the_bot_is_really_played_while_it_speaks_unless_it_is_muted(phone: PhonePage):
    mute = phone.page.get_by_role("button", name="Mute")
    mute.click()
    phone.page.get_by_role("button", name="Call", exact=True).click()
    first = played(phone, 0.1)
    later = played(phone, first["at"] + 0.5)

    assert later["error"] is None
    assert later["lasts"] > 1.0
    assert first["at"] < later["at"] <= later["lasts"]
    expect(phone.status).to_have_text("The bot speaks")
    expect(mute).to_have_attribute("aria-pressed", "true")
    assert phone.audio()["muted"]
    mute.click()
    assert not phone.audio()["muted"]
    phone.hang_up()
    assert phone.audio()["paused"], "nothing is heard once the receiver is down"


def test_who_speaks_waits_for_their_turn_or_cuts_the_bot_off(phone: PhonePage):
    page = phone.page
    page.get_by_role("button", name="Call", exact=True).click()
    expect(phone.said_by_bot.first).to_be_visible()

    phone.say("Where is the shop?")
    waiting = page.locator("#talk .bubble.mine.waiting")
    expect(waiting).to_contain_text("Where is the shop?")
    expect(waiting).to_have_count(0)
    expect(page.locator("#talk .bubble.mine")).to_have_count(1)
    expect(page.locator("#talk .bubble.bot.cut")).to_have_count(0)
    expect(phone.said_by_bot.last).to_contain_text(re.compile("(?:12|twelve) Harbour Street"))
    page.get_by_label("Speak over the bot").check()
    phone.say("How much is a full service?")

    expect(page.locator("#talk .bubble.bot.cut").first).to_contain_text("cut off here")
    expect(page.locator("#talk")).to_contain_text("eighty-five")
    phone.hang_up()


def test_a_call_goes_on_after_a_reload_and_is_shown_again_when_it_is_over(phone: PhonePage):
    page = phone.page
    page.get_by_label("Your number").fill("+1 (415) 555-0142")
    phone.call()
    sid = phone.sid

    page.reload()
    phone.await_turn()
    assert phone.sid == sid
    expect(phone.said_by_bot.first).to_contain_text("Harbour Street Bicycles")
    phone.hang_up()
    page.goto(phone.url)
    expect(page.locator("#welcome")).to_be_visible()
    entry = page.locator("#calls a").filter(has_text="+1 415 555 0142").first
    expect(entry).to_contain_text("Caller hung up")
    entry.click()

    assert phone.sid == sid
    expect(entry).to_have_attribute("aria-current", "true")
    expect(phone.said_by_bot.first).to_contain_text("Harbour Street Bicycles")
    expect(phone.status).to_have_text("Call over: you hung up")
    assert phone.audio()["paused"], "what was heard in an old call is not played again"


def test_a_number_that_nobody_can_have_is_refused_with_words(phone: PhonePage):
    phone.page.get_by_label("Your number").fill("12")

    phone.page.get_by_role("button", name="Call", exact=True).click()

    expect(phone.page.get_by_role("alert").first).to_contain_text("+12025550123")
    expect(phone.status).to_have_text("Ready to call")


def test_each_call_comes_from_a_fresh_fictional_number(phone: PhonePage):
    caller = phone.page.get_by_label("Your number")
    numbers = set()
    for _ in range(20):
        phone.page.get_by_role("button", name="New").click()
        numbers.add(caller.input_value())

    assert len(numbers) > 5
    assert all(re.fullmatch(r"\+1\d{3}55501\d\d", number) for number in numbers)


def spoken(house: House, sid: str) -> list[tuple[str, str]]:
    """Who said what in a call, as the database has it."""
    rows = house.rows(
        "select t.speaker, t.content from transcripts t join call_history c on c.id = t.session_id"
        " where c.call_sid = %s order by t.sequence_number",
        sid,
    )
    return [(row["speaker"], row["content"]) for row in rows]


def played(phone: PhonePage, until_s: float, within_s: float = 15.0) -> dict[str, Any]:
    """The state of the sound once it has been played up to a moment of its own."""
    deadline = time.monotonic() + within_s
    while (state := phone.audio())["at"] < until_s:
        assert time.monotonic() < deadline, f"the sound stands still: {state}"
        phone.page.wait_for_timeout(50)
    return state
