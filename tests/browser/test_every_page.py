"""Every page of the console in a browser, on a day's work with names that are hard to show: narrow and light, wide and dark.

The pages come from the table of routes: a new one is looked at without being written down here.
"""

import urllib.request
from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import violations
from tests.house import House, open_house
from tests.shots.office import fill
from tests.shots.pages import pages, path_of
from voicebot.domain.access.api_key import hash_of
from voicebot.wiring import recording_folder

pytestmark = pytest.mark.timeout(300)
PARTS = 4
"""Each has the time of a test on a busy machine."""
LOOKS = (("light", 360, ()), ("dark", 1400, ("color-contrast",)))
"""How a page is looked at, and with which rules: all of them once, those about colours with other colours again."""
UNSEEN = """() => {
  const all = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0'], audio")];
  const seen = all.filter((one) => one.offsetParent !== null && !one.closest("dialog:not([open])"));
  const faults = all[0].classList.contains("skip") ? [] : ["the skip link is not first"];
  for (const one of seen) {
    one.focus({ focusVisible: true });
    const style = getComputedStyle(one);
    if (document.activeElement !== one) faults.push("no focus on " + one.outerHTML.slice(0, 120));
    else if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) faults.push("focus is not seen on " + one.outerHTML.slice(0, 120));
    if (one.tabIndex > 0) faults.push("out of order: " + one.outerHTML.slice(0, 120));
  }
  return faults;
}"""
"""What Tab would come to, and nobody would see."""
SIDEWAYS = """() => [...document.querySelectorAll(".cards")].filter((one) => one.parentElement.scrollWidth > one.parentElement.clientWidth)
  .map((one) => "its list goes sideways: " + one.innerText.slice(0, 80))"""
SMALL = """() => [...document.querySelectorAll("a[href]:not(.skip), button, select, textarea, summary, audio, input:not([type=hidden])")]
  .filter((one) => {
    const words = one.tagName === "A" && getComputedStyle(one).display === "inline";
    const aim = one.matches("[type=checkbox], [type=radio]") ? one.closest("label") : one;
    const { width, height } = (aim || one).getBoundingClientRect();
    return width && !words && height < (aim ? 43.5 : 24);
  })
  .map((one) => one.outerHTML.slice(0, 120))"""
"""What a finger misses: lower than 44 px, or a box without words than 24 px; a link within a text is as high as its line."""
LARGEST_PAGE = 60 * 1024


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, dsn: str) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("office"), dsn, web=1) as house:
        yield house


@pytest.fixture(scope="module")
def ids(house: House) -> dict[str, str]:
    return fill(house.dsn, recording_folder(house.settings), hard=True)


@pytest.fixture
def page(house: House, browser: Browser) -> Iterator[Page]:
    code = uuid4().hex
    house.rows("select public.make_console_link(%s)", hash_of(code))
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{house.url}/console/link?code={code}")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{house.url}/console")
    yield page
    context.close()


@pytest.mark.parametrize("nth", range(PARTS))
def test_every_page_fits_is_light_for_the_network_and_can_be_read_by_everybody(
    house: House, ids: dict[str, str], page: Page, nth: int
) -> None:
    said: list[str] = []
    elsewhere: list[str] = []
    weighed: dict[str, int] = {}
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda asked: None if asked.url.startswith(house.url) else elsewhere.append(asked.url))
    cookies = {one["name"]: one["value"] for one in page.context.cookies()}
    wrong = []

    for route in pages()[nth::PARTS]:
        path = path_of(route, ids)
        answer = page.goto(house.url + path)
        if answer is None or answer.status != 200:
            wrong.append(f"{route.name}: {answer and answer.status}")
            continue
        weighed[route.name] = weight_of(house.url + path, cookies)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
        wrong += [f"{route.name}: {one}" for one in page.evaluate(UNSEEN)]
        for scheme, width, rules in LOOKS:
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            wide, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            wrong += [f"{route.name}: {wide} pixels in {room}"] if wide > room else []
            wrong += [f"{route.name}: {one}" for one in page.evaluate(SIDEWAYS)]
            wrong += [f"{route.name}, {scheme}: {one}" for one in violations(page, *rules)]
        wrong += [f"{route.name} said {one}" for one in said]
        said.clear()

    assert wrong == []
    assert elsewhere == []
    assert {name: size for name, size in weighed.items() if size > LARGEST_PAGE} == {}


