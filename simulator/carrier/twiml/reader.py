"""Read a TwiML document: verbs in order, and warnings for what the schema does not know (handbook 2.1)."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from simulator.carrier.twiml.grammar import ELEMENTS, OTHER_VERBS, VERBS

TWIML_TYPES = frozenset({"text/xml", "application/xml", "text/html"})
"""What a document may be sent as (handbook 1.1)."""


class NotTwiml(Exception):
    """The body is no TwiML document: 12100."""


@dataclass(frozen=True)
class Verb:
    """One element: its attributes, its children, and its text without tags."""

    name: str
    attributes: Mapping[str, str]
    children: tuple["Verb", ...]
    text: str

    def flag(self, name: str, default: bool) -> bool:
        """A true/false attribute."""
        value = self.attributes.get(name)
        return default if value not in ("true", "false") else value == "true"

    def number(self, name: str, default: int) -> int:
        """A whole, non-negative number; anything else counts as not written."""
        value = self.attributes.get(name, "")
        return int(value) if value.isdecimal() else default


@dataclass(frozen=True)
class Document:
    """A parsed document and where it came from: `url` is None for inline TwiML, which has no address."""

    url: str | None
    verbs: tuple[Verb, ...]


def parse(body: bytes | str, url: str | None) -> Document:
    """Parse one document. Raises NotTwiml."""
    raw = body.encode() if isinstance(body, str) else body
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise NotTwiml("a document type is not part of TwiML")
    try:
        root = ET.fromstring(raw.strip())  # noqa: S314 - entities were refused above
    except (ET.ParseError, ValueError, LookupError) as error:
        raise NotTwiml(str(error)) from error
    if root.tag != "Response":
        raise NotTwiml(f"the root is {root.tag!r}, not 'Response'")
    return Document(url, tuple(_verb(element) for element in root))


def schema_warnings(document: Document) -> list[str]:
    """Return everything that is not in the schema, one sentence each; the call goes on without it (12200)."""
    warnings = [
        f"Element '{verb.name}' is not allowed in 'Response'"
        for verb in document.verbs
        if verb.name not in VERBS | OTHER_VERBS
    ]
    for verb in document.verbs:
        warnings.extend(_within(verb))
    return warnings


def _within(verb: Verb) -> Iterator[str]:
    element = ELEMENTS.get(verb.name)
    if element is None:
        return
    for attribute in verb.attributes:
        if attribute not in element.attributes:
            yield f"Attribute '{attribute}' is not allowed in '{verb.name}'"
    if element.open:
        return
    for child in verb.children:
        if child.name in element.children:
            yield from _within(child)
        else:
            yield f"Element '{child.name}' is not allowed in '{verb.name}'"


def _verb(element: ET.Element) -> Verb:
    return Verb(
        element.tag,
        dict(element.attrib),
        tuple(_verb(child) for child in element),
        " ".join("".join(element.itertext()).split()),
    )
