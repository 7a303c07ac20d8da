"""Templates over the API: drafts, versions, and what refuses whom."""

import json
from uuid import uuid4

import pytest

from tests.support.providers import ScriptedModel
from tests.support.webhook_receiver import receiving
from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.providers.ports import ToolCall
from voicebot.services.templates import try_draft
from voicebot.services.tries import Tries

pytestmark = pytest.mark.sql


@pytest.fixture
def api(app, make_api_key):
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {make_api_key(role='operator')}"
    return client


@pytest.fixture
def made(api):
    answer = api.post("/api/v1/templates", json={"name": f"line {uuid4().hex[:8]}", "greeting": "Hello."})
    assert answer.status_code == 201, answer.json
    return answer.json


def test_a_template_is_made_changed_and_published(api, made):
    path = f"/api/v1/templates/{made['id']}"

    changed = api.patch(
        path, json={"revision": made["revision"], "draft": {"greeting": "Hi, {{line}}."}}
    ).json
    published = api.post(f"{path}/publish", json={"revision": changed["revision"]}).json
    shown = api.get(path).json
    version = api.get(f"{path}/versions/1").json

    assert (made["version"], published["version"], published["changed"]) == (None, 1, False)
    assert [each["version"] for each in shown["versions"]] == [1]
    assert version["content"]["greeting"] == "Hi, {{line}}."


def test_a_change_of_an_older_draft_is_refused(api, made):
    path = f"/api/v1/templates/{made['id']}"
    api.patch(path, json={"revision": made["revision"], "draft": {"greeting": "Hi."}})

    late = api.patch(path, json={"revision": made["revision"], "draft": {"greeting": "Yo."}})
    published = api.post(f"{path}/publish", json={"revision": made["revision"]})

    assert (late.status_code, late.json["error"]["code"]) == (409, "changed_meanwhile")
    assert published.status_code == 409


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"greting": "x"}, 400, None),
        ({"hours": {"timezone": "Mars", "week": {}}}, 400, "hours"),
        ({"tools": ["fly"]}, 400, "tools"),
        ({"voice": "Darth Vader"}, 422, "voice"),
        ({"greeting": "x" * 2000}, 400, "greeting"),
        ({"greeting": "Hello\x1b[2J"}, 400, "greeting"),
        ({"name": "two\nlines"}, 400, "name"),
        ({"facts": ["Open\0 today."]}, 400, "facts"),
        ({"variables": {"offer": "\0"}}, 400, "variables"),
        ({"hours": {"timezone": "UTC", "week": {"mon\0": "09:00-10:00"}}}, 400, "hours"),
        ({"languages": ["eng-" + "x" * 100]}, 400, "languages"),
        ({"record": 0}, 400, "record"),
        ({"limits": {"max_duration_s": "60"}}, 400, "limits"),
    ],
)
def test_what_is_no_template_is_refused_where_it_is_wrong(api, body, status, field):
    answer = api.post("/api/v1/templates", json={"name": f"line {uuid4().hex}", **body})

    assert (answer.status_code, answer.json["error"].get("field")) == (status, field)


@pytest.mark.parametrize(
    "draft",
    [
        {"greting": "x"},
        {"name": None},
        {"tools": ["fly"]},
        {"record": 1},
        {"limits": {"silence_timeout_s": "2"}},
    ],
)
def test_a_change_that_leaves_no_template_is_refused(api, made, draft):
    answer = api.patch(f"/api/v1/templates/{made['id']}", json={"revision": made["revision"], "draft": draft})

    assert (answer.status_code, answer.json["error"]["field"]) == (400, "draft")


def test_a_change_takes_keys_out_and_leaves_the_others(api, made):
    path, revision = f"/api/v1/templates/{made['id']}", made["revision"]
    draft = {"languages": "en-us", "transfer": {"to": "+12025550199"}, "tools": []}

    filled = api.patch(path, json={"revision": revision, "draft": draft}).json
    emptied = api.patch(path, json={"revision": filled["revision"], "draft": {"transfer": None}}).json

    assert filled["draft"]["transfer"] == {"to": ["+12025550199"]}
    assert "transfer" not in emptied["draft"]
    assert emptied["draft"]["languages"] == ["en-US"]
    assert emptied["draft"]["greeting"] == "Hello."


def test_a_refusal_does_not_repeat_what_was_sent(api, made):
    path = f"/api/v1/templates/{made['id']}"
    bodies = [{"voice": "secret"}, {"secret": 1}, {"hours": {"secret": 1}}]

    answers = [api.post("/api/v1/templates", json={"name": uuid4().hex, **body}) for body in bodies]
    answers += [api.patch(path, json={"revision": made["revision"], "draft": body}) for body in bodies]

    assert {answer.status_code for answer in answers} == {400, 422}
    assert [answer.text for answer in answers if "secret" in answer.text] == []


