"""Forms that are refused: nothing that was typed is lost, and the page says at the field what to do."""

import re
from html import unescape
from html.parser import HTMLParser
from uuid import uuid4

import pytest

from tests.console.conftest import make_house, token_of
from voicebot.console import files
from voicebot.console.again import form_again
from voicebot.console.table import ROUTES
from voicebot.domain.access.api_key import hash_of
from voicebot.storage.access.sessions import make_link

PAGE = """<details class="change"><summary>More</summary><form class="stack" method="post" action="/console/x"><input type="hidden" name="form_token" value="fresh"><input type="hidden" name="kind" value="one">
<label>Name <input name="name" required value="old &amp; kept"></label><textarea name="words">before</textarea>
<select name="role"><option value="a" selected>A</option><option value="b">B &lt; C</option></select>
<label><input type="checkbox" name="on" value="yes" checked> On</label><input type="password" name="secret"></form></details>
<form method="post" action="/console/x"><input type="hidden" name="kind" value="two"><input name="name"></form>"""


def test_a_form_comes_back_with_what_was_typed_and_the_message_at_its_field():
    typed = {"form_token": ["old"], "kind": ["one"], "name": ['"> é'], "words": ["</textarea><b>"], "role": ["b"], "secret": ["s3cret"]}  # fmt: skip

    seen = form_again(PAGE, "/console/x", typed, "Write <one> name.", "name")

    assert seen is not None
    first, second = seen.split("</details>")
    assert first.startswith('<details class="change" open>')
    assert 'name="form_token" value="fresh"' in first
    assert 'value="&quot;&gt; é' in first and 'aria-invalid="true"' in first
    assert first.index("Write &lt;one&gt; name.") > first.index('name="name"')
    assert ">\n&lt;/textarea&gt;&lt;b&gt;</textarea>" in first
    assert '<option value="a">A</option><option value="b" selected>B &lt; C</option>' in first
    assert "checked" not in first and "s3cret" not in first
    assert second == PAGE.split("</details>")[1]


def test_of_forms_with_one_address_the_one_that_was_sent_is_meant_and_without_a_field_the_message_stands_first():
    seen = form_again(PAGE, "/console/x", {"kind": ["two"], "name": ["Ann"]}, "Not now.")

    assert seen is not None
    first, second = seen.split("</details>")
    assert first == PAGE.split("</details>")[0]
    assert second.index("Not now.") < second.index('value="Ann"')
    assert form_again(PAGE, "/console/other", {}, "Not now.") is None


class Forms(HTMLParser):
    """The forms of a page that post: the address of each, and its fields as they stand."""

    def __init__(self, page):
        super().__init__()
        self.found, self.select = [], None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        held = dict(attrs)
        name, kind = held.get("name"), held.get("type") or tag
        if tag == "form" and held.get("method") == "post":
            self.found.append((held["action"], {}, []))
        elif tag == "form":
            self.found.append((None, {}, []))
        elif tag == "option" and self.select and "value" in held:
            self.found[-1][1].setdefault(self.select, held["value"])
        elif tag == "select":
            self.select = name
        elif name and self.found and kind in ("hidden", "button"):
            self.found[-1][1].setdefault(name, held.get("value") or "")
        elif (
            name and self.found and kind in ("input", "textarea", "tel", "email", "number", "datetime-local")
        ):
            self.found[-1][2].append(name)


WRONG = "<i>wörds & “more” 👩‍🔧"
"""What no field takes that asks for something in particular."""
FREE = (
    "/note",
    "/reply",
    "/step",
    "/block",
    "/suppress",
    "/correction",
    "/sign-out",
    "/profile",
    "/organizations",
    "/try",
)
"""Forms that take any words; what they refuse is tried elsewhere."""