def test_a_finger_hits_what_it_aims_at(house: House, ids: dict[str, str], page: Page) -> None:
    context = page.context.browser.new_context(
        storage_state=page.context.storage_state(), has_touch=True, viewport={"width": 360, "height": 740}
    )
    finger = context.new_page()
    wrong = []
    for name in ("calls", "thread", "person", "queue", "campaign", "numbers", "members", "template"):
        route = next(route for route in pages() if route.name == name)
        finger.goto(house.url + path_of(route, ids))
        assert finger.evaluate("matchMedia('(pointer: coarse)').matches")
        wrong += [f"{name}: {one}" for one in finger.evaluate(SMALL)]
    context.close()

    assert wrong == []


def test_on_paper_a_call_is_what_was_said_and_nothing_to_press(
    house: House, ids: dict[str, str], page: Page
) -> None:
    page.goto(f"{house.url}/console/calls/{ids['call']}")
    page.emulate_media(media="print")

    expect(page.get_by_text("And how much is a full service for a touring bike?")).to_be_visible()
    expect(page.locator("button:visible, nav:visible, audio:visible, input:visible")).to_have_count(0)


def test_the_page_that_is_open_is_in_sight_in_the_line_of_its_section_on_a_narrow_screen(
    house: House, page: Page
) -> None:
    page.set_viewport_size({"width": 360, "height": 900})
    for name in ("members", "audit", "data"):
        page.goto(f"{house.url}/console/settings/{name}")
        page.wait_for_load_state()
        left, right = page.evaluate(
            "(({ left, right }) => [left, right])(document.querySelector('.section [aria-current]').getBoundingClientRect())"
        )
        assert 0 <= left < right <= 360, name
        assert page.evaluate("scrollY") == 0


def test_keys_lead_past_the_navigation_through_a_list_to_the_search_and_say_what_they_are(
    house: House, ids: dict[str, str], page: Page
) -> None:
    page.goto(f"{house.url}/console/calls")
    page.wait_for_load_state()
    press = page.keyboard.press
    rows = page.locator("main tbody tr td a[href^='/console/calls/']")

    press("Tab")
    press("Enter")
    press("Tab")
    assert page.url.endswith("#content")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    press("Escape")
    for key, nth in (("j", 0), ("j", 1), ("k", 0), ("k", 0)):
        press(key)
        expect(rows.nth(nth)).to_be_focused()
    page.locator("input[name=id]").first.check()
    rows.nth(0).focus()
    house.rows(
        "update public.call_history set summary = 'Said something new.' where public_id = %s", ids["live"]
    )
    expect(page.get_by_text("Said something new.")).to_be_visible()
    expect(rows.nth(0)).to_be_focused()
    expect(page.locator("input[name=id]").first).to_be_checked()
    press("?")
    dialog = page.get_by_role("dialog", name="Shortcuts")
    expect(dialog).to_be_visible()
    assert violations(page) == []
    press("j")
    press("Escape")
    expect(dialog).to_be_hidden()
    expect(rows.nth(0)).to_be_focused()
    press("/")
    seek = page.get_by_role("searchbox", name="Search calls and texts")
    expect(seek).to_be_focused()
    page.keyboard.type("j?/")
    expect(seek).to_have_value("j?/")
    press("Escape")
    expect(seek).not_to_be_focused()
    press("j")
    press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Call with")


def test_a_form_that_is_sent_twice_in_a_hurry_is_sent_once_and_again_after_going_back(
    house: House, ids: dict[str, str], page: Page
) -> None:
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.url) if asked.method == "POST" else None)
    name = "Views " + uuid4().hex[:6]

    for nth in (1, 2):
        page.goto(f"{house.url}/console/calls?status=busy")
        page.get_by_label("Keep this list as").fill(f"{name} {nth}")
        page.evaluate(
            """() => { const button = [...document.querySelectorAll("button")].find((one) => one.textContent === "Save view");
                       button.click(); button.click(); button.form.requestSubmit(); }"""
        )
        expect(page.get_by_role("link", name=f"{name} {nth}")).to_be_visible()
        assert len(sent) == nth
        assert page.url.endswith("/console/calls?status=busy")
        page.reload()
        page.go_back()
        page.go_forward()
    assert len(sent) == 2


def weight_of(url: str, cookies: dict[str, str]) -> int:
    """Return how many bytes of a page go over the network."""
    headers = {
        "Accept-Encoding": "gzip",
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
    }
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        return len(answer.read())
