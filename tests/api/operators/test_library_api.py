"""The library and the settings over the API: what the console's pages do, by key."""

from types import SimpleNamespace
from uuid import uuid4

import pytest

from tests.api.people import ask_by_key, make_owned
from voicebot.services.operators.providers_seen import places, uses

pytestmark = pytest.mark.sql


@pytest.fixture
def api(app, make_api_key):
    return ask_by_key(app, make_api_key(role="operator"))


@pytest.fixture
def one(runtime, owner):
    return make_owned(runtime, owner)


def test_a_wrong_answer_becomes_a_fact_of_the_draft_and_a_version_is_restored(api, one, owner):
    path = f"/api/v1/templates/{one.template_id}"
    (utterance,) = (row["id"] for row in api.get(f"/api/v1/calls/{one.call_id}").json["transcript"])
    wrong = {"answer": "Until six.", "question": "When do you close?", "utterance": utterance}

    added = api.post(f"/api/v1/calls/{one.call_id}/corrections", json=wrong)
    again = api.post(f"{path}/facts", json={"answer": "When do you close? Until six."})

    assert (added.status_code, added.json["added"]) == (201, True)
    assert (again.status_code, again.json["added"]) == (200, False)
    changes = api.get(f"{path}/changes").json
    assert [
        (change["place"], [piece["kind"] for piece in change["pieces"]]) for change in changes["changes"]
    ] == [("facts.1", ["new"])]
    restored = api.post(f"{path}/versions/1/restore", json={"revision": changes["revision"]})
    assert (restored.status_code, restored.json["changed"]) == (200, False)
    assert api.post(f"{path}/versions/1/restore", json={"revision": 1}).status_code == 409
    for path, code in (
        (f"/api/v1/calls/{uuid4()}/corrections", "unknown_call"),
        ("/api/v1/calls/none/corrections", "unknown_call"),
        (f"/api/v1/templates/{uuid4()}/facts", "unknown_template"),
    ):
        refused = api.post(path, json={"answer": "Until six."})
        assert (refused.status_code, refused.json["error"]["code"]) == (404, code)


def test_keys_are_made_used_and_ended(api, app):
    name = f"robot {uuid4().hex}"
    made = api.post("/api/v1/keys", json={"name": name, "role": "operator", "days": 1})
    assert made.status_code == 201
    robot = ask_by_key(app, made.json["key"])
    assert robot.get("/api/v1/prompts").status_code == 200
    assert api.post("/api/v1/keys", json={"name": name, "role": "operator"}).status_code == 409

    listed = next(row for row in api.get("/api/v1/keys").json["keys"] if row["name"] == name)
    assert listed["holds"] and listed["last_used_at"]
    assert api.delete(f"/api/v1/keys/{listed['id']}").status_code == 200

    assert robot.get("/api/v1/prompts").status_code == 401
    assert api.delete(f"/api/v1/keys/{uuid4()}").status_code == 404


def test_the_catalogue_and_the_settings_are_read_and_changed(api, one, runtime, owner):
    owner.execute(
        """insert into public.voice_options (provider_id, voice_id, name, language)
           select id, gen_random_uuid(), 'Anna', 'en-US' from public.call_service_providers limit 1"""
    )
    runtime.speech_key = b"k" * 32
    organization = f"/api/v1/organizations/{one.organization_id}"

    voices = api.get("/api/v1/voices?language=en").json["voices"]
    numbers = api.get("/api/v1/numbers").json["numbers"]
    changed = api.patch(organization, json={"display_name": "The Shop", "max_members": 12})
    usage = api.get("/api/v1/usage/month").json
    asked = api.post("/api/v1/doctor", json={})

    assert all("/speech/" in voice["sample_url"] for voice in voices) and voices
    assert any(number["template_id"] == str(one.template_id) for number in numbers)
    assert (changed.json["display_name"], changed.json["max_members"]) == ("The Shop", 12)
    assert api.get(organization).json["max_members"] == 12
    assert {product["product"] for product in usage["products"]} >= {"calls in", "texts out"}
    assert (asked.status_code, asked.json["waiting"]) == (202, True)
    assert any(prompt["name"] == "call" for prompt in api.get("/api/v1/prompts").json["prompts"])
    assert api.get("/api/v1/provider-figures").status_code == 200


def test_figures_of_providers_are_told_from_what_was_measured():
    calls = SimpleNamespace(
        bucket="voicebot_provider_seconds_bucket", count="voicebot_provider_seconds_count"
    )
    label = {"provider": "model", "operation": "answer"}
    told = [
        *((calls.bucket, {**label, "outcome": "ok", "le": le}, value) for le, value in (("0.5", 6), ("1", 9), ("+Inf", 10))),
        (calls.count, {**label, "outcome": "ok"}, 10),
        (calls.count, {**label, "outcome": "unknown"}, 2),
        (calls.count, {**label, "outcome": "cancelled"}, 3),
    ]  # fmt: skip
    slots = [
        ("voicebot_provider_slots", {"provider": "voice", "state": state}, value)
        for state, value in (("taken", 2.0), ("waiting", 0.0), ("free", float("inf")))
    ]

    (use,), (place,) = uses(told), places(slots)

    assert (use.count, use.failed, use.p50_s, use.p95_s) == (15, 2, 0.5, None)
    assert (place.taken, place.waiting, place.free) == (2, 0, None)
