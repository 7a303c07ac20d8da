from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.api.people import ask_by_key, new_number

pytestmark = pytest.mark.sql
SEND = "/api/v1/messages"


def rows_to(owner, number):
    return owner.execute(
        "select id, kind, sent_by, outbox_state, content, user_id from public.sms_history where to_number = %s",
        [number],
    ).fetchall()


def test_a_text_of_an_operator_waits_in_the_outbox_and_stands_in_its_thread(api, owner):
    number = new_number()

    answer = api.post(SEND, json={"to": number, "body": "Your parcel is here."})

    assert answer.status_code == 202
    assert (answer.json["to"], answer.json["status"]) == (number, "queued")
    ((row_id, *row, user),) = rows_to(owner, number)
    assert row_id == answer.json["id"] and user is not None
    assert row == ["conversation", "operator", "generated", "Your parcel is here."]
    said = api.get(f"/api/v1/conversations/{answer.json['conversation_id']}/messages").json["messages"]
    assert [(one["id"], one["sent_by"]) for one in said] == [(row_id, "operator")]


def test_workers_are_told_that_there_is_work(api, runtime, monkeypatch):
    told = []
    monkeypatch.setattr(runtime.hint, "made_work", lambda: told.append(True))

    api.post(SEND, json={"to": new_number(), "body": "hello"})

    assert told == [True]


def test_asking_twice_with_one_key_sends_one_text(api, owner):
    number = new_number()
    wanted = {"to": number, "body": "hello", "request_key": f"order {number}"}

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: api.application.test_client().post(
            SEND, json=wanted, headers={"Authorization": api.environ_base["HTTP_AUTHORIZATION"]}), range(12)))  # fmt: skip

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert len(rows_to(owner, number)) == 1


def test_the_same_key_again_is_the_same_text_also_after_a_stop(api, runtime):
    number = new_number()
    wanted = {"to": number, "body": "hello", "request_key": number}
    first = api.post(SEND, json=wanted)
    runtime.database.call("suppress", number=number, scope="all", reason="STOP")

    again = api.post(SEND, json=wanted)

    assert (again.status_code, again.json) == (202, first.json)


def test_a_key_for_another_text_is_refused(api, owner):
    number = new_number()
    api.post(SEND, json={"to": number, "body": "hello", "request_key": number})

    refused = api.post(SEND, json={"to": number, "body": "other words", "request_key": number})

    assert (refused.status_code, refused.json["error"]["code"]) == (409, "key_used")
    assert len(rows_to(owner, number)) == 1


def test_keys_of_two_programs_are_two(app, make_api_key, owner):
    number = new_number()

    for _ in range(2):
        ask_by_key(app, make_api_key()).post(
            SEND, json={"to": number, "body": "hello", "request_key": number}
        )

    assert len(rows_to(owner, number)) == 2


@pytest.mark.parametrize("scope", ["all", "texts"])
def test_somebody_who_said_stop_is_409_and_gets_no_row(api, owner, runtime, scope):
    number = new_number()
    runtime.database.call("suppress", number=number, scope=scope, reason="STOP")

    refused = api.post(SEND, json={"to": number, "body": "hello"})

    assert (refused.status_code, refused.json["error"]["code"]) == (409, "suppressed")
    assert rows_to(owner, number) == []


@pytest.mark.parametrize("number", ["+881612345678", "+19002345678", "+447911123456", "+18002345678"])
def test_a_number_that_may_not_be_texted_is_422(api, owner, number):
    refused = api.post(SEND, json={"to": number, "body": "hello"})

    assert (refused.status_code, refused.json["error"]["code"]) == (422, "not_textable")
    assert rows_to(owner, number) == []


def test_our_own_number_is_not_texted(api, runtime):
    assert (
        api.post(SEND, json={"to": runtime.settings.twilio_phone_number, "body": "hello"}).status_code == 422
    )


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"to": "nobody", "body": "x"}, "to"),
        ({"to": "+12025550123"}, "body"),
        ({"to": "+12025550123", "body": ""}, "body"),
        ({"to": "+12025550123", "body": " \n"}, "body"),
        ({"to": "+12025550123", "body": "a\0b"}, "body"),
        ({"to": "+12025550123", "body": "x" * 1601}, "body"),
        ({"to": "+12025550123", "body": "x", "request_key": ""}, "request_key"),
        ({"to": "+12025550123", "body": "x", "from": "+12025550124"}, None),
    ],
)
def test_a_wrong_request_is_told_where(api, body, field):
    answer = api.post(SEND, json=body)

    assert answer.status_code == 400
    assert answer.json["error"].get("field") == field
