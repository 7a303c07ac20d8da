"""Who belongs to an organization: leaders decide, owners alone make owners, and every change is on record for ever."""

import threading
from uuid import UUID, uuid4

import psycopg
import pytest

from voicebot.domain.access.actor import Actor

pytestmark = pytest.mark.sql


@pytest.fixture
def house(database, owner):
    """An organization with a member of each role."""
    return House(database, owner)


class House:
    def __init__(self, database, owner):
        self.database, self.owner = database, owner
        name = f"house-{uuid4().hex}"
        self.id = UUID(database.call("make_organization", name=name, slug=name)["id"])
        self.people = {role: self.person(role) for role in ("owner", "admin", "operator", "viewer", "agent")}

    def person(self, role):
        made = self.database.call("ensure_user", phone=f"+1415{uuid4().int % 10**7:07d}")["user_id"]
        self.owner.execute(
            "insert into public.organization_members (organization_id, user_id, role) values (%s, %s, %s)",
            [self.id, made, role],
        )
        return UUID(made)

    def actor(self, role):
        return Actor(self.people[role], self.id).to_json() if role else None

    def change(self, by, whose, role):
        answer = self.database.call(
            "change_member",
            organization_id=self.id,
            user_id=self.people[whose],
            role=role,
            actor=self.actor(by),
        )
        return answer.get("code", answer["result"])

    def remove(self, by, whose):
        answer = self.database.call(
            "remove_member", organization_id=self.id, user_id=self.people[whose], actor=self.actor(by)
        )
        return answer.get("code", answer["result"])

    def invite(self, by=None, role="viewer", **more):
        code = uuid4().hex
        answer = self.database.call(
            "invite_member", organization_id=self.id, role=role, code_hash=code,
            expires_at="2035-01-01T00:00:00Z", actor=self.actor(by) if by else None, **more,
        )  # fmt: skip
        return answer.get("code", answer["result"]), code

    def accept(self, code, **more):
        return self.database.call("accept_invitation", code_hash=code, **more)


def test_leaders_change_members_and_owners_alone_make_and_unmake_owners(house):
    told = [
        house.change("operator", "agent", "admin"),
        house.change("agent", "agent", "owner"),
        house.change("admin", "agent", "viewer"),
        house.change("admin", "admin", "owner"),
        house.change("admin", "owner", "agent"),
        house.remove("admin", "owner"),
        house.change("owner", "viewer", "king"),
        house.change("owner", "owner", "admin"),
        house.remove("owner", "owner"),
        house.change("owner", "admin", "owner"),
        house.change("owner", "owner", "viewer"),
        house.remove("owner", "viewer"),
    ]

    assert told == [
        "not_allowed", "not_allowed", "changed", "owners_alone", "owners_alone", "owners_alone", "unknown_role",
        "last_owner", "last_owner", "changed", "changed", "not_allowed",
    ]  # fmt: skip


