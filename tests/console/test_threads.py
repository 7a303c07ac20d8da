"""The pages of the inbox: nothing that was typed is lost, nothing is sent twice, and whoever reads is on record."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from tests.console.conftest import TOKEN, make_house, token_of

pytestmark = pytest.mark.sql


@pytest.fixture
def house(runtime, module_owner):
    return make_house(runtime, module_owner)


@pytest.fixture
def thread(house, module_owner):
    """The thread of the house's person, who asks for somebody."""
    module_owner.execute(
        "select private.escalate(c, 'a person', 'human_requested') from public.conversations c where c.id = %s",
        [house.one.conversation_id],
    )
    return f"/console/threads/{house.one.conversation_id}"


def field(page, name):
    return re.search(rf'name="{name}" value="([^"]*)"', page.text)[1]


def send(client, path, page=None, act="reply", **form):
    """Send a form of the page as it was opened."""
    page = page or client.get(path)
    sent = {
        "form_token": TOKEN.search(page.text)[1],
        "version": field(page, "version"),
        "form_key": field(page, "form_key"),
    }
    return client.post(f"{path}/{act}", data=sent | form)


def in_days(runtime, days):
    """A time as a form gives it; pages are in UTC here."""
    return (runtime.now() + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M")


def texts_of(owner, house):
    return owner.execute(
        """select content, author_id from public.sms_history
            where conversation_id = %s and sent_by = 'operator' and not_before is null order by id""",
        [house.one.conversation_id],
    ).fetchall()


def test_the_second_of_two_who_reply_learns_who_was_faster_and_keeps_the_words(
    visitor, house, thread, module_owner
):
    first, second = visitor(house.people["owner"]), visitor(house.people["operator"])
    module_owner.execute(
        "update public.user_profiles set first_name = 'Ann' where user_id = %s", [house.people["owner"]]
    )
    pages = [client.get(thread) for client in (first, second)]

    sent = send(first, thread, pages[0], content="I have it.", when="now")
    again = send(first, thread, pages[0], content="I have it.", when="now")
    late = send(second, thread, pages[1], content="Me too <b>", when="now")

    assert [sent.status_code, again.status_code, late.status_code] == [303, 303, 409]
    assert texts_of(module_owner, house) == [("I have it.", house.people["owner"])]
    assert "Ann answered at" in late.text and "Me too &lt;b&gt;</textarea>" in late.text
    # The page that came back is of now, and its form goes through.
    assert send(second, thread, late, content="Me too", when="now").status_code == 303
    assert len(texts_of(module_owner, house)) == 2


def test_what_is_refused_is_said_in_a_sentence_and_loses_nothing(visitor, runtime, house, thread):
    client = visitor(house.people["operator"])

    no_time = send(client, thread, content="Later", when="later")
    past = send(client, thread, content="Later", when="later", not_before="2020-01-01T10:00")
    runtime.database.call("suppress", number=house.one.number, scope="texts", reason="STOP")
    page = client.get(thread)
    stopped = client.post(
        f"{thread}/reply", data={"form_token": TOKEN.search(page.text)[1], "content": "Hello", "when": "now"}
    )

    assert (no_time.status_code, past.status_code, stopped.status_code) == (400, 409, 409)
    assert "Choose a day and a time" in no_time.text and "Later</textarea>" in no_time.text
    assert "This time is over" in past.text and "wants no more texts, so nothing was sent" in stopped.text
    assert 'name="content"' not in page.text.split("Private note")[0].split('<h2 id="answer">')[1]


def test_an_agent_answers_what_is_assigned_and_a_time_makes_a_text_leave_later_whatever_was_pressed(
    visitor, house, thread, runtime, module_owner
):
    client = visitor(house.people["agent"])
    assert client.get(thread).status_code == 404
    owner = visitor(house.people["owner"])
    assert send(owner, thread, act="assign", assignee=str(house.people["agent"])).status_code == 303
    assert "assigned to you" in client.get(thread).text and 'name="assignee"' not in client.get(thread).text

    send(client, thread, content="Tomorrow at ten", when="now", not_before=in_days(runtime, 1))
    send(client, thread, content="Now", when="now")

    later = [one["content"] for one in client.get(f"{thread}.json").json["later"]]
    assert later[0] == "Tomorrow at ten"
    assert texts_of(module_owner, house) == [("Now", house.people["agent"])]


def test_a_text_for_later_is_seen_changed_and_taken_back(visitor, house, thread, runtime):
    client = visitor(house.people["operator"])
    (standing,) = client.get(f"{thread}.json").json["later"]

    changed = send(
        client,
        thread,
        act=f"texts/{standing['id']}/change",
        content="In time.",
        not_before=in_days(runtime, 2),
    )
    (now,) = client.get(f"{thread}.json").json["later"]
    gone = send(client, thread, act=f"texts/{standing['id']}/cancel")
    again = send(client, thread, act=f"texts/{standing['id']}/cancel")

    assert [answer.status_code for answer in (changed, gone, again)] == [303, 303, 409]
    assert now["content"] == "In time." and client.get(f"{thread}.json").json["later"] == []
    assert "has left already, or was taken back" in again.text


def test_resolve_and_next_leads_down_the_list_and_to_the_list_at_its_end(
    visitor, runtime, house, thread, module_owner
):
    (call_item,) = (
        row["id"]
        for row in visitor(house.people["owner"]).get("/console/threads.json").json["items"]
        if row["kind"] == "call"
    )
    client = visitor(house.people["operator"])
    waiting = [row["id"] for row in client.get("/console/threads.json?show=waiting").json["items"]]
    assert set(waiting) == {str(house.one.conversation_id), call_item}

    first = send(client, f"/console/threads/{waiting[0]}", act="resolve", next="1", show="waiting")
    last = send(client, f"/console/threads/{waiting[1]}", act="resolve", next="1", show="waiting")

    assert first.headers["Location"].endswith(f"/console/threads/{waiting[1]}?show=waiting")
    assert last.headers["Location"].endswith("/console/threads?show=waiting")
    resolved = [row["id"] for row in client.get("/console/threads.json?show=resolved").json["items"]]
    assert set(resolved) == set(waiting)
    assert send(client, f"/console/threads/{waiting[0]}", act="reopen").status_code == 303


def test_whoever_reads_a_thread_is_on_record_and_only_who_may_answer_has_seen_it(
    visitor, house, thread, module_owner
):
    module_owner.execute(
        "update public.conversations set unread_count = 2 where id = %s", [house.one.conversation_id]
    )

    def unread():
        items = visitor(house.people["owner"]).get("/console/threads.json").json["items"]
        return next(row["unread"] for row in items if row["id"] == str(house.one.conversation_id))

    visitor(house.people["viewer"]).get(thread)
    assert unread() == 2
    visitor(house.people["operator"]).get(thread)
    assert unread() == 0
    readers = module_owner.execute(
        "select user_id from public.audit_log where action = 'thread.read' and object_id = %s order by id",
        [str(house.one.conversation_id)],
    ).fetchall()
    assert readers == [(house.people["viewer"],), (house.people["operator"],)]


def test_every_page_says_how_many_wait_for_a_person_and_now_leads_to_them(visitor, house, thread):
    seen = visitor(house.people["viewer"]).get("/console").text
    agents = visitor(house.people["agent"]).get("/console").text

    assert '<span class="mark">2<span class="unseen"> waiting for a person' in seen
    assert 'href="/console/threads?show=waiting"><strong>2</strong>' in seen
    assert 'class="mark"' not in agents


def test_the_list_shows_masked_numbers_why_somebody_waits_and_its_parts(visitor, house, thread, module_owner):
    client = visitor(house.people["viewer"])
    page, table = client.get("/console/threads"), client.get("/console/threads.csv").text

    assert house.one.number not in page.text + table
    assert "asks for a person" in page.text and "left a message" in page.text
    assert 'href="/console/threads?show=mine"' in page.text
    assert client.get("/console/threads?show=mine").text.count("Nothing is assigned to you") == 1
    for wrong in ("show=lost", "before=x", "before=MCBuYW4gMA"):
        assert client.get(f"/console/threads?{wrong}").status_code == 400


def test_a_draft_is_asked_for_and_comes_without_a_word_being_sent(
    visitor, house, thread, runtime, module_owner
):
    client = visitor(house.people["operator"])
    asked = send(client, thread, act="draft")
    assert asked.status_code == 303 and client.get(f"{thread}/draft.json").json["draft"]["state"] == "asked"
    assert "The bot is writing" in client.get(f"{thread}/draft").text

    runtime.database.call("save_draft", item=house.one.conversation_id, content="We open at nine.", upto=1)

    assert "We open at nine.</textarea>" in client.get(thread).text
    assert "read it before you send it" in client.get(thread).text
    assert texts_of(module_owner, house) == []


def test_a_caller_who_withheld_the_number_can_be_read_and_resolved_and_not_texted(
    visitor, house, runtime, module_owner
):
    (call, public) = module_owner.execute(
        """insert into public.call_history (phone_number, call_sid, direction, call_status, organization_id)
           values ('anonymous', %s, 'inbound', 'completed', %s) returning id, public_id""",
        [f"CA{uuid4().hex}", house.one.organization_id],
    ).fetchone()
    runtime.database.call(
        "escalate_call",
        call_id=call,
        cause_key="m",
        reason="call_back",
        message="Call me",
        call_back_when="at six",
    )
    client = visitor(house.people["operator"])

    page = client.get(f"/console/threads/{public}")
    refused = client.post(
        f"/console/threads/{public}/reply",
        data={"form_token": token_of(client, "/console/account"), "content": "Hi", "when": "now"},
    )

    assert "The number was withheld" in page.text and "to be called at six" in page.text
    assert f"/console/calls/{public}" in page.text and refused.status_code == 409
    assert send_resolved(client, public).status_code == 303


def send_resolved(client, item):
    token = token_of(client, "/console/account")
    return client.post(f"/console/threads/{item}/resolve", data={"form_token": token, "next": ""})
