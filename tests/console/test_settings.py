"""Settings: keys are shown once, webhooks are delivered again, limits are the service's to say, the doctor is asked."""

import re
from uuid import uuid4

import pytest
from psycopg.types.json import Jsonb

from tests.console.conftest import make_house, post

pytestmark = pytest.mark.sql

CALL = "5b0c5a52-9d3e-4a53-8d6a-6f1d4f1e7c11"


@pytest.fixture
def house(runtime, module_owner):
    return make_house(runtime, module_owner)


def test_a_key_is_shown_once_and_revoked(visitor, house):
    client, name = visitor(house.people["admin"]), f"robot {uuid4().hex}"

    made = post(client, "/console/settings/keys", name=name, role="integrator", days="30")

    (key,) = re.findall(r"<p><code>([^<]+)</code></p>", made.text)
    assert key not in client.get("/console/settings/keys").text
    row = next(one for one in client.get("/console/settings/keys.json").json["keys"] if one["name"] == name)
    assert (row["role"], row["holds"], bool(row["expires_at"])) == ("integrator", True, True)
    assert post(client, f"/console/settings/keys/{row['id']}/revoke").status_code == 303
    row = next(one for one in client.get("/console/settings/keys.json").json["keys"] if one["name"] == name)
    assert row["holds"] is False


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"name": "", "role": "operator"}, 400),
        ({"name": "x" * 101, "role": "operator"}, 400),
        ({"name": "robot", "role": "root"}, 400),
        ({"name": "robot", "role": "operator", "days": "0"}, 400),
        ({"name": "robot", "role": "operator", "days": "-1"}, 400),
        ({"name": "robot", "role": "operator", "days": "99999999999"}, 400),
    ],
)
def test_a_key_that_cannot_be_is_refused_with_what_to_do(visitor, house, form, status):
    assert post(visitor(house.people["owner"]), "/console/settings/keys", **form).status_code == status


def test_the_operator_adds_an_endpoint_tests_it_and_delivers_again(visitor, house, module_owner):
    client = visitor(administrator=True)

    added = post(
        client, "/console/settings/webhooks", url="https://example.com/told", event_types="call.ended"
    )

    (secret,) = re.findall(r"<p><code>([^<]+)</code></p>", added.text)
    (place,) = re.findall(r'href="(/console/settings/webhooks/[^"]+)"', added.text)
    assert "told of what concerns the whole service" in client.get(place).text
    assert secret.startswith("whsec_") and secret not in client.get(place).text
    assert post(client, f"{place}/test").status_code == 303
    (delivery,) = client.get(f"{place}.json").json["deliveries"]
    module_owner.execute(
        "update public.webhook_deliveries set state = 'dead', error = 'http_500' where id = %s",
        [delivery["id"]],
    )
    assert "http_500" in client.get(f"{place}?state=dead").text
    module_owner.execute("insert into public.events (type, subject) values ('call.ended', %s)", [CALL])
    assert f'href="/console/calls/{CALL}"' in client.get(place).text
    module_owner.execute("delete from public.events where subject = %s", [CALL])
    assert post(client, f"{place}/replay", state="dead").status_code == 303
    assert client.get(f"{place}.json").json["deliveries"][0]["state"] == "generated"
    assert client.get(f"{place}.csv").status_code == 200
    assert post(client, place, active="no").status_code == 303
    assert client.get(f"{place}.json").json["endpoint"]["active"] is False
    assert post(client, f"{place}/remove").status_code == 303
    assert client.get(place).status_code == 404
    assert post(client, "/console/settings/webhooks", url="ftp://example.com").status_code == 400


def test_leaders_say_what_their_organization_is_called_and_the_operator_what_it_may_have(visitor, house):
    path = f"/console/settings/organization/{house.one.organization_id}"
    leader, operator = visitor(house.people["owner"]), visitor(administrator=True)

    assert post(leader, path, display_name="The Shop", contact_email="shop@example.com").status_code == 303
    assert post(leader, path, max_members="500").status_code == 403
    assert post(operator, path, max_members="500", max_sessions_per_month="").status_code == 303
    shown = leader.get("/console/settings/organization.json").json["organization"]
    assert (shown["display_name"], shown["max_members"], shown["max_sessions_per_month"]) == (
        "The Shop",
        500,
        None,
    )
    for wrong in ({"contact_email": "none"}, {"default_timezone": "Moon/Sea"}, {"display_name": "x" * 256}):
        assert post(leader, path, **wrong).status_code == 400
    assert post(operator, path, max_members="many").status_code == 400


def test_the_doctor_is_asked_and_its_last_result_stays(visitor, runtime):
    client = visitor(administrator=True)

    assert post(client, "/console/settings/doctor").status_code == 303
    assert client.get("/console/settings/doctor.json").json["waiting"] is True
    runtime.database.call(
        "keep_examination",
        findings=[{"level": "fail", "subject": "worker", "what": "no worker runs", "do": "start one"}],
    )

    page = client.get("/console/settings/doctor")
    assert "no worker runs" in page.text and "Examine now" in page.text


def test_the_audit_page_names_the_key_that_did_it_and_what_was_before(visitor, house, runtime, module_owner):
    name = f"robot {uuid4().hex}"
    post(visitor(house.people["admin"]), "/console/settings/keys", name=name, role="operator")
    (key,) = module_owner.execute("select id from public.api_keys where name = %s", [name]).fetchone()
    acting = {"role": "operator", "organization_id": str(house.one.organization_id), "key_id": str(key)}
    module_owner.execute(
        "select private.audit(%s, 'person.changed', 'person', %s, %s, %s)",
        [
            Jsonb(acting),
            str(house.one.user_id),
            Jsonb({"city": "Ghent", "tags": ["a", "b"]}),
            Jsonb({"city": None}),
        ],
    )

    page = visitor(house.people["owner"]).get("/console/settings/audit").text

    row = next(one for one in page.split("<tr>") if "person.changed" in one)
    assert f"the key “{name}”" in row and "the operator of the machine" not in row
    assert "city: Ghent; tags: a, b" in row and "city: none" in row and str(key) not in row


def test_a_team_reads_and_types_times_by_its_own_clock_and_each_page_says_whose(visitor, house, module_owner):
    client, thread = visitor(house.people["owner"]), f"/console/threads/{house.one.conversation_id}"
    place = f"/console/settings/organization/{house.one.organization_id}"
    module_owner.execute(
        "update public.call_history set ended_at = coalesce(ended_at, now()), started_at = '2026-01-31T20:30:00Z' where public_id = %s",
        [house.one.call_id],
    )

    before = client.get(thread).text
    assert post(client, place, default_timezone="Australia/Sydney").status_code == 303
    after = client.get(thread).text
    found = client.get("/console/calls.json?q=after:2026-02-01+before:2026-02-02").json["calls"]
    later = post(client, f"{thread}/reply", content="See you", not_before="2027-01-15T09:00")

    assert "by the clock of UTC" in before and "Leaves at (UTC)" in before
    assert "by the clock of Australia/Sydney" in after and "Leaves at (Australia/Sydney)" in after
    assert "2026-02-01 07:30:00 AEDT" in client.get("/console/calls").text
    assert [one["id"] for one in found] == [str(house.one.call_id)]
    assert later.status_code == 303
    assert module_owner.execute(
        "select max(not_before at time zone 'UTC')::text from public.sms_history where conversation_id = %s",
        [house.one.conversation_id],
    ).fetchone() == ("2027-01-14 22:00:00",)
