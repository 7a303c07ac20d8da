"""People in the console: what is masked, what is put on record, what each member may do."""

from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest

from tests.console.conftest import post
from voicebot.domain.access.api_key import hash_of
from voicebot.storage.access.sessions import make_link

pytestmark = pytest.mark.sql


def age(owner, house, role, minutes):
    """Let the sessions of a member be older."""
    owner.execute(
        "update public.console_sessions set created_at = now() - make_interval(mins => %s) where user_id = %s",
        [minutes, house.people[role]],
    )


def test_a_person_has_one_timeline_and_the_number_is_masked_until_it_is_asked_for(visitor, house, audited):
    client = visitor(house.people["operator"])
    place = f"/people/{house.one.user_id}"

    listed, page = client.get("/console/people?q=ada"), client.get(f"/console{place}")
    only = client.get(f"/console{place}.json?kind=text").json
    asked = post(client, f"/console{place}/number")

    assert "Ada Lovelace" in listed.text and "Ada Lovelace" in page.text
    assert house.one.number not in listed.text + page.text
    assert house.one.number in asked.text
    kinds = {one["kind"] for one in client.get(f"/console{place}.json").json["events"]}
    assert {"call", "text", "case", "queue", "profile"} <= kinds
    assert {one["kind"] for one in only["events"]} == {"text"}
    assert "&lt;b&gt;refund&lt;/b&gt;" in page.text
    assert client.get(f"/console{place}?kind=nothing").status_code == 400
    assert audited().count("number.read") == 1
    assert "person.read" in audited()


def test_reports_of_a_carrier_are_words_folded_under_the_call_or_text_that_they_are_of(
    visitor, house, module_owner
):
    client, place = visitor(house.people["operator"]), f"/console/people/{house.one.user_id}"
    module_owner.execute("delete from public.webhook_events where subject = %s", [house.one.call_sid])
    for event in ("status:ringing", "transfer:3:busy", "amd:machine_start", "status:odd_one"):
        module_owner.execute("select private.note_event(null, %s, %s, 0, '[]')", [event, house.one.call_sid])

    every, alone = (client.get(f"{place}.json{end}").json["events"] for end in ("", "?kind=webhook"))
    page, folded = (client.get(f"{place}{end}").text for end in ("", "?kind=webhook"))

    call = next(one for one in every if one["kind"] == "call")
    under = [one for one in every if one["under"] == call["place"]]
    assert {one["what"].partition(": ")[2] for one in under} == {
        "it rang", "put through to somebody whose line was busy", "a mailbox answered", "status: odd one",
    }  # fmt: skip
    assert (
        "4 reports of the carrier</summary>" in page
        and "4 reports of the carrier of a call</summary>" in folded
    )
    assert [one["under"] for one in alone if one["about"] == call["about"]].count(None) == 1


def test_people_are_found_by_name_number_and_how_they_stand(visitor, house, runtime):
    client = visitor(house.people["operator"])
    runtime.database.call("suppress", number=house.one.number, scope="texts", reason="STOP")

    def found(**filters):
        return house.one.user_id in {
            UUID(one["id"]) for one in client.get("/console/people.json", query_string=filters).json["people"]
        }

    assert {
        "name": found(q="ada l"), "last name": found(q="LOVE"), "other name": found(q="Eve"), "number": found(q=house.one.number[:6]),
        "other number": found(q="+4999"), "stopped": found(standing="stopped"), "blocked": found(standing="blocked"),
        "verified": found(verified="yes"), "not verified": found(verified="no"), "onboarding": found(onboarding="pending"),
        "lately": found(contact="7d"), "not for long": found(contact="none30d"), "nul": found(q="\0"),
    } == {
        "name": True, "last name": True, "other name": False, "number": True, "other number": False, "stopped": True, "blocked": False,
        "verified": False, "not verified": True, "onboarding": True, "lately": True, "not for long": False, "nul": True,
    }  # fmt: skip
    assert client.get("/console/people?standing=odd").status_code == 400


def test_a_whole_number_and_an_export_take_a_fresh_proof_and_a_link_of_somebody_else_is_none(
    visitor, house, runtime, module_owner, audited
):
    client = visitor(house.people["operator"])
    place = f"/people/{house.one.user_id}"
    age(module_owner, house, "operator", 6)

    for answer in (
        post(client, f"/console{place}/number"),
        client.get("/console/people.csv?q=ada"),
        client.get(f"/console{place}.csv"),
    ):
        assert answer.status_code == 303
        assert urlsplit(answer.location).path == "/console/confirm"
    back = parse_qs(urlsplit(client.get("/console/people.csv?q=ada").location).query)["next"][0]
    assert back == "/console/people.csv?q=ada"
    assert client.get(f"/console{place}").status_code == 200

    codes = {who: uuid4().hex for who in ("another", "old", "own")}
    for who, code in codes.items():
        make_link(runtime.database, hash_of(code), house.people["admin" if who == "another" else "operator"])
    module_owner.execute(
        "update public.console_links set expires_at = now() where token_hash = %s", [hash_of(codes["old"])]
    )
    wrong = [
        post(client, "/console/confirm", code=code).status_code
        for code in (codes["another"], codes["old"], "none", "")
    ]
    right = post(
        client, "/console/confirm", code=f"https://bot.example/console/link?code={codes['own']}", next=back
    )

    assert wrong == [401, 401, 401, 401]
    assert (right.status_code, right.location) == (303, back)
    assert post(client, "/console/confirm", code=codes["own"]).status_code == 401
    assert "Ada Lovelace" in client.get(back).text
    assert house.one.number in post(client, f"/console{place}/number").text
    assert audited().count("list.exported") == 1


