"""Organizations, their members, and the audit log: rows <-> records (`sql/functions/access/{members,audit}.sql`)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import Actor
from voicebot.domain.page_cursor import BY_TIME_AND_NUMBER
from voicebot.storage.database import Database
from voicebot.storage.database.refused import Refused
from voicebot.storage.pages import FIRST, ListRefused, Page, Part, page_of

Row = Mapping[str, Any]


class MemberRefused(Refused):
    """The request is refused; `code` says why (`services/member_links.WORDS`)."""


def list_organizations(database: Database, *, actor: Actor) -> Sequence[Row]:
    """Return those that the actor belongs to; the operator of the machine gets all, at most 200."""
    rows: Sequence[Row] = database.call("list_organizations", actor=actor.to_json()).get("rows", ())
    return rows


def make_organization(database: Database, name: str, slug: str, *, actor: Actor) -> UUID:
    """Make one, and return its id. Raises MemberRefused: not_allowed, wrong_name, name_taken."""
    return UUID(_done(database.call("make_organization", name=name, slug=slug, actor=actor.to_json()))["id"])


def list_members(database: Database, organization_id: UUID, *, actor: Actor) -> Row:
    """Return {"rows", "invitations"}. Raises ListRefused."""
    answer: Row = database.call("list_members", organization_id=organization_id, actor=actor.to_json())
    if answer.get("result") == "refused":
        raise ListRefused(answer["code"])
    return answer


def invite_member(
    database: Database,
    organization_id: UUID,
    role: str,
    *,
    code_hash: str,
    expires_at: datetime,
    email: str | None,
    actor: Actor,
) -> UUID:
    """Keep an invitation, and return its id. Raises MemberRefused."""
    answer = database.call(
        "invite_member",
        organization_id=organization_id,
        role=role,
        code_hash=code_hash,
        expires_at=expires_at,
        email=email,
        actor=actor.to_json(),
    )
    return UUID(_done(answer)["id"])


def revoke_invitation(database: Database, invitation_id: UUID, *, actor: Actor) -> None:
    """Take an invitation back. Raises MemberRefused: unknown_invitation."""
    _done(database.call("revoke_invitation", invitation_id=invitation_id, actor=actor.to_json()))


def accept_invitation(
    database: Database,
    code_hash: str,
    *,
    user_id: UUID | None = None,
    email: str | None = None,
    full_name: str | None = None,
) -> Row:
    """Let somebody in; without `user_id` an account is made. `result` is joined (`user_id`) or refused (`code`)."""
    row: Row = database.call(
        "accept_invitation", code_hash=code_hash, user_id=user_id, email=email, full_name=full_name
    )
    return row


def change_member(
    database: Database,
    organization_id: UUID,
    user_id: UUID,
    role: str,
    *,
    was: Row | None = None,
    actor: Actor,
) -> None:
    """Give a member another role. `was`: {"role"} as the actor saw it. Raises MemberRefused."""
    _done(
        database.call(
            "change_member",
            organization_id=organization_id,
            user_id=user_id,
            role=role,
            was=dict(was or {}),
            actor=actor.to_json(),
        )
    )


def remove_member(
    database: Database, organization_id: UUID, user_id: UUID, *, was: Row | None = None, actor: Actor
) -> None:
    """Take a member out. `was`: {"role"} as the actor saw it. Raises MemberRefused."""
    _done(
        database.call(
            "remove_member",
            organization_id=organization_id,
            user_id=user_id,
            was=dict(was or {}),
            actor=actor.to_json(),
        )
    )


def link_member(
    database: Database, organization_id: UUID, user_id: UUID, token_hash: str, *, actor: Actor
) -> None:
    """Keep a link that signs a member in, once and within fifteen minutes. Raises MemberRefused."""
    _done(
        database.call(
            "link_member",
            organization_id=organization_id,
            user_id=user_id,
            token_hash=token_hash,
            actor=actor.to_json(),
        )
    )


def note_audit(
    database: Database,
    action: str,
    object_type: str,
    object_id: str,
    *,
    actor: Actor,
    once_in_s: float | None = None,
) -> None:
    """Put on record what somebody looked at; with `once_in_s` no more often than that."""
    database.call(
        "note_audit",
        action=action,
        object_type=object_type,
        object_id=object_id,
        actor=actor.to_json(),
        once_in_s=once_in_s,
    )


def audit_page(database: Database, part: Part = FIRST, *, actor: Actor) -> Page[Row]:
    """Return one page of what was done, the newest first. Raises ListRefused."""
    answer = database.call("audit_page", **part.params(), actor=actor.to_json())
    return page_of(answer, BY_TIME_AND_NUMBER, dict)


def _done(answer: Row) -> Row:
    if answer["result"] == "refused":
        raise MemberRefused(answer["code"])
    return answer
