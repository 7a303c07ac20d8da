"""Templates: the list, and the draft of one as a form."""

import re
from typing import Any

from voicebot.console.library import draft_form
from voicebot.console.library.draft_fields import CHOICES, OPEN_SWITCHES, field_of
from voicebot.console.library.wording import TOOLS, label_of, refusal
from voicebot.console.routes import Move, Notice, Page, Refused, Route, Table, Visit
from voicebot.domain.access.roles import EDITORS, LEADERS, READERS
from voicebot.domain.page_cursor import BY_NAME
from voicebot.domain.templates.lint import Finding
from voicebot.domain.templates.starter import starter
from voicebot.services.templates import edit
from voicebot.services.templates.edit import VoiceUnknown
from voicebot.storage.catalogue import templates, voices
from voicebot.storage.catalogue.templates import StoredTemplate, TemplateRefused, Version
from voicebot.transports.template_yaml import TemplateUnreadable, template_of

PLACE = "/library/templates"
ONE = f"{PLACE}/<uuid:template>"
_ROW = re.compile(r"\.(\d+)")
MAX_BODY_BYTES = 512 * 1024
MEANWHILE = (
    "Somebody changed the draft while you wrote. What you wrote stands below: compare it with the draft as it is now,"
    " then save again to write over that."
)


def show_list(visit: Visit) -> Page:
    """The templates by name."""
    page = templates.list_templates(visit.runtime.database, visit.part(BY_NAME), actor=visit.reader)
    return Page(
        "library/templates.html",
        {"templates": [_line(row) for row in page.rows], "next": page.next, "may_edit": may(visit, EDITORS)},
    )


def make(visit: Visit) -> Move:
    """Make a template; nothing is published yet."""
    try:
        draft = template_of(
            {"name": visit.form.get("name", ""), "greeting": starter(visit.runtime.settings.home_language)}
        )
        made = edit.make(visit.runtime, draft, actor=visit.actor)
    except TemplateUnreadable:
        raise Refused(400, "A template needs a name of one line, 80 characters at most.", "name") from None
    except TemplateRefused as error:
        raise refusal(error) from None
    return Move(f"/console{PLACE}/{made.id}")


def show(visit: Visit) -> Page:
    """The draft of one template."""
    row, versions = found(visit)
    return Page(
        "library/template.html", _shown(visit, row, versions) | {"form": draft_form.form_of(row.draft)}
    )


def save(visit: Visit) -> Move | Notice:
    """Store the draft. A draft that is not valid is shown again as typed, with each fault at its field."""
    row, versions = found(visit)
    form = draft_form.read_form(visit.ticked)
    try:
        revision = int(visit.form.get("revision", ""))
    except ValueError:
        raise Refused(400, "The form is not whole: open the page again.") from None
    try:
        if revision != row.revision:
            raise TemplateRefused("changed_meanwhile")
        draft = template_of(draft_form.written_by(form, row.draft))
        edit.save(visit.runtime, row, draft, actor=visit.actor)
    except TemplateUnreadable as error:
        errors = draft_form.errors_of(error.problems)
    except VoiceUnknown as error:
        errors = draft_form.errors_of([str(error)])
    except TemplateRefused as error:
        if error.code not in ("name_taken", "changed_meanwhile"):
            raise refusal(error) from None
        words = refusal(error).message
        errors = {"name": words} if error.code == "name_taken" else {"": MEANWHILE}
    else:
        return Move(f"/console{PLACE}/{row.id}?saved=yes")
    data = _shown(visit, row, versions) | {"form": draft_form.form_of(row.draft) | form, "errors": errors}
    return Notice("library/template.html", data, status=422)


def found(visit: Visit) -> tuple[StoredTemplate, tuple[Version, ...]]:
    """Return the template of the path with its versions. Raises Refused."""
    try:
        return templates.show_template(
            visit.runtime.database, str(visit.path["template"]), actor=visit.reader
        )
    except TemplateRefused as error:
        raise refusal(error) from None


def may(visit: Visit, roles: tuple[str, ...]) -> bool:
    """Whether who asks has one of the roles."""
    return visit.session is not None and visit.session.role in roles


def headed(visit: Visit, row: StoredTemplate) -> dict[str, Any]:
    """Return what every page of a template shows above."""
    return {
        "template": row.to_json() | {"draft": None},
        "may_edit": may(visit, EDITORS),
        "may_publish": may(visit, LEADERS),
    }


def shown_findings(findings: list[Finding] | tuple[Finding, ...]) -> list[dict[str, str]]:
    """Return what to look at, with the label and the field of the form where it stands."""
    return [
        {
            "severity": each.severity.value,
            "place": each.field,
            # As the form counts its rows.
            "label": label_of(_ROW.sub(lambda row: f".{int(row[1]) + 1}", each.field)) if each.field else "",
            "field": field_of(each.field),
            "message": each.message,
        }
        for each in findings
    ]


def _shown(visit: Visit, row: StoredTemplate, versions: tuple[Version, ...]) -> dict[str, Any]:
    findings = shown_findings(edit.looked_at(visit.runtime, row))
    return headed(visit, row) | {
        "template": row.to_json(),
        "versions": len(versions),
        "errors": {},
        "findings": findings,
        "at": {each["field"]: each for each in reversed(findings)},
        "saved": visit.query.get("saved") == "yes",
        "voices": sorted({one["name"] for one in voices.list_voices(visit.runtime.database)}),
        "choices": CHOICES,
        "open_switches": OPEN_SWITCHES,
        "tools": TOOLS,
    }


def _line(row: StoredTemplate) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "name": row.draft.name,
        "version": row.version,
        "changed": row.changed,
        "numbers": list(row.numbers),
        "published_at": row.published_at,
        "updated_at": row.updated_at,
    }


COLUMNS = ("id", "name", "version", "changed", "numbers", "published_at", "updated_at")
ROUTES = (
    Route(
        "GET", PLACE, "templates", show_list, roles=READERS, title="Templates", section="Library",
        table=Table("templates", COLUMNS),
    ),
    Route("POST", PLACE, "makeTemplate", make, is_once=True, roles=EDITORS, form_on=("templates",)),
    Route("GET", ONE, "template", show, roles=READERS, section="Library"),
    Route("POST", ONE, "saveTemplate", save, roles=EDITORS, max_body_bytes=MAX_BODY_BYTES, form_on=("template",)),
)  # fmt: skip
