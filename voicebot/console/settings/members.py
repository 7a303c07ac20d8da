"""Settings, members: the members of the organization, the invitations, and everybody's role."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from voicebot.console.routes import LEADERS, MEANWHILE, Move, Notice, Page, Refused, Route, Table, Visit
from voicebot.domain.access.roles import MEMBER_ROLES, WORDS
from voicebot.services import member_links
from voicebot.storage.access import members
from voicebot.storage.access.members import MemberRefused

LONGEST_EMAIL = 255
REFUSED = member_links.WORDS | {"changed_meanwhile": MEANWHILE}


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
    with _worded():
        made = members.make_organization(visit.runtime.database, name, slug, actor=visit.actor)
    return Move(f"/console{PLACE}?organization={made}")


def invite(visit: Visit) -> Notice:
    """Invite somebody: the link is shown once."""
    organization, role = _organization(visit), visit.form.get("role", "")
    email = visit.form.get("email", "").strip()
    if len(email) > LONGEST_EMAIL or (email and "@" not in email):
        raise Refused(400, "This is no e-mail address; it may also stay empty.", "email")
    with _worded():
        made = member_links.invite(visit.runtime, organization, role, email or None, actor=visit.actor)
    return Notice(
        "settings/invited.html",
        {
            "link": made.link,
            "days": member_links.INVITATION_HOLDS.days,
            "email": email,
            "role": role,
            "organization_id": str(organization),
        },
    )


def revoke(visit: Visit) -> Move:
    """Take an invitation back."""
    with _worded():
        members.revoke_invitation(visit.runtime.database, visit.path["invitation"], actor=visit.actor)
    return Move("/console/settings/members")


def change(visit: Visit) -> Move:
    """Give a member another role."""
    organization, role = _organization(visit), visit.form.get("role", "")
    user = visit.path["user"]
    with _worded():
        members.change_member(
            visit.runtime.database, organization, user, role, was=visit.was, actor=visit.actor
        )
    return Move(f"/console/settings/members?organization={organization}")


def remove(visit: Visit) -> Move:
    """Take a member out, from the next request on."""
    organization, user = _organization(visit), visit.path["user"]
    with _worded():
        members.remove_member(visit.runtime.database, organization, user, was=visit.was, actor=visit.actor)
    return Move(f"/console/settings/members?organization={organization}")


def link(visit: Visit) -> Notice:
    """Make a link that signs a member in, where nobody has a password; it is shown once."""
    organization = _organization(visit)
    with _worded():
        made = member_links.link_member(visit.runtime, organization, visit.path["user"], actor=visit.actor)
    return Notice("settings/member_link.html", {"link": made, "organization_id": str(organization)})


@contextmanager
def _worded() -> Iterator[None]:
    try:
        yield
    except MemberRefused as error:
        status = 403 if error.code in ("not_allowed", "owners_alone") else 409
        raise Refused(status, REFUSED.get(error.code, "This cannot be done now.")) from None


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
    Route("POST", f"{PLACE}/<uuid:user>/remove", "removeMember", remove, roles=LEADERS, form_on=("members",)),
)  # fmt: skip