@pytest.mark.sql
def test_no_form_of_the_console_loses_what_was_typed_into_it(visitor, runtime, module_owner):
    house = make_house(runtime, module_owner)
    client = visitor(administrator=True)
    token = token_of(client, "/console/account")
    pages = [one for one in ROUTES if one.method == "GET" and not one.is_data and not one.is_open]
    lost, kept = [], set()

    for page in pages:
        path = "/console" + house.fill(page.path)
        for action, fixed, typed in Forms(client.get(path).text).found:
            if action is None or not typed or action.endswith(FREE):
                continue
            answer = client.post(action, data=fixed | dict.fromkeys(typed, WRONG) | {"form_token": token})
            assert answer.status_code < 500, (page.name, action)
            if answer.status_code < 400:
                continue
            told = re.search(r'role="alert"[^>]*>(.+?)</', answer.text, re.S)
            if WRONG not in unescape(answer.text) or told is None:
                lost.append((page.name, re.sub("[0-9a-f-]{36}", "…", action), answer.status_code))
            kept.add(page.name)

    assert lost == []
    assert {"alerts", "keys", "members", "newCampaign", "organization", "data"} <= kept


@pytest.mark.sql
def test_words_that_were_sent_after_the_session_ended_are_shown_to_be_copied_and_no_secret_with_them(visitor):
    form = {
        "content": "A long answer\nto <somebody>.",
        "password": "s3cret s3cret s3cret",
        "form_token": "x" * 40,
    }
    path = "/console/threads/00000000-0000-0000-0000-000000000001/reply"

    ours = visitor().post(path, data=form, headers={"Sec-Fetch-Site": "same-origin"})
    foreign = visitor().post(path, data=form, headers={"Sec-Fetch-Site": "cross-site"})

    assert ours.status_code == foreign.status_code == 401
    assert "A long answer\nto &lt;somebody&gt;." in ours.text and "/console/link" in ours.text
    assert "s3cret" not in ours.text and "x" * 40 not in ours.text
    assert "A long answer" not in foreign.text


@pytest.mark.sql
def test_a_form_that_came_after_its_session_goes_along_with_the_sign_in_and_is_sent_from_there(
    visitor, runtime, module_owner
):
    one = make_house(runtime, module_owner).one
    gone, path = visitor(), f"/console/people/{one.user_id}/profile"
    ours = {"Sec-Fetch-Site": "same-origin"}
    typed = {
        "first_name": "Zoë “Z” <b>",
        "last_name": "سارة",
        "email": "z@example.com",
        "was": '{"first_name": "?"}',
    }

    over = gone.post(path, data=typed | {"form_token": "x"}, headers=ours)
    sent = {name: unescape(found) for name, found in re.findall(r'name="(\w+)" value="([^"]*)"', over.text)}
    code = uuid4().hex
    make_link(runtime.database, hash_of(code))
    wrong = gone.post("/console/link", data=sent | {"code": "no"}, headers=ours)
    sent = {name: unescape(found) for name, found in re.findall(r'name="(\w+)" value="([^"]*)"', wrong.text)}
    again = gone.post(
        "/console/link", data=sent | {"code": f"https://bot.example/console/link?code={code}"}, headers=ours
    )
    changed = gone.post(path, data=typed | {"form_token": token_of(gone, "/console/account"), "was": "{}"})

    assert (over.status_code, wrong.status_code, again.status_code) == (401, 401, 200)
    assert "was used already" in wrong.text and "Nothing was sent yet" in again.text
    assert unescape(again.text).count(typed["first_name"]) and typed["last_name"] in again.text
    assert f'data-read-at="/console/people/{one.user_id}"' in again.text
    assert module_owner.execute(
        "select first_name from public.user_profiles where user_id = %s", [one.user_id]
    ).fetchone() == (typed["first_name"],)
    assert changed.status_code == 303


@pytest.mark.sql
def test_a_form_of_a_session_before_this_one_is_shown_filled_to_its_own_browser_alone(
    visitor, runtime, module_owner
):
    one = make_house(runtime, module_owner).one
    client, path = visitor(administrator=True), f"/console/people/{one.user_id}/profile"
    typed = {"first_name": "Typed before", "form_token": "of another session"}

    ours = client.post(path, data=typed, headers={"Sec-Fetch-Site": "same-origin"})
    foreign = client.post(path, data=typed, headers={"Sec-Fetch-Site": "cross-site"})

    assert (ours.status_code, foreign.status_code) == (403, 403)
    assert 'value="Typed before"' in ours.text and "signed in anew" in ours.text
    assert "Typed before" not in foreign.text


