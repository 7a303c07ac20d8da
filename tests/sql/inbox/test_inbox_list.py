"""The list of what people look after: what is in it, in which order, and who sees which part."""

import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from tests.sql.inbox.team import Team, make_team
from tests.sql.texts.texting import PERSON, Texting, ago, someone

pytestmark = pytest.mark.sql
SOON = timedelta(hours=1)


@pytest.fixture
def team(texting: Texting) -> Team:
    texting.owner.execute("delete from public.inbox_items")
    return make_team(texting, "owner", "operator", "operator two", "viewer", "agent")


def test_threads_messages_of_callers_and_call_backs_are_in_one_list_the_most_urgent_first(team):
    old, new = team.writes("old"), team.writes("new")
    escalated = team.escalates()
    message = team.leaves_message()
    silent = team.writes()
    team.call("set_ai_mode", conversation_id=UUID(silent), mode="OFF")
    ((number,),) = team.texting.rows(
        "select customer_identifier from public.conversations where id = %s", silent
    )
    team.writes("and now?", sender=number)
    team.texting.owner.execute(
        "update public.support_escalations set state = 'closed', closed_at = now() where reason = 'ai_off'"
    )
    team.texting.owner.execute("update public.inbox_items set waiting_since = now() where id = %s", [silent])
    team.texting.owner.execute(
        "update public.conversations set last_message_at = now() - interval '1 day' where id = %s", [old]
    )
    made, _ = team.calls()
    ((owed,),) = team.texting.rows(
        """insert into public.call_queue (user_id, recipient_number, purpose, asked_in)
           select private.house_account(), '+12025550177', 'asked_for', call_sid from public.call_history where id = %s
           returning id""",
        made,
    )

    assert team.list() == [escalated, message, silent, str(owed), new, old]
    assert team.list(show="waiting") == [escalated, message, silent]
    assert [team.item(one)["reason"] for one in (escalated, message)] == ["human_requested", "message"]
    team.texting.owner.execute("update public.call_queue set status = 'canceled' where id = %s", [owed])
    assert str(owed) not in team.list() and str(owed) in team.list(show="resolved")


def test_pages_of_the_list_go_on_where_the_last_one_ended_also_among_equals(team):
    made = {team.writes() for _ in range(7)}
    team.texting.owner.execute("update public.conversations set last_message_at = '2026-01-01'")

    seen, after = [], None
    while True:
        page = team.texting.database.call("inbox_page", page_size=3, after=after)
        seen += [row["id"] for row in page["rows"]]
        after = page["next"]
        if after is None:
            break

    assert len(seen) == 7 and set(seen) == made


def test_what_is_put_off_comes_back_at_its_time_or_when_the_person_writes(team):
    one, other = team.writes(sender=PERSON), team.writes()
    for item in (one, other):
        team.call("snooze_inbox_item", item=UUID(item), until=datetime.now(UTC) + SOON)
    assert (team.list(), set(team.list(show="snoozed"))) == ([], {one, other})

    team.writes("are you there?", sender=PERSON)
    assert (team.list(), team.list(show="snoozed")) == ([one], [other])
    team.texting.owner.execute(
        "update public.inbox_items set snoozed_until = %s where id = %s", [ago(seconds=1), other]
    )
    assert set(team.list()) == {one, other}
    past = team.call("snooze_inbox_item", item=UUID(one), until=ago(hours=1))
    assert (past["result"], past["code"]) == ("refused", "wrong_time")


def test_a_case_that_is_closed_or_opened_elsewhere_is_seen_in_the_list(team):
    thread, call = team.escalates(), team.leaves_message()
    cases = dict(
        team.texting.rows(
            "select coalesce(conversation_id, (select public_id from public.call_history c where c.id = call_id))::text, id from public.support_escalations"
        )
    )

    def put(state):
        for case in cases.values():
            team.call("set_escalation_state", escalation_id=case, state=state, closed_by="a key")
        return [
            (team.item(one)["state"], team.item(one)["waiting_since"] is not None) for one in (thread, call)
        ]

    assert put("closed") == [("open", False), ("resolved", False)]
    assert team.thread(thread)["ai_mode"] == "ON"
    assert put("open") == [("open", True), ("open", True)]


def test_a_case_of_a_call_that_belongs_to_a_thread_is_the_threads(team):
    number = someone()
    thread = team.writes(sender=number)
    _, public = team.calls(number)
    team.texting.rows(
        """select private.escalate(t, 'a person', 'human_requested', null, null, c.call_sid)
             from public.conversations t, public.call_history c where t.id = %s and c.public_id = %s""",
        thread, public,
    )  # fmt: skip

    assert team.list(show="waiting") == [thread]
    assert [one["public_id"] for one in team.show(thread)["calls"]] == [public]


