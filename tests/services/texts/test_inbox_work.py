"""What people do in the inbox reaches the person, and what the bot did is there for them to read."""

from datetime import timedelta
from uuid import UUID

import pytest

from tests.services.texts.text_house import (
    Connection,
    answer_all,
    onboarded,
    outgoing,
    somebody,
    texts,
    thread,
)
from voicebot.domain.access.actor import THE_OPERATOR
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.runtime import Runtime
from voicebot.services.texts.draft import draft_reply
from voicebot.services.texts.reply import LONGEST_TEXT, give_back, own_key, send_reply
from voicebot.storage.texts import inbox

pytestmark = [pytest.mark.sql, pytest.mark.usefixtures("no_texts")]
BROKEN = ProviderError("openai", "timeout", Outcome.UNKNOWN)


@pytest.fixture
def known(runtime: Runtime, owner: Connection) -> str:
    """Somebody who was onboarded long ago: what they write goes to the model."""
    number = somebody()
    onboarded(runtime, owner, number, verified=True, first_name="Ruth")
    return number


def item_of(owner, number) -> UUID:
    return UUID(thread(owner, number)["id"])


def decision(runtime, item):
    """The bot's decision about the last text that came in."""
    shown = inbox.show_item(runtime.database, item)
    return [one["decision"] for one in shown["texts"] if one["direction"] == "inbound"][-1]


def send(runtime, item, words, **more):
    return send_reply(runtime, item, words, actor=THE_OPERATOR, reader=THE_OPERATOR, **more)


def test_every_turn_leaves_a_decision_with_its_rule_and_what_the_bot_knew(runtime, model, known, owner):
    model.scripts = [["We open at nine."], [BROKEN]]
    told = []
    for words in ("When do you open?", "And on Sunday?", "I want to talk to a human"):
        texts(runtime, known, words)
        answer_all(runtime)
        told.append(decision(runtime, item_of(owner, known)))
    texts(runtime, known, "Hello?")
    told.append(decision(runtime, item_of(owner, known)))

    assert [(one["decision"], one["rule"], one["confidence"]) for one in told] == [
        ("respond", "model", None), ("respond", "model_failed", 1), ("escalate", "human_requested", 1), ("ignore", "ai_off", 1),
    ]  # fmt: skip
    assert "Ruth" in told[0]["knew"]["person"] and told[0]["knew"]["verified"] is True
    assert told[0]["knew"]["texts"] and told[0]["knew"]["model"] == runtime.settings.openai_model
    assert "person" not in told[2]["knew"]


def test_a_reply_leaves_and_the_bot_keeps_silent_until_the_time_is_over(make_runtime, model, known, owner):
    runtime = make_runtime()
    texts(runtime, known, "When do you open?")
    item = item_of(owner, known)

    done = send(runtime, item, "At nine. Ruth")
    texts(runtime, known, "Thank you!")
    answer_all(runtime)

    assert done.refused is None and [row["content"] for row in outgoing(owner, known)] == ["At nine. Ruth"]
    left = owner.execute("select give_back_at - now() from public.conversations").fetchone()[0]
    assert timedelta(hours=3.9) < left <= timedelta(hours=runtime.settings.give_back_after_hours)
    owner.execute("update public.conversations set give_back_at = now()")
    assert (give_back(runtime), give_back(runtime)) == (1, 0)
    model.scripts = [["The bot again."]]
    texts(runtime, known, "One more question?")
    answer_all(runtime)
    assert outgoing(owner, known)[-1]["content"] == "The bot again."


def test_a_reply_that_cannot_be_sent_is_refused_before_anything_is_changed(runtime, known, owner):
    texts(runtime, known, "Hi")
    item = item_of(owner, known)
    landline = somebody()
    texts(runtime, landline, "Hi")
    owner.execute(
        "update public.conversations set customer_identifier = '+442071838750' where customer_identifier = %s",
        [landline],
    )

    assert send(runtime, item, " ").refused == "wrong_length"
    assert send(runtime, item, "x" * (LONGEST_TEXT + 1)).refused == "wrong_length"
    assert send(runtime, UUID(int=1), "Hi").refused == "unknown_item"
    abroad = UUID(thread(owner, "+442071838750")["id"])
    assert send(runtime, abroad, "Hi").refused == "not_textable"
    assert outgoing(owner, known) == [] and thread(owner, known)["ai_mode"] == "ON"


def test_one_form_is_one_text_and_nobody_meets_the_key_of_somebody_else(runtime, known, owner):
    texts(runtime, known, "Hi")
    item = item_of(owner, known)

    first, again = (send(runtime, item, "Hello.", request_key="form") for _ in range(2))

    assert first.message_id == again.message_id and len(outgoing(owner, known)) == 1
    assert own_key(THE_OPERATOR, item, "form") != own_key(THE_OPERATOR, UUID(int=1), "form")
    assert own_key(THE_OPERATOR, item, "") is None


def test_a_draft_is_written_from_the_thread_without_tools_and_sent_by_nobody(runtime, model, known, owner):
    texts(runtime, known, "When do you open?")
    item = item_of(owner, known)
    inbox.ask_draft(runtime.database, item, actor=THE_OPERATOR)
    model.scripts = [["We open", " at nine."]]

    draft_reply(runtime, str(item))
    draft_reply(runtime, str(item))

    draft = inbox.show_item(runtime.database, item)["draft"]
    assert (draft["state"], draft["content"]) == ("ready", "We open at nine.")
    (asked,) = model.requests
    assert asked.tools == () and asked.messages[-1]["content"] == "When do you open?"
    assert outgoing(owner, known) == [] and thread(owner, known)["ai_mode"] == "ON"


def test_a_model_that_fails_leaves_no_draft_and_says_so(runtime, model, known, owner):
    texts(runtime, known, "When do you open?")
    item = item_of(owner, known)
    inbox.ask_draft(runtime.database, item, actor=THE_OPERATOR)
    model.scripts = [["We", BROKEN]]

    draft_reply(runtime, str(item))

    assert inbox.show_item(runtime.database, item)["draft"]["state"] == "failed"