def test_the_password_is_asked_for_once_more_where_there_are_passwords(
    visitor, house, runtime, module_owner, monkeypatch
):
    client = visitor(house.people["operator"])
    age(module_owner, house, "operator", 6)
    known = {
        ("op@example.com", "right"): house.people["operator"],
        ("eve@example.com", "hers"): house.people["admin"],
    }

    class Identity:
        def sign_in(self, email, password):
            who = known.get((email, password))
            return who and SimpleNamespace(user_id=who, email=email, administrator=False)

    monkeypatch.setattr(runtime, "identity", Identity())
    tries = [("op@example.com", "wrong"), ("eve@example.com", "hers"), ("op@example.com", "right")]
    answers = [
        post(client, "/console/confirm", email=email, password=password).status_code
        for email, password in tries
    ]

    assert answers == [401, 401, 303]
    assert client.get("/console/people.csv").status_code == 200


def test_a_person_is_renamed_left_alone_and_let_go_and_the_log_tells_no_name(
    visitor, house, runtime, module_owner
):
    client = visitor(house.people["operator"])
    place = f"/people/{house.one.user_id}"

    moved = [
        post(
            client,
            f"/console{place}/profile",
            first_name="Augusta",
            last_name="King",
            email="",
            location="Ockham",
        ).status_code,
        post(client, f"/console{place}/suppress", scope="calls").status_code,
    ]
    page = client.get(f"/console{place}").text
    lifted = post(client, f"/console{place}/lift").status_code
    runtime.database.call("suppress", number=house.one.number, scope="texts", reason="STOP")

    assert (moved, lifted) == ([303, 303], 303)
    assert "Augusta King" in page and "Ockham" in page and "Is not called" in page
    assert post(client, f"/console{place}/lift").status_code == 409
    assert post(client, f"/console{place}/suppress", scope="odd").status_code == 400
    assert post(client, f"/console{place}/profile", first_name="x" * 201).status_code == 400
    assert post(client, f"/console{place}/profile", email="nobody").status_code == 400
    assert post(client, f"/console{place}/block").status_code == 403
    log = module_owner.execute(
        "select jsonb_agg(to_jsonb(a))::text from public.audit_log a where object_id = %s",
        [str(house.one.user_id)],
    ).fetchone()[0]
    assert "person.changed" in log and "first_name" in log
    assert "Augusta" not in log and "Ockham" not in log
    who = module_owner.execute(
        "select user_id from public.audit_log where action = 'person.changed' and object_id = %s",
        [str(house.one.user_id)],
    )
    assert who.fetchone() == (house.people["operator"],)


def test_the_operator_of_the_machine_blocks_and_unblocks_and_it_is_on_record(visitor, house, module_owner):
    client = visitor(administrator=True)
    place = f"/people/{house.one.user_id}"

    post(client, f"/console{place}/block")
    blocked = client.get(f"/console{place}").text
    post(client, f"/console{place}/unblock")

    assert "Is blocked" in blocked
    assert "Is blocked" not in client.get(f"/console{place}").text
    noted = module_owner.execute(
        "select action from public.audit_log where object_id = %s and action like '%%blocked' order by id",
        [str(house.one.user_id)],
    )
    assert noted.fetchall() == [("person.blocked",), ("person.unblocked",)]


def test_somebody_is_erased_by_a_leader_who_writes_it_out_and_a_proof_is_shown(visitor, house, module_owner):
    client = visitor(house.people["owner"])
    place = f"/people/{house.one.user_id}"
    module_owner.execute(
        "update public.call_history set ended_at = now() where user_id = %s", [house.one.user_id]
    )

    slip = post(client, f"/console{place}/erase", confirmation="yes")
    done = post(client, f"/console{place}/erase", confirmation="Erase")

    assert (slip.status_code, done.status_code) == (400, 200)
    assert client.get(f"/console{place}").status_code == 404
    (proof,) = client.get("/console/settings/data.json").json["erasures"]
    assert (proof["person"], proof["kind"]) == (str(house.one.user_id), "person")
    assert proof["id"] in done.text
    assert visitor(house.people["operator"]).get(f"/console{place}/erase").status_code == 403


def test_how_long_things_are_kept_is_set_by_a_leader(visitor, house):
    client = visitor(house.people["admin"])
    place = f"/settings/data/{house.one.organization_id}"

    answers = [
        post(client, f"/console{place}", days=days).status_code
        for days in ("30", "0", "x", "99999", "", "90")
    ]

    assert answers == [303, 400, 400, 400, 303, 303]
    (one,) = client.get("/console/settings/data.json").json["organizations"]
    assert one["days"] == 90


def test_an_agent_sees_only_the_people_who_are_the_agents(visitor, house, module_owner):
    agent = visitor(house.people["agent"])
    place = f"/console/people/{house.one.user_id}"

    before = (agent.get(place).status_code, house.one.user_id in listed(agent))
    module_owner.execute(
        "update public.conversations set assigned_to = %s where user_id = %s",
        [house.people["agent"], house.one.user_id],
    )

    assert before == (404, False)
    assert (agent.get(place).status_code, house.one.user_id in listed(agent)) == (200, True)
    kinds = {one["kind"] for one in agent.get(f"{place}.json").json["events"]}
    assert "text" in kinds and "code" not in kinds
    assert post(agent, f"/console/people/{house.one.user_id}/number").status_code == 403


def listed(client):
    return {UUID(one["id"]) for one in client.get("/console/people.json").json["people"]}
