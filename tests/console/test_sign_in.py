"""Signing in and out: by a link, by a password, by an invitation; and what somebody who is no member gets."""

import re
from uuid import UUID, uuid4

import pytest

from tests.console.conftest import TOKEN, token_of
from tests.console.guarding.signing_in import Passwords, log_in
from voicebot.console.forms import form_token
from voicebot.domain.access.api_key import hash_of
from voicebot.domain.access.next_page import safe_next
from voicebot.providers.ports import Identity
from voicebot.storage.access.sessions import make_link

pytestmark = pytest.mark.sql


@pytest.fixture
def passwords(runtime, houses, module_owner):
    module_owner.execute("delete from public.console_tries")
    runtime.identity = Passwords(houses[0].people["operator"])
    yield runtime.identity
    runtime.identity = None


def is_in(client):
    return client.get("/console/account").status_code == 200


def cookies_of(answer):
    return [
        one
        for one in answer.headers.getlist("Set-Cookie")
        if one.startswith(("voicebot=", "__Host-voicebot="))
    ]


def test_a_link_signs_in_once_and_looking_at_it_does_not_use_it(visitor, runtime):
    code = uuid4().hex
    make_link(runtime.database, hash_of(code))
    first, second = visitor(), visitor()
    for client in (first, second):
        assert client.get(f"/console/link?code={code}").status_code == 200

    answers = [
        client.post("/console/link", data={"code": code, "form_token": token_of(client, "/console/link")})
        for client in (first, second)
    ]

    assert [answer.status_code for answer in answers] == [303, 401]
    assert (is_in(first), is_in(second)) == (True, False)


def test_a_link_is_too_old_after_fifteen_minutes(visitor, runtime, module_owner):
    code, client = uuid4().hex, visitor()
    make_link(runtime.database, hash_of(code))
    module_owner.execute(
        "update public.console_links set expires_at = now() where token_hash = %s", [hash_of(code)]
    )

    answer = client.post(
        "/console/link", data={"code": code, "form_token": token_of(client, "/console/link")}
    )

    assert (answer.status_code, is_in(client)) == (401, False)


def test_a_password_opens_a_session_that_scripts_and_other_sites_do_not_reach(
    visitor, passwords, module_owner
):
    client = visitor()

    answer = log_in(client, next="/console/calls?status=completed")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/console/calls?status=completed")
    (cookie,) = cookies_of(answer)
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Max-Age=43200" in cookie
    secret = re.match(r"voicebot=([^;]+)", cookie)[1]
    kept = module_owner.execute("select to_jsonb(s)::text from public.console_sessions s").fetchall()
    assert secret not in str(kept) and hash_of(secret) in str(kept)


def test_where_the_address_is_https_the_cookie_goes_nowhere_else(visitor, passwords, runtime):
    before = runtime.settings
    runtime.settings = before.model_copy(update={"public_url": "https://bot.example.com"})
    try:
        client = visitor()
        page = client.get("/console/login", base_url="https://bot.example.com")
        answer = client.post(
            "/console/login", base_url="https://bot.example.com",
            data={"email": "ann@example.com", "password": "right", "form_token": TOKEN.search(page.text)[1]},
        )  # fmt: skip
    finally:
        runtime.settings = before

    (cookie,) = cookies_of(answer)
    assert cookie.startswith("__Host-voicebot=") and "; Secure" in cookie and "; Path=/" in cookie


def test_a_secret_that_was_there_before_is_worth_nothing_after_signing_in(visitor, passwords):
    client, planted = visitor(), "planted"
    client.set_cookie("voicebot", planted, path="/console")

    log_in(client)

    assert is_in(client)
    assert client.get_cookie("voicebot", path="/console").value != planted
    other = visitor()
    other.set_cookie("voicebot", planted, path="/console")
    assert not is_in(other)


def test_a_hundred_wrong_passwords_are_looked_at_ten_times_and_the_right_one_waits_then(visitor, passwords):
    client = visitor()
    token = token_of(client, "/console/login")

    def tried(password):
        form = {"email": "Ann@example.com", "password": password, "form_token": token}
        return client.post("/console/login", data=form).status_code

    assert [tried("wrong") for _ in range(100)] == [401] * 10 + [429] * 90
    assert (tried("right"), passwords.looked) == (429, 10)


def test_a_right_password_begins_the_count_anew(visitor, passwords):
    for _ in range(2):
        for _ in range(9):
            assert log_in(visitor(), "wrong").status_code == 401
        assert log_in(visitor()).status_code == 303


def test_an_auth_that_is_away_is_said_and_signs_nobody_in(visitor, passwords):
    passwords.fails, client = True, visitor()

    assert log_in(client).status_code == 503
    assert not is_in(client)


