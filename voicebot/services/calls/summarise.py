"""Write the summary of a call that is over. A job: it may run twice, and runs again when the model fails.

The model's word is input: its answer is checked here, and what it says of the outcome is never better than
what the call itself knows.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Literal

from pydantic import BaseModel

from voicebot import prompts
from voicebot.domain.call.state import EndReason
from voicebot.providers.ports import ModelRequest, Outcome, ProviderError
from voicebot.runtime import Runtime
from voicebot.services.calls.note_tools import note_tools
from voicebot.services.templates.instructions import filled
from voicebot.storage.calls import results
from voicebot.storage.calls.results import CallFacts, CallSummary, FinishedCall

BROKEN_OFF = frozenset({"model_failed", "service_failed", "transport_lost"})
MAX_TITLE, MAX_TLDR, MAX_ITEM, MAX_ITEMS = 120, 1000, 500, 20
# A long call's beginning says who wanted what, its end what came of it.
KEPT_HEAD, KEPT_TAIL = 16_000, 32_000
CALLER = "Caller: "
"""How a line of the transcript begins that the person said (`private.render_transcript`)."""


class WrittenSummary(BaseModel):
    """The summary as the model writes it."""

    title: str
    tldr: str
    key_decisions: list[str]
    action_items: list[str]
    follow_up_questions: list[str]
    outcome: Literal["answered", "message_taken", "transferred", "not_reached", "abandoned", "unclear"]
    quote: str = ""


class JudgedSummary(WrittenSummary):
    """The summary of a call of ours whose template states a goal."""

    goal: Literal["reached", "not_reached", "unknown"] = "unknown"
    goal_quote: str = ""


def summarise_call(
    runtime: Runtime, call_id: int, *, clock: Callable[[], float] = time.monotonic
) -> CallSummary | None:
    """Save the call's summary and return it; None when there is nothing to do.

    Raises ProviderError when the model failed, after noting it: the job is then tried again.
    """
    note_tools(runtime.database, call_id)
    call = results.call_for_summary(runtime.database, call_id)
    facts = results.call_facts(runtime.database, call_id)
    if call is None or facts is None or call.summarised:
        return None
    if not facts.caller_utterances or call.end_reason == EndReason.MACHINE:
        summary = _without_words(facts, call)
        results.save_summary(runtime.database, call_id, summary, model_used=None, seconds=0.0)
        return summary
    began = clock()
    try:
        written = _ask(runtime, call)
        summary = _checked(written)
    except ProviderError as error:
        results.fail_summary(runtime.database, call_id, str(error))
        raise
    goal, evidence = proven_goal(written, call.transcript)
    summary = replace(
        summary,
        goal=goal,
        goal_evidence=evidence,
        outcome=proven_outcome(summary.outcome, call, facts),
        quote=proven_quote(summary.quote, call.transcript),
    )
    results.save_summary(
        runtime.database,
        call_id,
        summary,
        model_used=runtime.settings.openai_model,
        seconds=clock() - began,
    )
    return summary


def proven_outcome(claimed: str, call: FinishedCall, facts: CallFacts) -> str:
    """Return the outcome that is proven: the call's own, else at most the model's claim."""
    transferred = "transferred" in (call.outcome, call.end_reason)
    message = call.outcome == "message_taken" or any(note["category"] == "message" for note in facts.notes)
    if transferred:
        return "transferred"
    if message and claimed in ("transferred", "message_taken", "abandoned", "unclear"):
        return "message_taken"
    if claimed in ("transferred", "message_taken"):
        return "unclear"
    if claimed == "answered" and call.end_reason in BROKEN_OFF:
        return "unclear"
    return claimed


def proven_quote(claimed: str, transcript: str) -> str:
    """Return a quote that the caller really said in one breath; blank for any other."""
    return _quoted(claimed, (line for line in transcript.splitlines() if line.startswith(CALLER)))


def proven_goal(written: WrittenSummary, transcript: str) -> tuple[str | None, str]:
    """Return whether the goal was reached, with the words that prove it; None when there is no goal.

    Only words of the transcript count, and for a reached goal only the person's own: the bot's words would prove its
    own wish.
    """
    if not isinstance(written, JudgedSummary):
        return None, ""
    lines = transcript.splitlines()
    theirs = [line for line in lines if line.startswith(CALLER)]
    quote = _quoted(written.goal_quote, theirs if written.goal == "reached" else lines)
    return (written.goal, quote) if quote and written.goal != "unknown" else ("unknown", "")


def _quoted(claimed: str, lines: Iterable[str]) -> str:
    """Return the quote if somebody said it in one breath, else nothing."""
    wanted = _line(claimed, MAX_ITEM).strip("\"'“” ")
    said = (line.partition(": ")[2] for line in lines)
    return wanted if wanted and any(wanted.lower() in _line(line, len(line)).lower() for line in said) else ""


def _ask(runtime: Runtime, call: FinishedCall) -> WrittenSummary:
    goal = filled((call.template or {}).get("goal"), call.template or {})
    wanted = JudgedSummary if goal else WrittenSummary
    prompt = prompts.render(
        "summary",
        transcript=_shortened(call.transcript),
        goal=prompts.render("summary_goal", goal=_line(goal, 2 * MAX_ITEM)) if goal else "",
    )
    request = ModelRequest(
        messages=[{"role": "user", "content": prompt}],
        max_tokens=1200,
        temperature=0.0,
        # Nobody is waiting on the phone.
        first_token_timeout_s=30.0,
        total_timeout_s=60.0,
    )
    return runtime.model.complete_json(request, name="call_summary", wanted=wanted)


def _shortened(transcript: str) -> str:
    if len(transcript) <= KEPT_HEAD + KEPT_TAIL:
        return transcript
    return f"{transcript[:KEPT_HEAD]}\n[…]\n{transcript[-KEPT_TAIL:]}"


def _checked(written: WrittenSummary) -> CallSummary:
    title, tldr = _line(written.title, MAX_TITLE), _line(written.tldr, MAX_TLDR)
    if not title or not tldr:
        # The request was carried out, what came back is of no use.
        raise ProviderError("model", "unusable_summary", Outcome.UNKNOWN)
    return CallSummary(
        title,
        tldr,
        _items(written.key_decisions),
        _items(written.action_items),
        _items(written.follow_up_questions),
        written.outcome,
        written.quote,
    )


def _items(items: Iterable[str]) -> tuple[str, ...]:
    lines = (_line(item, MAX_ITEM) for item in items)
    return tuple(line for line in lines if line)[:MAX_ITEMS]


def _line(text: str, longest: int) -> str:
    return " ".join(text.split())[:longest]


def _without_words(facts: CallFacts, call: FinishedCall) -> CallSummary:
    if call.end_reason == EndReason.BLOCKED:
        words = "The number is blocked, so the call was refused."
        return CallSummary("Blocked caller", words, (), (), (), "not_reached")
    if call.end_reason == EndReason.CAPPED:
        words = "There were too many calls, so this one was refused."
        return CallSummary("One call too many", words, (), (), (), "not_reached")
    if call.end_reason == EndReason.MACHINE:
        return CallSummary("Nobody was reached", "A machine answered the call.", (), (), (), "not_reached")
    if not facts.answered:
        return CallSummary("Nobody was reached", "The call was not answered.", (), (), (), "not_reached")
    tldr = "The caller said nothing."
    if facts.notes or call.outcome or call.end_reason == "transferred":
        tldr = "The caller said nothing and used the keys."
    outcome = proven_outcome("abandoned", call, facts)
    return CallSummary("No conversation", tldr, (), (), (), outcome)
