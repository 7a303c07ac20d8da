"""A real browser on the phone page of a real house: every request, error and dialog of the page is on record."""

import itertools
import smtplib
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from simulator.mail.server import mail_port
from tests.browser.conftest import PATIENCE_MS, browser, pytest_collection_modifyitems
from tests.house import House, open_house
from tests.support.servers import Server

__all__ = ["browser", "pytest_collection_modifyitems"]
# Fictional, and of none of the areas from which the page itself draws a number.
NUMBERS = itertools.cycle(
    f"+1{area}55501{last:02d}" for last in range(100) for area in (404, 503, 602, 702, 713, 801, 808, 907)
)


def new_number() -> str:
    """A person of one try of a test: the house is older, and remembers whoever was there before."""
    return next(NUMBERS)


def as_shown(number: str) -> str:
    """How the page writes a number."""
    return f"{number[:2]} {number[2:5]} {number[5:8]} {number[8:]}"


@pytest.fixture(scope="session")
def house(server: Server, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for all tests here, in real time; each test makes its own calls."""
    name = f"browser_{uuid.uuid4().hex}"
    dsn = server.create(name, template)
    with open_house(tmp_path_factory.mktemp("house"), dsn, web=1, worker=True, speed=1.0) as opened:
        yield opened
    server.drop(name)


@pytest.fixture(autouse=True)
def nothing_broken(house: House) -> Iterator[None]:
    """Whatever a test broke is put back after it."""
    yield
    house.phone.provider_knobs()
    house.phone.knobs()
    house.phone.operator("answer")
    requests.delete(f"{house.simulator.url}/mail/knobs", timeout=10)


def send_mail(house: House, subject: str, words: str) -> None:
    """Have the simulator's mail server take a mail to the operator."""
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = subject, "bot@example.com", "ann@example.com"
    mail.set_content(words)
    address = urlsplit(house.simulator.url)
    with smtplib.SMTP(address.hostname or "", mail_port(address.port or 0), timeout=10) as server:
        server.send_message(mail)


@dataclass
class PhonePage:
    """The phone page as a visitor meets it, with everything that a visitor does not see."""

    page: Page
    url: str
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    requested: set[str] = field(default_factory=set)

    def open(self) -> "PhonePage":
        """Load the page and wait until it follows what happens."""
        self.page.goto(self.url)
        expect(self.page.locator("#link")).to_have_attribute("data-state", "live")
        return self

    @property
    def foreign(self) -> set[str]:
        """Requests to anybody but the simulator."""
        own = urlsplit(self.url).netloc
        return {url for url in self.requested if urlsplit(url).netloc != own and not url.startswith("data:")}

    @property
    def sid(self) -> str:
        """The call that the page shows."""
        return urlsplit(self.page.url).fragment

    @property
    def status(self) -> Locator:
        return self.page.locator("#status-words")

    @property
    def said_by_bot(self) -> Locator:
        return self.page.locator("#talk .bubble.bot .text")

    def texting(self) -> "PhonePage":
        """Use the phone for texts."""
        self.page.get_by_role("tab", name="Texts").click()
        return self

    def hasten(self) -> "PhonePage":
        """Let calls go four times faster than life, where their pace and their sound are not what is asked."""

        def place(route: Route) -> None:
            if route.request.method == "POST":
                route.continue_(post_data={**route.request.post_data_json, "speed": 4})
            else:
                route.continue_()

        self.page.route("**/phone/calls", place)
        return self

    def call(self) -> None:
        """Press Call and listen until it is the caller's turn."""
        self.page.get_by_role("button", name="Call", exact=True).click()
        self.await_turn()

    def await_turn(self) -> None:
        """Wait until the bot listens."""
        expect(self.status).to_contain_text("Your turn")

    def say(self, text: str) -> None:
        """Type something and send it."""
        self.page.get_by_label("What you say").fill(text)
        self.page.get_by_label("What you say").press("Enter")

    def hang_up(self) -> None:
        """Put the phone down."""
        self.page.get_by_role("button", name="Hang up").click()
        expect(self.status).to_contain_text("Call over")

    def audio(self) -> dict[str, Any]:
        """The state of the one element that makes sound."""
        found: dict[str, Any] = self.page.locator("#audio").evaluate(
            "audio => ({at: audio.currentTime, lasts: audio.duration, paused: audio.paused, muted: audio.muted,"
            " error: audio.error?.message ?? null})"
        )
        return found


def listened_to(context: BrowserContext, url: str) -> PhonePage:
    """A new page whose errors, dialogs and requests are written down."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    phone = PhonePage(page, url)
    page.on("console", lambda message: phone.errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: phone.errors.append(str(error)))
    page.on("request", lambda request: phone.requested.add(request.url))

    def note(dialog: Any) -> None:
        phone.dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    return phone


@pytest.fixture
def focused(phone: "PhonePage") -> Callable[[], str]:
    """The id of whatever has the focus."""
    return lambda: str(phone.page.evaluate("document.activeElement.id || document.activeElement.tagName"))


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A visitor of whom the browser knows nothing, at an ordinary screen."""
    opened = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    yield opened
    opened.close()


@pytest.fixture
def phone(context: BrowserContext, house: House) -> Iterator[PhonePage]:
    """The phone page, open; after the test nothing may have gone wrong behind it."""
    opened = listened_to(context, f"{house.simulator.url}/").open()
    yield opened
    assert (opened.errors, opened.foreign) == ([], set())
