"""The console in a browser, by keyboard alone: sign in by a link, see what goes on, open a call; narrow and wide, light and dark."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.looks import WIDE, looks
from tests.browser.steps import a_call, check, press_until
from tests.house import House
from voicebot.domain.access.api_key import hash_of


@pytest.fixture(params=looks(WIDE, "dark"), ids=str)
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    width, scheme = request.param

    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    yield context.new_page()
    context.close()


def test_somebody_signs_in_by_a_link_sees_what_goes_on_and_opens_a_call(
    running_house: House, page: Page
) -> None:
    code, said, requested = uuid4().hex, [], []
    running_house.rows("select public.make_console_link(%s)", hash_of(code))
    a_call(running_house, "live", "in-progress", ended=False)
    over = a_call(running_house, "over", "completed", ended=True)
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: requested.append(request.url))

    page.goto(f"{running_house.url}/console/calls")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    check(page, running_house, said, requested)
    page.goto(f"{running_house.url}/console/link?code={code}")
    check(page, running_house, said, requested)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Now")
    expect(page.get_by_role("row").filter(has_text="talking").first).to_be_visible()
    check(page, running_house, said, requested, again=True)
    press_until(page, "Calls")
    expect(page.get_by_role("heading", level=1)).to_have_text("Calls")
    check(page, running_house, said, requested, again=True)
    page.locator(f'a[href="/console/calls/{over}"]').focus()
    page.keyboard.press("Enter")
    expect(page.locator("s.cut")).to_have_text("Come by at five.")
    expect(page.locator("u")).to_have_text("Is my bicycle ready?")
    check(page, running_house, said, requested)
    for name, heading in (("Settings", "Members"), ("Audit", "Audit"), ("Account", "Account")):
        press_until(page, name)
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        check(page, running_house, said, requested, again=True)
    press_until(page, "Sign out")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
