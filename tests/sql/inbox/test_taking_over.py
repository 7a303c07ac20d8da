"""A person answers in place of the bot: taken over with the first text, given back, and never two answers at once."""

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from tests.sql.inbox.team import Team, make_team
from tests.sql.texts.texting import PERSON, Texting, ago, someone

pytestmark = pytest.mark.sql
TOMORROW = timedelta(days=1)


@pytest.fixture
def team(texting: Texting) -> Team:
    return make_team(texting, "owner", "operator", "operator two", "agent")


def ours(team, thread):
    """What we wrote in a thread: words, by whom, and how far it has come."""
    return team.texting.rows(
        """select content, sent_by, outbox_state, error_code from public.sms_history
            where conversation_id = %s and direction = 'outbound' order by id""",
        thread,
    )


def at_once(*acts):
    """Do all of it at the same time; return what each answered."""
    start, answers = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place, act):
        start.wait()
        answers[place] = act()

    running = [threading.Thread(target=run, args=one) for one in enumerate(acts)]
    for one in running:
        one.start()
    for one in running:
        one.join()
    return answers


def test_the_first_text_of_a_person_silences_the_bot_in_its_own_transaction(team):
    thread = team.of_ours(PERSON)
    claimed = team.texting.claim()

    done = team.reply(thread, "I am Ruth.", "operator")

    standing = team.thread(thread)
    assert (standing["ai_mode"], standing["taken_by"]) == ("OFF", str(team.people["operator"]))
    assert standing["assigned_to"] == str(team.people["operator"]) and standing["unread_count"] == 0
    assert ours(team, thread) == [("I am Ruth.", "operator", "generated", None)]
    assert team.texting.answer(claimed, "I am the bot.")["result"] == "fenced"
    assert team.texting.claim(token=uuid4())["result"] == "none"
    ((author,),) = team.texting.rows(
        "select author_id from public.sms_history where id = %s", done["message_id"]
    )
    assert author == team.people["operator"]


def test_what_the_bot_has_queued_and_nobody_has_seen_is_taken_back(team):
    team.texting.reply("one of the bot", "two of the bot")
    ((thread,),) = team.texting.rows("select id::text from public.conversations")

    team.reply(thread)

    assert [(words, state, why) for words, _, state, why in ours(team, thread)] == [
        ("one of the bot", "failed", "ai_off"), ("two of the bot", "failed", "ai_off"), ("Here I am.", "generated", None),
    ]  # fmt: skip


def test_of_two_who_reply_at_once_one_is_heard_and_the_other_learns_who_has_it(team):
    thread = team.of_ours()
    version = team.show(thread, "operator")["item"]["version"]

    answers = at_once(
        *(
            lambda who=who: team.reply(thread, f"I am {who}", who, version=version)
            for who in ("operator", "operator two")
        )
    )

    (queued,) = [one for one in answers if one["result"] == "queued"]
    (refused,) = [one for one in answers if one["result"] == "refused"]
    ((words, *_),) = ours(team, thread)
    assert (refused["code"], refused["changed"], f"I am {refused['by']}") == ("changed", "replied", words)
    assert queued["conversation_id"] == thread
    # Whoever has it goes on, and whoever has read that may answer too.
    assert team.reply(thread, "And one more.", refused["by"], version=version)["result"] == "queued"
    other = "operator" if refused["by"] == "operator two" else "operator two"
    seen = team.show(thread, other)["item"]["version"]
    assert team.reply(thread, "I know.", other, version=seen)["result"] == "queued"


def test_the_same_form_sent_twice_at_once_is_one_text(team):
    thread = team.of_ours()

    answers = at_once(*[lambda: team.reply(thread, "Once.", "operator", request_key="form", version=1)] * 3)

    assert {one["result"] for one in answers} == {"queued"} and len(
        {one["message_id"] for one in answers}
    ) == 1
    assert len(ours(team, thread)) == 1
    assert team.reply(thread, "Other words.", "operator", request_key="form")["code"] == "key_used"