def test_a_token_says_who_somebody_is_and_the_rows_which_role(visitor, passwords, module_owner, houses):
    stranger, client = uuid4(), visitor()
    module_owner.execute("insert into auth.users (id) values (%s)", [stranger])
    passwords.who = Identity(stranger, "ann@example.com")

    assert log_in(client).status_code == 403
    assert not is_in(client)

    passwords.who = Identity(houses[0].people["viewer"], "ann@example.com")
    member = visitor()
    log_in(member)
    assert member.get("/console/settings/members").status_code == 403
    where = "where user_id = %s"
    module_owner.execute(
        f"update public.organization_members set role = 'admin' {where}", [passwords.who.user_id]
    )
    assert member.get("/console/settings/members").status_code == 200
    module_owner.execute(
        f"update public.organization_members set status = 'removed' {where}", [passwords.who.user_id]
    )
    assert not is_in(member)
    module_owner.execute(
        f"update public.organization_members set status = 'active', role = 'viewer' {where}",
        [passwords.who.user_id],
    )


def test_an_administrator_of_the_service_needs_no_organization(visitor, passwords, module_owner):
    who = uuid4()
    module_owner.execute("insert into auth.users (id) values (%s)", [who])
    passwords.who = Identity(who, "ann@example.com", administrator=True)
    client = visitor()

    log_in(client)

    assert client.get("/console/settings/members").status_code == 200


@pytest.mark.parametrize("token", ["", "wrong", "of another"])
def test_a_form_without_the_token_of_its_page_does_nothing(visitor, houses, token):
    house, _ = houses
    client, other = visitor(house.people["owner"]), visitor(house.people["owner"])
    sent = token_of(other, "/console/account") if token == "of another" else token
    path = f"/console/settings/members/{house.people['agent']}/remove"

    answer = client.post(path, data={"form_token": sent})

    assert answer.status_code == 403
    assert visitor(house.people["agent"]).get("/console").status_code == 200


def test_whoever_holds_no_secret_has_no_form(visitor):
    client = visitor()
    token = form_token("")

    answer = client.post("/console/link", data={"code": "none", "form_token": token})

    assert answer.status_code == 403


def test_a_form_of_another_site_does_nothing_whatever_token_it_has(visitor, houses):
    client = visitor(houses[0].people["owner"])
    token = token_of(client, "/console/account")

    answer = client.post(
        "/console/sign-out", data={"form_token": token}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert (answer.status_code, is_in(client)) == (403, True)


def test_somebody_signs_out_here_or_everywhere(visitor, houses):
    user = houses[0].people["viewer"]
    first, second, third = visitor(user), visitor(user), visitor(houses[0].people["owner"])

    first.post("/console/sign-out", data={"form_token": token_of(first, "/console/account")})
    assert (is_in(first), is_in(second)) == (False, True)
    again = visitor(user)
    again.post("/console/sign-out-everywhere", data={"form_token": token_of(again, "/console/account")})

    assert (is_in(again), is_in(second), is_in(third)) == (False, False, True)


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example", "//evil.example", "/\\evil.example", "/console\\@evil.example", "javascript:alert(1)",
        "/consolevil", "/console/../api", "/console/\tx", "/console/..", "/console.evil.example", "/", "",
        "/console/" + "x" * 500,
    ],
)  # fmt: skip
def test_nobody_is_led_away_from_the_console(wanted):
    assert safe_next(wanted) == "/console"


@pytest.mark.parametrize("wanted", ["/console", "/console/calls?status=completed", "/console?x=1"])
def test_the_page_that_was_wanted_is_shown_after_signing_in(wanted):
    assert safe_next(wanted) == wanted


def test_an_invitation_makes_a_member_who_is_signed_in_and_who_comes_too_late_is_on_record(
    visitor, houses, module_owner
):
    house, _ = houses
    owner, guest = visitor(house.people["owner"]), visitor()
    token = token_of(owner, "/console/settings/members")

    page = owner.post("/console/settings/invitations", data={"role": "viewer", "form_token": token})
    code = re.search(r"/console/invitation\?code=([\w-]+)", page.text)[1]
    form = {
        "code": code,
        "name": "Ann <b>",
        "form_token": token_of(guest, f"/console/invitation?code={code}"),
    }
    joined = guest.post("/console/invitation", data=form)

    assert joined.status_code == 303
    assert "viewer of" in guest.get("/console/account").text
    assert "Ann &lt;b&gt;" in owner.get("/console/settings/members").text
    late = visitor()
    form["form_token"] = token_of(late, "/console/invitation")
    assert late.post("/console/invitation", data=form).status_code == 404
    refused = module_owner.execute(
        "select object_id from public.audit_log where after ->> 'why' = 'wrong_invitation'"
    )
    assert refused.fetchall() == [("unknown",)]


