"""Where a call goes next, and the ways in which a document can fail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from simulator.carrier.twiml.reader import Document


@dataclass(frozen=True)
class Goto:
    """Fetch the next document; `extra` are the fields that a verb adds to the full set (handbook 1.7)."""

    url: str
    method: str = "POST"
    kind: str = "action"
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Inline:
    """TwiML that came with a REST request; it has no address, so URLs in it must be absolute (handbook 2.1)."""

    twiml: str


@dataclass(frozen=True)
class HangUp:
    """The document asks for the end of the call."""


Step = Goto | Inline | HangUp | None
"""What follows a verb; None is the next verb."""


class VerbFailed(Exception):
    """A verb could not be carried out, so the document has failed to execute (handbook 1.2)."""

    def __init__(self, code: int, text: str, url: str = "") -> None:
        super().__init__(text)
        self.code, self.text, self.url = code, text, url


class Rejected(Exception):
    """The call was not answered; it ends in this status."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


def absolute(document: Document, url: str) -> str:
    """A URL of the document made absolute. Raises VerbFailed when there is nothing to hold it against."""
    joined = urljoin(document.url or "", url.strip())
    if urlsplit(joined).scheme not in ("http", "https"):
        raise VerbFailed(11100, f"Invalid URL format: {url!r} is relative and the document has no address")
    return joined
