"""Templates over the API: drafts that are edited, versions that are published, a conversation to try one."""

from dataclasses import asdict
from functools import partial
from typing import Any, Literal
from uuid import UUID

from flask import current_app
from pydantic import BaseModel, Field, field_validator

from voicebot.api.bodies import Body, Revision
from voicebot.api.errors import ApiError, limited, not_allowed
from voicebot.api.library.template_models import TemplateChanges, TriedAnswer, VersionContent
from voicebot.api.lists import reply_with_page
from voicebot.api.queries import ROWS, AfterName, PageSize, Query
from voicebot.api.routes import OPERATOR, Example, Reply, Request, Route
from voicebot.api.template_keys import TemplateChange
from voicebot.domain.access.roles import EDITORS, READERS
from voicebot.domain.templates.difference import differences
from voicebot.domain.templates.lint import Finding
from voicebot.domain.templates.template import CallTemplate
from voicebot.domain.whole_number import whole_number
from voicebot.services.templates import edit, try_draft
from voicebot.services.templates.edit import NotPublishable, VoiceUnknown
from voicebot.services.templates.try_draft import LONGEST_TRY, Said
from voicebot.storage.catalogue import templates
from voicebot.storage.catalogue.templates import StoredTemplate, TemplateRefused, Version
from voicebot.transports.template_yaml import TemplateUnreadable

MAX_BODY_BYTES = 256 * 1024
MAX_TRY_BYTES = 1024 * 1024
REFUSALS = {
    "unknown_template": (404, "There is no such template."),
    "unknown_version": (404, "There is no such version."),
    "ambiguous_template": (409, "Several templates have this name: use the id."),
    "name_taken": (409, "Another template has this name."),
    "changed_meanwhile": (
        409,
        "The draft was changed meanwhile: read it again. `revision` is not the latest.",
    ),
    "another_teams_number": (
        409,
        "A number to transfer to belongs to another organization: choose another one.",
    ),
    "operators_only": (403, "Only operators set transfer, recording, limits, transport and onboarding."),
}


class Publication(Body):
    """Which draft is published."""

    revision: Revision


class TryLine(Body):
    """One line of a conversation."""

    speaker: Literal["caller", "bot"]
    text: str = Field(min_length=1, max_length=2000)


class Try(Body):
    """A conversation so far; the last line is the caller's."""

    lines: list[TryLine] = Field(max_length=LONGEST_TRY, description="Empty: the greeting is answered.")
    ask_tools: bool = Field(
        True,
        description="Whether the draft's own tools are asked, marked as a trial; else they are not run either.",
    )

    @field_validator("lines")
    @classmethod
    def _callers_turn(cls, lines: list[TryLine]) -> list[TryLine]:
        if lines and lines[-1].speaker != "caller":
            raise ValueError("expected a last line that the caller said")
        return lines


class LintFinding(BaseModel):
    """Something to look at; errors keep a draft from being published."""

    severity: Literal["error", "warning"]
    field: str
    message: str


class Template(BaseModel):
    """A template: its draft, and which version calls run."""

    id: str
    name: str
    draft: CallTemplate
    revision: int = Field(description="Counts the changes of the draft.")
    version: int | None = Field(description="The version that calls run; null: nothing was published.")
    changed: bool = Field(description="Whether the draft says something else than that version.")
    published_at: str | None
    updated_at: str
    numbers: list[str] = Field(description="Our numbers whose calls it leads.")
    findings: list[LintFinding]


class TemplateVersion(BaseModel):
    """When a version was published."""

    version: int
    published_at: str


class TemplateWithVersions(Template):
    """A template with its published versions, newest first."""

    versions: list[TemplateVersion]


class Templates(BaseModel):
    """A page of templates by name."""

    templates: list[Template]
    next: str | None = Field(description="`before` of the next page; null on the last one.")


class TemplateQuery(Query):
    """Which part of the list is wanted."""

    page_size: PageSize = ROWS
    before: AfterName = None


def list_all(request: Request) -> Reply:
    """A page of templates."""
    shown = partial(_shown, request)
    return reply_with_page(request, "templates", templates.list_templates, shown=shown)


