"""Tags of calls and people, and whose a call is: rows <-> records (`sql/functions/access/tags.sql`)."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.storage.database import Database
from voicebot.storage.database.refused import Refused

Row = Mapping[str, Any]
LONGEST_TAG = 50


class TagRefused(Refused):
    """It cannot be tagged or assigned; `code` says why."""


def tag_call(
    database: Database, call_id: UUID, tag: str, *, remove: bool = False, actor: Actor = THE_OPERATOR
) -> Sequence[str]:
    """Put a tag on a call, or take it away; return the tags that it has then. Raises TagRefused."""
    return _tags(database.call("tag_call", id=call_id, tag=tag, remove=remove, actor=actor.to_json()))


def tag_person(
    database: Database, number: str, tag: str, *, remove: bool = False, actor: Actor = THE_OPERATOR
) -> Sequence[str]:
    """Put a tag on a person, or take it away; return the tags that the person has then. Raises TagRefused."""
    return _tags(database.call("tag_person", number=number, tag=tag, remove=remove, actor=actor.to_json()))


def list_tags(database: Database, *, actor: Actor = THE_OPERATOR) -> Sequence[str]:
    """Return the tags that there are, for people to choose from."""
    answer = database.call("list_tags", actor=actor.to_json())
    return [row["tag"] for row in answer.get("rows", ())]


def list_colleagues(database: Database, *, actor: Actor = THE_OPERATOR) -> Sequence[Row]:
    """Return {"user_id", "name", "role"} of the members of the actor's organization."""
    rows: Sequence[Row] = database.call("list_colleagues", actor=actor.to_json()).get("rows", ())
    return rows


def assign_call(database: Database, call_id: UUID, member: UUID | None, *, actor: Actor) -> None:
    """Give a call to a member of its organization, or to nobody. Raises TagRefused."""
    _told(database.call("assign_call", id=call_id, member=member, actor=actor.to_json()))


def _tags(answer: Row) -> Sequence[str]:
    tags: Sequence[str] = _told(answer)["tags"]
    return tags


def _told(answer: Row) -> Row:
    if answer["result"] == "refused":
        raise TagRefused(answer["code"])
    return answer
