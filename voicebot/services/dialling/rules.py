"""Edit what holds for every call, and tell what holds for one number. An edit holds from the next claim on."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.runtime import Runtime
from voicebot.services.dialling.ask import CallRefused, place_for, refused
from voicebot.services.dialling.campaigns import check_redial
from voicebot.storage.dialling import rules
from voicebot.storage.queue import NewEntry, QueueRefused

Row = Mapping[str, Any]


def set_hours(runtime: Runtime, country: str, week: Row, *, actor: Actor = THE_OPERATOR) -> Row:
    """Say when people of a country may be called. Raises CallRefused, DatabaseAway."""
    try:
        row = rules.set_hours(runtime.database, country, week, actor=actor)
    except QueueRefused as refusal:
        raise refused(refusal) from None
    runtime.hint.made_work()
    return row


def drop_hours(runtime: Runtime, country: str, *, actor: Actor = THE_OPERATOR) -> None:
    """Let the hours of `*` hold for a country. Raises CallRefused, DatabaseAway."""
    try:
        rules.drop_hours(runtime.database, country, actor=actor)
    except QueueRefused as refusal:
        raise refused(refusal) from None
    runtime.hint.made_work()


def change_rules(runtime: Runtime, changes: Row, *, actor: Actor = THE_OPERATOR) -> Row:
    """Change the rules of every call. Raises CallRefused, DatabaseAway."""
    check_redial(changes.get("redial"))
    try:
        row = rules.change_rules(runtime.database, changes, actor=actor)
    except QueueRefused as refusal:
        raise refused(refusal) from None
    runtime.hint.made_work()
    return row


def hours_of_number(
    runtime: Runtime,
    number: str,
    timezone: str | None = None,
    campaign: str | UUID | None = None,
    *,
    actor: Actor = THE_OPERATOR,
) -> Row:
    """Return the calling hours that hold for a number. Raises CallRefused, DatabaseAway."""
    place = place_for(runtime, NewEntry(number, timezone=timezone))
    try:
        campaign_id = UUID(str(campaign)) if campaign else None
    except ValueError:
        raise CallRefused("unknown_campaign", "There is no such campaign.", "campaign") from None
    try:
        return rules.hours_of_number(runtime.database, number, place, campaign_id, actor=actor)
    except QueueRefused as refusal:
        raise refused(refusal) from None