def test_members_see_their_organizations_and_an_agent_what_is_assigned_and_the_calls_of_its_people(team):
    number = someone()
    ours, foreign = team.of_ours(number), team.writes()
    message, other = team.leaves_message(ours=True), team.leaves_message()
    _, call = team.calls(number, ours=True)
    foreigners = make_team(team.texting, "agent")

    def calls(who):
        return {
            row["public_id"]
            for row in team.texting.database.call("list_calls", actor=team.reader(who))["rows"]
        }

    for who in ("owner", "operator", "viewer"):
        assert (set(team.list(who)), calls(who)) == ({ours, message}, {message, call}), who
    assert (team.list("agent"), calls("agent")) == ([], set()), [team.item(i) for i in team.list("agent")]
    assert set(team.list("house")) == {ours, foreign, message, other}

    for item in (ours, message):
        assert (
            team.call("assign_inbox_item", "operator", item=UUID(item), assignee=team.people["agent"])[
                "result"
            ]
            == "assigned"
        )
    assert (set(team.list("agent")), calls("agent")) == ({ours, message}, {message, call})
    assert [one["public_id"] for one in team.show(ours, "agent")["calls"]] == [call]
    assert team.show(foreign, "agent")["result"] == "refused"
    assert (
        team.texting.database.call(
            "show_conversation", conversation_id=UUID(ours), actor=team.actor("agent")
        )["result"]
        == "found"
    )
    live = team.texting.database.call("console_now", zone="UTC", actor=team.reader("agent"))
    assert live["rows"] == []
    assert foreigners.list("agent") == []

    team.call("assign_inbox_item", "owner", item=UUID(ours), assignee=None)
    assert (team.list("agent"), calls("agent")) == ([message], {message})
    team.texting.owner.execute(
        "update public.organization_members set status = 'removed' where user_id = %s", [team.people["agent"]]
    )
    assert (team.list("agent"), calls("agent")) == ([], set()), [team.item(i) for i in team.list("agent")]


def test_an_agent_acts_on_what_is_assigned_a_viewer_on_nothing_and_nobody_on_what_is_foreign(team):
    ours, foreign = team.of_ours(), team.writes()
    team.call("assign_inbox_item", item=UUID(ours), assignee=team.people["agent"])
    acts = {
        "reply_in_inbox": {"content": "hello"},
        "note_inbox_item": {"content": "hello"},
        "snooze_inbox_item": {"until": datetime.now(UTC) + SOON},
        "ask_draft": {},
        "resolve_inbox_item": {},
        "reopen_inbox_item": {},
        "read_inbox_item": {},
    }
    before = team.item(ours)
    for function, params in acts.items():
        assert team.call(function, "viewer", item=UUID(ours), **params)["result"] == "refused", function
        for who in ("owner", "operator", "agent"):
            assert team.call(function, who, item=UUID(foreign), **params)["code"] == "unknown_item", (
                function,
                who,
            )
    assert team.item(ours) == before
    for function, params in acts.items():
        assert team.call(function, "agent", item=UUID(ours), **params)["result"] != "refused", function
    given = team.call("assign_inbox_item", "agent", item=UUID(ours), assignee=team.people["operator"])
    assert given["code"] == "not_allowed"
    stranger = make_team(team.texting, "agent").people["agent"]
    for wrong in (stranger, team.people["viewer"]):
        assert (
            team.call("assign_inbox_item", "operator", item=UUID(ours), assignee=wrong)["code"]
            == "unknown_member"
        )
    assert {row["name"] for row in team.call("inbox_members", "operator")["rows"]} == {
        "owner",
        "operator",
        "operator two",
        "agent",
    }


def test_the_parts_are_counted_as_they_are_listed(team):
    mine, waiting, off = team.of_ours(), team.of_ours(), team.of_ours()
    team.call("assign_inbox_item", item=UUID(mine), assignee=team.people["operator"])
    team.texting.rows(
        "select private.escalate(c, 'x', 'human_requested') from public.conversations c where c.id = %s",
        waiting,
    )
    team.call("snooze_inbox_item", item=UUID(off), until=datetime.now(UTC) + SOON)
    team.writes()

    counts = team.texting.database.call(
        "inbox_counts", person=team.people["operator"], actor=team.reader("operator")
    )
    assert counts == {"open": 2, "mine": 1, "unassigned": 1, "waiting": 1, "snoozed": 1}
    for show, count in counts.items():
        assert len(team.list("operator", show)) == count, show
    assert team.texting.database.call("waiting_for_people", actor=team.reader("operator"))["count"] == 1
    assert team.texting.database.call("waiting_for_people", actor=team.reader("agent"))["count"] == 0


def test_a_text_that_comes_while_its_case_is_closed_and_its_thread_resolved_locks_nobody_out(team):
    thread = team.escalates(sender=PERSON)
    ((case,),) = team.texting.rows(
        "select id from public.support_escalations where conversation_id = %s", thread
    )
    failed = []

    def often(act):
        for _ in range(15):
            try:
                act()
            except Exception as error:
                failed.append(error)

    acts = (
        lambda: team.writes(sender=PERSON),
        lambda: team.call("set_escalation_state", escalation_id=case, state="open", closed_by="x"),
        lambda: team.call("set_escalation_state", escalation_id=case, state="closed", closed_by="x"),
        lambda: team.call("resolve_inbox_item", item=UUID(thread)),
        lambda: team.reply(thread),
    )
    running = [threading.Thread(target=often, args=[act]) for act in acts]
    for one in running:
        one.start()
    for one in running:
        one.join()

    assert failed == []
