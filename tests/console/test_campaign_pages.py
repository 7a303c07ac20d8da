"""Campaigns: a team makes one, looks at a list before anybody is added, runs it and reads what came of it."""

import re
from io import BytesIO
from uuid import uuid4

import pytest

from tests.console.conftest import make_house, post
from tests.services.tables.workbooks import workbook

pytestmark = pytest.mark.sql
LIST = b"Mobile,First Name\n+13035550142,Ann\n+13035550143,Ben\n+13035550142,Ann again\nnone,Zoe\n+13035550144,=1+1\n"


@pytest.fixture(scope="module")
def house(runtime, module_owner):
    """A team; the last person of the list asked not to be called."""
    runtime.database.call("suppress", number="+13035550144", scope="calls", reason="operator")
    return make_house(runtime, module_owner)


def made(client, **form):
    answer = post(
        client, "/console/campaigns", **{"name": f"spring {uuid4().hex[:6]}", "purpose": "asked_for", **form}
    )
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].removeprefix("/console")


def looked_at(client, at, content=LIST, name="people.csv"):
    return post(client, f"/console{at}/people", file=(BytesIO(content), name))


def file_of(page):
    return re.search(r'name="file" value="(\w+)"', page.text)[1]


def test_a_campaign_of_nobody_is_not_offered_to_run_and_answers_to_forms_stay_in_their_section(
    visitor, house
):
    client = visitor(house.people["operator"])
    at = made(client)

    before = client.get(f"/console{at}").text
    looked = looked_at(client, at)
    post(client, f"/console{at}/people/add", file=file_of(looked), phone_column="Mobile")
    after = client.get(f"/console{at}").text

    assert ("Run it" in before, "Run it" in after) == (False, True)
    assert '<nav class="section" aria-label="Queue">' in looked.text


def test_a_list_is_looked_at_before_anybody_is_added_and_then_added_once(visitor, house):
    client = visitor(house.people["operator"])
    at = made(client)

    page = looked_at(client, at)
    empty = client.get(f"/console{at}.json").json["people"]
    first = post(client, f"/console{at}/people/add", file=file_of(page), phone_column="Mobile")
    again = looked_at(client, at)

    assert empty == []
    told = re.sub(r"<[^>]+>", "", page.text)
    for words in (
        "3 would be added",
        "1 twice in it",
        "1 asked not to be called",
        "1 bad row",
        "no phone number",
    ):
        assert words in told, words
    assert "first_name" in told
    assert "3 people were added" in first.text
    assert "3 twice in it" not in told
    assert "4 twice in it" in re.sub(r"<[^>]+>", "", again.text)
    people = client.get(f"/console{at}.json").json["people"]
    assert [one["person"][-2:] for one in people] == ["42", "43", "44"]


def test_a_workbook_is_read_like_a_csv_and_another_column_can_be_chosen(visitor, house):
    client = visitor(house.people["operator"])
    at = made(client)
    content = workbook([["Home", "Work"], ["+13035550142", "+13035550143"], ["+13035550152", "+13035550153"]])

    page = looked_at(client, at, content, "people.xlsx")
    other = post(client, f"/console{at}/people/again", file=file_of(page), phone_column="Work")
    done = post(client, f"/console{at}/people/add", file=file_of(page), phone_column="Work")

    assert "option selected>Work" in other.text
    assert "2 people were added" in done.text
    people = client.get(f"/console{at}.json").json["people"]
    assert [one["person"][-2:] for one in people] == ["43", "53"]


def test_a_file_that_is_kept_is_for_whoever_chose_it_and_for_this_campaign(visitor, house):
    client, other = visitor(house.people["operator"]), visitor(house.people["admin"])
    at, elsewhere = made(client), made(client)
    token = file_of(looked_at(client, at))

    refused = [
        post(other, f"/console{at}/people/add", file=token),
        post(client, f"/console{elsewhere}/people/add", file=token),
        post(client, f"/console{at}/people/add", file="../../etc/passwd"),
    ]

    assert [answer.status_code for answer in refused] == [409, 409, 409]
    assert "choose it again" in refused[0].text


