"""Where things stand: what one needs to go on is in view at every size, and what is old stands behind."""

from playwright.sync_api import Page, expect

from simulator.tests.browser.conftest import PhonePage

SMALL = [(360, 740), (360, 780), (390, 844)]
TALK = "() => document.getElementById('log').clientHeight"
SEEN = """
selector => [...document.querySelectorAll(selector)].map((element) => {
  const box = element.getBoundingClientRect();
  const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return box.top >= 0 && box.bottom <= innerHeight && element.contains(hit);
})
"""


def sized(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})


def test_every_key_and_call_are_seen_before_in_and_after_a_call(phone: PhonePage) -> None:
    page = phone.page
    for moment in ("before", "in", "after"):
        if moment == "in":
            phone.hasten().call()
        if moment == "after":
            phone.hang_up()
        for width, height in [*SMALL, (768, 1024), (1366, 640), (1440, 900)]:
            sized(page, width, height)
            keys = page.evaluate(SEEN, ".key, #call, #mute")
            assert keys == [True] * 14, f"{moment} a call at {width}x{height}: {keys}"
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(TALK) > 200, "the conversation has room beside them"


def test_on_small_screens_what_matters_comes_first(phone: PhonePage) -> None:
    def top(selector: str) -> float:
        return float(phone.page.locator(selector).evaluate("element => element.getBoundingClientRect().top"))

    for width, height in ((768, 1024), (360, 740)):
        sized(phone.page, width, height)
        assert top("#phone") <= top(".service") < top("#rows") < top("#calls-title") < top("#threads-title")

    phone.texting()

    expect(phone.page.get_by_label("Text message")).to_be_in_viewport(ratio=1)
    expect(phone.page.get_by_role("button", name="Send")).to_be_in_viewport(ratio=1)