@pytest.mark.sql
def test_a_form_that_was_refused_still_says_what_it_was_typed_upon(visitor, runtime, module_owner):
    one = make_house(runtime, module_owner).one
    client, path = visitor(administrator=True), f"/console/people/{one.user_id}/profile"
    token, was = token_of(client, "/console/account"), '{"last_name": "before"}'

    refused = client.post(
        path, data={"email": "no e-mail", "last_name": "mine", "was": was, "form_token": token}
    )
    stale = client.post(path, data={"email": "", "last_name": "mine", "was": was, "form_token": token})
    said = [re.search(r'name="was" value="([^"]*)"', page.text)[1] for page in (refused, stale)]

    assert (refused.status_code, stale.status_code) == (400, 409)
    assert [unescape(one) == was for one in said] == [True, False]


@pytest.mark.sql
def test_a_list_as_a_file_is_whole_keeps_its_filter_and_opens_in_a_spreadsheet(
    visitor, runtime, module_owner, monkeypatch
):
    house = make_house(runtime, module_owner)
    module_owner.execute(
        """insert into public.call_history (user_id, organization_id, phone_number, call_sid, call_status, started_at, ended_at, summary)
           select %s, %s, '+12025550123', 'CAfile' || n, case when n <= 120 then 'busy' else 'failed' end, now() - n * interval '1 s', now(),
                  '=SUM(1) Zoë 🚲' from generate_series(1, 130) n""",
        [house.one.user_id, house.one.organization_id],
    )
    client = visitor(house.people["owner"])
    page = client.get(
        "/console/calls?status=busy&before=" + client.get("/console/calls.json?status=busy").json["next"]
    )
    link = re.search(r'href="(/console/calls\.csv[^"]*)"', page.text)

    whole = client.get(unescape(link[1]))
    german, english, swiss = (
        client.get(unescape(link[1]), headers={"Accept-Language": f"{language},en;q=0.8"}).text
        for language in ("de-DE", "en-GB", "de-CH")
    )
    monkeypatch.setattr(files, "MOST_ROWS", 70)
    cut = client.get("/console/calls.csv?status=busy")

    assert whole.data.startswith("\ufeffid,".encode()) and len(whole.text.splitlines()) == 121
    assert "'=SUM(1) Zoë 🚲" in whole.text and ",=SUM" not in whole.text and "failed" not in whole.text
    assert 'filename="voicebot.csv"' in whole.headers["Content-Disposition"]
    assert english == swiss == whole.text
    assert (
        german.startswith("\ufeffid;name;")
        and ";'=SUM(1) Zoë 🚲" in german
        and len(german.splitlines()) == 121
    )
    assert len(cut.text.splitlines()) == 71
    assert "first-70.csv" in cut.headers["Content-Disposition"]


@pytest.mark.sql
def test_few_lists_leave_at_once_and_one_whose_reader_is_gone_makes_room(visitor, runtime, module_owner):
    house = make_house(runtime, module_owner)
    module_owner.execute(
        """insert into public.call_history (user_id, organization_id, phone_number, call_sid, call_status, started_at, ended_at, summary)
           select %s, %s, '+12025550123', 'CAheld' || n, 'busy', now() - n * interval '1 s', now(), repeat('words ', 300)
             from generate_series(1, 60) n""",
        [house.one.user_id, house.one.organization_id],
    )
    client, other = visitor(house.people["owner"]), visitor(house.people["owner"])
    short = [client.get("/console/queue.csv", buffered=False) for _ in range(3)]
    assert {one.status_code for one in short} == {200}
    page = {"Accept": "text/html"}
    held = [client.get("/console/calls.csv", buffered=False) for _ in range(2)]

    third = client.get("/console/calls.csv", headers=page)
    third_program = client.get("/console/calls.csv")
    of_another = other.get("/console/calls.csv")
    held[0].close()
    again = client.get("/console/calls.csv")

    assert [one.status_code for one in (third, third_program, of_another, again)] == [429, 429, 200, 200]
    assert "<h1" in third.text and "wait until you have them" in third.text
    assert third_program.json["error"]["code"] == "429"
