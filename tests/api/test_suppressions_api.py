import pytest

from tests.api.people import new_number

pytestmark = pytest.mark.sql
PATH = "/api/v1/suppressions"


def test_an_operator_sets_and_lifts(api, runtime):
    number = new_number()

    before = api.get(PATH, query_string={"number": number})
    set_ = api.post(PATH, json={"number": number})
    again = api.post(PATH, json={"number": number})
    lifted = api.delete(PATH, query_string={"number": number})

    assert [answer.status_code for answer in (before, set_, again, lifted)] == [200, 201, 201, 200]
    assert [answer.json["suppressed"] for answer in (before, set_, again, lifted)] == [
        False,
        True,
        True,
        False,
    ]
    assert [(one["scope"], one["reason"]) for one in again.json["standing"]] == [("all", "operator")]
    assert lifted.json == {"number": number, "suppressed": False, "standing": []}


def test_who_set_and_lifted_it_is_on_record_without_the_number(api, runtime, owner):
    number = new_number()
    api.post(PATH, json={"number": number, "scope": "texts"})
    api.delete(PATH, query_string={"number": number})

    told = owner.execute(
        "select action, object_id, after from public.audit_log where object_type = 'suppression' and action like 'suppression.%%' order by id desc limit 2"
    ).fetchall()

    assert [action for action, _, _ in told] == ["suppression.lifted", "suppression.set"]
    assert {thing for _, thing, _ in told} == {f"…{number[-3:]}"}
    assert told[1][2]["scope"] == "texts" and told[0][2]["ended"] == 1 and "key" in told[0][2]


def test_what_a_person_asked_for_is_not_an_operators_to_lift(api, runtime):
    number = new_number()
    runtime.database.call("suppress", number=number, scope="all", reason="STOP")
    api.post(PATH, json={"number": number, "scope": "calls"})

    lifted = api.delete(PATH, query_string={"number": number})

    assert lifted.json["suppressed"] is True
    assert [one["reason"] for one in lifted.json["standing"]] == ["STOP"]


def test_a_number_for_calls_alone_may_still_be_texted(api):
    number = new_number()
    api.post(PATH, json={"number": number, "scope": "calls"})

    assert api.post("/api/v1/messages", json={"to": number, "body": "hello"}).status_code == 202


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("query", [{}, {"number": ""}, {"number": "bob"}, {"number": "\0"}])
def test_a_number_is_needed(api, method, query):
    answer = api.open(PATH, method=method, query_string=query)

    assert (answer.status_code, answer.json["error"]["field"]) == (400, "number")


@pytest.mark.parametrize("body", [{}, {"number": "x"}, {"number": "+12025550123", "scope": "whim"}])
def test_a_wrong_suppression_is_400(api, body):
    assert api.post(PATH, json=body).status_code == 400
