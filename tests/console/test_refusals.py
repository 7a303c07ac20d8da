"""What is refused: always a page of the console, which says what it was and leads on."""

import pytest

from tests.console.conftest import token_of
from voicebot.storage.database import DatabaseAway

pytestmark = pytest.mark.sql
NOBODYS = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("method", "path", "status", "title", "words"),
    [
        ("GET", "/nothing", 404, "Not found", "There is no such page."),
        ("GET", "/calls/no-id", 404, "Not found", "There is no such page."),
        ("GET", f"/calls/{NOBODYS}", 404, "Not found", "none that you may see"),
        ("GET", "/settings/members", 403, "Not for your role", "the role owner or admin; yours is operator"),
        ("GET", "/calls?before=x", 400, "Not this", "begin with the first"),
        ("PUT", "/calls", 405, "Not this", "only looked at"),
        ("POST", "/calls", 405, "Not this", "only looked at"),
        ("DELETE", "/nothing", 404, "Not found", "There is no such page."),
    ],
)
def test_a_refusal_is_a_page_with_a_way_on(houses, visitor, method, path, status, title, words):
    answer = visitor(houses[0].people["operator"]).open(f"/console{path}", method=method)

    assert answer.status_code == status
    assert f"<h1>{title}</h1>" in answer.text and words in answer.text
    assert 'href="/console">To the first page' in answer.text
    # As private and as closed as every other page of it.
    assert answer.headers["Cache-Control"] == "no-store" and "Content-Security-Policy" in answer.headers


def test_a_refused_form_comes_back_and_one_too_large_says_so_and_leads_back(houses, visitor):
    house = houses[0]
    client = visitor(house.people["operator"])
    thread = f"/console/threads/{house.one.conversation_id}"
    token = token_of(client, thread)

    refused = client.post(f"{thread}/snooze", data={"form_token": token, "until": "never"})
    large = {"form_token": token, "until": "x" * 100_000}
    browser = {"Sec-Fetch-Site": "same-origin"}
    too_large = client.post(f"{thread}/snooze", data=large, headers=browser)
    nobody = visitor().post(f"{thread}/snooze", data=large, headers=browser)
    elsewhere = client.post("/console/sign-out", data={})

    assert (refused.status_code, too_large.status_code, elsewhere.status_code) == (400, 413, 403)
    assert nobody.status_code == 401
    # Whoever loads it anew reads the thread, and sends nothing again.
    assert f'data-read-at="{thread}"' in refused.text
    assert 'action="/console/threads/' in refused.text and "Back to the page" not in refused.text
    assert 'href="./">Back to the page' in too_large.text
    assert client.get(f"{thread}/").headers["Location"] == thread
    assert "send less at once" in too_large.text and "Back to the page" in too_large.text
    assert "Back to the page" not in elsewhere.text


def test_a_slash_too_much_leads_to_the_page(houses, visitor):
    client = visitor(houses[0].people["viewer"])

    assert client.get("/console/calls/").headers["Location"] == "/console/calls"
    assert client.get("/console/").headers["Location"] == "/console"
    assert client.get("/console/nothing/").status_code == 404


def test_the_name_of_a_section_leads_to_its_first_page_that_the_role_may_open(houses, visitor):
    led = {
        (role, name): client.get(f"/console/{name}").headers.get("Location")
        for role in ("owner", "operator", "agent")
        for client in [visitor(houses[0].people[role])]
        for name in ("settings", "library", "library/")
    }

    assert led == {
        ("owner", "settings"): "/console/settings/members",
        ("operator", "settings"): "/console/settings/alerts",
        ("agent", "settings"): None,
        ("owner", "library"): "/console/library/templates",
        ("owner", "library/"): "/console/library/templates",
        ("operator", "library"): "/console/library/templates",
        ("operator", "library/"): "/console/library/templates",
        ("agent", "library"): None,
        ("agent", "library/"): None,
    }
    answers = [visitor(houses[0].people["agent"]).get("/console/library"), visitor().get("/console/settings")]
    assert [answer.status_code for answer in answers] == [404, 303]
    assert answers[1].headers["Location"] == "/console/login?next=%2Fconsole%2Fsettings"


def test_while_the_database_is_away_every_page_says_so_and_tries_again(houses, visitor, runtime, monkeypatch):
    client = visitor(houses[0].people["owner"])

    def away(*_, **__):
        raise DatabaseAway("away")

    page = token_of(client, "/console/threads")
    monkeypatch.setattr(runtime.database, "call", away)
    for path in ("", "/calls", "/threads", "/settings/audit"):
        answer = client.get(f"/console{path}")
        assert answer.status_code == 503 and "try again in a moment" in answer.text
        # The page tries again by itself; what was sent is not sent twice.
        assert answer.headers["Retry-After"] == answer.headers["Refresh"] == "5"
    sent = client.post("/console/sign-out", data={"form_token": page})
    assert sent.status_code == 503 and "Refresh" not in sent.headers
    assert client.get("/console/nothing").status_code == 503