def test_an_invitation_where_there_are_passwords_is_taken_with_one(visitor, passwords, houses, module_owner):
    house, _ = houses
    who = UUID(str(uuid4()))
    module_owner.execute("insert into auth.users (id, email) values (%s, 'ann@example.com')", [who])
    passwords.who = Identity(who, "ann@example.com")
    owner, guest = visitor(house.people["owner"]), visitor()
    token = token_of(owner, "/console/settings/members")
    form = {"role": "operator", "email": "Ann@Example.com", "form_token": token}
    page = owner.post("/console/settings/invitations", data=form)
    code = re.search(r"/console/invitation\?code=([\w-]+)", page.text)[1]

    def join(password):
        token = token_of(guest, "/console/invitation")
        form = {"code": code, "email": "ann@example.com", "password": password, "form_token": token}
        return guest.post("/console/invitation", data=form).status_code

    assert (join("wrong"), join("right")) == (401, 303)
    assert guest.get("/console/account.json").json["role"] == "operator"


def test_what_people_wrote_stays_text_and_a_table_runs_nothing_in_a_spreadsheet(
    visitor, houses, module_owner
):
    house, _ = houses
    module_owner.execute(
        "update public.call_history set summary = %s where public_id = %s",
        ["=HYPERLINK(1)<script>alert(1)</script>", house.one.call_id],
    )
    client = visitor(house.people["viewer"])

    page, table = client.get("/console/calls").text, client.get("/console/calls.csv").text

    assert "<script>" not in page and "&lt;script&gt;" in page
    assert "'=HYPERLINK" in table
    assert house.one.number not in page + table


def test_who_read_a_call_is_on_record(visitor, houses):
    house, _ = houses
    visitor(house.people["viewer"]).get(f"/console/calls/{house.one.call_id}")

    entries = visitor(house.people["owner"]).get("/console/settings/audit.json").json["entries"]
    entry = next(one for one in entries if one["action"] == "transcript.read")

    assert (entry["action"], entry["object_id"], entry["user_id"], entry["address"]) == (
        "transcript.read", str(house.one.call_id), str(house.people["viewer"]), "127.0.0.1",
    )  # fmt: skip


def test_another_password_ends_every_session_that_was_begun_before_it(visitor, houses, module_owner):
    person = houses[0].people["operator"]
    here, there, other = visitor(person), visitor(person), visitor(houses[0].people["admin"])
    assert [one.get("/console/account").status_code for one in (here, there, other)] == [200] * 3

    module_owner.execute("update auth.users set encrypted_password = 'another' where id = %s", [person])

    assert [one.get("/console/account").status_code for one in (here, there, other)] == [303, 303, 200]
    assert visitor(person).get("/console/account").status_code == 200


def test_who_leads_makes_a_link_for_a_member_and_an_owner_alone_for_an_owner(visitor, houses, module_owner):
    people = houses[0].people
    admin, owner = visitor(people["admin"]), visitor(people["owner"])

    def link_for(leader, person):
        form = {"form_token": token_of(leader, "/console/account")}
        return leader.post(f"/console/settings/members/{people[person]}/link", data=form)

    made = link_for(admin, "agent")
    code, client = re.search(r"/console/link\?code=([\w-]+)", made.text)[1], visitor()
    form = {"code": code, "form_token": token_of(client, "/console/link")}
    assert client.post("/console/link", data=form).status_code == 303
    assert "agent of" in client.get("/console/account").text
    assert client.post("/console/link", data=form).status_code == 401
    assert [link_for(admin, "owner").status_code, link_for(owner, "owner").status_code] == [403, 200]
    (on_record,) = module_owner.execute(
        "select count(*) from public.audit_log where action = 'member.link_made' and object_id = any(%s)",
        [[str(people["agent"]), str(people["owner"])]],
    ).fetchone()
    assert on_record == 2


def test_nobody_makes_a_link_for_a_member_who_has_a_password(visitor, passwords, houses):
    owner, agent = visitor(houses[0].people["owner"]), houses[0].people["agent"]
    form = {"form_token": token_of(owner, "/console/account")}

    assert owner.post(f"/console/settings/members/{agent}/link", data=form).status_code == 409
    assert "Sign-in link" not in owner.get("/console/settings/members").text


def test_whoever_makes_an_organization_goes_on_with_the_new_one(visitor, houses):
    operator, slug = visitor(administrator=True), f"new-{uuid4().hex}"
    form = {"name": "Anna's <Bakery>", "slug": slug, "form_token": token_of(operator, "/console/account")}

    made = operator.post("/console/settings/organizations", data=form)

    place = made.headers["Location"]
    assert made.status_code == 303 and "organization=" in place
    assert re.search(r"<option[^>]* selected>Anna&#39;s &lt;Bakery&gt;", operator.get(place).text)