def test_who_wants_no_more_texts_gets_none(team):
    thread = team.writes(sender=PERSON)
    team.texting.database.call("suppress", number=PERSON, scope="texts", reason="STOP")

    assert team.reply(thread)["code"] == "suppressed"
    assert (ours(team, thread), team.thread(thread)["ai_mode"]) == ([], "ON")
    later = team.writes(sender=(number := someone()))
    team.reply(later, not_before=datetime.now(UTC) + TOMORROW)
    team.texting.database.call("suppress", number=number, scope="texts", reason="STOP")
    team.texting.owner.execute(
        "update public.sms_history set not_before = %s where outbox_state = 'generated'", [ago(seconds=1)]
    )
    team.texting.send_all()
    assert [why for *_, why in ours(team, later)] == ["suppressed"]


def test_a_free_text_on_whatsapp_leaves_within_a_day_of_theirs_alone(team):
    thread = team.writes(sender=f"whatsapp:{someone()}", channel="whatsapp")
    assert team.reply(thread)["result"] == "queued"

    team.texting.owner.execute(
        "update public.conversations set last_inbound_at = %s where id = %s", [ago(hours=25), thread]
    )
    assert team.reply(thread, "again")["code"] == "window_closed"


def test_while_a_person_has_a_thread_what_comes_waits_and_calls_nobody(team):
    thread = team.of_ours(PERSON)
    team.reply(thread, who="operator")
    assert team.item(thread)["waiting_since"] is None

    team.writes("and one question more", sender=PERSON)

    item = team.item(thread)
    assert item["waiting_since"] is not None and item["unread"] == 1
    assert team.texting.rows("select count(*) from public.support_escalations") == [(0,)]
    assert team.texting.claim()["result"] == "none"


def test_a_thread_goes_back_to_the_bot_when_it_is_resolved(team):
    for thread in (team.writes(sender=PERSON), team.escalates()):
        team.reply(thread)
        done = team.call("resolve_inbox_item", item=UUID(thread))

        standing = team.thread(thread)
        assert (done["given_back"], standing["ai_mode"], standing["taken_at"], standing["give_back_at"]) == (
            True,
            "ON",
            None,
            None,
        )
        assert team.texting.rows(
            "select count(*) from public.support_escalations where state = 'open' and conversation_id = %s",
            thread,
        ) == [(0,)]
        # It begins with what comes next.
        assert team.texting.claim(token=uuid4())["result"] == "none"
    team.writes("now the bot again?", sender=PERSON)
    assert team.texting.claim()["result"] == "claimed"


def test_a_bot_that_was_switched_off_by_hand_stays_silent_when_a_thread_is_resolved(team):
    thread = team.writes()
    team.call("set_ai_mode", conversation_id=UUID(thread), mode="OFF")
    team.reply(thread)

    team.call("resolve_inbox_item", item=UUID(thread))

    assert team.thread(thread)["ai_mode"] == "OFF"
    team.texting.owner.execute(
        "update public.conversations set give_back_at = now() where give_back_at is not null"
    )
    assert team.texting.database.call("give_back_threads") == {"given_back": 0}


def test_a_thread_goes_back_to_the_bot_when_the_persons_time_is_over_counted_from_their_last_text(team):
    thread, kept = team.writes(sender=PERSON), team.writes()
    team.reply(thread, hours=4)
    team.reply(kept, hours=0)
    team.texting.owner.execute(
        "update public.conversations set give_back_at = now() where give_back_at is not null"
    )
    team.reply(thread, "One more.", hours=4)
    assert team.texting.database.call("give_back_threads") == {"given_back": 0}

    team.writes("are you there?", sender=PERSON)
    team.texting.owner.execute(
        "update public.conversations set give_back_at = now() where give_back_at is not null"
    )
    assert team.texting.database.call("give_back_threads") == {"given_back": 1}

    assert [team.thread(one)["ai_mode"] for one in (thread, kept)] == ["ON", "OFF"]
    # Nobody has answered, and that is still to be seen.
    assert team.item(thread)["waiting_since"] is not None
    assert team.texting.claim()["result"] == "none"


