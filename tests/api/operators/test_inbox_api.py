"""The inbox over the API: what the pages do, with the same refusals."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.api.pages import pages
from tests.api.people import make_owned

pytestmark = pytest.mark.sql
LIST = "/api/v1/inbox"


@pytest.fixture
def person(runtime, owner):
    return make_owned(runtime, owner)


@pytest.fixture
def path(person):
    return f"{LIST}/{person.conversation_id}"


def soon(**span):
    return (datetime.now(UTC) + timedelta(**span)).isoformat()


def test_the_list_is_paged_and_none_is_missed(api, owner, runtime):
    owner.execute("delete from public.inbox_items")
    made = [make_owned(runtime, owner) for _ in range(3)]

    found = pages(api, LIST, "items", page_size=2)

    ids = [row["id"] for page in found for row in page]
    # The message of each one's call, then each one's thread.
    assert set(ids[:3]) == {str(one.call_id) for one in made}
    assert set(ids[3:]) == {str(one.conversation_id) for one in made}
    assert api.get(LIST, query_string={"show": "waiting"}).json["items"][0]["reason"] == "message"
    assert api.get(LIST, query_string={"show": "lost"}).status_code == 400
    assert api.get(LIST, query_string={"before": "x"}).status_code == 400


def test_a_thread_is_answered_noted_put_off_and_resolved(api, person, path):
    sent = api.post(f"{path}/replies", json={"body": "Hello.", "request_key": "a"})
    again = api.post(f"{path}/replies", json={"body": "Hello.", "request_key": "a"})
    other = api.post(f"{path}/replies", json={"body": "Other.", "request_key": "a"})
    note = api.post(f"{path}/notes", json={"content": "Called before."})
    off = api.patch(path, json={"snoozed_until": soon(hours=1)})
    done = api.patch(path, json={"state": "resolved"})

    assert [one.status_code for one in (sent, again, note, off, done)] == [202, 202, 201, 200, 200]
    assert sent.json == again.json and (other.status_code, other.json["error"]["code"]) == (409, "key_used")
    assert note.json["content"] == "Called before." and off.json["snoozed_until"] is not None
    assert (done.json["state"], done.json["ai_mode"], done.json["taken_at"]) == ("resolved", "ON", None)
    assert api.get(path).json["texts"][-2]["content"] == "Hello."
    assert api.patch(path, json={"state": "open"}).json["state"] == "open"


def test_who_acts_on_what_somebody_else_has_changed_is_told_who_it_was(api, path):
    version = api.get(path).json["version"]
    api.patch(path, json={"snoozed_until": soon(hours=1), "version": version})

    late = api.post(f"{path}/replies", json={"body": "Hello.", "version": version})

    assert (late.status_code, late.json["error"]["code"], late.json["error"]["field"]) == (
        409,
        "changed",
        "version",
    )
    assert "the operator of the machine" in late.json["error"]["message"]
    assert api.post(f"{path}/replies", json={"body": "Hello.", "version": version + 1}).status_code == 202


def test_what_cannot_be_is_refused_and_says_why(api, runtime, person, path):
    runtime.database.call("suppress", number=person.number, scope="texts", reason="STOP")
    refused = {
        "suppressed": api.post(f"{path}/replies", json={"body": "Hello."}),
        "unknown_member": api.patch(path, json={"assigned_to": str(uuid4())}),
        "wrong_time": api.patch(path, json={"snoozed_until": soon(days=-1)}),
        "unknown_item": api.get(f"{LIST}/{uuid4()}"),
        "no_thread": api.post(f"{LIST}/{person.call_id}/draft"),
        "left_already": api.delete(f"{path}/texts/1"),
        "invalid_request": api.post(f"{path}/replies", json={"body": "   "}),
    }

    assert {code: answer.json["error"]["code"] for code, answer in refused.items()} == {
        code: code for code in refused
    }
    assert api.delete(f"{path}/texts/x").status_code == 404 and api.get(f"{LIST}/x").status_code == 404


def test_a_text_for_later_is_changed_and_taken_back(api, person, path):
    sent = api.post(f"{path}/replies", json={"body": "Later.", "not_before": soon(hours=2)})
    text = f"{path}/texts/{sent.json['id']}"

    changed = api.patch(text, json={"body": "Even later.", "not_before": soon(hours=3)})
    gone = api.delete(text)

    waiting = [one["content"] for one in changed.json["texts"] if one["is_later"]]
    assert "Even later." in waiting and changed.json["ai_mode"] == "ON"
    assert "Even later." not in [one["content"] for one in gone.json["texts"] if one["is_later"]]