def test_a_campaign_is_run_paused_edited_and_canceled_and_only_in_that_order(visitor, house):
    client, colleague = visitor(house.people["operator"]), visitor(house.people["admin"])
    at = made(client, hours="mon-fri 9-17", **{"redial_busy": "5, 30"})

    nobody = post(client, f"/console{at}/state", state="running")
    post(client, f"/console{at}/people/add", file=file_of(looked_at(client, at)))
    states = []
    for state in ("running", "paused"):
        post(colleague, f"/console{at}/state", state=state)
        states.append(client.get(f"/console{at}.json").json["campaign"]["state"])
    for none in ("9" * 5000, "\u00b2", "-1"):
        assert post(client, f"/console{at}/edit", name="autumn", revision=none).status_code == 409
    edited = post(client, f"/console{at}/edit", name="autumn", hours="sat 10:00-12:00", revision="1")
    post(client, f"/console{at}/edit", name="autumn", hours="sat 10:00-12:00")
    canceled = post(client, f"/console{at}/state", state="canceled")

    assert (nobody.status_code, "import people first" in nobody.text) == (409, True)
    assert states == ["running", "paused"]
    assert (edited.status_code, "look at it again" in edited.text) == (409, True)
    assert canceled.status_code == 303
    shown = client.get(f"/console{at}.json").json
    assert (shown["campaign"]["name"], shown["rules"]["hours"]) == ("autumn", "sat 10:00-12:00")
    assert {one["status"] for one in shown["people"]} == {"canceled"}
    actions = [
        one["action"]
        for one in visitor(house.people["owner"]).get("/console/settings/audit.json").json["entries"]
    ]
    assert {"campaign.made", "campaign.imported", "campaign.running", "campaign.canceled"} <= set(actions)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": " "}, "needs a name"),
        ({"hours": "always"}, "no calling hours"),
        ({"redial_busy": "soon"}, "as minutes"),
        ({"redial_busy": "0"}, "a delay is"),
        ({"max_attempts": "21"}, "from 1 to 20"),
        ({"calls_per_minute": "fast"}, "calls in a minute"),
        ({"template": "none such"}, "no such template"),
        ({"caller_number": "+12025550109"}, "a number of ours"),
    ],
)
def test_rules_that_cannot_be_are_refused_with_what_was_expected(visitor, house, form, words):
    answer = post(visitor(house.people["operator"]), "/console/campaigns", **{"name": "spring", **form})

    assert answer.status_code in (400, 409)
    assert words in answer.text


def test_the_page_says_whom_it_would_call_and_what_came_of_it(visitor, house, module_owner):
    client = visitor(house.people["operator"])
    at = made(client)
    post(client, f"/console{at}/people/add", file=file_of(looked_at(client, at)))
    module_owner.execute(
        """insert into public.call_history (user_id, phone_number, call_sid, call_status, cost, price_unit, outcome)
           values (%s, '+13035550142', 'CAreport', 'completed', 0.25, 'USD', 'booked')""",
        [house.people["operator"]],
    )
    module_owner.execute(
        """insert into public.call_attempts (call_queue_id, campaign_id, user_id, kind, attempt_number, to_number, state,
                                             sending_at, transport_result, answered_by, goal, call_sid)
           select q.id, q.campaign_id, q.user_id, 'talk', 1, q.recipient_number, 'done', now(), 'completed', 'human',
                  'reached', 'CAreport'
             from public.call_queue q where q.campaign_id = %s and q.recipient_number = '+13035550142'""",
        [at.rpartition("/")[2]],
    )

    shown = client.get(f"/console{at}.json").json
    listed = client.get("/console/campaigns.json").json["campaigns"]
    table = client.get(f"/console{at}/report").text

    assert (shown["report"]["reached"], shown["report"]["cost"], shown["report"]["by_outcome"]) == (
        1, {"USD": 0.25}, {"booked": 1},
    )  # fmt: skip
    assert shown["preview"]["waiting"] == 3
    assert {one["reason"]: one["people"] for one in shown["preview"]["never"]} == {"suppressed": 1}
    assert next(one for one in listed if at.endswith(one["id"]))["people"] == 3
    assert "cost,USD,0.25" in table
    assert "+1303555" not in client.get(f"/console{at}").text


def test_the_csv_of_a_campaign_counts_what_came_of_it_once_however_many_people_it_has(
    visitor, house, runtime, monkeypatch
):
    client = visitor(house.people["operator"])
    at = made(client)
    numbers = "".join(f"+1303555{n},=1+{n}\n" for n in range(1000, 1420)).encode()
    page = looked_at(client, at, b"Mobile,First Name\n" + numbers)
    post(client, f"/console{at}/people/add", file=file_of(page), phone_column="Mobile")
    asked = []

    class Counted:
        def call(self, function, **params):
            asked.append(function)
            return database.call(function, **params)

        def __getattr__(self, name):
            return getattr(database, name)

    database = runtime.database
    monkeypatch.setattr(runtime, "database", Counted())
    table = client.get(f"/console{at}.csv")

    assert len(table.text.splitlines()) == 421
    assert asked.count("list_campaign_people") == 3
    assert [asked.count(name) for name in ("campaign_report", "show_campaign", "preview_campaign")] == [
        1,
        1,
        1,
    ]


def test_what_is_to_be_typed_stands_apart_in_a_refusal(visitor, house):
    client = visitor(house.people["operator"])

    page = post(client, "/console/campaigns", name="x <b>", hours="whenever", purpose="asked_for")

    assert page.status_code == 400
    assert "<code>mon-fri 09:00-17:00, sat 10:00-14:00</code>" in page.text and "<b>" not in page.text
