"""Requests as Twilio sends them, several times at once: for what the simulator, which sends each once, cannot do."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urldefrag
from uuid import uuid4
from xml.etree import ElementTree

import requests
from twilio.request_validator import RequestValidator

from tests.house import CALLER, NUMBER, House

COPIES = 3


@dataclass
class TripledCall:
    """One call whose every request is sent three times: two at once, the third behind them, each on a connection of its own."""

    house: House
    call_sid: str = field(default_factory=lambda: f"CA{uuid4().hex}")
    from_number: str = CALLER
    documents: int = 0
    """How many different documents the call was given."""

    def form(self, **more: str) -> dict[str, str]:
        """The fields of every voice webhook, and more."""
        called = {"CallSid": self.call_sid, "AccountSid": self.house.settings.twilio_account_sid}
        numbers = {
            "From": self.from_number,
            "To": NUMBER,
            "Direction": "inbound",
            "CallStatus": "in-progress",
        }
        return called | numbers | more

    def ask(self, url: str, **more: str) -> str:
        """Ask three times for a document and return it. The three answers have to be the same bytes."""
        answers = self.tell(url, **more)
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.content for answer in answers}) == 1, [answer.text for answer in answers]
        self.documents += 1
        return answers[0].text

    def tell(self, url: str, **more: str) -> list[requests.Response]:
        """Send one webhook three times."""
        form = self.form(**more)
        with ThreadPoolExecutor(COPIES - 1) as pool:
            at_once = list(pool.map(lambda _: post(self.house, url, form), range(COPIES - 1)))
        return [*at_once, post(self.house, url, form)]

    def follow(self, document: str) -> str:
        """Fetch what the document redirects to, until one listens or ends."""
        while (redirect := ElementTree.fromstring(document).find("Redirect")) is not None:
            document = self.ask(str(redirect.text))
        return document


def action(document: str) -> str:
    """Where a document's Gather sends what the caller does."""
    gather = ElementTree.fromstring(document).find("Gather")
    assert gather is not None, document
    return gather.attrib["action"]


def words(document: str) -> list[str]:
    """What a document says with Twilio's voice, and which clips it plays."""
    return [(element.text or "").strip() for element in spoken(document)]


def spoken(document: str) -> Iterable[ElementTree.Element]:
    """The Say and Play elements of a document, in order."""
    return [each for each in ElementTree.fromstring(document).iter() if each.tag in ("Say", "Play")]


def post(house: House, url: str, form: Mapping[str, str], *, timeout_s: float = 15.0) -> requests.Response:
    """Send a signed form on a new connection, so that any process may get it."""
    bare = urldefrag(url if url.startswith("http") else house.url + url)[0]
    signature = RequestValidator(house.settings.twilio_auth_tokens[0]).compute_signature(bare, dict(form))
    with requests.Session() as session:
        session.trust_env = False
        headers = {"X-Twilio-Signature": signature, "Connection": "close"}
        return session.post(bare, data=dict(form), headers=headers, timeout=timeout_s)
