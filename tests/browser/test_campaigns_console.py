"""Queue and campaigns in a browser, by keyboard alone: import people, run, call some of them off; narrow and wide, light and dark."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import violations
from tests.browser.looks import NARROW, looks
from tests.house import House
from voicebot.domain.access.api_key import hash_of

SHOTS = os.environ.get("SHOTS")
"""A folder, when somebody wants to look at the pages."""


@pytest.fixture(params=looks(NARROW, "light"), ids=str)
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    yield context.new_page()
    context.close()


def check(page: Page, name: str, *, again: bool = False) -> None:
    """Look at a page; `again` at one that `test_every_page.py` holds against axe, as it stands there after a day's work."""
    if SHOTS:
        width = page.viewport_size["width"]
        page.screenshot(path=str(Path(SHOTS) / f"{name}-{width}.png"), full_page=True)
    width, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= room, name
    assert again or violations(page) == [], name


def press(page: Page, name: str, key: str = "Enter") -> None:
    """Go on with Tab until something of this name has the focus, and press a key on it."""
    for _ in range(120):
        page.keyboard.press("Tab")
        told = page.evaluate(
            """(() => { const one = document.activeElement;
                        const label = one.labels && one.labels[0] ? one.labels[0].innerText : "";
                        return [one.innerText, one.getAttribute("aria-label"), label].map((text) => (text || "").trim()) })()"""
        )
        if any(text == name or text.startswith(f"{name}\n") for text in told):
            page.keyboard.press(key)
            return
    raise AssertionError(f"Tab never came to {name}")


def type_into(page: Page, name: str, text: str) -> None:
    press(page, name, "Home")
    page.keyboard.type(text)


def test_somebody_imports_a_campaign_runs_it_and_calls_two_of_its_people_off(
    running_house: House, page: Page, tmp_path: Path
) -> None:
    house, said, name = running_house, [], f"spring {uuid4().hex[:6]}"
    code = uuid4().hex
    house.rows("select public.make_console_link(%s)", hash_of(code))
    people = tmp_path / "people.csv"
    tail = f"{uuid4().int % 10**4:04d}"[:3]
    people.write_text(
        "Mobile,First Name\n" + "".join(f"+1303555{tail}{n},Guest {n}\n" for n in range(1, 4)) + "none,Zoe\n"
    )
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{house.url}/console/link?code={code}")
    page.locator("main button").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Now")

    press(page, "Queue")
    expect(page.get_by_role("heading", level=1)).to_have_text("Queue")
    check(page, "queue", again=True)
    press(page, "Campaigns")
    expect(page.get_by_role("heading", level=1)).to_have_text("Campaigns")
    check(page, "campaigns", again=True)
    press(page, "Make a campaign")
    expect(page.get_by_role("heading", level=1)).to_have_text("Make a campaign")
    check(page, "new-campaign", again=True)
    type_into(page, "Name", name)
    page.locator("select[name=purpose]").select_option("asked_for")
    press(page, "Make the draft")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.locator("input[type=file]").set_input_files(people)
    press(page, "Look at the file")
    expect(page.get_by_role("heading", level=1)).to_have_text("Look at the file first")
    expect(page.locator(".figures")).to_contain_text("3 would be added")
    expect(page.get_by_role("region", name="Rows that are left out")).to_contain_text("no phone number")
    check(page, "preview")
    press(page, "Add 3 people")
    expect(page.get_by_role("heading", level=1)).to_have_text("3 people were added")
    check(page, "imported")
    press(page, "To the campaign")
    expect(page.get_by_role("region", name="People of the campaign").get_by_role("row")).to_have_count(4)
    check(page, "campaign-draft")
    press(page, "Run it")
    expect(page.get_by_text("● running").first).to_be_visible()
    press(page, "Pause it")
    expect(page.get_by_text("◷ paused").first).to_be_visible()
    check(page, "campaign")

    for _ in range(2):
        press_next_box(page)
    page.locator("select[name=action]").select_option("cancel")
    press(page, "Look first")
    expect(page.get_by_role("heading", level=1)).to_have_text("Cancel: 2 entries")
    check(page, "confirm")
    press(page, "Cancel: 2 entries")
    expect(page.get_by_role("status")).to_contain_text("2 to go")
    check(page, "bulk-running")
    (made,) = house.rows("select id from public.bulk_actions order by created_at desc limit 1")
    house.rows("select public.run_bulk_batch(%s)", made["id"])
    expect(page.get_by_role("status")).to_contain_text("2 done, 0 left out, 0 to go")
    check(page, "bulk-done", again=True)
    page.goto(f"{house.url}/console/queue?status=canceled")
    page.get_by_role("region", name="Entries").get_by_role("link").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Call to")
    check(page, "entry", again=True)
    press(page, "Bulk actions")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bulk actions")
    check(page, "bulk-list", again=True)
    press(page, "Calls")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Calls")
    check(page, "calls", again=True)
    assert said == []
    house.rows("update public.campaigns set state = 'canceled' where name = %s", name)
    house.rows("update public.call_queue set status = 'canceled' where status = 'queued'")


def press_next_box(page: Page) -> None:
    """Tick the first box of the table that is not ticked."""
    page.locator("input[name=id]:not(:checked)").first.focus()
    page.keyboard.press("Space")
