"""Members of an organization over the API, and invitations. A member's key may do what the member may."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from voicebot.api.bodies import Body, Nothing, Was, seen
from voicebot.api.errors import ApiError, wrong_field
from voicebot.api.queries import Query
from voicebot.api.routes import OPERATOR, Example, Reply, Request, Route
from voicebot.api.team.organizations import NOT_LED, PATH, organization_of
from voicebot.api.team.worded import worded
from voicebot.services import member_links
from voicebot.services.member_links import WORDS
from voicebot.storage.access import members

MemberRole = Literal["owner", "admin", "operator", "viewer", "agent"]
MEMBER = f"{PATH}/members/<user>"


class Member(BaseModel):
    """Somebody who belongs to the organization."""

    user_id: str
    name: str | None = Field(description="Or the e-mail; null: neither is known.")
    role: MemberRole
    joined_at: str
    last_login_at: str | None


class Members(BaseModel):
    """All of them, who came first first."""

    members: list[Member]


class ChangedMember(Body):
    """The role from now on."""

    role: MemberRole
    was: Was = None


class ChangedRole(BaseModel):
    """Which role a member has now."""

    user_id: str
    role: MemberRole


class RemovedMember(BaseModel):
    """Somebody who does not belong to it any more."""

    user_id: str
    removed: Literal[True]


class MemberLink(BaseModel):
    """A link that signs a member in; it is shown this once."""

    user_id: str
    link: str = Field(description="Good once, within fifteen minutes.")


class NewInvitation(Body):
    """Whom to invite, and as what."""

    role: MemberRole
    email: str | None = Field(
        None, max_length=255, description="With it only whoever signs in with this address is let in."
    )


class SentInvitation(BaseModel):
    """An invitation that nobody has used yet."""

    id: str
    email: str | None
    role: MemberRole
    created_at: str
    expires_at: str


class MadeInvitation(BaseModel):
    """A new invitation; its link is shown this once."""

    id: str
    role: MemberRole
    email: str | None
    link: str
    expires_at: str


class Invitations(BaseModel):
    """All that are open, the oldest first."""

    invitations: list[SentInvitation]


class RevokedInvitation(BaseModel):
    """An invitation that lets nobody in any more."""

    id: str
    revoked: Literal[True]


class RemovalQuery(Query):
    """Who is meant."""

    role: MemberRole | None = Field(
        None, description="As you saw the member: one who has another role now is refused."
    )


def list_members(request: Request) -> Reply:
    """Who belongs to it."""
    with worded():
        found = members.list_members(
            request.runtime.database, organization_of(request), actor=request.holder.actor
        )
    return Reply(200, {"members": found["rows"]})


def change(request: Request) -> Reply:
    """Another role."""
    organization, user, role = organization_of(request), _user(request), request.body.role
    was = seen(request.body)
    with worded():
        members.change_member(
            request.runtime.database, organization, user, role, was=was, actor=request.holder.actor
        )
    return Reply(200, {"user_id": str(user), "role": role})


def remove(request: Request) -> Reply:
    """One member less."""
    organization, user, role = organization_of(request), _user(request), request.query.role
    with worded():
        members.remove_member(
            request.runtime.database,
            organization,
            user,
            was={"role": role} if role else None,
            actor=request.holder.actor,
        )
    return Reply(200, {"user_id": str(user), "removed": True})


def link(request: Request) -> Reply:
    """A link that signs a member in."""
    organization, user = organization_of(request), _user(request)
    with worded():
        made = member_links.link_member(request.runtime, organization, user, actor=request.holder.actor)
    return Reply(201, {"user_id": str(user), "link": made})


def list_invitations(request: Request) -> Reply:
    """Who is invited."""
    with worded():
        found = members.list_members(
            request.runtime.database, organization_of(request), actor=request.holder.actor
        )
    return Reply(200, {"invitations": found["invitations"]})


def invite(request: Request) -> Reply:
    """A link that makes somebody a member."""
    wanted: NewInvitation = request.body
    email = (wanted.email or "").strip() or None
    if email and "@" not in email:
        raise wrong_field("email", "expected an e-mail address")
    with worded():
        made = member_links.invite(
            request.runtime, organization_of(request), wanted.role, email, actor=request.holder.actor
        )
    told = {"id": str(made.id), "role": wanted.role, "email": email, "link": made.link}
    return Reply(201, told | {"expires_at": made.expires_at.isoformat()})


def revoke(request: Request) -> Reply:
    """An invitation that is taken back."""
    unknown = ApiError(404, "unknown_invitation", WORDS["unknown_invitation"])
    wanted = request.id_in_path("invitation", unknown)
    with worded():
        members.revoke_invitation(request.runtime.database, wanted, actor=request.holder.actor)
    return Reply(200, {"id": str(wanted), "revoked": True})


def _user(request: Request) -> UUID:
    return request.id_in_path("user", ApiError(404, "unknown_member", WORDS["unknown_member"]))


UNKNOWN = Example("There is no such organization, or no such member of it.")
ROUTES = (
    Route(
        "GET", f"{PATH}/members", "listMembers", "List who belongs to an organization, and as what.", list_members,
        {200: Example("All of them.", Members), 403: NOT_LED, 404: UNKNOWN}, roles=OPERATOR,
    ),
    Route(
        "PATCH", MEMBER, "changeMember", "Give a member another role.", change,
        {
            200: Example("The role now.", ChangedRole), 403: Example("`not_allowed`, or `owners_alone`: it is about an owner."),
            404: UNKNOWN,
            409: Example("`last_owner`: an organization keeps one. `changed_meanwhile`: the role is not what `was` says."),
        },
        body=ChangedMember, roles=OPERATOR,
    ),
    Route(
        "DELETE", MEMBER, "removeMember", "Take a member out, from the next request on.", remove,
        {
            200: Example("The member is out.", RemovedMember),
            403: Example("`not_allowed`, or `owners_alone`: it is about an owner."), 404: UNKNOWN,
            409: Example("`last_owner`, or `changed_meanwhile`: the member has another role than `role`."),
        },
        query=RemovalQuery, roles=OPERATOR,
    ),
    Route(
        "POST", f"{MEMBER}/link", "linkMember", "Make a link that signs a member in, where nobody has a password.", link,
        {
            201: Example("The link, shown this once.", MemberLink),
            403: Example("`not_allowed`, or `owners_alone`: it is about an owner."), 404: UNKNOWN,
            409: Example("`passwords`: members sign in with their own."),
        },
        body=Nothing, roles=OPERATOR,
    ),
    Route(
        "GET", f"{PATH}/invitations", "listInvitations", "List the invitations that nobody has used yet.", list_invitations,
        {200: Example("All of them.", Invitations), 403: NOT_LED, 404: UNKNOWN}, roles=OPERATOR,
    ),
    Route(
        "POST", f"{PATH}/invitations", "inviteMember", "Invite somebody by a link that is good for seven days.", invite,
        {
            201: Example("The invitation with its link, shown this once.", MadeInvitation),
            403: Example("`not_allowed`, or `owners_alone`: only an owner invites one."), 404: UNKNOWN,
            409: Example("`too_many`: the organization has as many members as it may have."),
        },
        body=NewInvitation, roles=OPERATOR,
    ),
    Route(
        "DELETE", "/invitations/<invitation>", "revokeInvitation", "Take an invitation back.", revoke,
        {
            200: Example("It lets nobody in.", RevokedInvitation),
            404: Example("`unknown_invitation`: used, taken back, or not this key's to take back."),
        },
        roles=OPERATOR,
    ),
)  # fmt: skip
