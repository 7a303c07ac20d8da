"""Summaries: written from what was said, checked, never better than the evidence, and only once."""

from collections.abc import Callable
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from tests.services.calls.aftermath import (
    Connection,
    SummaryModel,
    add_call,
    add_words,
    call_row,
    summary_answer,
)
from voicebot.providers.openai.json_answer import strict_schema
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.runtime import Runtime
from voicebot.services.calls.summarise import WrittenSummary, proven_outcome, summarise_call
from voicebot.storage.calls.results import CallFacts, FinishedCall

pytestmark = pytest.mark.sql


@pytest.fixture
def writer() -> SummaryModel:
    return SummaryModel()


@pytest.fixture
def writing(make_runtime: Callable[..., Runtime], writer: SummaryModel) -> Runtime:
    return make_runtime(model=writer)


@pytest.fixture
def talked(owner: Connection) -> tuple[int, str]:
    """A call in which both said something."""
    call_id, sid = add_call(owner, end_reason="caller_hung_up")
    add_words(owner, call_id, ("bot", "Hello."), ("caller", "When do you open?"), ("bot", "At nine."))
    return call_id, sid


def stored(owner: Connection, call_id: int) -> dict[str, Any]:
    found = owner.execute(
        "select to_jsonb(s) from public.summaries s where session_id = %s", [call_id]
    ).fetchone()
    assert found is not None
    return dict(found[0])


def test_the_summary_is_made_from_what_was_said(
    writing: Runtime, writer: SummaryModel, owner: Connection, talked: tuple[int, str]
) -> None:
    call_id, sid = talked

    summarise_call(writing, call_id)

    kept = stored(owner, call_id)
    assert kept["generation_status"] == "success"
    assert kept["action_items"] == ["Send the price list"]
    assert kept["model_used"] == writing.settings.openai_model
    assert "Caller: When do you open?" in str(writer.requests[0].messages[0]["content"])
    row = call_row(owner, sid)
    assert (row["summary"], row["outcome"]) == (kept["tldr"], "answered")


def test_a_second_run_asks_no_model(writing: Runtime, writer: SummaryModel, talked: tuple[int, str]) -> None:
    summarise_call(writing, talked[0])

    assert summarise_call(writing, talked[0]) is None
    assert len(writer.requests) == 1


def test_a_caller_who_said_nothing_costs_no_model_call(
    writing: Runtime, writer: SummaryModel, owner: Connection
) -> None:
    call_id, sid = add_call(owner, end_reason="silence")
    add_words(owner, call_id, ("bot", "Hello."), ("bot", "Are you still there?"))

    summarise_call(writing, call_id)

    assert writer.requests == []
    assert stored(owner, call_id)["tldr"] == "The caller said nothing."
    assert call_row(owner, sid)["outcome"] == "abandoned"


@pytest.mark.parametrize(
    ("claimed", "quote", "kept"),
    [
        ("reached", "Yes, nine is fine.", ("reached", "Yes, nine is fine.")),
        ("reached", " yes, NINE is fine ", ("reached", "yes, NINE is fine")),
        ("reached", "nine", ("reached", "nine")),
        ("not_reached", "I have no time on Monday", ("not_reached", "I have no time on Monday")),
        ("not_reached", "Does nine suit you?", ("not_reached", "Does nine suit you?")),
        # Our own words prove what we wished for; words of nobody and no words prove nothing.
        ("reached", "Does nine suit you?", ("unknown", None)),
        ("reached", "Yes, ten is fine.", ("unknown", None)),
        ("reached", "", ("unknown", None)),
        ("reached", "Caller: Yes, nine is fine.", ("unknown", None)),
        ("reached", "on Monday. Yes, nine", ("unknown", None)),
        ("not_reached", "They refused.", ("unknown", None)),
        ("unknown", "Yes, nine is fine.", ("unknown", None)),
    ],
)
def test_the_goal_of_a_call_of_ours_is_what_a_quote_shows(
    writing: Runtime,
    writer: SummaryModel,
    owner: Connection,
    claimed: str,
    quote: str,
    kept: tuple[str, str | None],
) -> None:
    call_id, _ = add_call(owner, direction="outbound", end_reason="caller_hung_up")
    add_words(
        owner,
        call_id,
        ("caller", "I have no time on Monday."),
        ("bot", "Does nine suit you?"),
        ("caller", "Yes, nine is fine."),
    )
    plan = {"template": {"name": "bikes", "goal": "{{who}} names a day.", "params": {"who": "Ann"}}}
    owner.execute("insert into public.call_states (call_id, plan) values (%s, %s)", [call_id, Jsonb(plan)])
    writer.answer = summary_answer(goal=claimed, goal_quote=quote)

    summarise_call(writing, call_id)

    found = stored(owner, call_id)
    assert (found["goal"], found["goal_evidence"]) == kept
    assert '"Ann names a day."' in str(writer.requests[0].messages[0]["content"])