def show(request: Request) -> Reply:
    """One template."""
    row, versions = _with_versions(request)
    told = [{"version": each.version, "published_at": each.published_at} for each in versions]
    return Reply(200, _shown(request, row) | {"versions": told})


def make(request: Request) -> Reply:
    """A new template."""
    draft: CallTemplate = request.body
    try:
        made = edit.make(request.runtime, draft, actor=request.holder.actor)
    except (TemplateRefused, VoiceUnknown) as error:
        raise _refusal(error) from None
    return Reply(201, _shown(request, made))


def change(request: Request) -> Reply:
    """A changed draft."""
    wanted = request.body
    row = _found(request, wanted.revision)
    try:
        changes = wanted.draft.model_dump(mode="json", exclude_unset=True)
        draft = edit.changed(row.draft, changes)
        kept = edit.save(request.runtime, row, draft, actor=request.holder.actor)
    except (TemplateRefused, VoiceUnknown, TemplateUnreadable) as error:
        raise _refusal(error) from None
    return Reply(200, _shown(request, kept))


def publish(request: Request) -> Reply:
    """A new version."""
    wanted: Publication = request.body
    row = _found(request, wanted.revision)
    try:
        done = edit.publish(request.runtime, row, actor=request.holder.actor)
    except (TemplateRefused, NotPublishable) as error:
        raise _refusal(error) from None
    return Reply(200, _shown(request, done.template))


def show_version(request: Request) -> Reply:
    """What a version says."""
    row, number = _found(request), _version(request)
    try:
        content = templates.show_version(request.runtime.database, row.id, number, actor=request.holder.actor)
    except TemplateRefused as error:
        raise _refusal(error) from None
    return Reply(200, {"version": number, "content": content.written()})


def show_changes(request: Request) -> Reply:
    """The draft against what is published."""
    row, published = _found(request), None
    if row.version is not None:
        published = templates.show_version(
            request.runtime.database, row.id, row.version, actor=request.holder.actor
        )
    changes = [
        {
            "place": change.place,
            "pieces": [{"kind": piece.kind.value, "text": piece.text} for piece in change.pieces],
        }
        for change in differences(published, row.draft)
    ]
    return Reply(200, {"id": str(row.id), "revision": row.revision, "changes": changes})


def restore(request: Request) -> Reply:
    """A draft that says what a version says."""
    row = _found(request, request.body.revision)
    try:
        kept = edit.restore(request.runtime, row, _version(request), actor=request.holder.actor)
    except (TemplateRefused, VoiceUnknown) as error:
        raise _refusal(error) from None
    return Reply(200, _shown(request, kept))


def try_out(request: Request) -> Reply:
    """The answer of a draft."""
    wanted: Try = request.body
    row = _found(request)
    if not wanted.lines:
        return Reply(200, {"text": try_draft.greeting(request.runtime, row.draft), "tools": [], "asked": []})
    if wait_s := try_draft.wait_s(current_app.extensions, request.holder.actor):
        raise limited(wait_s)
    lines = [Said(line.speaker, line.text) for line in wanted.lines]
    template_id = str(row.id) if wanted.ask_tools else ""
    tried = try_draft.answer(request.runtime, row.draft, lines, template_id=template_id)
    return Reply(200, asdict(tried))


_LAST_VERSION = 999_999_999


def _version(request: Request) -> int:
    if (number := whole_number(request.path["version"], _LAST_VERSION)) is None:
        raise _refusal(TemplateRefused("unknown_version"))
    return number


def _found(request: Request, revision: int | None = None) -> StoredTemplate:
    """Return the template of the path; a draft that is another one than `revision` is refused."""
    row, _ = _with_versions(request)
    if revision is not None and row.revision != revision:
        raise _refusal(TemplateRefused("changed_meanwhile"))
    return row


def _with_versions(request: Request) -> tuple[StoredTemplate, tuple[Version, ...]]:
    try:
        wanted = str(UUID(request.path["template"]))
    except ValueError:
        raise _refusal(TemplateRefused("unknown_template")) from None
    try:
        return templates.show_template(request.runtime.database, wanted, actor=request.holder.actor)
    except TemplateRefused as error:
        raise _refusal(error) from None


