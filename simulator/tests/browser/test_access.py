"""The page for everybody: by keyboard alone, on small and large screens, light and dark, read aloud."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from simulator.tests.browser.conftest import PhonePage, listened_to, new_number
from tests.house import House

CONTRAST = """
({ selector, onlyText, property }) => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const color = rgba(getComputedStyle(each).backgroundColor);
      if (color[3] === 255) return color;
    }
    throw new Error("the page has no ground");
  };
  const hasText = (element) =>
    [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  return [...document.querySelectorAll(selector)]
    .filter((element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
    .filter((element) => !element.closest(".hidden, .skip, :disabled") && (!onlyText || hasText(element)))
    .map((element) => {
      const one = light(rgba(getComputedStyle(element)[property]));
      // Text stands on its own element's ground; a border or a bar on what is around it.
      const other = light(ground(onlyText ? element : element.parentElement));
      const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      return { ratio, what: `${element.tagName}.${element.getAttribute("class")} ${element.textContent.trim().slice(0, 30)}` };
    });
}
"""
UNNAMED = """
() => [...document.querySelectorAll("button, input, select, a, summary, [role=img], [role=log], [role=timer], section, svg:not([aria-hidden])")]
  .filter((element) => element.checkVisibility())
  .filter((element) => !(
    element.getAttribute("aria-label")?.trim() || element.textContent.trim() || element.labels?.length ||
    document.getElementById(element.getAttribute("aria-labelledby"))?.textContent.trim() ||
    element.closest("button")?.textContent.trim() || element.closest("button")?.getAttribute("aria-label")))
  .map((element) => element.outerHTML.slice(0, 120))
"""
DANGLING = """
() => [...document.querySelectorAll("[for], [aria-labelledby], [aria-describedby], [list]")]
  .flatMap((element) => ["for", "aria-labelledby", "aria-describedby", "list"].map((name) => element.getAttribute(name)))
  .filter((id) => id && !document.getElementById(id))
"""
DOUBLE = "() => { const all = [...document.querySelectorAll('[id]')].map((e) => e.id); return all.filter((id, n) => all.indexOf(id) !== n); }"


@pytest.fixture(scope="module")
def finished_call(house: House) -> str:
    """A call with something of everything in it, long over."""
    sid = house.phone.call(new_number(), speed=20)
    house.phone.wait(sid, "turn")
    house.phone.say(sid, "How much is a full service, and " + "where" * 40 + " is the shop?")
    house.phone.wait(sid, "turn", after=2)
    house.phone.keys(sid, "*")
    house.phone.wait(sid, "turn", after=4)
    house.phone.hangup(sid)
    house.phone.wait(sid, "over")
    return sid


@pytest.fixture
def shown(browser: Browser, house: House, finished_call: str) -> Iterator[Page]:
    """The page with that call, everything unfolded."""
    context = browser.new_context(reduced_motion="reduce")
    opened = listened_to(context, f"{house.simulator.url}/#{finished_call}").open()
    expect(opened.page.locator("#turns .bar-chart")).to_have_count(3)
    expect(opened.page.locator("#rows > li").first).to_be_visible()
    opened.page.locator("summary").evaluate_all("all => all.forEach(summary => summary.click())")
    yield opened.page
    context.close()
    assert opened.errors == []


def test_nothing_has_to_be_scrolled_sideways_at_any_width(shown: Page):
    for width in (360, 480, 820, 1280, 1900, 2560):
        shown.set_viewport_size({"width": width, "height": 800})

        overflowing = shown.evaluate(
            "() => [...document.querySelectorAll('body *')].filter(e => e.checkVisibility() && !e.closest('.hidden, .skip')"
            " && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 100))"
        )

        assert (width, overflowing) == (width, [])
        assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_what_can_be_operated_and_the_bars_stand_out(shown: Page, scheme: str):
    shown.emulate_media(color_scheme=scheme, reduced_motion="reduce")

    texts = shown.evaluate(CONTRAST, {"selector": "body *", "onlyText": True, "property": "color"})
    edges = shown.evaluate(
        CONTRAST,
        {"selector": "#caller, #fresh, #mute, select", "onlyText": False, "property": "borderTopColor"},
    )
    bars = shown.evaluate(
        CONTRAST, {"selector": "rect:not(.stage-none, .stage-target)", "onlyText": False, "property": "fill"}
    )

    assert len(texts) > 100
    assert [text for text in texts if text["ratio"] < 4.5] == []
    assert len(edges) == 8
    assert {bar["what"].split()[0] for bar in bars} >= {"rect.stage-document", "rect.stage-clip"}
    assert [each for each in edges + bars if each["ratio"] < 3] == []


def test_everything_has_a_name_and_points_at_something(shown: Page):
    assert shown.evaluate(UNNAMED) == []
    assert shown.evaluate(DANGLING) == []
    assert shown.evaluate(DOUBLE) == []
    assert shown.locator("html").get_attribute("lang") == "en"
    assert shown.locator("h1").count() == 1
    assert shown.locator("main").count() == 1


def test_a_whole_call_needs_no_mouse_and_no_eyes(phone: PhonePage):
    page = phone.page
    log = page.get_by_role("log", name="Conversation")

    reach(page, "Mute")
    reach(page, "Call", back=True)
    page.keyboard.press("Enter")
    phone.await_turn()
    expect(log).to_have_attribute("aria-live", "polite")
    expect(log.get_by_role("listitem").first).to_have_text(
        "Bot: Hello, this is Harbour Street Bicycles. How can I help you?"
    )
    expect(page.get_by_role("status").filter(has_text="Your turn")).to_be_visible()
    assert page.evaluate("() => document.getAnimations().length") == 0, "motion is reduced here"
    expect(page.get_by_label("What you say")).to_be_focused()
    page.keyboard.type("How much is a full service?")
    page.keyboard.press("Enter")
    expect(page.locator("#talk")).to_contain_text("eighty-five")
    phone.await_turn()
    reach(page, "star: hear it again")
    page.keyboard.press("Space")
    expect(page.locator("#talk .note-key")).to_have_text("You pressed *")
    phone.await_turn()
    reach(page, "Hang up")
    page.keyboard.press("Enter")
    expect(phone.status).to_contain_text("Call over")
    reach(page, "call comes in")
    page.keyboard.press("Enter")

    expect(page.locator("#wire details[open]")).to_have_count(1)


def test_the_first_tab_leads_past_everything_to_the_phone(phone: PhonePage):
    phone.page.keyboard.press("Tab")
    expect(phone.page.get_by_role("link", name="Skip to the phone")).to_be_focused()

    phone.page.keyboard.press("Enter")
    phone.page.keyboard.press("Tab")

    expect(phone.page.get_by_role("tab", name="Call")).to_be_focused()


def reach(page: Page, name: str, *, back: bool = False) -> None:
    """Press Tab until something with this name has the focus, which must then be visible."""
    focused = """() => {
        const e = document.activeElement;
        const style = getComputedStyle(e);
        return [e.getAttribute('aria-label') ?? e.labels?.[0]?.textContent ?? e.textContent.trim(), style.outlineStyle, style.outlineWidth];
    }"""
    for _ in range(60):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        label, style, width = page.evaluate(focused)
        if label.startswith(name):
            assert (style, width) == ("solid", "2px"), f"{label} does not show that it has the focus"
            return
    raise AssertionError(f"{name} cannot be reached with Tab")