def test_a_call_without_a_goal_is_not_judged_by_one(
    writing: Runtime, writer: SummaryModel, owner: Connection, talked: tuple[int, str]
) -> None:
    writer.answer = summary_answer(goal="reached", goal_quote="When do you open?")

    summarise_call(writing, talked[0])

    assert stored(owner, talked[0])["goal"] is None
    assert "goal" not in str(writer.requests[0].messages[0]["content"]).lower()


def test_what_a_machine_said_costs_no_model_call(
    writing: Runtime, writer: SummaryModel, owner: Connection
) -> None:
    call_id, sid = add_call(owner, direction="outbound", end_reason="machine")
    add_words(owner, call_id, ("bot", "Hello."), ("caller", "Please leave a message."))

    summarise_call(writing, call_id)

    assert writer.requests == []
    assert call_row(owner, sid)["outcome"] == "not_reached"


def test_a_call_that_was_never_answered_reached_nobody(writing: Runtime, owner: Connection) -> None:
    call_id, sid = add_call(owner, call_status="busy", answered_at=None, end_reason="busy")

    summarise_call(writing, call_id)

    assert call_row(owner, sid)["outcome"] == "not_reached"


@pytest.mark.parametrize(
    ("claimed", "kept"),
    [
        ("When do you open?", ["When do you open?"]),
        ("when do  you OPEN", ["when do you OPEN"]),
        ('"When do you open?"', ["When do you open?"]),
        ("", None),
        ("At nine.", None),
        ("I will come at nine.", None),
        ("Hello. When do you open?", None),
    ],
)
def test_a_quote_is_kept_only_when_the_caller_said_it(
    writing: Runtime,
    writer: SummaryModel,
    owner: Connection,
    talked: tuple[int, str],
    claimed: str,
    kept: list[str] | None,
) -> None:
    writer.answer = summary_answer(quote=claimed)

    summarise_call(writing, talked[0])

    assert stored(owner, talked[0])["conversation_highlights"] == kept


def test_a_failing_model_is_noted_and_the_job_tried_again(
    writing: Runtime, writer: SummaryModel, owner: Connection, talked: tuple[int, str]
) -> None:
    writer.error = ProviderError("openai", "http_500", Outcome.UNKNOWN)

    with pytest.raises(ProviderError):
        summarise_call(writing, talked[0])

    failed = stored(owner, talked[0])
    assert (failed["generation_status"], failed["generation_error"]) == ("error", "openai failed: http_500")
    writer.error = None
    summarise_call(writing, talked[0])
    assert stored(owner, talked[0])["generation_status"] == "success"


@pytest.mark.parametrize(
    "answer",
    [
        {},
        summary_answer(title=" "),
        summary_answer(tldr=None),
        summary_answer(action_items="call back"),
        summary_answer(key_decisions=[{"what": "x"}]),
        summary_answer(outcome="splendid"),
    ],
)
def test_an_answer_of_another_shape_is_not_kept(
    writing: Runtime, writer: SummaryModel, owner: Connection, talked: tuple[int, str], answer: dict[str, Any]
) -> None:
    writer.answer = answer

    with pytest.raises(ProviderError):
        summarise_call(writing, talked[0])

    assert stored(owner, talked[0])["tldr"] is None


