"""The inbox in a browser, by keyboard alone: an escalated thread is answered and resolved, and the next one is there."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.looks import WIDE, looks
from tests.browser.steps import check
from tests.house import NUMBER, House
from voicebot.domain.access.api_key import hash_of


@pytest.fixture(params=looks(WIDE, "light"), ids=str)
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    yield context.new_page()
    context.close()


def escalated(house: House, words: str) -> str:
    """Somebody texts, and asks for a person; return the thread."""
    number = f"+1202555{uuid4().int % 10_000:04d}"
    (row,) = house.rows(
        """select public.message_received(%s, 'sms', %s, %s, %s) ->> 'conversation_id' as thread""",
        f"SM{uuid4().hex}", number, NUMBER, words,
    )  # fmt: skip
    house.rows(
        """insert into public.support_escalations (conversation_id, message, reason, silenced)
           values (%s, %s, 'human_requested', true)""",
        row["thread"], words,
    )  # fmt: skip
    house.rows(
        "update public.conversations set ai_mode = 'OFF', waiting_since = null where id = %s", row["thread"]
    )
    return str(row["thread"])


def test_an_escalated_thread_is_answered_and_resolved_by_keyboard_and_the_next_one_is_there(
    running_house: House, page: Page
) -> None:
    code, said, requested = uuid4().hex, [], []
    running_house.rows(
        "update public.inbox_items set state = 'resolved', resolved_at = now(), waiting_since = null"
    )
    running_house.rows("select public.make_console_link(%s)", hash_of(code))
    first = escalated(running_house, "I want to talk to a person about my refund.")
    second = escalated(running_house, "Let me talk to somebody, please.")
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: requested.append(request.url))
    page.goto(f"{running_house.url}/console/link?code={code}")
    expect(page.get_by_role("button", name="Sign in")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Threads 2 waiting for a person")).to_be_visible()
    check(page, running_house, said, requested, again=True)

    page.get_by_role("link", name="Threads 2").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("row").filter(has_text="asks for a person")).to_have_count(2)
    check(page, running_house, said, requested, again=True)
    for key, thread in (("j", first), ("j", second), ("k", first)):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.getAttribute('href')") == f"/console/threads/{thread}"
    page.keyboard.press("Enter")
    expect(page.locator(".theirs .bubble")).to_have_text("I want to talk to a person about my refund.")
    check(page, running_house, said, requested, again=True)
    page.keyboard.press("r")
    page.keyboard.type("Hello, this is Ruth. Your refund is on its way.")
    page.keyboard.press("Control+Enter")

    expect(page.locator(".human .bubble")).to_have_text("Hello, this is Ruth. Your refund is on its way.")
    expect(page.get_by_text("answers, the bot again from")).to_be_visible()
    check(page, running_house, said, requested)
    page.keyboard.press("e")
    expect(page.locator(".theirs .bubble")).to_have_text("Let me talk to somebody, please.")
    (row,) = running_house.rows(
        """select i.state, c.ai_mode, (select count(*) from public.sms_history m
                                        where m.conversation_id = c.id and m.sent_by = 'operator') as texts
             from public.inbox_items i join public.conversations c on c.id = i.id where i.id = %s""",
        first,
    )
    assert row == {"state": "resolved", "ai_mode": "ON", "texts": 1}
    # Keys work once the page's script is there.
    page.wait_for_load_state()
    page.keyboard.press("e")
    expect(page.get_by_text("Nothing is open.")).to_be_visible()
    check(page, running_house, said, requested)


def test_without_script_a_thread_is_answered_and_resolved_by_its_forms(
    running_house: House, browser: Browser
) -> None:
    code = uuid4().hex
    running_house.rows("select public.make_console_link(%s)", hash_of(code))
    thread = escalated(running_house, "A person, please.")
    context = browser.new_context(viewport={"width": 360, "height": 800}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{running_house.url}/console/link?code={code}")
    page.get_by_role("button").click()

    page.goto(f"{running_house.url}/console/threads/{thread}")
    page.get_by_label("Your text").fill("Here I am.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".human .bubble")).to_have_text("Here I am.")
    page.get_by_label("Private note").fill("Called twice before.")
    page.get_by_role("button", name="Note it").click()
    expect(page.locator(".private .words")).to_have_text("Called twice before.")
    page.get_by_role("button", name="Resolve", exact=True).click()

    expect(page.get_by_role("button", name="Open again")).to_be_visible()
    context.close()


def test_a_reply_outlives_the_session_in_which_it_was_begun(running_house: House, page: Page) -> None:
    thread, codes = escalated(running_house, "Is anybody there?"), [uuid4().hex, uuid4().hex]
    for code in codes:
        running_house.rows("select public.make_console_link(%s)", hash_of(code))
    page.goto(f"{running_house.url}/console/link?code={codes[0]}")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/console")
    page.goto(f"{running_house.url}/console/threads/{thread}")
    page.fill("#reply textarea", "Yes, I am.")

    running_house.rows("delete from public.console_sessions")
    expect(page.get_by_role("alert")).to_contain_text("What you typed stays")
    page.locator("#reply textarea").press("Control+Enter")
    page.get_by_label("Your link").fill(f"{running_house.url}/console/link?code={codes[1]}")
    page.keyboard.press("Enter")

    expect(page.locator("#reply textarea")).to_have_value("Yes, I am.")
    expect(page.get_by_text("Nothing was sent yet")).to_be_visible()
    page.locator("#reply textarea").press("Control+Enter")
    expect(page.locator(".ours .bubble")).to_have_text("Yes, I am.")
