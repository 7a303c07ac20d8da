"""Figures in a browser, narrow and wide, light and dark."""

import os
from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.looks import NARROW, looks
from tests.browser.steps import check
from tests.house import House
from voicebot.domain.access.api_key import hash_of

SHOTS = os.environ.get("SHOTS", "")


@pytest.fixture(params=looks(NARROW, "light"), ids=str)
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    width, scheme = request.param

    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    yield context.new_page()
    context.close()


def test_somebody_reads_the_figures_of_a_week(running_house: House, page: Page) -> None:
    code, said, requested = uuid4().hex, [], []
    running_house.rows("select public.make_console_link(%s)", hash_of(code))
    running_house.rows(
        """insert into public.call_history (phone_number, call_sid, direction, call_status, started_at, answered_at, ended_at,
                                            created_at, duration, cost, to_number)
           select '+12025550123', gen_random_uuid(), 'inbound', case when n %% 9 = 0 then 'failed' else 'completed' end, at,
                  case when n %% 9 > 0 then at end, at + interval '1 min', at, 60, 0.01 * (n %% 5), '+15005550006'
             from generate_series(1, 200) n, lateral (select now() - n * n * interval '15 s' as at) a returning id"""
    )
    running_house.rows(
        """insert into public.call_turns (call_id, turn, input, token, lease_until, gap_ms, wait_ms, token_ms, voice_ms, ours_ms)
           select id, 90, '{}', gen_random_uuid(), now(), 300 + id * 37 %% 900, 120, 100 + id * 37 %% 700, 80, 5
             from public.call_history on conflict do nothing returning call_id"""
    )
    running_house.rows("select public.roll_figures('UTC', 400, now() + interval '1 hour')")
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: requested.append(request.url))
    page.goto(f"{running_house.url}/console/link?code={code}")
    expect(page.get_by_role("button", name="Sign in")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Now")

    page.goto(f"{running_house.url}/console/figures")
    expect(page.get_by_role("img", name="Calls, ")).to_be_visible()
    check(page, running_house, said, requested)
    shoot(page, "figures")


def shoot(page: Page, name: str) -> None:
    """Keep a picture for whoever looks at the pages."""
    if SHOTS:
        width = (page.viewport_size or {})["width"]
        page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)
