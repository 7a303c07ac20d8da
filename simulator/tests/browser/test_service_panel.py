"""The right side of the page: what the service is asked, answers, waits for and stores while one talks with it."""

import re

import pytest
from playwright.sync_api import Route, expect

from simulator.tests.browser.conftest import PhonePage
from tests.house import House


def test_a_call_shows_its_webhooks_its_rows_and_how_long_one_waited(phone: PhonePage, house: House):
    page, rows = phone.page, phone.page.locator("#rows")
    phone.call()
    first = page.locator("#wire > li").first
    expect(first).to_contain_text("/twilio/voice")
    expect(first.locator(".badge")).to_have_text("200")
    first.locator("summary").click()
    expect(first.locator(".document")).to_contain_text("<Response>")
    expect(first.locator(".document")).to_contain_text('input="dtmf speech"')
    expect(first.locator(".pairs")).to_contain_text("CallSid")
    expect(first.locator(".pairs")).to_contain_text(phone.sid)
    expect(rows).to_contain_text("in-progress")
    expect(rows.locator(".table").filter(has_text="call_turns").first).to_be_visible()

    phone.say("How much is a full service?")
    expect(page.locator("#turns .bar-chart")).to_have_count(2)
    expect(rows).to_contain_text("caller: How much is a full service?")
    phone.await_turn()
    phone.hang_up()

    expect(rows).to_contain_text("completed · caller_hung_up")
    expect(rows.locator(".table").filter(has_text="summaries")).to_be_visible()
    call = page.locator("#rows > li").first
    call.locator("summary").click()
    expect(call.locator(".pairs")).to_contain_text(phone.sid)
    expect(page.locator("#wire")).to_contain_text("/twilio/voice/status")
    expect(page.locator("#wire")).to_contain_text("/Calls/CA")
    the_wait_is_what_was_measured(phone, house)


def the_wait_is_what_was_measured(phone: PhonePage, house: House) -> None:
    """Hold the second turn's bar against the pause that the carrier waits and what its ear measured."""
    turn = phone.page.locator("#turns > li").nth(1)
    expect(turn.locator(".deed")).to_have_text("“How much is a full service?”")
    expect(turn.locator(".breakdown")).to_contain_text("end of speech 2.00 s · document")
    shown_s = seconds(turn.locator(".wait").inner_text())
    assert abs(shown_s - (2.0 + silence_after_speech(house, phone.sid))) < 0.02
    widths = turn.locator("rect:not(.stage-none, .stage-target)").evaluate_all(
        "bars => bars.map(bar => Number(bar.getAttribute('width')))"
    )
    # The target line, 1.5 s after the end of speech, always has room.
    greeting_s = seconds(phone.page.locator("#turns .wait").first.inner_text())
    scale_s = max(2.0, shown_s, 1.03 * 3.5, greeting_s)
    assert abs(sum(widths) / 1000 * scale_s - shown_s) < 0.05, "the bar is as long as the wait"


def seconds(shown: str) -> float:
    """Read a time as the page shows it: `39 ms` or `2.04 s`."""
    number, unit = shown.split()
    return float(number) / {"s": 1, "ms": 1000}[unit]


def test_what_breaks_is_seen_and_the_caller_still_hears_something(phone: PhonePage, house: House):
    page = phone.page
    page.get_by_text("Break something").click()
    page.get_by_label("The model").select_option(label="fails")
    expect(page.locator("#knob-said")).to_contain_text("The model fails")

    phone.call()
    phone.say("How much is a full service?")

    expect(phone.said_by_bot.filter(has_text="Sorry").first).to_be_visible()
    assert [knob["mode"] for knob in house.phone.provider_knobs(target="voice", mode="ok")["knobs"]] == [
        "fail"
    ]
    phone.hang_up()
    page.get_by_role("button", name="Put everything back").click()
    expect(page.get_by_label("The model")).to_have_value("ok")


def test_a_busy_operator_is_heard_about(phone: PhonePage):
    page = phone.page
    page.get_by_text("Break something").click()
    page.get_by_label("The person you are put through to").select_option(label="is busy")

    phone.call()
    page.get_by_role("button", name="0: ask for a person").click()

    expect(page.locator("#talk .note-dial")).to_have_text("The line is busy")
    expect(phone.said_by_bot.last).to_contain_text("the line is busy")
    phone.await_turn()
    phone.hang_up()
    expect(page.locator("#turns")).to_contain_text("Transfer ended: busy")


def silence_after_speech(house: House, sid: str) -> float:
    """What the simulator's ear measured after the caller's first words, in seconds."""
    call = house.phone.get(sid)
    action = next(each for each in call["webhooks"] if each["params"].get("SpeechResult"))
    gaps = [gap for gap in call["ear"]["owed"] if gap["since"] == "turn"]
    return float(min(gaps, key=lambda gap: abs(call["began_at"] + gap["at_s"] - action["at"]))["silence_s"])


def test_a_webhook_that_was_made_again_is_one_line_with_its_tries(phone: PhonePage) -> None:
    page = phone.page

    def tried_twice(route: Route) -> None:
        answer = route.fetch()
        call = answer.json()
        if not call["webhooks"]:
            # The page looks before the first request is answered.
            route.fulfill(response=answer)
            return
        [first, *others] = call["webhooks"]
        failed = [
            first | {"n": 1000 + n, "attempt": n, "status": None, "took_ms": 10, "body": ""} for n in (1, 2)
        ]
        again = first | {"n": 1003, "attempt": 3}
        route.fulfill(response=answer, json=call | {"webhooks": [*failed, again, *others]})

    page.route(re.compile(r"/phone/calls/CA\w+$"), tried_twice)
    phone.call()

    line = page.locator("#wire > li").filter(has_text="call comes in")
    expect(line).to_have_count(1)
    expect(line).to_contain_text("3 tries")
    line.locator("summary").click()
    expect(line.locator(".pairs").first).to_contain_text("no answer after 10 ms")
    expect(page.locator("#turns .breakdown").first).to_contain_text("2 requests made again")
    expect(page.locator("#turns .breakdown").first).not_to_contain_text("documents")
    phone.hang_up()
    page.unroute_all(behavior="ignoreErrors")


def test_the_parts_of_a_wait_explain_themselves(phone: PhonePage) -> None:
    page = phone.page
    legend = page.locator("#legend")
    expect(legend).to_contain_text("end of speech (Twilio's speechTimeout)")
    pause = legend.locator("li").first
    expect(pause).to_have_attribute("title", "Twilio waits for the end of speech (speechTimeout)")
    expect(legend.locator("li").last).to_have_text("target")
    page.get_by_text("What the words mean").click()
    for word in ("leg", "clip", "document", "other", "webhook"):
        expect(page.locator("#glossary-words dt").get_by_text(word, exact=True)).to_be_visible()

    phone.call()
    phone.say("Where is the shop?")
    expect(page.locator("#turns .bar-chart")).to_have_count(2)
    bar = page.locator("#turns .bar-chart").nth(1)
    expect(bar.locator(".stage-pause title")).to_have_text(re.compile("Twilio waits for the end of speech"))
    target = bar.locator(".stage-target")
    pause_px = float(bar.locator(".stage-pause").get_attribute("width") or 0)
    assert float(target.get_attribute("x") or 0) == pytest.approx(pause_px * 3.5 / 2.0, rel=0.01)
    phone.await_turn()
    phone.hang_up()
