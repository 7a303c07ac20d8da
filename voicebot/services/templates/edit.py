"""Make, change and publish templates: the one way for file, command, API and page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches, unified_diff
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.templates.lint import Finding, Severity, is_publishable, lint
from voicebot.domain.templates.template import CallTemplate
from voicebot.runtime import Runtime
from voicebot.storage.catalogue import templates, voices
from voicebot.storage.catalogue.templates import StoredTemplate, TemplateRefused
from voicebot.transports.template_yaml import template_of, write_template


class VoiceUnknown(ValueError):
    """No voice of the catalogue has this name or id; `near` are names that look like it."""

    def __init__(self, wanted: str, near: Sequence[str]) -> None:
        suggestion = f"; did you mean {' or '.join(near)}?" if near else "; `voicebot voices list` shows them"
        super().__init__(f"voice: there is no voice {wanted[:60]!r}{suggestion}")
        self.suggestion = suggestion


class NotPublishable(ValueError):
    """The draft has errors; `findings` are all that was found."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(f"{each.field}: {each.message}" for each in findings))
        self.findings = tuple(findings)


@dataclass(frozen=True)
class Published:
    """What came of publishing. `new`: a version was made; else the draft was published already."""

    template: StoredTemplate
    new: bool
    findings: tuple[Finding, ...] = ()


def looked_at(runtime: Runtime, template: StoredTemplate) -> list[Finding]:
    """Return what to look at in a draft, errors first."""
    broken = [Finding(Severity.ERROR, "", problem) for problem in template.unreadable]
    settings = runtime.settings
    found = lint(template.draft, settings.allowed_countries, settings.tool_hosts, offline=settings.offline)
    return [*broken, *found]


def named(runtime: Runtime, name: str) -> StoredTemplate | None:
    """Return the template of this name; None when there is none. Raises TemplateRefused where several have it."""
    try:
        return templates.show_template(runtime.database, name)[0]
    except TemplateRefused as refused:
        if refused.code != "unknown_template":
            raise
        return None


def keep(runtime: Runtime, known: StoredTemplate | None, draft: CallTemplate) -> StoredTemplate:
    """Change the draft of `known`, or make a template where there is none. Raises TemplateRefused, VoiceUnknown."""
    return save(runtime, known, draft) if known else make(runtime, draft)


def make(runtime: Runtime, draft: CallTemplate, *, actor: Actor = THE_OPERATOR) -> StoredTemplate:
    """Make a template. Raises TemplateRefused (name_taken) and VoiceUnknown."""
    return templates.save_template(runtime.database, draft, voice=_voice(runtime, draft.voice), actor=actor)


def save(
    runtime: Runtime, known: StoredTemplate, draft: CallTemplate, *, actor: Actor = THE_OPERATOR
) -> StoredTemplate:
    """Change the draft that `known` shows; one that somebody changed meanwhile is refused. Raises TemplateRefused."""
    return templates.save_template(
        runtime.database,
        draft,
        voice=_voice(runtime, draft.voice),
        template=known.id,
        revision=known.revision,
        actor=actor,
    )


def changed(draft: CallTemplate, changes: Mapping[str, Any]) -> CallTemplate:
    """Return the draft with some of its keys changed; null takes a key out. Raises TemplateUnreadable."""
    merged: dict[str, Any] = {**draft.written(), **changes}
    return template_of({name: value for name, value in merged.items() if value is not None})


def publish(runtime: Runtime, known: StoredTemplate, *, actor: Actor = THE_OPERATOR) -> Published:
    """Have calls that begin from now on run the draft. Raises NotPublishable and TemplateRefused."""
    findings = looked_at(runtime, known)
    if not is_publishable(findings):
        raise NotPublishable(findings)
    new, template = templates.publish_template(runtime.database, known.id, known.revision, actor=actor)
    return Published(template, new, tuple(findings))


def restore(
    runtime: Runtime, known: StoredTemplate, version: int, *, actor: Actor = THE_OPERATOR
) -> StoredTemplate:
    """Replace the draft that `known` shows by the content of a version; nothing is published. Raises TemplateRefused,
    VoiceUnknown.
    """
    content = templates.show_version(runtime.database, known.id, version, actor=actor)
    return save(runtime, known, content, actor=actor)


def difference(before: CallTemplate | None, after: CallTemplate) -> list[str]:
    """Return what changes, as lines that begin with -, + or a blank."""
    old = write_template(before).splitlines() if before else []
    lines = unified_diff(old, write_template(after).splitlines(), lineterm="", n=1)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def _voice(runtime: Runtime, wanted: str) -> UUID | None:
    if not wanted:
        return None
    known = voices.list_voices(runtime.database)
    named = [row for row in known if wanted == row["voice_id"]] or [
        row for row in known if wanted.casefold() == row["name"].casefold()
    ]
    if not named:
        raise VoiceUnknown(wanted, get_close_matches(wanted, [row["name"] for row in known], n=2))
    return UUID(named[0]["id"])
