"""What callers say and what services answer is shown, never run; and the page talks to nobody but its simulator."""

import requests
from playwright.sync_api import expect

from simulator.tests.browser.conftest import PhonePage
from tests.house import House

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    '"><svg onload=alert(3)>',
    "</title></textarea><iframe srcdoc='<script>parent.alert(4)</script>'>",
    "javascript:alert(5)//{{7*7}}${alert(6)}",
]


def test_markup_that_is_spoken_stays_text(phone: PhonePage):
    page = phone.page
    phone.hasten().call()
    phone.say(" ".join(PAYLOADS))
    expect(page.locator("#talk .bubble.mine:not(.waiting) .text")).to_have_text(" ".join(PAYLOADS))
    phone.await_turn()
    phone.hang_up()

    # The rows and the requests carry it too; unfold all of them.
    expect(page.locator("#rows")).to_contain_text(PAYLOADS[-1])
    page.locator(".service summary").evaluate_all("all => all.forEach(summary => summary.click())")

    expect(page.locator("#wire .pairs").filter(has_text=PAYLOADS[0]).first).to_be_visible()
    assert phone.dialogs == []
    assert page.locator("main script, main iframe, main img, main [onerror], main [onload]").count() == 0


def test_a_call_in_the_address_cannot_bring_markup(phone: PhonePage):
    phone.page.goto(f"{phone.url}#<img src=x onerror=alert(1)>")
    phone.page.reload()

    expect(phone.page.locator("#welcome")).to_be_visible()
    assert phone.dialogs == []


def test_the_page_may_run_nothing_but_its_own_files(phone: PhonePage):
    ran = phone.page.evaluate(
        """async () => {
            const script = document.createElement("script");
            script.textContent = "window.ranInline = true";
            document.head.append(script);
            return [window.ranInline ?? false];
        }"""
    )

    assert ran == [False]
    assert any("Content Security Policy" in error for error in phone.errors)
    phone.errors.clear()


def test_every_file_of_the_page_is_locked_down_and_no_other_is_served(house: House):
    for path in ("", "assets/page.js", "assets/page.css", "assets/icon.svg"):
        answer = requests.get(f"{house.simulator.url}/{path}", timeout=5)

        assert answer.status_code == 200, path
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for path in ("assets/../page.py", "assets/%2e%2e/page.py", "assets/..%2fpage.py"):
        assert requests.get(f"{house.simulator.url}/{path}", timeout=5).status_code == 404
