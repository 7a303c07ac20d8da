"""How our numbers are answered, and what is wrong with the dialling, over the API."""

from datetime import UTC, datetime, timedelta

import pytest

pytestmark = pytest.mark.sql
NUMBER = "+13035550190"
NUMBERS, INCIDENTS = "/api/v1/numbers", "/api/v1/incidents"


@pytest.fixture(autouse=True)
def red(owner):
    """A number that is red since today."""
    today = datetime.now(UTC).date()
    for table in ("number_days", "number_health", "incidents", "caller_bindings"):
        owner.execute(f"delete from public.{table}")
    for day, dials, answers in ((today, 60, 6), (today - timedelta(days=3), 200, 80)):
        owner.execute(
            "insert into public.number_days (number, day, dials, answers, declined) values (%s, %s, %s, %s, 3)",
            [NUMBER, day, dials, answers],
        )
    owner.execute("select private.judge_number(%s, %s)", [NUMBER, today])
    owner.execute(
        "insert into public.caller_bindings (person, account, number) values ('+13035550142', 'twilio', %s)",
        [NUMBER],
    )
    yield
    for table in ("number_days", "number_health", "incidents", "caller_bindings"):
        owner.execute(f"delete from public.{table}")


def test_a_red_number_is_shown_with_what_made_it_red(api):
    answer = api.get(f"{NUMBERS}/health")

    shown = next(row for row in answer.json["numbers"] if row["number"] == NUMBER)
    assert (answer.status_code, shown["state"], shown["people"]) == (200, "red", 1)
    assert (shown["red_dials"], shown["red_rate"], shown["usual_rate"]) == (60, 0.1, 0.4)
    assert (shown["today"]["declined"], shown["today"]["answer_rate"]) == (3, 0.1)
    assert answer.json["numbers"][0] == shown


def test_an_operator_clears_it_with_a_reason_and_its_incident_closes(api):
    opened = api.get(INCIDENTS, query_string={"state": "open"}).json["incidents"]

    cleared = api.post(f"{NUMBERS}/clear", json={"number": NUMBER, "reason": "the label is gone"})
    again = api.post(f"{NUMBERS}/clear", json={"number": NUMBER, "reason": "the label is gone"})

    assert [(one["kind"], one["subject"]) for one in opened] == [("number_red", NUMBER)]
    assert (cleared.status_code, cleared.json) == (200, {"number": NUMBER, "state": "fine"})
    assert (again.status_code, again.json["error"]["code"]) == (409, "not_red")
    shown = next(row for row in api.get(f"{NUMBERS}/health").json["numbers"] if row["number"] == NUMBER)
    assert (shown["state"], shown["cleared_reason"]) == ("fine", "the label is gone")
    (over,) = api.get(INCIDENTS, query_string={"state": "closed", "kind": "number_red"}).json["incidents"]
    assert (over["id"], over["state"]) == (opened[0]["id"], "closed")
    assert api.get(INCIDENTS, query_string={"state": "open"}).json["incidents"] == []


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"number": NUMBER}, 400, "reason"),
        ({"number": NUMBER, "reason": ""}, 400, "reason"),
        ({"number": NUMBER, "reason": "   "}, 400, "reason"),
        ({"number": NUMBER, "reason": "x" * 501}, 400, "reason"),
        ({"number": "nobody", "reason": "x"}, 400, "number"),
        ({"reason": "x"}, 400, "number"),
    ],
)
def test_what_cannot_be_cleared_says_which_field_is_wrong(api, body, status, field):
    answer = api.post(f"{NUMBERS}/clear", json=body)

    assert (answer.status_code, answer.json["error"]["field"]) == (status, field)


def test_incidents_come_page_by_page(api, owner):
    for n in range(5):
        owner.execute(
            "select private.open_incident('breaker_open', %s, 'failed', now() - make_interval(hours => %s))",
            [f"p{n}", n + 1],
        )

    first = api.get(INCIDENTS, query_string={"page_size": 4}).json
    second = api.get(INCIDENTS, query_string={"page_size": 4, "before": first["next"]}).json

    subjects = [row["subject"] for row in [*first["incidents"], *second["incidents"]]]
    assert subjects == [NUMBER, "p0", "p1", "p2", "p3", "p4"]
    assert second["next"] is None


@pytest.mark.parametrize(
    "query", [{"state": "perhaps"}, {"kind": "flood"}, {"page_size": "0"}, {"more": "1"}]
)
def test_a_filter_that_is_none_is_refused(api, query):
    assert api.get(INCIDENTS, query_string=query).status_code == 400
