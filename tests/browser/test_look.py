from pathlib import Path
from tests.browser.conftest import listened_to
from playwright.sync_api import expect

def test_shots(browser, house):
    out = Path("/tmp/shots"); out.mkdir(exist_ok=True)
    ctx = browser.new_context(viewport={"width": 1280, "height": 900})
    p = listened_to(ctx, f"{house.simulator.url}/").open()
    p.page.screenshot(path=out/"1280-empty.png", full_page=True)
    try:
        p.call()
        print(p.audio())
        p.page.wait_for_timeout(300)
        p.say("How much is a full service?")
        p.page.wait_for_timeout(2500)
        p.page.screenshot(path=out/"1280-mid.png", full_page=True)
        p.await_turn()
        p.page.get_by_role("button", name="star").click()
        p.page.wait_for_timeout(1500)
        p.await_turn()
        p.page.locator("#over").check()
        p.say("Where is the shop?")
        p.page.wait_for_timeout(3000)
        p.say("And when are you open on Saturday?")
        p.page.wait_for_timeout(600)
        p.page.screenshot(path=out/"1280-cut.png")
        p.page.wait_for_timeout(1500)
        p.await_turn()
        p.page.screenshot(path=out/"1280-turns.png", full_page=True)
        p.page.get_by_role("button", name="0: ask").click()
        p.page.wait_for_timeout(5000)
        p.page.screenshot(path=out/"1280-dial.png")
        p.hang_up()
        p.page.wait_for_timeout(4000)
    finally:
        print(p.errors, p.foreign)
        print(p.page.evaluate("document.body.innerText")[:3000])
    p.page.locator("#webhooks summary").nth(1).click()
    p.page.locator("#rows summary").nth(0).click()
    for w in (360, 1280, 2560):
        for scheme in ("light", "dark"):
            p.page.set_viewport_size({"width": w, "height": 800 if w<500 else 1000})
            p.page.emulate_media(color_scheme=scheme)
            p.page.wait_for_timeout(200)
            p.page.screenshot(path=out/f"{w}-{scheme}.png", full_page=w<500)
    ctx.close()
