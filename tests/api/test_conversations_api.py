from uuid import UUID

import pytest

from tests.api.pages import pages
from tests.api.people import OURS, ask_by_key, make_owned, new_number

pytestmark = pytest.mark.sql
LIST = "/api/v1/conversations"


@pytest.fixture
def person(runtime, owner):
    return make_owned(runtime, owner)


def test_threads_are_paged_and_none_is_missed(api, owner, runtime):
    owner.execute("delete from public.conversations")
    made = [make_owned(runtime, owner) for _ in range(5)]
    # All at one moment, and one in which nothing was written: neither may hide what comes after it.
    owner.execute("update public.conversations set last_message_at = '2026-01-01T00:00:00Z'")
    opened = made[2].conversation_id
    owner.execute(
        "update public.conversations set last_message_at = null, created_at = '2026-01-02' where id = %s",
        [opened],
    )

    found = pages(api, LIST, "conversations", page_size=2)

    ids = [row["id"] for page in found for row in page]
    assert [len(page) for page in found] == [2, 2, 1]
    assert sorted(ids) == sorted(str(one.conversation_id) for one in made)
    assert ids[0] == str(opened)


def test_threads_are_found_by_number_status_and_who_answers(api, owner, person):
    owner.execute(
        "update public.conversations set status = 'pending', ai_mode = 'OFF' where id = %s",
        [person.conversation_id],
    )

    def found(**query):
        return str(person.conversation_id) in [
            row["id"] for row in api.get(LIST, query_string=query | {"page_size": 200}).json["conversations"]
        ]

    assert found(number=person.number) and found(status="pending") and found(ai_mode="OFF")
    assert not found(number=new_number()) and not found(status="open") and not found(ai_mode="ON")
    # As it arrives from whoever forgot to escape the plus sign.
    assert api.get(f"{LIST}?number={person.number}").json["conversations"][0]["number"] == person.number


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"page_size": "0"}, "page_size"),
        ({"page_size": "201"}, "page_size"),
        ({"page_size": "²"}, "page_size"),
        ({"status": "lost"}, "status"),
        ({"number": "client:bob"}, "number"),
        ({"before": "???"}, "before"),
        ({"before": "MTIz"}, "before"),
        ({"numbr": "+12025550123"}, None),
    ],
)
def test_a_wrong_parameter_is_told_and_never_ignored(api, query, field):
    answer = api.get(LIST, query_string=query)

    assert (answer.status_code, answer.json["error"]["code"]) == (400, "invalid_request")
    assert answer.json["error"].get("field") == field


def test_a_thread_is_read_from_its_end(api, owner, person):
    for n in range(5):
        owner.execute(
            """insert into public.sms_history (user_id, phone_number, direction, content, from_number, to_number,
                   channel, conversation_id, media, error_code)
               values (%s, %s, 'inbound', %s, %s, %s, 'sms', %s, '[{"url": "https://x/1", "content_type": "image/png"}]',
                   '30006')""",
            [person.user_id, person.number, f"text {n}", person.number, OURS, person.conversation_id],
        )

    found = pages(api, f"{LIST}/{person.conversation_id}/messages", "messages", page_size=3)

    said = [text["content"] for page in found[::-1] for text in page]
    assert [len(page) for page in found] == [3, 3, 2]
    assert said[:3] == [said[0]] * 3 and said[0] in person.marks
    assert said[3:] == [f"text {n}" for n in range(5)]
    assert found[0][0]["media"] == [{"url": "https://x/1", "content_type": "image/png"}]
    assert found[0][0]["error"].startswith("The number is a landline")


def test_the_bot_is_switched_off_and_on(api, owner, person):
    path = f"{LIST}/{person.conversation_id}"

    off = api.patch(path, json={"ai_mode": "OFF"})
    again = api.patch(path, json={"ai_mode": "OFF"})
    shown = api.get(path)
    on = api.patch(path, json={"ai_mode": "ON"})

    assert [answer.status_code for answer in (off, again, shown, on)] == [200] * 4
    assert [answer.json["ai_mode"] for answer in (off, again, shown, on)] == ["OFF", "OFF", "OFF", "ON"]


def test_a_thread_that_a_user_sees_but_is_not_assigned_is_not_theirs_to_switch(
    app, owner, person, make_api_key
):
    theirs = ask_by_key(app, make_api_key(user_id=person.user_id))
    path = f"{LIST}/{person.conversation_id}"

    refused = theirs.patch(path, json={"ai_mode": "OFF"})
    owner.execute(
        "update public.conversations set assigned_to = user_id where id = %s", [person.conversation_id]
    )
    allowed = theirs.patch(path, json={"ai_mode": "OFF"})

    assert (refused.status_code, refused.json["error"]["code"]) == (403, "not_allowed")
    assert (allowed.status_code, allowed.json["ai_mode"]) == (200, "OFF")


@pytest.mark.parametrize(
    "body", [{}, {"ai_mode": "off"}, {"ai_mode": True}, {"ai_mode": "ON", "status": "x"}]
)
def test_a_change_that_is_none_is_400(api, person, body):
    assert api.patch(f"{LIST}/{person.conversation_id}", json=body).status_code == 400


@pytest.mark.parametrize("name", ["00000000-0000-4000-8000-00000000dead", "nothing", "%00", "a" * 300])
def test_a_thread_that_does_not_exist_is_404(api, name):
    answers = [
        api.get(f"{LIST}/{name}"),
        api.get(f"{LIST}/{name}/messages"),
        api.patch(f"{LIST}/{name}", json={"ai_mode": "ON"}),
    ]

    assert {(one.status_code, one.json["error"]["code"]) for one in answers} == {
        (404, "unknown_conversation")
    }


def test_another_method_of_a_path_with_a_parameter_is_405(api, person):
    answer = api.delete(f"{LIST}/{UUID(str(person.conversation_id))}")

    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "PATCH"}


def test_who_opted_out_is_shown_with_the_thread(api, runtime, person):
    path = f"{LIST}/{person.conversation_id}"
    before = api.get(path).json["suppressed"]
    runtime.database.call("suppress", number=person.number, scope="texts", reason="30004")
    texts = api.get(path).json["suppressed"]
    runtime.database.call("suppress", number=person.number, scope="all", reason="STOP")
    both = api.get(path).json["suppressed"]

    assert before is None
    assert (texts["texts"], texts["calls"], texts["reason"]) == (True, False, "30004")
    assert (both["texts"], both["calls"], both["reason"]) == (True, True, "STOP")
    assert both["since"] > texts["since"], "each reason with its own moment"


def test_a_reaction_is_shown_as_one(api, owner, person):
    owner.execute(
        """insert into public.sms_history (user_id, phone_number, direction, content, from_number, to_number, channel,
               conversation_id, kind)
           values (%s, %s, 'inbound', 'Loved an image', %s, %s, 'sms', %s, 'reaction')""",
        [person.user_id, person.number, person.number, OURS, person.conversation_id],
    )

    found = api.get(f"{LIST}/{person.conversation_id}/messages").json["messages"]

    assert (found[-1]["content"], found[-1]["kind"]) == ("Loved an image", "reaction")
