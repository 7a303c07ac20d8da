"""Make and change campaigns; mistakes are reported before anything is stored."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.dialling.redial import RedialOutcome, RedialRules
from voicebot.domain.dialling.variables import TemplateVariables
from voicebot.runtime import Runtime
from voicebot.services.dialling.ask import WORDS as ENTRY_WORDS
from voicebot.services.dialling.ask import CallRefused, published_template
from voicebot.storage import campaigns
from voicebot.storage.campaigns import NewCampaign
from voicebot.storage.queue import QueueRefused

Row = Mapping[str, Any]
WORDS = ENTRY_WORDS | {
    "changed_meanwhile": "Somebody else changed the campaign meanwhile: look at it again.",
    "wrong_state": "The campaign cannot do that from the state it is in.",
    "nobody": "Nobody is in the campaign yet: import people first.",
    "not_allowed": "This key may not make campaigns.",
}


def make(runtime: Runtime, wanted: NewCampaign, *, actor: Actor = THE_OPERATOR) -> Row:
    """Make a draft. Raises CallRefused, DatabaseAway."""
    check_redial(wanted.redial)
    try:
        return campaigns.make_campaign(runtime.database, wanted, actor=actor)
    except QueueRefused as refusal:
        raise refused(refusal) from None


def change(
    runtime: Runtime,
    campaign_id: UUID,
    changes: Row,
    revision: int | None = None,
    *,
    actor: Actor = THE_OPERATOR,
) -> Row:
    """Change the given fields, the state among them. A template whose variables the list lacks is refused. Raises
    CallRefused, DatabaseAway.
    """
    check_redial(changes.get("redial"))
    try:
        if changes.get("template"):
            _check_template(runtime, campaign_id, changes["template"], actor)
        changed = campaigns.change_campaign(runtime.database, campaign_id, changes, revision, actor=actor)
    except QueueRefused as refusal:
        raise refused(refusal) from None
    runtime.hint.made_work()
    return changed


def redial(
    runtime: Runtime,
    campaign_id: UUID,
    outcomes: Sequence[str],
    revision: int | None = None,
    *,
    dry: bool = False,
    actor: Actor = THE_OPERATOR,
) -> Row:
    """Dial those people again whose last attempt had one of the outcomes and who were never reached; with `dry` only
    count them.

    Raises CallRefused, DatabaseAway.
    """
    wanted = [name.strip().replace("_", "-") for name in outcomes]
    unknown = next((name for name in wanted if name not in set(RedialOutcome)), None)
    if unknown is not None or not wanted:
        words = f"Expected outcomes of {', '.join(RedialOutcome)}."
        raise CallRefused("invalid_request", words, "outcomes")
    try:
        told = campaigns.redial_campaign(
            runtime.database, campaign_id, sorted(set(wanted)), revision, dry=dry, actor=actor
        )
    except QueueRefused as refusal:
        raise refused(refusal) from None
    if not dry:
        runtime.hint.made_work()
    return told


def refused(refusal: QueueRefused) -> CallRefused:
    """Return a refusal of SQL's as one for people."""
    name = refusal.fields[0] if refusal.fields else None
    if refusal.code == "invalid":
        return CallRefused("invalid_request", f"{refusal.words[:1].upper()}{refusal.words[1:]}.", name)
    return CallRefused(refusal.code, WORDS.get(refusal.code, "It cannot be done."), name)


def check_redial(redial: Row | None) -> None:
    """Say what is wrong with rules of redialling. Raises CallRefused."""
    if redial is None:
        return
    try:
        RedialRules.from_json(redial)
    except ValueError as error:
        words = str(error)
        raise CallRefused("invalid_request", f"{words[0].upper()}{words[1:]}.", "redial") from None


def _check_template(runtime: Runtime, campaign_id: UUID, template: str, actor: Actor) -> None:
    asked = TemplateVariables.of(published_template(runtime, template, actor))
    there = campaigns.campaign_variables(runtime.database, campaign_id, actor=actor)
    lacking = sorted(asked.needed - set(there["every"]))
    if there["people"] and lacking:
        words = f"The template needs the variable {lacking[0]}, and not everybody in the campaign has it."
        raise CallRefused("invalid_variables", words, "template")
