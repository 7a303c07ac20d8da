"""Links that let somebody into the console: an invitation, and the sign-in link of a member. Each is shown once; its hash is kept."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from voicebot.domain.access.actor import Actor
from voicebot.domain.access.api_key import hash_of
from voicebot.runtime import Runtime
from voicebot.storage.access import members
from voicebot.storage.access.members import MemberRefused

INVITATION_HOLDS = timedelta(days=7)
WORDS = {
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
"""What a refusal of members and organizations says, by its code."""


@dataclass(frozen=True)
class Invitation:
    """A link that makes somebody a member, once and until `expires_at`."""

    id: UUID
    link: str
    expires_at: datetime


def invite(
    runtime: Runtime, organization_id: UUID, role: str, email: str | None = None, *, actor: Actor
) -> Invitation:
    """Invite somebody; with an e-mail only whoever signs in with it is let in. Raises MemberRefused."""
    code, expires_at = secrets.token_urlsafe(32), runtime.now() + INVITATION_HOLDS
    made = members.invite_member(
        runtime.database,
        organization_id,
        role,
        code_hash=hash_of(code),
        expires_at=expires_at,
        email=email,
        actor=actor,
    )
    return Invitation(made, f"{runtime.settings.public_url}/console/invitation?code={code}", expires_at)


def link_member(runtime: Runtime, organization_id: UUID, user_id: UUID, *, actor: Actor) -> str:
    """Return a link that signs a member in, once and within fifteen minutes, where nobody has a password. Raises MemberRefused."""
    if runtime.identity is not None:
        raise MemberRefused("passwords")
    code = secrets.token_urlsafe(32)
    members.link_member(runtime.database, organization_id, user_id, hash_of(code), actor=actor)
    return f"{runtime.settings.public_url}/console/link?code={code}"