def test_endless_answers_are_cut(
    writing: Runtime, writer: SummaryModel, owner: Connection, talked: tuple[int, str]
) -> None:
    writer.answer = summary_answer(title="x" * 5000, tldr="y" * 5000, action_items=["z" * 5000, " "] * 50)

    summarise_call(writing, talked[0])

    kept = stored(owner, talked[0])
    assert len(kept["title"]) <= 255
    assert len(kept["tldr"]) == 1000
    assert [len(item) for item in kept["action_items"]] == [500] * 20


def test_a_very_long_call_keeps_its_beginning_and_its_end(
    writing: Runtime, writer: SummaryModel, owner: Connection
) -> None:
    call_id, _ = add_call(owner, end_reason="max_duration")
    middle = [("caller", f"line {n} " + "blah " * 300) for n in range(60)]
    add_words(
        owner, call_id, ("caller", "This is the first line."), *middle, ("caller", "This is the last line.")
    )

    summarise_call(writing, call_id)

    prompt = str(writer.requests[0].messages[0]["content"])
    assert len(prompt) < 52_000
    assert "This is the first line." in prompt
    assert "This is the last line." in prompt


def test_the_schema_is_strict_and_fits_a_good_answer() -> None:
    schema = strict_schema(WrittenSummary)

    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == set(schema["properties"])
    assert WrittenSummary.model_validate(summary_answer(), strict=True)


def test_a_call_that_does_not_exist_has_no_summary(writing: Runtime, writer: SummaryModel) -> None:
    assert summarise_call(writing, 9_999_999) is None
    assert writer.requests == []


def test_a_message_counts_when_it_was_written_down(
    writing: Runtime, writer: SummaryModel, owner: Connection, talked: tuple[int, str]
) -> None:
    for words in ("Call me back.", "Call me never."):
        writing.database.call(
            "escalate_call", call_id=talked[0], cause_key="tool-1", reason="message", message=words
        )
    writer.answer = summary_answer(outcome="message_taken")

    summarise_call(writing, talked[0])

    assert call_row(owner, talked[1])["outcome"] == "message_taken"
    notes = owner.execute(
        "select content from public.smart_notes where session_id = %s", [talked[0]]
    ).fetchall()
    assert notes == [("Call me back.",)]


MESSAGE = [{"category": "message", "content": "x"}]


@pytest.mark.parametrize(
    ("claimed", "outcome", "end_reason", "notes", "proven"),
    [
        ("transferred", None, "caller_hung_up", [], "unclear"),
        ("answered", None, "transferred", [], "transferred"),
        ("answered", "transferred", "caller_hung_up", [], "transferred"),
        # A transfer that nobody answered is none.
        ("transferred", "transfer_no_answer", "caller_hung_up", [], "unclear"),
        ("transferred", "transfer_no_answer", "caller_hung_up", MESSAGE, "message_taken"),
        ("message_taken", None, "caller_hung_up", [], "unclear"),
        ("message_taken", "message_taken", "caller_hung_up", [], "message_taken"),
        ("message_taken", None, "caller_hung_up", [{"category": "follow_up", "content": "x"}], "unclear"),
        ("answered", None, "caller_hung_up", MESSAGE, "answered"),
        # A call that broke off was not answered well, whatever the model thinks of it.
        ("answered", None, "model_failed", [], "unclear"),
        ("answered", None, "bot_ended", [], "answered"),
        ("abandoned", None, "silence", [], "abandoned"),
    ],
)
def test_the_outcome_is_never_better_than_the_evidence(
    claimed: str, outcome: str | None, end_reason: str, notes: list[dict[str, str]], proven: str
) -> None:
    call = FinishedCall("Caller: hello", end_reason, outcome, summarised=False)
    facts = CallFacts(1, "CA1", "twilio", "completed", True, False, 1, notes)

    assert proven_outcome(claimed, call, facts) == proven