def test_errors_stand_in_findings_and_keep_it_from_being_published(api, made):
    path = f"/api/v1/templates/{made['id']}"
    changed = api.patch(path, json={"revision": made["revision"], "draft": {"greeting": "{{who}}"}}).json

    refused = api.post(f"{path}/publish", json={"revision": changed["revision"]})

    assert changed["findings"][0]["severity"] == "error"
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "not_publishable")


def test_a_name_that_is_taken_is_refused(api, made):
    answer = api.post("/api/v1/templates", json={"name": made["name"].upper()})

    assert (answer.status_code, answer.json["error"]["code"]) == (409, "name_taken")


@pytest.mark.parametrize("name", ["nothing", "00000000-0000-4000-8000-000000000000", "%00"])
def test_a_template_that_is_not_there_is_404(api, name):
    assert api.get(f"/api/v1/templates/{name}").status_code == 404


@pytest.mark.parametrize("version", ["2", "x", "99999999999999999999", "-1"])
def test_a_version_that_is_not_there_is_404(api, made, version):
    assert api.get(f"/api/v1/templates/{made['id']}/versions/{version}").status_code == 404


def test_a_try_without_lines_is_answered_by_the_greeting(api, made):
    answer = api.post(f"/api/v1/templates/{made['id']}/try", json={"lines": []})

    assert answer.json == {"text": "Hello.", "tools": [], "asked": []}


def test_a_try_asks_the_drafts_own_tools_marked_as_a_trial_unless_it_is_told_not_to(app, api, made, runtime):
    said = {"lines": [{"speaker": "caller", "text": "A table, please."}]}
    tool = {"name": "book_table", "description": "Book a table.", "arguments": {"day": "When."}}
    model, wish = ScriptedModel(), ToolCall("1", "book_table", {"day": "Friday"})
    model.scripts = [["One moment. ", wish, ToolCall("2", "transfer", {})], ["It is booked."], [wish]]
    runtime.model, runtime.local_now = model, runtime.now
    with receiving() as system:
        draft = {"own_tools": [tool | {"url": system.url}]}
        kept_draft = api.patch(
            f"/api/v1/templates/{made['id']}", json={"revision": made["revision"], "draft": draft}
        )
        tried = api.post(f"/api/v1/templates/{made['id']}/try", json=said)
        left_out = api.post(f"/api/v1/templates/{made['id']}/try", json=said | {"ask_tools": False})
    del runtime.model, runtime.local_now

    assert kept_draft.status_code == 200, kept_draft.json
    asked = {
        "name": "book_table",
        "arguments": {"day": "Friday"},
        "done": True,
        "answer": "Done.",
        "failed": "",
    }
    assert tried.json == {
        "text": "One moment. It is booked.", "tools": ["book_table", "transfer"], "asked": [asked],
    }  # fmt: skip
    assert left_out.json == {"text": "", "tools": ["book_table"], "asked": []}
    ((headers, body),) = system.got
    assert json.loads(body)["data"]["trial"] and headers["webhook-id"].startswith("tool_trial_")
    told = [each["content"] for each in model.requests[1].messages if each["role"] == "tool"]
    assert told == ["Done.", "This is a trial: it was not run."]


def test_a_try_ends_with_what_the_caller_said(api, made):
    said = [{"speaker": "caller", "text": "Hi"}, {"speaker": "bot", "text": "Hello."}]

    answer = api.post(f"/api/v1/templates/{made['id']}/try", json={"lines": said})

    assert (answer.status_code, answer.json["error"]["field"]) == (400, "lines")


def test_a_team_tries_its_drafts_so_often_a_minute_and_another_one_is_not_held_up(app, api, made):
    now = [0.0]
    app.extensions[try_draft.TRIES] = Tries(2, 60.0, lambda: now[0])
    team, other = Actor(organization_id=uuid4()), Actor(organization_id=uuid4())
    waits = [
        try_draft.wait_s(app.extensions, one) for one in (team, team, team, other, THE_OPERATOR, THE_OPERATOR)
    ]
    said = {"lines": [{"speaker": "caller", "text": "Hi"}]}

    answer = api.post(f"/api/v1/templates/{made['id']}/try", json=said)

    assert waits == [0, 0, 60, 0, 0, 0]
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    now[0] = 60.0
    assert try_draft.wait_s(app.extensions, team) == 0
    del app.extensions[try_draft.TRIES]


def test_pages_follow_each_other_by_next(api, made):
    first = api.get("/api/v1/templates", query_string={"page_size": 1}).json
    names, following = [first["templates"][0]["name"]], first["next"]
    while following:
        page = api.get("/api/v1/templates", query_string={"page_size": 1, "before": following}).json
        names += [row["name"] for row in page["templates"]]
        following = page["next"]

    assert made["name"] in names
    assert names == sorted(names, key=str.lower)
    assert api.get("/api/v1/templates", query_string={"before": "x"}).status_code == 400
