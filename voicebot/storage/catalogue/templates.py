"""Call templates in the database: rows <-> `CallTemplate` (`sql/functions/catalogue/templates.sql`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.page_cursor import BY_NAME
from voicebot.domain.templates.opening_hours import OpeningHours
from voicebot.domain.templates.template import CallTemplate, Hours, problems_of
from voicebot.storage.database import Database
from voicebot.storage.database.refused import Refused
from voicebot.storage.pages import FIRST, Page, Part, page_of


class TemplateRefused(Refused):
    """The database refuses; `code` is unknown_template, ambiguous_template, unknown_version, name_taken, not_allowed,
    operators_only, another_teams_number, changed_meanwhile, unknown_call, unknown_utterance, no_template or too_many_facts."""


@dataclass(frozen=True)
class StoredTemplate:
    """A template with its draft and what is published of it."""

    id: UUID
    draft: CallTemplate
    revision: int
    """Which draft this is; a change names the one that it changes."""
    version: int | None
    """The version that calls run; None: nothing was published."""
    changed: bool
    """Whether the draft says something else than that version."""
    published_at: str | None
    updated_at: str
    numbers: tuple[str, ...]
    """Our numbers whose calls it leads."""
    unreadable: tuple[str, ...] = ()
    """What of the draft's row breaks a rule and is not in `draft`."""
    is_public: bool = False
    created_by: UUID | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as command line and API show it."""
        return {
            "id": str(self.id),
            "name": self.draft.name,
            "draft": self.draft.written(),
            "revision": self.revision,
            "version": self.version,
            "changed": self.changed,
            "published_at": self.published_at,
            "updated_at": self.updated_at,
            "numbers": list(self.numbers),
        }


@dataclass(frozen=True)
class Version:
    """One published version, without what it says."""

    version: int
    published_at: str


def list_templates(
    database: Database, part: Part = FIRST, *, actor: Actor = THE_OPERATOR
) -> Page[StoredTemplate]:
    """Return a page of the templates that the actor may see, by name."""
    answer = database.call("list_templates", **part.params(), actor=actor.to_json())
    return page_of(answer, BY_NAME, _stored)


def show_template(
    database: Database, template: str, *, actor: Actor = THE_OPERATOR
) -> tuple[StoredTemplate, tuple[Version, ...]]:
    """Return a template by id or name, and its versions, newest first. Raises TemplateRefused."""
    found = _checked(database.call("show_template", template=template, actor=actor.to_json()))
    versions = tuple(Version(row["version"], row["published_at"]) for row in found["versions"])
    return _stored(found["template"]), versions


def show_version(
    database: Database, template: UUID, version: int, *, actor: Actor = THE_OPERATOR
) -> CallTemplate:
    """Return what a published version says. Raises TemplateRefused."""
    found = _checked(
        database.call("show_template_version", template=template, version=version, actor=actor.to_json())
    )
    return template_of_row(found["content"], found["voice"] or "")[0]


def save_template(
    database: Database,
    draft: CallTemplate,
    *,
    voice: UUID | None,
    template: UUID | None = None,
    revision: int | None = None,
    actor: Actor = THE_OPERATOR,
) -> StoredTemplate:
    """Keep a draft: of `template`, or of a new one. `voice` is the catalogue's row. Raises TemplateRefused."""
    saved = _checked(
        database.call(
            "save_template",
            content=row_of_template(draft, voice),
            template=template,
            revision=revision,
            actor=actor.to_json(),
        )
    )
    return _stored(saved["template"])


def publish_template(
    database: Database, template: UUID, revision: int, *, actor: Actor = THE_OPERATOR
) -> tuple[bool, StoredTemplate]:
    """Publish a draft; False: it was published already. Raises TemplateRefused."""
    done = _checked(
        database.call("publish_template", template=template, revision=revision, actor=actor.to_json())
    )
    return done["result"] == "published", _stored(done["template"])


def add_fact_to_draft(
    database: Database,
    fact: str,
    *,
    template: UUID | None = None,
    call: UUID | None = None,
    utterance: UUID | None = None,
    actor: Actor = THE_OPERATOR,
) -> tuple[bool, StoredTemplate]:
    """Add a fact to the draft of a template, or of the one that led a call; False: it was there. Raises TemplateRefused."""
    done = _checked(
        database.call(
            "add_fact_to_draft",
            fact=fact,
            template=template,
            call=call,
            utterance=utterance,
            actor=actor.to_json(),
        )
    )
    return done["result"] == "added", _stored(done["template"])


