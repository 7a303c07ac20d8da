"""The library in a browser: a template is written, compared, published and tried by keyboard alone, also without script; voices
are heard."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.steps import check, press_until
from tests.house import House
from voicebot.domain.access.api_key import hash_of


@pytest.fixture(params=["scripted", "without script"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    has_script = request.param == "scripted"
    context = browser.new_context(
        viewport={"width": 1400 if has_script else 360, "height": 900},
        color_scheme="light" if has_script else "dark",
        java_script_enabled=has_script,
    )
    yield context.new_page()
    context.close()


def sign_in(page: Page, house: House) -> None:
    code = uuid4().hex
    house.rows("select public.make_console_link(%s)", hash_of(code))
    page.goto(f"{house.url}/console/link?code={code}")
    expect(page.get_by_role("button", name="Sign in")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Now")


def write(page: Page, label: str, words: str) -> None:
    """Go to a field by keyboard, and write into it in place of what it has."""
    field = page.get_by_label(label, exact=True).first
    for _ in range(160):
        if field.evaluate("one => one === document.activeElement"):
            page.keyboard.press("Control+a")
            page.keyboard.type(words)
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never came to {label}")


def press(page: Page, name: str) -> None:
    """Press a button of this name, which has to be on the way of Tab."""
    for _ in range(160):
        page.keyboard.press("Tab")
        told = page.evaluate("(document.activeElement.innerText || '').trim()")
        if told == name:
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"Tab never came to {name}")


def press_summary(page: Page, title: str) -> None:
    """Unfold a part of the form by keyboard."""
    for _ in range(160):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.querySelector(':scope > h2')?.innerText") == title:
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"Tab never came to {title}")


def test_a_template_is_written_compared_published_and_tried_by_keyboard_alone(
    running_house: House, page: Page
) -> None:
    said: list[str] = []
    requested: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: requested.append(request.url))
    name = f"Elm Street {uuid4().hex[:6]}"
    sign_in(page, running_house)

    press_until(page, "Library")
    write(page, "Name of the shop or office that answers", name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.get_by_text("never published")).to_be_visible()
    write(page, "Question, fact 1", "When do you close")
    write(page, "Answer, fact 1", "At six in the evening.")
    expect(page.get_by_label("Word, pronunciation 1", exact=True)).to_be_hidden()
    press_summary(page, "Voice and ear")
    write(page, "Word, pronunciation 1", "Saoirse")
    write(page, "Say it as, pronunciation 1", "Seer-sha")
    press_summary(page, "How the call is carried")
    write(page, "Patience", "9")
    press(page, "Save the draft")
    expect(page.get_by_role("alert")).to_contain_text("The draft is not saved")
    expect(page.get_by_label("Patience", exact=True)).to_be_visible()
    expect(page.get_by_label("What the call is to reach", exact=True)).to_be_hidden()
    # Chromium says of itself that a page was answered with 422.
    said.clear()
    write(page, "Patience", "1.5")
    press(page, "Save the draft")
    expect(page.get_by_role("status")).to_contain_text("The draft is saved.")
    if page.viewport_size == {"width": 1400, "height": 900}:
        check(page, running_house, said, requested)

    press_until(page, "Changes")
    expect(page.locator("ins").filter(has_text="When do you close? At six in the evening.")).to_be_visible()
    expect(page.locator("ins").filter(has_text="Saoirse: Seer-sha")).to_be_visible()
    press(page, "Publish")
    expect(page.get_by_text("in force", exact=False).first).to_be_visible()
    press_until(page, "Try it")
    expect(page.locator(".said .bot")).to_contain_text(name)
    page.get_by_label("You say").focus()
    page.keyboard.type("When do you close?")
    page.keyboard.press("Enter")
    expect(page.locator(".said .bot").nth(1)).to_be_visible()
    assert said == []
    assert [url for url in requested if not url.startswith(running_house.url)] == []


@pytest.mark.parametrize("page", ["scripted"], indirect=True)
def test_a_voice_is_heard(running_house: House, page: Page) -> None:
    said: list[str] = []
    requested: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: requested.append(request.url))
    sign_in(page, running_house)

    page.goto(f"{running_house.url}/console/library/voices")
    lasts_s = page.evaluate(
        """() => new Promise((heard, failed) => {
             const sample = document.querySelector("audio");
             sample.onloadeddata = () => heard(sample.duration);
             sample.onerror = () => failed(new Error(sample.error.message));
             sample.preload = "auto";
             sample.load();
           })"""
    )
    assert lasts_s > 0.2
    assert said == []
    assert [url for url in requested if not url.startswith(running_house.url)] == []
