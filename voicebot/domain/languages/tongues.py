"""Which languages a call may be in, as tags of BCP 47, and which of a template's tags is meant by a language."""

from collections.abc import Sequence

USUAL_TAGS = {"en": "en-US", "es": "es-US", "fr": "fr-FR", "de": "de-DE", "pt": "pt-BR"}
"""Languages that every phrase has words in, with the tag that the carrier takes (handbook 2.2, 2.3)."""


def tongue_of(tag: str) -> str:
    """Return the language of a tag, without its region."""
    return tag.split("-")[0].lower()


def offered_tag(tongue: str, offered: Sequence[str] | None) -> str | None:
    """Return the tag in which a language is spoken; None for one that is not offered.

    `offered` None: none is. A template that names no languages offers all that every phrase has words in.
    """
    if offered is None:
        return None
    if not offered:
        return USUAL_TAGS.get(tongue)
    return next((tag for tag in offered if tongue_of(tag) == tongue), None)
