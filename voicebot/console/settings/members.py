"""Settings, members: who belongs to the organization, who is invited, and which role each has."""

import secrets
from datetime import timedelta
from uuid import UUID

from voicebot.console.routes import LEADERS, Move, Notice, Page, Refused, Route, Table, Visit
from voicebot.domain.access.api_key import hash_of
from voicebot.domain.access.roles import MEMBER_ROLES, WORDS
from voicebot.storage.access import members

INVITATION_HOLDS = timedelta(days=7)
LONGEST_EMAIL = 255
REFUSED = {
    "not_allowed": "Only owners and admins may do this.",
    "owners_alone": "Only an owner may make, change or remove an owner.",
    "last_owner": "An organization keeps one owner: make another one first.",
    "passwords": "Members sign in with their own password here.",
    "too_many": "The organization has as many members as it may have: remove one first.",
    "unknown_member": "This person is no member any more.",
    "unknown_role": "There is no such role: choose one of the list.",
    "unknown_invitation": "This invitation was used or taken back already.",
    "unknown_organization": "There is no such organization.",
    "name_taken": "Another organization has this name: choose another one.",
    "wrong_name": "An organization needs a name, and a short one of small letters, digits and dashes.",
}


def show(visit: Visit) -> Page:
    """The members of one organization; whoever runs the service chooses which."""
    organizations = members.list_organizations(visit.runtime.database, actor=visit.actor)
    chosen = _chosen(visit, [UUID(one["id"]) for one in organizations])
    found = (
        members.list_members(visit.runtime.database, chosen, actor=visit.actor)
        if chosen
        else {"rows": [], "invitations": []}
    )
    return Page(
        "settings/members.html",
        {
            "organizations": organizations,
            "organization_id": str(chosen) if chosen else None,
            "members": found["rows"],
            "invitations": found["invitations"],
            "roles": [{"name": role, "words": WORDS[role]} for role in MEMBER_ROLES],
            "has_passwords": visit.runtime.identity is not None,
            "may_make": visit.session is not None and visit.session.administrator,
        },
    )


def make_organization(visit: Visit) -> Move:
    """Make an organization, which has no member yet."""
    name, slug = visit.form.get("name", "").strip(), visit.form.get("slug", "").strip()
    _done(members.make_organization(visit.runtime.database, name, slug, actor=visit.actor))
    return Move("/console/settings/members")


def invite(visit: Visit) -> Notice:
    """Invite somebody: the link is shown once."""
    code, email = secrets.token_urlsafe(32), visit.form.get("email", "").strip()
    if len(email) > LONGEST_EMAIL or (email and "@" not in email):
        raise Refused(400, "This is no e-mail address; it may also stay empty.", "email")
    refused = members.invite_member(
        visit.runtime.database,
        _organization(visit),
        visit.form.get("role", ""),
        code_hash=hash_of(code),
        expires_at=visit.runtime.now() + INVITATION_HOLDS,
        email=email or None,
        actor=visit.actor,
    )
    _done(refused)
    link = f"{visit.runtime.settings.public_url}/console/invitation?code={code}"
    return Notice(
        "settings/invited.html",
        {
            "link": link,
            "days": INVITATION_HOLDS.days,
            "email": email,
            "role": visit.form.get("role", ""),
            "organization_id": str(_organization(visit)),
        },
    )


def revoke(visit: Visit) -> Move:
    """Take an invitation back."""
    _done(members.revoke_invitation(visit.runtime.database, visit.path["invitation"], actor=visit.actor))
    return Move("/console/settings/members")


def change(visit: Visit) -> Move:
    """Give a member another role."""
    organization, role = _organization(visit), visit.form.get("role", "")
    _done(
        members.change_member(
            visit.runtime.database, organization, visit.path["user"], role, actor=visit.actor
        )
    )
    return Move(f"/console/settings/members?organization={organization}")


def remove(visit: Visit) -> Move:
    """Take a member out, from the next request on."""
    organization = _organization(visit)
    _done(members.remove_member(visit.runtime.database, organization, visit.path["user"], actor=visit.actor))
    return Move(f"/console/settings/members?organization={organization}")


def link(visit: Visit) -> Notice:
    """Make a link that signs a member in, where nobody has a password; it is shown once."""
    if visit.runtime.identity is not None:
        _done("passwords")
    organization, code = _organization(visit), secrets.token_urlsafe(32)
    _done(
        members.link_member(
            visit.runtime.database, organization, visit.path["user"], hash_of(code), actor=visit.actor
        )
    )
    return Notice(
        "settings/member_link.html",
        {
            "link": f"{visit.runtime.settings.public_url}/console/link?code={code}",
            "organization_id": str(organization),
        },
    )


def _done(refused: str | None) -> None:
    if refused is not None:
        status = 403 if refused in ("not_allowed", "owners_alone") else 409
        raise Refused(status, REFUSED.get(refused, "This cannot be done now."))


def _organization(visit: Visit) -> UUID:
    """Of the form for whoever runs the service, and of the session for everybody else."""
    if visit.actor.organization_id is not None:
        return visit.actor.organization_id
    try:
        return UUID(visit.form.get("organization", ""))
    except ValueError:
        raise Refused(400, "Choose an organization first.") from None


def _chosen(visit: Visit, known: list[UUID]) -> UUID | None:
    try:
        wanted = UUID(visit.query.get("organization", ""))
    except ValueError:
        wanted = None
    if wanted is not None and wanted not in known:
        raise Refused(404, "There is no such organization, or none that you may see.")
    return wanted or visit.actor.organization_id or next(iter(known), None)


PLACE = "/settings/members"
ROUTES = (
    Route(
        "GET", PLACE, "members", show, roles=LEADERS, title="Members", section="Settings",
        table=Table("members", ("user_id", "name", "role", "joined_at", "last_login_at")),
    ),
    Route("POST", "/settings/organizations", "makeOrganization", make_organization, is_once=True, roles=LEADERS, form_on=("members",)),
    Route("POST", "/settings/invitations", "invite", invite, is_once=True, roles=LEADERS, form_on=("members",)),
    Route("POST", "/settings/invitations/<uuid:invitation>/revoke", "revokeInvitation", revoke, roles=LEADERS),
    Route("POST", f"{PLACE}/<uuid:user>/role", "changeMember", change, roles=LEADERS, form_on=("members",)),
    Route("POST", f"{PLACE}/<uuid:user>/link", "linkMember", link, roles=LEADERS),
    Route("POST", f"{PLACE}/<uuid:user>/remove", "removeMember", remove, roles=LEADERS),
)  # fmt: skip
