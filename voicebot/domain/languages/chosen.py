"""Choose the language for a person: their own where it is offered, else the template's, else the service's."""

from collections.abc import Sequence

from voicebot.domain.languages.tongues import full_tag, language_tag, tongue_of


def chosen_language(wanted: str, offered: Sequence[str], home: str) -> str:
    """Return the tag to speak in. `wanted`: the person's own; `offered`: a template's languages, its own first; none: any."""
    wanted = _readable(wanted)
    if not offered:
        return full_tag(wanted or home)
    alike = [tag for tag in offered if tongue_of(tag) == tongue_of(wanted)]
    return full_tag(wanted if wanted in offered else (alike or list(offered))[0])


def _readable(tag: str) -> str:
    """A person's row may be written by hand; a value that is no language tag counts as missing."""
    try:
        return language_tag(tag)
    except ValueError:
        return ""
