"""Organizations over the API: a member's key does what the member may in the console, and the audit log names the key."""

from uuid import UUID, uuid4

import pytest

from tests.api.people import ask_by_key, make_owned
from voicebot.domain.access.api_key import hash_of
from voicebot.storage.access.sessions import use_link

pytestmark = pytest.mark.sql


@pytest.fixture
def one(runtime, owner):
    return make_owned(runtime, owner)


@pytest.fixture
def key_of(app, make_api_key, owner, one):
    """A key of a member of the organization in a role, the person of `one` or somebody else."""

    def make(role, user_id=None):
        user_id = user_id or one.user_id
        owner.execute(
            """insert into public.organization_members (organization_id, user_id, role) values (%s, %s, %s)
               on conflict (organization_id, user_id) do update set role = excluded.role""",
            [one.organization_id, user_id, role],
        )
        return ask_by_key(
            app,
            make_api_key(
                name=f"{role} of {one.organization_id}", user_id=user_id, organization_id=one.organization_id
            ),
        )

    return make


def code_of(answer):
    return answer.status_code, answer.json["error"]["code"]


def test_the_key_of_an_owner_invites_changes_and_removes_members_and_is_named_in_the_audit_log(
    runtime, owner, api, one, key_of
):
    leader, team = key_of("owner"), f"/api/v1/organizations/{one.organization_id}"

    invited = leader.post(f"{team}/invitations", json={"role": "viewer", "email": "ann@example.com"})
    second = leader.post(f"{team}/invitations", json={"role": "agent"}).json
    listed = [row["id"] for row in leader.get(f"{team}/invitations").json["invitations"]]
    assert invited.status_code == 201 and {invited.json["id"], second["id"]} < set(listed)
    assert leader.delete(f"/api/v1/invitations/{invited.json['id']}").json["revoked"]
    assert code_of(leader.delete(f"/api/v1/invitations/{invited.json['id']}")) == (404, "unknown_invitation")
    joined = runtime.database.call(
        "accept_invitation", code_hash=hash_of(second["link"].partition("code=")[2])
    )
    member = f"{team}/members/{joined['user_id']}"

    assert leader.patch(member, json={"role": "operator"}).json == {
        "user_id": joined["user_id"],
        "role": "operator",
    }
    # What signs in or opens would outlive the key that made it.
    assert code_of(leader.post(f"{member}/link", json={})) == (403, "not_allowed")
    assert code_of(leader.post("/api/v1/keys", json={"name": uuid4().hex, "role": "operator"})) == (
        403,
        "not_allowed",
    )
    link = api.post(f"{member}/link", json={}).json["link"]
    assert use_link(
        runtime.database, hash_of(link.partition("code=")[2]), uuid4().hex, session_s=60, address="::1"
    )
    roles = {row["user_id"]: row["role"] for row in leader.get(f"{team}/members").json["members"]}
    assert roles == {str(one.user_id): "owner", joined["user_id"]: "operator"}
    assert code_of(leader.delete(member, query_string={"role": "agent"})) == (409, "changed_meanwhile")
    assert leader.delete(member, query_string={"role": "operator"}).json["removed"]
    assert code_of(leader.delete(member)) == (404, "unknown_member")
    assert code_of(leader.delete(f"{team}/members/{one.user_id}")) == (409, "last_owner")

    page = leader.get("/api/v1/audit", query_string={"page_size": 4}).json
    rest = leader.get("/api/v1/audit", query_string={"before": page["next"]}).json["deeds"]
    by_key = [row for row in [*page["deeds"], *rest] if (row["key_name"] or "").startswith("owner of")]
    deeds = [(row["action"], row["key_name"]) for row in by_key]
    assert deeds == [
        (action, f"owner of {one.organization_id}")
        for action in (
            "member.removed", "member.changed", "invitation.revoked", "member.invited", "member.invited",
        )
    ]  # fmt: skip
    assert {row["user_id"] for row in by_key} == {str(one.user_id)}


def test_what_a_member_may_not_do_the_members_key_may_not_either(runtime, owner, one, key_of):
    team = f"/api/v1/organizations/{one.organization_id}"
    other = UUID(runtime.database.call("ensure_user", phone="+12125550187")["user_id"])
    key_of("owner")
    admin, operator = key_of("admin", other), key_of("operator", other)
    asked = {
        ("GET", f"{team}/members"): None, ("GET", f"{team}/invitations"): None, ("GET", "/api/v1/audit"): None,
        ("POST", f"{team}/invitations"): {"role": "viewer"}, ("GET", team): None, ("GET", "/api/v1/usage/month"): None,
        ("GET", "/api/v1/keys"): None, ("PATCH", f"{team}/members/{other}"): {"role": "owner"},
    }  # fmt: skip

    for (method, path), body in asked.items():
        assert code_of(operator.open(path, method=method, json=body)) == (403, "not_allowed"), path
    owner.execute("update public.organization_members set role = 'admin' where user_id = %s", [other])
    for (method, path), body in asked.items():
        answer = admin.open(path, method=method, json=body)
        assert answer.status_code in (200, 201) or code_of(answer) == (403, "owners_alone"), path

    assert code_of(admin.post(f"{team}/members/{one.user_id}/link", json={})) == (403, "owners_alone")
    assert code_of(admin.post(f"{team}/invitations", json={"role": "owner"})) == (403, "owners_alone")
    assert admin.post(f"{team}/invitations", json={"role": "owner", "email": "nobody"}).status_code == 400
    assert code_of(admin.patch(team, json={"max_members": 500})) == (403, "not_allowed")
    assert admin.patch(team, json={"display_name": "The Shop"}).json["display_name"] == "The Shop"
    for field, value in {
        "default_timezone": "Nowhere/Near", "contact_email": "ann@shop.example\r\nBcc: all@shop.example", "billing_email": "nobody",
        "website_url": "javascript:alert(1)", "phone": "1\u202e2", "default_language": "d\ne",
    }.items():  # fmt: skip
        wrong = admin.patch(team, json={field: value})
        assert (wrong.status_code, wrong.json["error"]["field"]) == (400, field)


def test_organizations_are_made_by_keys_of_the_service_and_each_key_sees_its_own(api, one, key_of):
    slug = f"team-{uuid4().hex}"
    made = api.post("/api/v1/organizations", json={"name": "A team", "slug": slug})
    team = f"/api/v1/organizations/{made.json['id']}"

    assert (made.status_code, made.json["slug"], made.json["members"]) == (201, slug, 0)
    assert code_of(api.post("/api/v1/organizations", json={"name": "A team", "slug": slug})) == (
        409,
        "name_taken",
    )
    assert api.post("/api/v1/organizations", json={"name": "A team", "slug": "A team"}).status_code == 400
    seen = {row["id"] for row in api.get("/api/v1/organizations").json["organizations"]}
    assert {made.json["id"], str(one.organization_id)} <= seen
    agent = key_of("agent")
    assert [row["id"] for row in agent.get("/api/v1/organizations").json["organizations"]] == [
        str(one.organization_id)
    ]
    assert api.get(f"{team}/members").json == {"members": []}
    for path in (f"/api/v1/organizations/{uuid4()}/members", "/api/v1/organizations/none/invitations"):
        assert code_of(api.get(path)) == (404, "unknown_organization")
    assert code_of(api.post(f"{team}/members/{one.user_id}/link", json={})) == (404, "unknown_member")
