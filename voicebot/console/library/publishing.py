"""Show what is new in a draft, publish the draft, list and restore earlier versions."""

from voicebot.console.library.templates import ONE, PLACE, found, headed, shown_findings
from voicebot.console.library.wording import refusal, shown_changes
from voicebot.console.routes import Move, Page, Refused, Route, Visit
from voicebot.domain.access.roles import EDITORS, LEADERS, READERS
from voicebot.domain.templates.difference import differences
from voicebot.domain.templates.lint import is_publishable
from voicebot.services.templates import edit
from voicebot.services.templates.edit import NotPublishable, VoiceUnknown
from voicebot.storage.catalogue import templates
from voicebot.storage.catalogue.templates import StoredTemplate, TemplateRefused

MOST_VERSIONS = 10**9


def changes(visit: Visit) -> Page:
    """The draft against what is published."""
    row, _ = found(visit)
    published = None
    if row.version is not None:
        published = templates.show_version(visit.runtime.database, row.id, row.version, actor=visit.reader)
    findings = edit.looked_at(visit.runtime, row)
    return Page(
        "library/changes.html",
        headed(visit, row)
        | {
            "changes": shown_changes(differences(published, row.draft)),
            "findings": shown_findings(findings),
            "is_publishable": is_publishable(findings),
        },
    )


def publish(visit: Visit) -> Move:
    """Have calls that begin from now on run the draft that was looked at."""
    row = _looked_at(visit)
    try:
        edit.publish(visit.runtime, row, actor=visit.actor)
    except NotPublishable:
        raise Refused(422, "The draft has faults: open it, and mend what is marked there.") from None
    except TemplateRefused as error:
        raise refusal(error) from None
    return Move(f"/console{PLACE}/{row.id}/versions")


def versions(visit: Visit) -> Page:
    """What was published, the newest first."""
    row, kept = found(visit)
    told = [{"version": each.version, "published_at": each.published_at} for each in kept]
    return Page("library/versions.html", headed(visit, row) | {"versions": told})


def version(visit: Visit) -> Page:
    """What the draft would lose and get if a version were restored."""
    row, _ = found(visit)
    number = _number(visit)
    try:
        content = templates.show_version(visit.runtime.database, row.id, number, actor=visit.reader)
    except TemplateRefused as error:
        raise refusal(error) from None
    return Page(
        "library/version.html",
        headed(visit, row)
        | {
            "version": number,
            "content": content.written(),
            "changes": shown_changes(differences(row.draft, content)),
        },
    )


def restore(visit: Visit) -> Move:
    """Make the draft what a version says; nothing is published."""
    row = _looked_at(visit)
    try:
        edit.restore(visit.runtime, row, _number(visit), actor=visit.actor)
    except TemplateRefused as error:
        raise refusal(error) from None
    except VoiceUnknown:
        raise Refused(
            409, "The version has a voice that is not there any more: choose another one."
        ) from None
    return Move(f"/console{PLACE}/{row.id}?saved=yes")


def _number(visit: Visit) -> int:
    number: int = visit.path["version"]
    if number > MOST_VERSIONS:
        raise refusal(TemplateRefused("unknown_version"))
    return number


def _looked_at(visit: Visit) -> StoredTemplate:
    """Return the template, if its draft is still the one that the form was made from."""
    row, _ = found(visit)
    if visit.form.get("revision", "") != str(row.revision):
        raise refusal(TemplateRefused("changed_meanwhile"))
    return row


VERSION = f"{ONE}/versions/<int:version>"
ROUTES = (
    Route("GET", f"{ONE}/changes", "templateChanges", changes, roles=READERS, section="Library"),
    Route("POST", f"{ONE}/publish", "publishTemplate", publish, roles=LEADERS),
    Route("GET", f"{ONE}/versions", "templateVersions", versions, roles=READERS, section="Library"),
    Route("GET", VERSION, "templateVersion", version, roles=READERS, section="Library"),
    Route("POST", f"{VERSION}/restore", "restoreVersion", restore, roles=EDITORS),
)
