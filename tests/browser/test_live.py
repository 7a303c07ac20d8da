"""A live call in a browser: what is said appears without a reload, and what somebody does meanwhile is not disturbed."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import violations
from tests.browser.steps import a_call
from tests.console.conftest import SILENCE
from tests.house import House
from tests.support.waiting import wait_for
from voicebot.domain.access.api_key import hash_of
from voicebot.providers.recordings.folder import FolderRecordings
from voicebot.wiring import recording_folder

SAY = """insert into public.transcripts (session_id, sequence_number, speaker, content)
         select id, %s, 'caller', %s from public.call_history where public_id = %s::uuid"""
# When the row came into being and when the page showed it, on one clock: the browser's.
SEEN = """(words) => new Promise((done) => {
    const began = Date.now();
    const look = () => document.body.innerText.includes(words) && done(Date.now() - began);
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
    look();
})"""


@pytest.fixture
def page(browser: Browser, running_house: House) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1000, "height": 600})
    page = context.new_page()
    code = uuid4().hex
    running_house.rows("select public.make_console_link(%s)", hash_of(code))
    page.goto(f"{running_house.url}/console/link?code={code}")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Now")
    yield page
    context.close()


def test_a_word_of_a_live_call_appears_within_a_second_and_disturbs_nobody(
    running_house: House, page: Page
) -> None:
    call = a_call(running_house, "watched", "in-progress", ended=False)
    for number in range(3, 40):
        running_house.rows(SAY, number, f"Sentence {number} of a long talk.", call)
    page.goto(f"{running_house.url}/console/calls/{call}")
    wait_for(
        lambda: page.evaluate(
            "performance.getEntriesByType('resource').some(one => one.name.includes('/console/scripts/live.js?v='))"
        )
    )
    page.evaluate("window.stays = true")
    page.get_by_role("link", name="Calls").first.focus()
    page.evaluate(
        "() => { const words = document.querySelector('#u5 p').firstChild;"
        " getSelection().setBaseAndExtent(words, 0, words, 8); scrollTo(0, 300); }"
    )
    page.wait_for_timeout(1500)

    taken = []
    for number in range(40, 43):
        words = f"Something new <b>{number}</b>."
        running_house.rows(SAY, number, words, call)
        taken.append(page.evaluate(SEEN, words))

    assert max(taken) <= 1000, taken
    assert page.evaluate("[window.stays, document.activeElement.innerText, scrollY]") == [True, "Calls", 300]
    assert page.evaluate("getSelection().toString()") == "Sentence"
    assert page.locator(".said b").count() == 0


def test_without_a_stream_the_page_asks_and_whoever_is_signed_out_is_led_to_the_sign_in(
    running_house: House, page: Page
) -> None:
    call = a_call(running_house, "polled", "in-progress", ended=False)
    page.add_init_script("delete window.EventSource")
    page.goto(f"{running_house.url}/console/calls/{call}")
    running_house.rows(SAY, 3, "It was asked for.", call)
    expect(page.get_by_text("It was asked for.")).to_be_visible()

    running_house.rows("update public.console_sessions set revoked_at = now() where revoked_at is null")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_whoever_is_signed_out_sees_nothing_more_of_a_call_within_five_seconds(
    running_house: House, page: Page
) -> None:
    call = a_call(running_house, "revoked", "in-progress", ended=False)
    page.goto(f"{running_house.url}/console/calls/{call}")
    page.wait_for_timeout(1500)

    running_house.rows("update public.console_sessions set revoked_at = now() where revoked_at is null")

    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in", timeout=6000)


def test_a_recording_is_heard_from_a_time_by_mouse_address_and_keys(
    running_house: House, page: Page, tmp_path: Path
) -> None:
    call = a_call(running_house, "recorded", "completed", ended=True)
    running_house.rows(
        "update public.transcripts set start_time_seconds = 4 * sequence_number where session_id ="
        " (select id from public.call_history where public_id = %s::uuid)",
        call,
    )
    running_house.rows(
        "update public.call_history set answered_at = started_at, recording_copied_at = now() where public_id = %s::uuid",
        call,
    )
    # Ten seconds of mu-law silence in two channels.
    sound = tmp_path / "sound.wav"
    sound.write_bytes(SILENCE[:40] + (160_000).to_bytes(4, "little") + b"\xff" * 160_000)
    FolderRecordings(recording_folder(running_house.settings)).save(f"{call}.wav", sound)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    now = "Math.round(document.getElementById('recording').currentTime * 10) / 10"

    page.goto(f"{running_house.url}/console/calls/{call}#t=8.0")
    wait_for(lambda: page.evaluate(f"{now} >= 8 && {now} < 9.5"))
    page.evaluate("document.getElementById('recording').pause()")
    page.locator("a.at").first.click()
    wait_for(lambda: page.evaluate(f"{now} >= 4 && {now} < 6"))
    page.evaluate("document.getElementById('recording').pause()")
    before = page.evaluate(now)
    page.keyboard.press(".")
    wait_for(lambda: page.evaluate(f"{now} > {before} + 0.8"))
    page.keyboard.press(",")
    page.keyboard.press("3")
    assert page.evaluate("document.getElementById('recording').playbackRate") == 2
    page.keyboard.press("j")
    wait_for(lambda: page.evaluate(f"{now} >= 8"))
    assert page.locator(".said .playing").count() == 1
    assert violations(page) == []
    assert [url for url in asked if not url.startswith(running_house.url)] == []


def a_thread(house: House, number: str) -> str:
    """Have somebody write who waits for an answer."""
    (made,) = house.rows(
        """insert into public.conversations (channel, customer_identifier, our_number, ai_mode, unread_count, last_message_at, last_inbound_at)
           values ('sms', %s, '+12025550100', 'OFF', 1, now(), now()) returning id""",
        number,
    )
    return str(made["id"])


def test_lists_follow_what_happens_and_leave_alone_what_somebody_does(
    running_house: House, page: Page
) -> None:
    happens = {
        "": lambda n: a_call(running_house, f"now{n}", "ringing", ended=False),
        "/calls": lambda n: a_call(running_house, f"list{n}", "completed", ended=True),
        "/threads": lambda n: a_thread(running_house, f"+1202555{3000 + n}"),
    }
    for path, make in happens.items():
        for nth in range(12):
            known = make(nth)
        page.goto(f"{running_house.url}/console{path}")
        page.evaluate("window.stays = true")
        box = page.get_by_role("searchbox", name="Search calls and texts")
        box.fill("said:ref")
        page.evaluate(
            f"() => {{ const words = document.querySelector('td a[href*=\"{known}\"]').firstChild;"
            " getSelection().setBaseAndExtent(words, 0, words, 3); scrollTo(0, 120); }"
        )
        selected, focused = page.evaluate("[getSelection().toString(), document.activeElement.innerText]")
        assert len(selected) == 3
        new = make(100)
        expect(page.locator(f"td a[href*='{new}']")).to_be_visible()
        assert page.evaluate("[window.stays, getSelection().toString(), document.activeElement.innerText]") == [
            True, selected, focused,
        ]  # fmt: skip
        assert (page.evaluate("scrollY"), box.input_value()) == (120, "said:ref"), path
    # What waits is counted beside the word, on the page where it was when it came.
    waits = page.locator("nav [data-live=waits]")
    count = int(waits.inner_text().split()[0])
    a_thread(running_house, "+12025553999")
    expect(waits).to_contain_text(str(count + 1))


def test_where_a_stream_is_refused_the_page_asks_and_takes_the_stream_again_later(
    running_house: House, page: Page
) -> None:
    call = a_call(running_house, "refused", "in-progress", ended=False)
    page.clock.install()
    page.route("**/console/live?*", lambda route: route.fulfill(status=503, body="no"))
    page.goto(f"{running_house.url}/console/calls/{call}")
    running_house.rows(SAY, 3, "Asked for, now and then.", call)
    expect(page.get_by_text("Asked for, now and then.")).to_be_visible()

    page.unroute("**/console/live?*")
    with page.expect_request("**/console/live?*"):
        page.clock.fast_forward(31_000)
    running_house.rows(SAY, 4, "Sent by the stream.", call)
    expect(page.get_by_text("Sent by the stream.")).to_be_visible()
