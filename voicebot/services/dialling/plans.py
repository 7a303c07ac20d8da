"""Plans and subscriptions: made, changed and ended; calls that waited for one are looked at at once."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from voicebot.runtime import Runtime
from voicebot.services.dialling.ask import CallRefused
from voicebot.storage import plans
from voicebot.storage.plans import PlanRefused, Whose

Result = TypeVar("Result")
WORDS = {
    "unknown_plan": "There is no such plan.",
    "plan_over": "This plan has ended: nobody new can get it.",
    "name_taken": "Another plan has this name.",
    "unknown_user": "There is no such user.",
    "unknown_subscription": "There is no such subscription.",
    "no_subscription": "This user has no plan.",
    "has_plan": "This user has another plan: change the subscription instead.",
    "subscription_over": "This subscription has ended: subscribe anew, or make it active again.",
    "house_account": "Operators' own calls need no plan.",
    "not_allowed": "Only a key of the whole service may do this.",
}


def give_plan(
    runtime: Runtime,
    plan: str,
    whose: Whose,
    *,
    timezone: str | None = None,
    starts_at: datetime | None = None,
    trial: bool = False,
    renew: bool = False,
) -> Mapping[str, Any]:
    """Let a user have this plan, whatever the user has now: subscribe, change the plan, or take the end of it back.

    `renew`: a period begins now. Raises CallRefused, DatabaseAway.
    """

    def work() -> Mapping[str, Any]:
        try:
            row, new = plans.subscribe(
                runtime.database, plan, whose, timezone=timezone, starts_at=starts_at, trial=trial
            )
        except PlanRefused as refusal:
            if refusal.code != "has_plan":
                raise
            row, new = refusal.answer["subscription"], False
        if new:
            return row
        status = "active" if row["status"] == "past_due" else None
        return plans.change_subscription(
            runtime.database,
            UUID(row["id"]),
            plan=plan,
            status=status,
            cancel_at_period_end=False,
            renew=renew,
        )

    return change(runtime, work)


def take_plan(runtime: Runtime, whose: Whose, *, at_once: bool = False) -> Mapping[str, Any]:
    """Let a user's plan end, with its period or at once. Raises CallRefused, DatabaseAway."""

    def work() -> Mapping[str, Any]:
        # The newest that goes on; who had several ends the others by their ids.
        going = [
            row
            for row in plans.list_subscriptions(runtime.database, whose).rows
            if row["status"] != "canceled"
        ]
        if not going:
            raise CallRefused("no_subscription", WORDS["no_subscription"])
        ending: dict[str, Any] = {"status": "canceled"} if at_once else {"cancel_at_period_end": True}
        return plans.change_subscription(runtime.database, UUID(going[0]["id"]), **ending)

    return change(runtime, work)


def change(runtime: Runtime, work: Callable[[], Result]) -> Result:
    """Do what changes what somebody may dial, and let the dialler know. Raises CallRefused, DatabaseAway."""
    result = read(work)
    runtime.hint.made_work()
    return result


def read(work: Callable[[], Result]) -> Result:
    """Do it. Raises CallRefused, DatabaseAway."""
    try:
        return work()
    except PlanRefused as refusal:
        if refusal.code == "invalid":
            words = f"{refusal.words[:1].upper()}{refusal.words[1:]}."
            raise CallRefused("invalid_request", words, refusal.field) from None
        raise CallRefused(
            refusal.code, WORDS.get(refusal.code, "It cannot be done."), refusal.field
        ) from None
