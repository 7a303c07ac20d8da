"""Settings, organization: its name, its contacts, and its limits."""

from typing import Any
from uuid import UUID

from voicebot.console.routes import LEADERS, MEANWHILE, Move, Page, Refused, Route, Visit
from voicebot.domain.access.organization import LONGEST, wrong_in
from voicebot.domain.whole_number import whole_number
from voicebot.storage.access import members
from voicebot.storage.access.organizations import (
    OrganizationRefused,
    change_organization,
    show_organization,
)

PLACE = "/settings/organization"
LIMITS = ("max_members", "monthly_audio_hours_limit", "max_sessions_per_month")
"""Fields that whoever runs the service writes."""
MOST = 1_000_000
REFUSED = {
    "unknown_organization": (404, "There is no such organization, or none that you lead."),
    "changed_meanwhile": (409, MEANWHILE),
    "not_allowed": (403, "What an organization may have is for whoever runs the service to say."),
}


def show(visit: Visit) -> Page:
    """The visitor's organization; the operator of the whole service chooses one."""
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
            "was": {name: found[name] for name in LONGEST} if found else {},
            "organization": found,
            "organizations": list(known),
            "of_service": of_service,
        },
    )


def change(visit: Visit) -> Move:
    """Keep what the form says."""
    changes: dict[str, Any] = {}
    changes |= {name: visit.form[name].strip() or None for name in LONGEST if name in visit.form}
    if wrong := wrong_in(changes):
        field, words = wrong
        raise Refused(400, words, field)
    changes |= {name: _limit(name, visit.form[name]) for name in LIMITS if name in visit.form}
    organization = visit.path["organization"]
    try:
        change_organization(visit.runtime.database, organization, changes, was=visit.was, actor=visit.actor)
    except OrganizationRefused as error:
        raise Refused(*REFUSED.get(error.code, (409, "This cannot be done now."))) from None
    return Move(f"/console{PLACE}?organization={organization}")


def _limit(name: str, text: str) -> int | None:
    if not (text := text.strip()):
        return None
    if (limit := whole_number(text, MOST)) is None:
        raise Refused(400, f"A limit is a number from 1 to {MOST:,}, or empty: no limit.", name)
    return limit


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