def test_a_text_for_later_leaves_then_and_the_bot_goes_on_until_somebody_replies(team):
    thread = team.writes(sender=PERSON)
    done = team.reply(thread, "Tomorrow!", not_before=datetime.now(UTC) + TOMORROW)
    assert team.thread(thread)["ai_mode"] == "ON" and team.texting.claim()["result"] == "claimed"
    change = {"item": UUID(thread), "message_id": done["message_id"]}
    assert team.texting.send_all() == []

    past = team.call("change_later_text", content="x", not_before=ago(hours=1), **change)
    changed = team.call(
        "change_later_text", content="In two days.", not_before=datetime.now(UTC) + 2 * TOMORROW, **change
    )
    (shown,) = [one for one in team.show(thread)["texts"] if one["is_later"]]
    assert (past["code"], changed["result"], shown["content"]) == ("wrong_time", "changed", "In two days.")
    team.texting.owner.execute(
        "update public.sms_history set not_before = now() where id = %s", [done["message_id"]]
    )
    assert team.texting.send_all() == ["In two days."]

    for function, more in (
        ("change_later_text", {"content": "x", "not_before": datetime.now(UTC) + TOMORROW}),
        ("cancel_later_text", {}),
    ):
        assert team.call(function, **change, **more)["code"] == "left_already"


def test_a_text_for_later_is_taken_back_or_leaves_and_never_both(team):
    thread = team.writes(sender=PERSON)
    for _ in range(5):
        done = team.reply(thread, "Later.", not_before=datetime.now(UTC) + timedelta(hours=1))
        team.texting.owner.execute(
            "update public.sms_history set not_before = clock_timestamp() + interval '50 ms' where id = %s",
            [done["message_id"]],
        )
        canceled, _ = at_once(
            lambda text=done["message_id"]: team.call(
                "cancel_later_text", item=UUID(thread), message_id=text
            ),
            lambda: threading.Event().wait(0.05) or team.texting.send_all(),
        )
        state = team.texting.column(done["message_id"], "outbox_state")
        assert (canceled["result"], state) in (
            ("canceled", "failed"),
            ("refused", "sent"),
            ("refused", "generated"),
        )
        team.texting.send_all()


def test_a_text_that_left_is_neither_taken_back_nor_changed(team):
    thread, later = team.writes(sender=PERSON), datetime.now(UTC) + timedelta(hours=1)
    text = team.reply(thread, "Gone.", not_before=later)["message_id"]
    # Nor is one reached through another thread.
    other = UUID(team.writes(sender=someone()))
    assert team.call("cancel_later_text", item=other, message_id=text)["code"] == "left_already"
    assert team.texting.column(text, "outbox_state") == "generated"
    team.texting.owner.execute("update public.sms_history set not_before = now() where id = %s", [text])

    def tries() -> list[str]:
        asked = {"item": UUID(thread), "message_id": text}
        return [
            team.call("cancel_later_text", **asked)["code"],
            team.call("change_later_text", **asked, content="Other.", not_before=later)["code"],
        ]

    due = tries()
    team.texting.send_all()
    left = tries()

    assert due == left == ["left_already", "left_already"]
    assert team.texting.column(text, "outbox_state") == "sent"
    assert team.texting.column(text, "content") == "Gone."


def test_the_message_of_a_caller_is_answered_by_text_and_a_withheld_number_is_not(team):
    item, withheld = team.leaves_message(number := someone()), team.leaves_message("anonymous")

    done = team.reply(item, "We will call you at five.")

    ((to, our_side, mode),) = team.texting.rows(
        """select m.to_number, m.from_number, c.ai_mode from public.sms_history m
             join public.conversations c on c.id = m.conversation_id where m.id = %s""",
        done["message_id"],
    )
    assert (to, our_side, mode) == (number, "+12025550100", "OFF")
    assert team.item(item)["waiting_since"] is None
    assert team.show(item)["thread_id"] == done["conversation_id"]
    assert team.reply(withheld)["code"] == "no_number"
    assert team.call("resolve_inbox_item", item=UUID(item))["result"] == "resolved"
    assert team.texting.rows(
        "select count(*) from public.support_escalations e join public.call_history c on c.id = e.call_id where c.public_id = %s and e.state = 'open'",
        item,
    ) == [(0,)]