def row_of_template(template: CallTemplate, voice: UUID | None) -> dict[str, Any]:
    """Return the columns of a template; what is left out is null."""
    data = template.model_dump(mode="json")
    transfer, closed = template.transfer, template.closed
    row = {
        **{
            name: data[name]
            for name in (
                *("name", "description", "category", "greeting", "prompt", "onboarding"),
                *("identity", "call_purpose", "goal", "detect_machines"),
            )
        },
        **{
            name: data[name]
            for name in (
                *(
                    "tags",
                    "languages",
                    "facts",
                    "pronunciations",
                    "own_tools",
                    "on_voicemail",
                    "voicemail_again",
                    "transport",
                ),
                *("engine", "engine_voice"),
            )
        },
        "recording_announcement": template.recording_announcement,
        "voicemail_message": template.voicemail_message,
        "bot_is_back": template.bot_is_back,
        "voice_id": str(voice) if voice else None,
        "params": data["variables"],
        "params_order": list(template.variables),
        "transfer_to": ",".join(transfer.to) if transfer else None,
        "transfer": {
            "order": transfer.order,
            "ring_s": transfer.ring_s,
            "hours": transfer.hours.opening_hours().to_json() if transfer.hours else None,
        }
        if transfer
        else None,
        "hours": template.hours.opening_hours().to_json() if template.hours else None,
        "closed": closed.model_dump(mode="json") if closed else None,
        "relay": template.relay.model_dump(mode="json", exclude_defaults=True) if template.relay else None,
        "limits": template.limits.model_dump(mode="json", exclude_defaults=True),
    }
    filled = {name: None if value in ("", [], {}) else value for name, value in row.items()}
    # No tools at all is a wish too; null is all of them.
    return filled | {"record": template.record, "tools": data["tools"]}


def template_of_row(row: Mapping[str, Any], voice: str = "") -> tuple[CallTemplate, tuple[str, ...]]:
    """Return the template of a draft's or a version's columns, and the parts that could not be read. `voice` is the
    name of the catalogue's row.

    End users can write their drafts by SQL, past every rule of `CallTemplate`: invalid parts are left out, so that the
    rest can be shown and corrected.
    """
    data = _written(row, voice)
    unreadable: list[str] = []
    for _ in range(len(data)):
        try:
            return CallTemplate.model_validate(data), tuple(unreadable)
        except ValidationError as error:
            unreadable += problems_of(error.errors(include_url=False, include_input=False))
            for one in error.errors(include_url=False, include_input=False):
                # A rule over several fields names none: one that the others can do without goes.
                anywhere = "closed" if "closed" in data else "variables"
                data.pop(str(one["loc"][0]) if one["loc"] else anywhere, None)
            data.setdefault("name", "unnamed")
    return CallTemplate.model_validate({"name": "unnamed"}), tuple(unreadable)


def _written(row: Mapping[str, Any], voice: str) -> dict[str, Any]:
    transfer, targets = row.get("transfer") or {}, row.get("transfer_to")
    copied = (
        "name", "description", "category", "greeting", "prompt", "recording_announcement", "tags", "languages",
        "facts", "pronunciations", "onboarding", "on_voicemail", "voicemail_message", "voicemail_again", "detect_machines", "identity", "call_purpose", "goal", "bot_is_back", "tools", "own_tools", "closed", "record", "transport", "relay", "engine", "engine_voice", "limits",
    )  # fmt: skip
    data = {name: row[name] for name in copied if row.get(name) is not None}
    data |= {"voice": voice, "variables": _in_order(row.get("params"), row.get("params_order"))}
    if row.get("hours"):
        data["hours"] = _hours(row["hours"])
    if targets:
        rule = {name: transfer[name] for name in ("order", "ring_s") if transfer.get(name)}
        data["transfer"] = rule | {
            "to": str(targets).split(","),
            "hours": _hours(transfer["hours"]) if transfer.get("hours") else None,
        }
    return data


def _in_order(params: Any, order: Any) -> Any:
    if not isinstance(params, dict):
        return params or {}
    first = [name for name in order if isinstance(name, str)] if isinstance(order, list) else []
    return {name: params[name] for name in dict.fromkeys([*first, *params]) if name in params}


def _hours(data: Any) -> Any:
    try:
        return Hours.of(OpeningHours.from_json(data)).model_dump()
    except (AttributeError, KeyError, TypeError, ValueError):
        # The template's own rules say what is wrong with the value.
        return data


def _stored(row: Mapping[str, Any]) -> StoredTemplate:
    draft, unreadable = template_of_row(row["draft"], row["voice"] or "")
    return StoredTemplate(
        id=UUID(row["id"]),
        draft=draft,
        revision=row["revision"],
        version=row["version"],
        changed=row["changed"],
        published_at=row["published_at"],
        updated_at=row["updated_at"],
        numbers=tuple(row["numbers"]),
        unreadable=unreadable,
        is_public=bool(row["is_public"]),
        created_by=UUID(row["created_by"]) if row["created_by"] else None,
    )


def _checked(answer: Any) -> Mapping[str, Any]:
    row: Mapping[str, Any] = answer
    if row["result"] == "refused":
        raise TemplateRefused(row["code"])
    return row
