"""An escalation of a thread silences the bot there until a person has dealt with it; one that only tells does not."""

from uuid import UUID

import pytest

from tests.sql.texts.texting import NOTICE, OPERATOR, PERSON, Texting, someone

pytestmark = pytest.mark.sql

# The reasons of the documents, ours, and one of a newer version.
FOR_A_PERSON = (
    "urgent_request", "human_requested", "legal_matter", "ai_limitation", "complex_issue", "loop",
    "something_of_a_newer_version",
)  # fmt: skip
ONLY_TOLD = (
    "message", "model_failed", "call_back", "unsure_stop_request", "not_textable", "too_late", "too_many_texts", "erasure_requested",
    "emergency",
)  # fmt: skip


def escalated(texting: Texting, reason: str | None, sender: str = PERSON) -> UUID:
    """Somebody writes, and the answer calls a person."""
    thread = texting.receive(sender=sender)["conversation_id"]
    effect = {"type": "escalate", "message": "their words"} | ({"reason": reason} if reason else {})
    answer = texting.answer(texting.claim(), "It is noted.", effects=[effect], operator_notice=NOTICE)
    assert answer["result"] == "committed"
    return UUID(thread)


def mode(texting: Texting, thread: UUID) -> tuple[str, bool]:
    (row,) = texting.rows(
        "select ai_mode, automation_disabled from public.conversations where id = %s", thread
    )
    return row


def set_state(texting: Texting, state: str, reason: str) -> None:
    for (case,) in texting.rows("select id from public.support_escalations where reason = %s", reason):
        texting.database.call("set_escalation_state", escalation_id=case, state=state, closed_by="a test")


@pytest.mark.parametrize("reason", [*FOR_A_PERSON, None])
def test_what_a_person_has_to_answer_silences_the_bot(texting, reason):
    thread = escalated(texting, reason)

    assert mode(texting, thread) == ("OFF", True)
    assert texting.rows("select reason, silenced, message from public.support_escalations") == [
        (reason or "complex_issue", True, "their words")
    ]
    assert sorted(texting.send_all()) == sorted(["It is noted.", NOTICE["content"]]), (
        "what says so still leaves"
    )
    assert texting.receive("hello?")["answer"] is False


@pytest.mark.parametrize("reason", ONLY_TOLD)
def test_what_a_person_should_only_know_leaves_the_bot_answering(texting, reason):
    thread = escalated(texting, reason)

    assert mode(texting, thread) == ("ON", False)
    assert texting.receive("hello?")["answer"] is True


def test_a_text_found_too_late_leaves_the_bot_answering(texting):
    thread = UUID(texting.receive("found", may_answer=False)["conversation_id"])

    assert mode(texting, thread) == ("ON", False)


def test_what_was_written_meanwhile_waits_for_the_person_too(texting):
    texting.receive()
    claimed = texting.claim()
    texting.receive("one more thing")
    texting.owner.execute("update public.conversations set waiting_since = now() - interval '2 minutes'")

    answer = texting.answer(
        claimed, "It is noted.", effects=[{"type": "escalate", "reason": "human_requested"}]
    )
    again = texting.answer(
        claimed, "It is noted.", effects=[{"type": "escalate", "reason": "human_requested"}]
    )

    assert answer["message_ids"] == again["message_ids"], "a repeated commit is known again"
    assert texting.claim() == {"result": "none"}
    assert texting.rows("select count(*) from public.support_escalations") == [(1,)]


def test_when_the_case_is_closed_the_bot_answers_what_comes_next(texting):
    thread = escalated(texting, "human_requested")
    texting.receive("for the person")

    set_state(texting, "closed", "human_requested")

    assert mode(texting, thread) == ("ON", False)
    assert texting.claim() == {"result": "none"}, "what was written before was the person's"
    texting.receive("and one more")
    assert len(texting.claim()["unanswered"]) == 1


def test_a_case_that_is_opened_again_silences_its_thread_again(texting):
    thread = escalated(texting, "human_requested")
    set_state(texting, "closed", "human_requested")

    set_state(texting, "open", "human_requested")

    assert mode(texting, thread) == ("OFF", True)


def test_closing_a_case_that_only_told_changes_nothing(texting):
    thread = escalated(texting, "human_requested")
    texting.receive("for the person")

    set_state(texting, "closed", "ai_off")

    assert mode(texting, thread) == ("OFF", True)


@pytest.mark.parametrize("by_hand", ["ON", "OFF"])
def test_who_switches_by_hand_has_the_last_word(texting, by_hand):
    thread = escalated(texting, "human_requested")

    texting.database.call("set_ai_mode", conversation_id=thread, mode=by_hand)
    for state in ("closed", "open", "closed", "open"):
        set_state(texting, state, "human_requested")

    assert mode(texting, thread)[0] == by_hand


def test_one_thread_handed_over_leaves_the_others_answering(texting):
    handed_over, other = someone(), someone()
    escalated(texting, "human_requested", handed_over)

    assert texting.receive("hello", sender=other)["answer"] is True


def test_an_escalation_that_was_said_in_a_call_is_the_calls_and_the_threads(texting, database):
    texting.owner.execute("delete from public.call_history where call_sid = 'CAescalated'")
    texting.owner.execute(
        "insert into public.call_history (call_sid, phone_number, direction) values ('CAescalated', %s, 'inbound')",
        [PERSON],
    )
    thread = UUID(texting.receive()["conversation_id"])

    for _ in range(2):
        texting.owner.execute(
            """select private.apply_effects(t, %s, null, %s, 'CAescalated')
                 from public.conversations t where t.id = %s""",
            ['[{"type": "escalate", "reason": "human_requested", "message": "a person", "confidence": 0.9}]',
             f'{{"to": "{OPERATOR}", "content": "Somebody needs you."}}', thread],
        )  # fmt: skip

    assert texting.rows(
        """select c.call_sid, e.conversation_id, e.reason, e.message, e.confidence, e.notified
             from public.support_escalations e join public.call_history c on c.id = e.call_id"""
    ) == [("CAescalated", thread, "human_requested", "a person", 0.9, True)]
    assert mode(texting, thread) == ("OFF", True)
    (shown,) = database.call("escalations_page")["rows"]
    assert (shown["call_sid"], shown["conversation_id"]) == ("CAescalated", str(thread))
