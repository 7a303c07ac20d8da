"""Which languages a call may be in, as tags of BCP 47, and which of a template's tags is meant by a language."""

from collections.abc import Sequence

USUAL_TAGS = {"en": "en-US", "es": "es-US", "fr": "fr-FR", "de": "de-DE", "pt": "pt-BR", "it": "it-IT"}
"""Languages that every phrase has words in, with the tag that the carrier takes (handbook 2.2, 2.3)."""


LONGEST_SUBTAG = 8
"""Letters of a part of a language tag (RFC 5646, section 2.1)."""


def language_tag(tag: str) -> str:
    """Return a language tag as it is written, like en-US. Raises ValueError."""
    first, *rest = tag.split("-")
    is_tag = tag.isascii() and 2 <= len(first) <= 3 and first.isalpha() and len(rest) <= 2
    if not (is_tag and all(part.isalnum() and len(part) <= LONGEST_SUBTAG for part in rest)):
        raise ValueError("expected a language tag like en-US")
    return "-".join([first.lower(), *(part.upper() if len(part) == 2 else part for part in rest)])


def tongue_of(tag: str) -> str:
    """Return the language of a tag, without its region."""
    return tag.split("-")[0].lower()


def full_tag(tag: str) -> str:
    """Return a tag with a region: the usual one where it names none, as recognisers and the carrier's voices want it."""
    return USUAL_TAGS.get(tag, tag)


def offered_tag(tongue: str, offered: Sequence[str] | None) -> str | None:
    """Return the tag in which a language is spoken; None for one that is not offered.

    `offered` None: none is. A template that names no languages offers all that every phrase has words in.
    """
    if offered is None:
        return None
    if not offered:
        return USUAL_TAGS.get(tongue)
    return next((full_tag(tag) for tag in offered if tongue_of(tag) == tongue), None)