def test_two_owners_who_leave_at_once_leave_one(house):
    house.people["second"] = house.person("owner")
    told = []

    threads = [
        threading.Thread(target=lambda who=who: told.append(house.remove(who, who)))
        for who in ("owner", "second")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(told) == ["last_owner", "removed"]


def test_an_invitation_is_good_once_for_whom_it_names_and_within_the_limit(house, owner):
    owner.execute("update public.organizations set max_members = 7 where id = %s", [house.id])
    first, code = house.invite("admin")
    second, named = house.invite("owner", role="agent", email="Ann@Example.com")
    person = UUID(house.database.call("ensure_user", phone="+14155550199")["user_id"])

    assert (first, second, house.invite("owner")[0]) == ("invited", "invited", "too_many")
    assert house.invite("viewer")[0] == "not_allowed"
    assert house.accept(named, user_id=person, email="bob@example.com")["code"] == "somebody_elses"
    assert house.accept(named, user_id=person, email="ann@example.com")["result"] == "joined"
    assert house.accept(named, user_id=person, email="ann@example.com")["code"] == "unknown_invitation"
    assert house.accept(code, full_name="Nobody yet")["organization_id"] == str(house.id)
    rows = house.database.call("list_members", organization_id=house.id)["rows"]
    assert {(row["name"], row["role"]) for row in rows} >= {("Nobody yet", "viewer")}
    assert len(rows) == 7


def test_an_invitation_changes_no_role_of_a_member_and_none_is_good_when_revoked_or_old(house, owner):
    _, code = house.invite(role="owner")
    house.accept(code, user_id=house.people["agent"])
    role = owner.execute(
        "select role from public.organization_members where user_id = %s", [house.people["agent"]]
    ).fetchone()
    _, revoked = house.invite()
    (one,) = house.database.call("list_members", organization_id=house.id)["invitations"]
    house.database.call("revoke_invitation", invitation_id=one["id"], actor=house.actor("admin"))
    _, old = house.invite()
    owner.execute("update public.organization_invitations set expires_at = now() where code_hash = %s", [old])
    (_, of_admin), (_, of_owner) = house.invite("admin"), house.invite("owner", role="owner")
    assert house.change("owner", "admin", "operator") == "changed"
    assert house.change(None, "agent", "owner") == "changed"
    assert house.change(None, "owner", "admin") == "changed"

    assert role == ("agent",)
    codes = (revoked, old, of_admin, of_owner)
    assert [house.accept(code)["code"] for code in codes] == ["unknown_invitation"] * 4
    _, resting = house.invite()
    owner.execute("update public.organizations set is_active = false where id = %s", [house.id])
    assert house.accept(resting)["code"] == "unknown_invitation"
    joined = owner.execute(
        "select count(*) from public.audit_log where organization_id = %s and action = 'member.joined'",
        [house.id],
    )
    assert joined.fetchone() == (0,)


def test_what_was_done_is_on_record_and_nobody_changes_the_record(house, owner):
    house.change("owner", "viewer", "operator")
    house.remove("admin", "agent")

    rows = house.database.call("audit_page", actor=house.actor("admin"))["rows"]
    assert [(row["action"], row["before"], row["after"]) for row in rows[:2]] == [
        ("member.removed", {"role": "agent"}, None),
        ("member.changed", {"role": "viewer"}, {"role": "operator"}),
    ]
    assert UUID(rows[0]["user_id"]) == house.people["admin"]
    for actor in ("operator", "viewer"):
        assert house.database.call("audit_page", actor=house.actor(actor))["code"] == "not_allowed"
    for words in ("update public.audit_log set action = 'x'", "delete from public.audit_log"):
        for role in ("service_role", None):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), owner.transaction():
                owner.execute(f"set local role {role}" if role else "select 1")
                owner.execute(words)


def test_a_session_ends_and_roles_are_those_of_the_moment(house, owner):
    def session(token):
        return house.database.call("console_session", token_hash=token)

    house.database.call("make_console_link", token_hash="a link", user_id=house.people["operator"])
    used = [
        house.database.call("use_console_link", link_hash="a link", token_hash=token, session_s=10**6)
        for token in ("one", "two")
    ]
    house.database.call(
        "begin_console_session", token_hash="three", signed_in_by="password", session_s=60,
        user_id=house.people["operator"],
    )  # fmt: skip
    longest = owner.execute(
        "select max(expires_at - created_at) <= interval '12 hours' from public.console_sessions"
    )

    assert [one["result"] for one in used] == ["begun", "refused"]
    assert longest.fetchone() == (True,)
    assert (session("one")["role"], session("one")["organization_id"]) == ("operator", str(house.id))
    house.change("owner", "operator", "viewer")
    assert session("one")["role"] == "viewer"
    house.database.call("end_console_session", token_hash="three")
    assert (session("three")["result"], session("one")["result"]) == ("refused", "found")
    house.remove("owner", "operator")
    assert session("one")["code"] == "no_member"


def test_ten_tries_fail_and_the_next_rests_until_time_has_passed(house, owner):
    def tries(count):
        return [house.database.call("try_console_sign_in", subject="x")["result"] for _ in range(count)]

    assert tries(12) == ["allowed"] * 10 + ["locked"] * 2
    owner.execute("update public.console_tries set since = now() - interval '16 minutes' where subject = 'x'")
    assert tries(1) == ["allowed"]