def test_a_note_is_written_once_a_key_and_never_sent(team):
    thread = team.of_ours()
    for _ in range(2):
        team.call(
            "note_inbox_item", "operator", item=UUID(thread), content="Called before.", request_key="form"
        )

    assert [(one["content"], one["author"]) for one in team.show(thread)["notes"]] == [
        ("Called before.", "operator")
    ]
    assert ours(team, thread) == []
    assert team.call("note_inbox_item", "operator", item=UUID(thread), content=" ")["code"] == "wrong_length"


def test_what_people_do_is_on_record_with_who_did_it(team):
    thread = team.of_ours()
    team.call("assign_inbox_item", "owner", item=UUID(thread), assignee=team.people["operator"])
    team.reply(thread, "Hello.", "operator")
    team.call("resolve_inbox_item", "operator", item=UUID(thread))

    done = team.texting.rows(
        "select action, user_id, before ->> 'state', after::text from public.audit_log where object_id = %s order by id",
        thread,
    )
    assert [(what, who, before) for what, who, before, _ in done] == [
        ("thread.assigned", team.people["owner"], "open"), ("thread.replied", team.people["operator"], "open"),
        ("thread.resolved", team.people["operator"], "open"),
    ]  # fmt: skip
    assert "Hello." not in str(done)


def test_a_draft_is_asked_for_once_at_a_time_and_is_gone_with_the_reply(team):
    thread = team.writes()
    jobs = "select count(*) from jobs.procrastinate_jobs where task_name = 'draft_reply' and args ->> 'item_id' = %s"
    for _ in range(2):
        assert team.call("ask_draft", item=UUID(thread))["result"] == "asked"
    assert team.texting.rows(jobs, thread) == [(1,)]
    assert team.texting.database.call("drafted_thread", item=UUID(thread))["result"] == "claimed"

    ((spent,),) = team.texting.rows("select private.spent_today('texts')")
    team.texting.database.call("save_draft", item=UUID(thread), content="We open at nine.", upto=1)
    again = team.texting.database.call(
        "save_draft", item=UUID(thread), content="Other words.", upto=1, used_usd=0.25
    )
    # What was written was paid for, whoever waits for it.
    assert team.texting.rows("select private.spent_today('texts')") == [(spent + Decimal("0.25"),)]
    assert (again["result"], team.show(thread)["draft"]["content"]) == ("dropped", "We open at nine.")
    assert team.texting.database.call("drafted_thread", item=UUID(thread)) == {"result": "none"}
    assert ours(team, thread) == [] and team.thread(thread)["ai_mode"] == "ON"
    team.reply(thread)
    assert team.show(thread)["draft"] is None
    assert team.call("ask_draft", item=UUID(team.leaves_message()))["code"] == "no_thread"


def test_each_decision_of_the_bot_is_kept_once_with_its_rule_and_goes_with_its_text(team):
    thread = team.writes("first", sender=PERSON)
    claimed = team.texting.claim()
    told = {
        "decision": "respond",
        "reason": "The model answered.",
        "rule": "model",
        "confidence": None,
        "knew": {"texts": [1]},
    }
    for rule in ("model", "another"):
        team.texting.answer(claimed, "Hello.", decision=told | {"rule": rule})
    team.writes("STOP", sender=PERSON, keyword="stop")
    team.writes("a thumb", sender=someone(), kind="reaction")

    texts = team.show(thread)["texts"]
    decided = {one["content"]: one["decision"] for one in texts if one["direction"] == "inbound"}
    assert (decided["first"]["rule"], decided["first"]["knew"]) == ("model", {"texts": [1]})
    assert (decided["STOP"]["decision"], decided["STOP"]["rule"], decided["STOP"]["confidence"]) == (
        "ignore",
        "stopped",
        1,
    )
    assert team.texting.rows(
        "select matched_rule from public.ai_decisions where message_text = 'a thumb'"
    ) == [("reaction",)]
    team.texting.owner.execute("delete from public.sms_history where conversation_id = %s", [thread])
    assert team.texting.rows(
        "select count(*) from public.ai_decisions where conversation_id = %s", thread
    ) == [(0,)]
