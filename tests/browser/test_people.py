"""People and searches in a browser: find a call by what was said, keep the search, open the person; by keyboard, narrow and wide."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.looks import NARROW, looks
from tests.browser.steps import check, press_until
from tests.house import House
from voicebot.domain.access.api_key import hash_of


@pytest.fixture(params=looks(NARROW, "dark"), ids=str)
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    width, scheme = request.param

    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    yield context.new_page()
    context.close()


def a_person(house: House, number: str) -> tuple[str, str]:
    """Put somebody into the rows who called about a refund, wrote, and agreed to be called; return the ids of person and call."""
    (made,) = house.rows("select public.ensure_user(%s) ->> 'user_id' as person", number)
    person = str(made["person"])
    house.rows(
        "update public.user_profiles set first_name = 'Ada', last_name = 'Lovelace', location = 'London' where user_id = %s",
        person,
    )
    (call,) = house.rows(
        """insert into public.call_history (user_id, phone_number, call_sid, direction, call_status, outcome, started_at, answered_at,
                                            ended_at, duration, summary, cost)
           values (%s, %s, %s, 'inbound', 'completed', 'answered', now() - interval '3 min', now() - interval '3 min', now(), 112,
                   'Wants the money for the second lock back.', 0.04)
           returning id, public_id""",
        person, number, f"CA{uuid4().hex}",
    )  # fmt: skip
    house.rows(
        """insert into public.transcripts (session_id, sequence_number, speaker, content, start_time_seconds)
           values (%(id)s, 1, 'caller', 'Hello, it is about a lock that I bought twice.', 1.4),
                  (%(id)s, 2, 'bot', 'I am sorry. What can I do for you?', 5.0),
                  (%(id)s, 3, 'caller', 'I would like a refund for the second one, please.', 83.2)""".replace(
            "%(id)s", str(call["id"])
        )
    )
    house.rows("select private.follow_late_words(%s)", call["id"])
    house.rows(
        """insert into public.sms_history (user_id, phone_number, direction, content, status, sent_by)
           values (%(u)s, %(n)s, 'inbound', 'When will my refund be there?', 'received', null),
                  (%(u)s, %(n)s, 'outbound', 'Within five days, Ada.', 'delivered', 'bot')""".replace(
            "%(u)s", f"'{person}'"
        ).replace("%(n)s", f"'{number}'")
    )
    house.rows(
        "insert into public.consents (user_id, phone_number, purpose, state, channel, wording_version) values (%s, %s, 'calls', 'granted', 'web', 'v2')",
        person, number,
    )  # fmt: skip
    house.rows("select public.suppress(%s, 'texts', 'operator')", number)
    return person, str(call["public_id"])


def test_a_call_is_found_by_what_was_said_the_search_is_kept_and_leads_to_the_person(
    running_house: House, page: Page
) -> None:
    code, said, requested = uuid4().hex, [], []
    name = f"Refunds {uuid4().hex[:6]}"
    running_house.rows("select public.make_console_link(%s)", hash_of(code))
    person, call = a_person(running_house, f"+1415555{uuid4().int % 10**4:04d}")
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: requested.append(request.url))
    page.goto(f"{running_house.url}/console/link?code={code}")
    expect(page.get_by_role("button", name="Sign in")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Now")

    page.get_by_role("searchbox", name="Search calls and texts").focus()
    page.keyboard.type("refnd: refund")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("colon")
    check(page, running_house, said, requested)
    page.get_by_role("searchbox", name="Search calls and texts").fill(
        f'"refund for the second" person:{person}'
    )
    page.keyboard.press("Enter")
    expect(page.locator("mark").first).to_be_visible()
    expect(page.locator(f'a[href="/console/calls/{call}#t=83.2"]')).to_be_visible()
    check(page, running_house, said, requested)

    page.get_by_label("Keep this list as").fill(name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=name)).to_be_visible()
    check(page, running_house, said, requested)

    page.goto(f"{running_house.url}/console/calls?q=refund")
    expect(page.get_by_role("row").filter(has_text="Ada Lovelace").first).to_be_visible()
    check(page, running_house, said, requested, again=True)
    press_until(page, "People")
    expect(page.get_by_role("heading", level=1)).to_have_text("People")
    check(page, running_house, said, requested, again=True)
    page.locator(f'a[href="/console/people/{person}"]').focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada Lovelace")
    expect(page.locator(".timeline")).to_contain_text("When will my refund be there?")
    check(page, running_house, said, requested, again=True)
    press_until(page, "Show whole number")
    expect(page.locator(".facts strong")).to_contain_text("+1415555")
    check(page, running_house, said, requested)
    page.goto(f"{running_house.url}/console/people/{person}/erase")
    check(page, running_house, said, requested, again=True)
    page.goto(f"{running_house.url}/console/settings/data")
    check(page, running_house, said, requested, again=True)
    page.goto(f"{running_house.url}/console/confirm")
    check(page, running_house, said, requested, again=True)
