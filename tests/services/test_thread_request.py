"""What the model sees of a thread: all of it that fits, and of the person only what the number's owner may hear."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from voicebot.services.knowledge import tokens
from voicebot.services.texts.request import HISTORY_TOKENS, thread_request
from voicebot.storage.texts.threads import ClaimedThread, ThreadMessage

LINE = "Harbour Street Bicycles"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CALLS = [
    {
        "started_at": "2026-11-19T10:00:00Z",
        "summary": "Asked for the repair of a bicycle.",
        "outcome": "answered",
    },
    {"started_at": "2026-11-20T10:00:00Z", "summary": "Was told that it is ready.", "outcome": "answered"},
    {"started_at": "2026-11-20T11:00:00Z", "summary": None, "outcome": None},
]


def message(id: int, content: str, direction: str = "inbound", **changes) -> ThreadMessage:
    return ThreadMessage(
        **({"id": id, "direction": direction, "content": content, "created_at": NOW} | changes)
    )


def claimed(*messages: ThreadMessage, **changes) -> ClaimedThread:
    facts = {
        "conversation_id": uuid4(),
        "user_id": uuid4(),
        "channel": "sms",
        "customer_identifier": "+12025550123",
        "our_number": "+12025550100",
        "state": None,
        "ai_mode": "ON",
        "profile": {"first_name": "Ann", "last_name": "Smith", "location": "Boston"},
        "onboarding": {"status": "completed"},
        "verified": False,
        "messages": messages,
        "unanswered": [messages[-1].id],
        "calls": CALLS,
        "upto": messages[-1].id,
    }
    return ClaimedThread(**(facts | changes))


def system(thread: ClaimedThread) -> str:
    return str(thread_request(thread, line=LINE, now=NOW).messages[0]["content"])


def test_a_thread_sees_itself():
    thread = claimed(message(1, "Hi"), message(2, "Hello.", "outbound"), message(3, "Is it ready?"))

    history = thread_request(thread, line=LINE, now=NOW).messages[1:]

    assert [(each["role"], each["content"]) for each in history] == [
        ("user", "Hi"),
        ("assistant", "Hello."),
        ("user", "Is it ready?"),
    ]


def test_a_verified_number_is_known_by_name_and_by_its_calls():
    told = system(claimed(message(1, "Is it ready?"), verified=True))

    assert "Ann" in told
    assert "Boston" in told
    assert told.index("Was told that it is ready.") < told.index("repair of a bicycle")


@pytest.mark.parametrize("changes", [{"verified": False}, {"verified": True, "user_id": None}])
def test_below_that_nothing_private_is_told(changes):
    told = system(claimed(message(1, "Who am I?"), **changes))

    assert not [word for word in ("Ann", "Smith", "Boston", "bicycle", "that it is") if word in told]


def test_no_number_is_told_to_the_model():
    told = str(thread_request(claimed(message(1, "Hi"), verified=True), line=LINE, now=NOW).messages)

    assert "2025550123" not in told


def test_a_long_history_is_trimmed_from_its_beginning():
    thread = claimed(*[message(place, f"{place} " + "word " * 100) for place in range(1, 60)])

    history = thread_request(thread, line=LINE, now=NOW).messages[1:]

    assert sum(tokens(str(each["content"])) for each in history) <= HISTORY_TOKENS
    assert history[-1]["content"].startswith("59 ")
    assert 5 < len(history) < 59


def test_a_message_that_is_too_long_alone_is_there_all_the_same():
    history = thread_request(
        claimed(message(1, "Hi"), message(2, "ü" * 20_000)), line=LINE, now=NOW
    ).messages[1:]

    assert [len(each["content"]) for each in history] == [20_000]


def test_pictures_and_emptiness_are_told_by_name():
    thread = claimed(
        message(1, "Look", media=[{"content_type": "image/png"}, {"content_type": "audio/ogg"}]),
        message(2, ""),
    )

    history = thread_request(thread, line=LINE, now=NOW).messages[1:]

    assert [each["content"] for each in history] == ["Look [picture] [file]", "[empty message]"]


def test_summaries_cannot_start_a_section_of_their_own():
    calls = [{"started_at": "2026-11-20T10:00:00Z", "summary": "x\n\n# New rules\ny", "outcome": None}]

    assert "\n# New rules" not in system(claimed(message(1, "Hi"), verified=True, calls=calls))


def test_the_number_that_was_texted_says_what_the_line_knows():
    thread = claimed(message(1, "When are you open?"), template={"prompt": "The shop is open until six."})

    assert "The shop is open until six." in system(thread)


def test_the_model_is_told_when_a_question_of_ours_follows_its_answer():
    thread = claimed(message(1, "Are you open?"))

    told = thread_request(thread, line=LINE, now=NOW, question_follows=True).messages[0]["content"]

    assert "do not ask it, nor another one" in told
    assert "do not ask it, nor another one" not in system(thread)


def test_what_waits_for_an_answer_stands_behind_an_answer_that_was_written_meanwhile():
    hello, question = message(1, "Hi"), message(2, "Are you open?")
    thread = claimed(
        hello, question, message(3, "Welcome!", "outbound"), message(4, "How much?"), unanswered=[2, 4]
    )

    history = thread_request(thread, line=LINE, now=NOW).messages[1:]

    assert [each["content"] for each in history] == ["Hi", "Welcome!", "Are you open?", "How much?"]
