"""How a call ended, in words for people: one phrase from the carrier's status, the reason for the end, and
the outcome."""

from collections.abc import Mapping
from typing import Any

OUTCOMES = {
    "answered": "answered",
    "message_taken": "message taken",
    "transferred": "transferred",
    "not_reached": "not reached",
    "unclear": "unclear",
    "code_heard": "code heard",
    "code_not_heard": "code not heard",
    "transfer_busy": "transfer busy",
    "transfer_no_answer": "transfer missed",
    "transfer_failed": "transfer failed",
    "transfer_canceled": "hung up in transfer",
}
FAILURES = {
    "model_failed": "failed",
    "transport_lost": "failed",
    "service_failed": "failed",
    "failed": "failed",
    "busy": "busy",
    "no_answer": "not answered",
    "canceled": "canceled",
}
ENDS = {
    "caller_hung_up": "hung up",
    "caller_ended": "caller ended it",
    "bot_ended": "bot ended it",
    "silence": "said nothing",
    "max_duration": "time limit",
    "max_cost": "cost limit",
    "transferred": "transferred",
    "operator_ended": "operator ended it",
    "superseded": "superseded",
    "machine": "a machine answered",
}
UNDER_WAY = {
    "queued": "waiting",
    "initiated": "dialling",
    "ringing": "ringing",
    "in-progress": "going on",
    "completed": "ended",
    "busy": "busy",
    "failed": "failed",
    "no-answer": "not answered",
    "canceled": "canceled",
}


REFUSED = {"blocked": "blocked", "capped": "too many"}
"""A call that was refused reached nobody, and that is no news."""
MACHINE = "machine"
"""A mailbox or a fax was reached, and nobody."""
ABANDONED = "abandoned"
"""An outcome that says no more than the reason why the call ended."""
GOALS = {"reached": "goal reached", "not_reached": "goal not reached"}
"""The result by the template's goal, for outcomes that leave it open."""


def came_of_it(call: Mapping[str, Any]) -> str:
    """Return the phrase that lists show for a call. A failure of ours outweighs what the call had reached."""
    reason, outcome, status = call["end_reason"], call["outcome"], call["call_status"]
    if reason == MACHINE:
        return ENDS[MACHINE]
    if reason in REFUSED:
        return REFUSED[reason]
    if reason in FAILURES and outcome not in ("message_taken", "transferred"):
        return FAILURES[reason]
    goal = call.get("goal")
    if goal in GOALS and (outcome == "unclear" or (outcome == ABANDONED and goal == "reached")):
        return GOALS[goal]
    if outcome and not (outcome == ABANDONED and reason):
        return OUTCOMES.get(outcome, str(outcome).replace("_", " "))
    if reason:
        return ENDS.get(reason, str(reason).replace("_", " "))
    return UNDER_WAY.get(status, status or "")
