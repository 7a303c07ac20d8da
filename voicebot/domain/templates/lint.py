"""Find faults in a readable template: words that no caller should hear and no model should be told."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from voicebot.domain.person.phone import is_dialable
from voicebot.domain.templates.template import CallTemplate
from voicebot.domain.templates.tool_address import closed_because

BUILT_IN_VARIABLES = frozenset({"line"})
LONG_GREETING = 240
"""About 16 seconds of speech."""


class Severity(StrEnum):
    """The weight of a finding for publishing."""

    ERROR = "error"
    """It is not published like this."""
    WARNING = "warning"
    """It is published, and somebody should look at it."""


@dataclass(frozen=True)
class Finding:
    """One thing to look at: where it stands and what to do."""

    severity: Severity
    field: str
    message: str


_PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_HALF_PLACEHOLDER = re.compile(r"\{\{|\}\}")
# End users write drafts, and everybody's calls wait while one is read: a match is looked for once from each beginning.
_SECRETS = (
    (r"\bsk[-_][A-Za-z0-9_-]{16,}", "a key of a provider"),
    (r"\b(?:AC|SK)[0-9a-f]{32}\b", "a Twilio account or key"),
    (r"\bAKIA[0-9A-Z]{16}\b", "an access key"),
    (r"(?<![A-Za-z0-9_-])ey[JK][A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}", "a signed token"),
    (r"-----BEGIN [A-Z ]*PRIVATE KEY", "a private key"),
    (r"\b[0-9a-f]{32,}\b", "a long hexadecimal token"),
    (r"\b(?:[a-z]+)://[^\s/:@]+:[^\s/@]+@", "an address with a password in it"),
    (
        r"(?i)\b(?:password|passcode|passphrase|pass ?word|pwd|secret|api[ _-]?key|access[ _-]?token|auth[ _-]?token|pin)"
        r"\b\s*(?:is\s+|=\s*|:\s*)[\"'`]?(?=[^\s\"'`]*[0-9])[^\s\"'`]{4,}",
        "a password or a key",
    ),
    (r"\b(?:\d[ -]?){13,19}\b", "a card number"),
)
_SECRET = tuple((re.compile(pattern), what) for pattern, what in _SECRETS)
_FOR_EYES = tuple(
    (re.compile(pattern), advice)
    for pattern, advice in (
        (r"(?:[$€£¥]\s?\d|\d\s?[€£¥$])", "a price for eyes: write `eighty-five dollars`"),
        (
            r"\b\d{1,2}:\d{2}\b|\b\d{1,2}\s?(?:am|pm|a\.m\.|p\.m\.)(?!\w)",
            "a time for eyes: write `nine in the morning`",
        ),
        (r"\b24/7\b|\b\d{1,2}/\d{1,2}(?:/\d{2,4})?\b", "a date or fraction for eyes: write it as it is said"),
        (r"\b\d{4}-\d{2}-\d{2}\b", "a date for eyes: write `the first of May`"),
        (r"(?<!\w)\+?\d[\d ().-]{6,}\d\b", "a long number for eyes: write it in groups, as it is said"),
        (r"\d\s?%", "a percentage for eyes: write `ten percent`"),
        (r"\b\d{1,2}\s?[-–]\s?\d{1,2}\b", "a span for eyes: write `from nine to six`"),
        (r"https?://|\bwww\.", "a link, which nobody can hear"),
        (r"(?<![\w.+-])[\w.+-]+@[\w-]+\.\w+", "an e-mail address for eyes: write `info at example dot com`"),
        (r"\*\*|^\s*#+ |`|\|.*\|", "marks of a written page, which nobody can hear"),
        ("[\U0001f300-\U0001faff\u2600-\u27bf]", "an emoji, which nobody can hear"),
        (r"(?i)\b(?:e\.g\.|i\.e\.|approx\.|incl\.|no\.\s?\d)", "an abbreviation: write the words"),
    )
)


def lint(
    template: CallTemplate,
    countries: Collection[str] = (),
    tool_hosts: Collection[str] = (),
    *,
    offline: bool = False,
) -> list[Finding]:
    """Return the findings, errors first.

    `countries` may be called; empty means unknown. `tool_hosts` and `offline` say where own tools may be reached, as in
    `closed_because`.
    """
    found = [
        *_placeholders(template),
        *_secrets(template),
        *_reach(template, countries),
        *_closed_tools(template, tool_hosts, offline=offline),
        *_for_eyes(template),
        *_greeting(template),
    ]
    return sorted(found, key=lambda finding: finding.severity is not Severity.ERROR)


def is_publishable(found: list[Finding]) -> bool:
    """Whether nothing that was found stands in the way of publishing."""
    return not any(finding.severity is Severity.ERROR for finding in found)


def _said(template: CallTemplate) -> Iterator[tuple[str, str]]:
    """What a caller hears as it stands."""
    yield "greeting", template.greeting
    yield "recording_announcement", template.recording_announcement
    yield "bot_is_back", template.bot_is_back
    yield "voicemail_message", template.voicemail_message
    yield "identity", template.identity
    yield "call_purpose", template.call_purpose
    if template.closed:
        yield "closed.greeting", template.closed.greeting
    yield from ((f"facts.{place}", fact) for place, fact in enumerate(template.facts))


def _written(template: CallTemplate) -> Iterator[tuple[str, str]]:
    """All words of a template that are filled and used."""
    yield from _said(template)
    yield "prompt", template.prompt
    yield "goal", template.goal
    if template.closed:
        yield "closed.text", template.closed.text
    yield from ((f"variables.{name}", value) for name, value in template.variables.items())


def _placeholders(template: CallTemplate) -> Iterator[Finding]:
    known = BUILT_IN_VARIABLES | set(template.variables)
    used = set()
    for place, words in _written(template):
        if place.startswith("variables."):
            continue
        for name in _PLACEHOLDER.findall(words):
            used.add(name)
            if name not in known:
                told = f"unknown variable {name[:40]!r}: known are {', '.join(sorted(known))}"
                yield Finding(Severity.ERROR, place, told)
        if _HALF_PLACEHOLDER.search(_PLACEHOLDER.sub("", words)):
            yield Finding(Severity.ERROR, place, "a placeholder is not closed: write {{name}}")
    for name in template.variables:
        if name not in used:
            yield Finding(Severity.WARNING, f"variables.{name}", "nothing uses this variable")


def _secrets(template: CallTemplate) -> Iterator[Finding]:
    described = (
        (f"own_tools.{place}", f"{tool.description}\n{tool.url}\n" + "\n".join(tool.arguments.values()))
        for place, tool in enumerate(template.own_tools)
    )
    for place, words in (*_written(template), *described):
        what = next((what for pattern, what in _SECRET if pattern.search(words)), None)
        if what:
            told = f"this looks like {what}: what stands in a template, callers can be told"
            yield Finding(Severity.ERROR, place, told)


def _reach(template: CallTemplate, countries: Collection[str]) -> Iterator[Finding]:
    targets = template.transfer.to if template.transfer else ()
    for place, number in enumerate(targets):
        if countries and not is_dialable(number, countries):
            told = f"not a number that may be called: its country is not in ALLOWED_COUNTRIES ({','.join(countries)}), or its kind costs extra"
            yield Finding(Severity.ERROR, f"transfer.to.{place}", told)
    if targets and template.tools is not None and "transfer" not in template.tools:
        yield Finding(
            Severity.WARNING, "tools", "transfer is not among the tools: only the key 0 leads to a person"
        )
    if template.tools is not None and "take_message" not in template.tools and not targets:
        yield Finding(Severity.WARNING, "tools", "callers can neither reach a person nor leave a message")


def _closed_tools(template: CallTemplate, hosts: Collection[str], *, offline: bool) -> Iterator[Finding]:
    for place, tool in enumerate(template.own_tools):
        if why := closed_because(tool.url, hosts, offline=offline):
            yield Finding(Severity.ERROR, f"own_tools.{place}.url", why)


def _for_eyes(template: CallTemplate) -> Iterator[Finding]:
    for place, words in _said(template):
        advice = next((advice for pattern, advice in _FOR_EYES if pattern.search(words)), None)
        if advice:
            yield Finding(Severity.WARNING, place, advice)


def _greeting(template: CallTemplate) -> Iterator[Finding]:
    for place, words in (
        ("greeting", template.greeting),
        ("closed.greeting", template.closed and template.closed.greeting),
    ):
        if words and len(words) > LONG_GREETING:
            yield Finding(
                Severity.WARNING, place, "long: callers hang up or talk into it; say who you are and ask"
            )