def _refusal(error: Exception) -> ApiError:
    match error:
        case TemplateRefused() if error.code in REFUSALS:
            status, words = REFUSALS[error.code]
            return ApiError(status, error.code, words)
        case TemplateRefused():
            return not_allowed()
        case NotPublishable():
            first = error.findings[0]
            return ApiError(422, "not_publishable", f"{first.message}.", field=first.field or None)
        case VoiceUnknown():
            return ApiError(422, "unknown_voice", f"There is no such voice{error.suggestion}.", field="voice")
    return ApiError(400, "invalid_request", f"{error}.", field="draft")


def _shown(request: Request, row: StoredTemplate) -> dict[str, Any]:
    findings = edit.looked_at(request.runtime, row)
    return row.to_json() | {"findings": [_finding(each) for each in findings]}


def _finding(found: Finding) -> dict[str, str]:
    return {"severity": found.severity.value, "field": found.field, "message": found.message}


UNKNOWN = Example("There is no such template, or not for this key.")
ROUTES = (
    Route(
        "GET",
        "/templates",
        "listTemplates",
        "List templates by name.",
        list_all,
        {200: Example("A page of them.", Templates)},
        roles=OPERATOR,
        members=READERS,
        query=TemplateQuery,
    ),
    Route(
        "POST",
        "/templates",
        "makeTemplate",
        "Make a template; nothing is published yet.",
        make,
        {
            201: Example("The template.", Template),
            409: Example("`name_taken`."),
            422: Example("`unknown_voice`."),
        },
        body=CallTemplate,
        roles=OPERATOR,
        members=EDITORS,
        max_body_bytes=MAX_BODY_BYTES,
    ),
    Route(
        "GET",
        "/templates/<template>",
        "showTemplate",
        "Read a template and its versions.",
        show,
        {200: Example("The template.", TemplateWithVersions), 404: UNKNOWN},
        roles=OPERATOR,
        members=READERS,
    ),
    Route(
        "PATCH",
        "/templates/<template>",
        "changeTemplate",
        "Change keys of the draft.",
        change,
        {
            200: Example("The template.", Template),
            404: UNKNOWN,
            409: Example("`changed_meanwhile` or `name_taken`."),
            422: Example("`unknown_voice`."),
        },
        body=TemplateChange,
        roles=OPERATOR,
        members=EDITORS,
        max_body_bytes=MAX_BODY_BYTES,
    ),
    Route(
        "POST",
        "/templates/<template>/publish",
        "publishTemplate",
        "Have calls that begin from now on run the draft. Keys of a user or an organization may not.",
        publish,
        {
            200: Example("The template; publishing what is published changes nothing.", Template),
            404: UNKNOWN,
            409: Example("`changed_meanwhile`."),
            422: Example("`not_publishable`: the draft has errors, see `findings`."),
        },
        body=Publication,
        roles=OPERATOR,
    ),
    Route(
        "GET",
        "/templates/<template>/versions/<version>",
        "showTemplateVersion",
        "Read what a published version says.",
        show_version,
        {200: Example("The version.", VersionContent), 404: UNKNOWN},
        roles=OPERATOR,
        members=READERS,
    ),
    Route(
        "GET",
        "/templates/<template>/changes",
        "showTemplateChanges",
        "Read what publishing the draft would change, word by word.",
        show_changes,
        {200: Example("The changes; none: it is published.", TemplateChanges), 404: UNKNOWN},
        roles=OPERATOR,
        members=READERS,
    ),
    Route(
        "POST",
        "/templates/<template>/versions/<version>/restore",
        "restoreTemplateVersion",
        "Make the draft what a published version says; nothing is published.",
        restore,
        {
            200: Example("The template.", Template),
            404: UNKNOWN,
            409: Example("`changed_meanwhile`."),
            422: Example("`unknown_voice`."),
        },
        body=Publication,
        roles=OPERATOR,
        members=EDITORS,
    ),
    Route(
        "POST",
        "/templates/<template>/try",
        "tryTemplate",
        "Ask the draft something, in writing.",
        try_out,
        {200: Example("What it would say.", TriedAnswer), 404: UNKNOWN},
        body=Try,
        roles=OPERATOR,
        members=EDITORS,
        max_body_bytes=MAX_TRY_BYTES,
    ),
)
