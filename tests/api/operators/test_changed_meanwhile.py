"""Of two who change the same thing by key, the second is told, if it says what it saw."""

import pytest

from tests.api.people import make_owned

pytestmark = pytest.mark.sql
# Where, the field, and what it is at first and after each of two changes.
CHANGED = {
    "/alerts/{alert_id}": ("threshold", 5.0, 6, 7),
    "/webhooks/{endpoint_id}": (
        "event_types",
        ["call.ended"],
        ["call.judged"],
        ["call.ended", "call.judged"],
    ),
    "/queue/{entry_id}": ("priority", 0, 5, 9),
    "/people/{user_id}": ("first_name", "", "Ada", "Eve"),
    "/organizations/{organization_id}": ("display_name", None, "The Shop", "The Store"),
    "/organizations/{organization_id}/members/{user_id}": ("role", "agent", "viewer", "operator"),
    "/organizations/{organization_id}/retention": ("days", None, 30, 60),
}


def test_a_change_that_says_what_it_saw_undoes_nobody_elses(api, runtime, owner):
    one = make_owned(runtime, owner)

    def change(path, field, value, was):
        method = "PUT" if path.endswith("retention") else "PATCH"
        answer = api.open(
            f"/api/v1{path}".format_map(vars(one)),
            method=method,
            json={field: value, "was": {field: was}},
        )
        return answer.status_code, answer.json.get("error", {}).get("code")

    for path, (field, first, second, third) in CHANGED.items():
        steps = ((second, first), (third, first), (third, second))
        answers = [change(path, field, value, was) for value, was in steps]
        assert answers == [(200, None), (409, "changed_meanwhile"), (200, None)], path

    unknown = api.patch(f"/api/v1/queue/{one.entry_id}", json={"priority": 1, "was": {"status": "queued"}})
    assert (unknown.status_code, unknown.json["error"]["field"]) == (400, "was")
