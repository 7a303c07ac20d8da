"""The variables of a call: what its template asks for, and what an entry gives."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from voicebot.domain.templates.template import PLACEHOLDER

BUILT_IN = frozenset({"line"})
MOST_VARIABLES, LONGEST_NAME, LONGEST_VALUE = 50, 64, 2000


@dataclass(frozen=True)
class TemplateVariables:
    """The variables that a template requires (`needed`), and all that it uses (`known`)."""

    needed: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()

    @classmethod
    def of(cls, template: Mapping[str, Any] | None) -> "TemplateVariables":
        """Return those of a published template."""
        used, params = frozenset(_used(template or {})), frozenset((template or {}).get("params") or {})
        return cls(used - params, used | params)


def variables_problem(
    template: Mapping[str, Any] | None, given: Mapping[str, Any], *, more_is_fine: bool = False
) -> str | None:
    """Return what is wrong with the variables of an entry, for people; None when they fit the published template.

    A name that the template does not use may be a misspelt one, and the caller would be greeted without the value. In a
    list such columns are usual (`more_is_fine`): the import shows them instead.
    """
    if len(given) > MOST_VARIABLES:
        return f"at most {MOST_VARIABLES} variables"
    for name, value in given.items():
        if not re.fullmatch(r"\w{1,64}", name):
            return f"{name[:40]!r} is no name of a variable: letters, digits and _"
        if len(str(value)) > LONGEST_VALUE:
            return f"{name}: at most {LONGEST_VALUE} characters"
    asked = TemplateVariables.of(template)
    unknown = sorted(set(given) - asked.known)
    if unknown and not more_is_fine:
        named = ", ".join(sorted(asked.known)) or "none"
        return f"the template has no variable {unknown[0]}: it knows {named}"
    missing = sorted(asked.needed - set(given))
    return f"the template needs the variable {missing[0]}" if missing else None


def _used(template: Mapping[str, Any]) -> Iterator[str]:
    closed = template.get("closed") or {}
    words = [
        template.get("greeting"),
        template.get("prompt"),
        template.get("recording_announcement"),
        template.get("bot_is_back"),
        template.get("voicemail_message"),
        template.get("identity"),
        template.get("call_purpose"),
        template.get("goal"),
        *(template.get("facts") or ()),
        *(closed.values() if isinstance(closed, dict) else ()),
    ]
    for each in words:
        for name in PLACEHOLDER.findall(str(each or "")):
            if name not in BUILT_IN:
                yield name
