"""Summary and price of a call, in the database: rows <-> records (`sql/functions/calls/{results,facts}.sql`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from voicebot.storage.database import Database

Row = Mapping[str, Any]


@dataclass(frozen=True)
class CallFacts:
    """What is known of a call beside its transcript."""

    call_id: int
    call_sid: str
    account: str
    call_status: str | None
    answered: bool
    priced: bool
    caller_utterances: int
    notes: Sequence[Row]


@dataclass(frozen=True)
class FinishedCall:
    """What a summary is made from; `outcome` is what the call itself came to know."""

    transcript: str
    end_reason: str | None
    outcome: str | None
    summarised: bool
    template: Row | None = None
    """What a call of ours ran under; None: somebody called us."""


@dataclass(frozen=True)
class CallSummary:
    """What people read instead of the transcript."""

    title: str
    tldr: str
    key_decisions: Sequence[str]
    action_items: Sequence[str]
    follow_up_questions: Sequence[str]
    outcome: str
    quote: str = ""
    """Words of the caller that show the outcome, as they stand in the transcript."""
    goal: str | None = None
    """Whether the call reached the goal of its template: reached, not_reached, unknown; None: it states none."""
    goal_evidence: str = ""
    """Words of the transcript that show it."""


def call_facts(database: Database, call_id: int) -> CallFacts | None:
    """Return the facts; None when there is no such call."""
    row = database.call("call_facts", call_id=call_id)
    if row["result"] != "found":
        return None
    return CallFacts(**{name: value for name, value in row.items() if name != "result"})


def call_for_summary(database: Database, call_id: int) -> FinishedCall | None:
    """Return what was said; None when there is no such call."""
    row = database.call("call_for_summary", call_id=call_id)
    if row["result"] != "found":
        return None
    return FinishedCall(
        row["transcript"] or "",
        row["end_reason"],
        row["outcome"],
        row["summary_status"] == "success",
        row["template"],
    )


def save_summary(
    database: Database, call_id: int, summary: CallSummary, *, model_used: str | None, seconds: float
) -> None:
    """Keep the summary; saving it again replaces it."""
    database.call(
        "save_summary",
        call_id=call_id,
        title=summary.title,
        tldr=summary.tldr,
        key_decisions=list(summary.key_decisions),
        action_items=list(summary.action_items),
        follow_up_questions=list(summary.follow_up_questions),
        outcome=summary.outcome,
        model_used=model_used,
        seconds=float(seconds),
        quote=summary.quote or None,
        goal=summary.goal,
        goal_evidence=summary.goal_evidence or None,
    )


def fail_summary(database: Database, call_id: int, error: str) -> None:
    """Say that a summary could not be made; one that exists stays."""
    database.call("fail_summary", call_id=call_id, error=error)


def calls_without_price(database: Database, *, page_size: int = 100) -> list[int]:
    """Return ended calls that have no price yet, the oldest first."""
    return [row["call_id"] for row in database.call("calls_without_price", page_size=page_size)]


def save_price(
    database: Database, call_id: int, price: Decimal, price_unit: str | None, duration_s: int | None
) -> None:
    """Keep what the carrier charges: negative, in `price_unit`."""
    database.call(
        "save_price", call_id=call_id, price=f"{price:f}", price_unit=price_unit, duration_s=duration_s
    )


def used_tools(database: Database, call_id: int) -> list[str]:
    """Return the names of the tools that the bot used in a call, as far as its history goes back."""
    state = database.call("call_state", call_id=call_id)["state"] or {}
    history = (state.get("core") or {}).get("history") or ()
    return sorted({entry["tool"]["name"] for entry in history if entry.get("tool")})


def save_tools(database: Database, call_id: int, tools: Sequence[str]) -> None:
    """Keep them where a search looks for them."""
    database.call("save_call_tools", call_id=call_id, tools=list(tools))
