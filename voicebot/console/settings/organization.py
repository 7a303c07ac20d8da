"""Settings, organization: what it is called, how it is reached, and what it may have."""

from typing import Any
from uuid import UUID

from voicebot.console.routes import LEADERS, MEANWHILE, Move, Page, Refused, Route, Visit
from voicebot.domain.person.daytime import known_zone
from voicebot.storage.access import members
from voicebot.storage.access.organizations import (
    OrganizationRefused,
    change_organization,
    show_organization,
)

PLACE = "/settings/organization"
WORDS = {
    "display_name": 255, "description": 2000, "website_url": 512, "contact_email": 255, "phone": 50, "billing_email": 255,
    "default_timezone": 50, "default_language": 10,
}  # fmt: skip
"""Fields that its leaders write, with their longest length."""
LIMITS = ("max_members", "monthly_audio_hours_limit", "max_sessions_per_month")
"""Fields that whoever runs the service writes."""
MOST = 1_000_000
REFUSED = {
    "unknown_organization": (404, "There is no such organization, or none that you lead."),
    "changed_meanwhile": (409, MEANWHILE),
    "not_allowed": (403, "What an organization may have is for whoever runs the service to say."),
}


def show(visit: Visit) -> Page:
    """The organization of who asks; whoever runs the service chooses one."""
    known = members.list_organizations(visit.runtime.database, actor=visit.actor)
    wanted = visit.query.get("organization", "")
    try:
        chosen = UUID(wanted) if wanted else visit.actor.organization_id or _first(known)
        found = dict(show_organization(visit.runtime.database, chosen, actor=visit.actor)) if chosen else None
    except (ValueError, OrganizationRefused):
        raise Refused(*REFUSED["unknown_organization"]) from None
    of_service = visit.session is not None and visit.session.administrator
    return Page(
        "settings/organization.html",
        {
            "was": {name: found[name] for name in WORDS} if found else {},
            "organization": found,
            "organizations": list(known),
            "of_service": of_service,
        },
    )


def change(visit: Visit) -> Move:
    """Keep what the form says."""
    changes: dict[str, Any] = {}
    for name, longest in WORDS.items():
        if name in visit.form:
            changes[name] = visit.form[name].strip() or None
            if len(changes[name] or "") > longest:
                raise Refused(
                    400, f"{name.replace('_', ' ').capitalize()}: at most {longest} characters.", name
                )
    for name in ("contact_email", "billing_email"):
        if changes.get(name) and "@" not in changes[name]:
            raise Refused(400, "This is no e-mail address; it may also stay empty.", name)
    if changes.get("default_timezone") and known_zone(changes["default_timezone"]) is None:
        raise Refused(400, "There is no such time zone: write it like Europe/Berlin.", "default_timezone")
    changes |= {name: _limit(name, visit.form[name]) for name in LIMITS if name in visit.form}
    organization = visit.path["organization"]
    try:
        change_organization(visit.runtime.database, organization, changes, was=visit.was, actor=visit.actor)
    except OrganizationRefused as error:
        raise Refused(*REFUSED.get(error.code, (409, "This cannot be done now."))) from None
    return Move(f"/console{PLACE}?organization={organization}")


def _limit(name: str, text: str) -> int | None:
    text = text.strip()
    if text and not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= MOST):
        raise Refused(400, f"A limit is a number from 1 to {MOST:,}, or empty: no limit.", name)
    return int(text) if text else None


def _first(known: Any) -> UUID | None:
    return UUID(known[0]["id"]) if known else None


ROUTES = (
    Route("GET", PLACE, "organization", show, roles=LEADERS, title="Organization", section="Settings"),
    Route(
        "POST",
        f"{PLACE}/<uuid:organization>",
        "changeOrganization",
        change,
        roles=LEADERS,
        form_on=("organization",),
    ),
)
