"""Whose rows a key opens: every route of the table is tried with keys of somebody else."""

import json

import pytest

from tests.api.actors.asked import (
    ASKED,
    BLIND,
    FILES,
    HOUSE_ONLY,
    LISTS_THEIR_OWN,
    OPERATIONS,
    REFUSED_FOR_NOW,
    SERVICE_WIDE,
    ask,
    is_empty,
)
from tests.api.people import ask_by_key, make_owned, talks
from voicebot.api.table import ROUTES

pytestmark = pytest.mark.sql
OPERATORS_ALONE = {route.operation_id for route in ROUTES if route.roles == ("operator",)}


def rows_about(owner, one):
    """Everything that is kept of somebody, to see that nothing of it was changed."""
    tables = {
        "conversations": "id = %(conversation_id)s or customer_identifier = %(number)s",
        "sms_history": "conversation_id = %(conversation_id)s or to_number = %(number)s",
        "suppressions": "phone_number = %(number)s",
        "blocked_callers": "number = %(number)s",
        "call_history": "user_id = %(user_id)s",
        "call_commands": "call_id in (select c.id from public.call_history c where c.user_id = %(user_id)s)",
        "user_profiles": "user_id = %(user_id)s",
        "onboarding_messages": "user_id = %(user_id)s",
        "support_escalations": "user_id = %(user_id)s",
        "inbox_items": "user_id = %(user_id)s",
        "inbox_notes": "item_id = %(conversation_id)s",
        "call_queue": "user_id = %(user_id)s",
        "campaigns": "user_id = %(user_id)s",
        "user_subscriptions": "user_id = %(user_id)s",
        "user_call_usage": "user_id = %(user_id)s",
        "call_series": "user_id = %(user_id)s",
        "bulk_actions": "id = %(bulk_id)s",
        "person_tags": "phone_number = %(number)s",
        "alert_rules": "organization_id = %(organization_id)s",
        "webhook_endpoints": "organization_id = %(organization_id)s",
        "organization_members": "organization_id = %(organization_id)s",
        "organization_invitations": "organization_id = %(organization_id)s",
    }
    kept = ", ".join(
        f"'{table}', (select jsonb_agg(to_jsonb(t) order by id) from public.{table} t where {where})"
        for table, where in tables.items()
    )
    return owner.execute(f"select jsonb_build_object({kept})", vars(one)).fetchone()


def test_every_route_is_asked():
    assert set(ASKED) == set(OPERATIONS)


@pytest.mark.parametrize("operation", sorted(set(ASKED) - BLIND))
def test_somebody_elses_key_sees_nothing_and_changes_nothing(keys_of_somebody, owner, theirs, operation):
    before, wrong = rows_about(owner, theirs), {}

    for kind, client in keys_of_somebody.items():
        answer = ask(client, operation, theirs)
        # A number that was sent may come back in a refusal's place, but nothing else of theirs.
        seen = json.dumps(answer.json)
        marks = [mark for mark in theirs.marks - {theirs.number} if mark in seen]
        refused = answer.status_code in (403, 404) or is_empty(answer.json)
        if marks or not (refused or operation in LISTS_THEIR_OWN):
            wrong[kind] = (answer.status_code, marks)

    assert wrong == {}
    assert rows_about(owner, theirs) == before


@pytest.mark.parametrize(
    "path", ["/conversations", "/calls", "/escalations", "/queue", "/campaigns", "/subscriptions", "/usage"]
)
def test_a_list_without_filters_shows_nothing_of_theirs_either(keys_of_somebody, theirs, path):
    for kind, client in keys_of_somebody.items():
        answer = client.get(f"/api/v1{path}", query_string={"page_size": 200})

        assert [mark for mark in theirs.marks if mark in answer.text] == [], kind


@pytest.mark.parametrize(
    "operation", ["startOnboarding", "sendMessage", "showSuppressions", "addSuppression", "liftSuppression"]
)
def test_a_number_of_somebody_else_is_refused_like_one_of_nobody(
    client_of, owner, somebody, theirs, operation
):
    client = client_of("organization", somebody)
    nobody = type(theirs)(**(vars(theirs) | {"number": "+12125550199"}))

    answers = [ask(client, operation, one) for one in (theirs, nobody)]

    assert answers[0].status_code == answers[1].status_code
    assert answers[0].json == answers[1].json
    assert owner.execute(
        "select count(*) from public.phone_links where phone_number = '+12125550199'"
    ).fetchone() == (0,)


# It only looks, or the thing is like that already; and a verification is itself the record of what its key asked.
NOTHING_CHANGED = {
    "askDoctor",
    "assignCall",
    "cancelBulk",
    "releasePerson",
    "removeBlock",
    "testProvider",
    "tryTemplate",
}


@pytest.mark.parametrize("kind", ["user", "organization", "nobody's: the operator"])
@pytest.mark.parametrize(
    "operation", sorted(set(ASKED) - BLIND - HOUSE_ONLY - FILES - {"changeConversation"})
)
def test_their_own_key_and_the_operators_do(client_of, runtime, module_owner, operation, kind):
    owner = module_owner
    one = make_owned(runtime, owner)
    if kind == "user" and operation.endswith(("Call", "Calls")):
        owner.execute(
            "update public.call_history set organization_id = null where call_sid = %s", [one.call_sid]
        )

    client = client_of(kind.split()[0].replace("nobody's:", ""), one)
    if operation in ("addCallCommand", "listCallCommands"):
        talks(owner, one)
        ask(client, "addCallCommand", one)

    before = deeds(owner)
    answer = ask(client, operation, one)
    for refused in (operation, f"{operation} of a {kind}"):
        if refused in REFUSED_FOR_NOW:
            assert answer.status_code == REFUSED_FOR_NOW[refused]
            return

    assert answer.status_code in (200, 201, 202)
    assert not is_empty(answer.json)
    if OPERATIONS[operation].method != "GET" and operation not in NOTHING_CHANGED:
        assert deeds(owner) > before


def deeds(owner):
    return owner.execute("select count(*) from public.audit_log").fetchone()[0]


@pytest.mark.parametrize("operation", sorted(SERVICE_WIDE))
def test_what_is_the_whole_services_is_closed_to_keys_of_anybody(keys_of_somebody, somebody, operation):
    for kind in ("user", "organization", "user and organization"):
        answer = ask(keys_of_somebody[kind], operation, somebody)

        assert (answer.status_code, answer.json["error"]["code"]) == (403, "not_allowed"), kind


def test_who_left_an_organization_is_not_reached_by_it_any_more(client_of, owner, runtime):
    one = make_owned(runtime, owner)
    client = client_of("organization", one)
    assert ask(client, "showConversation", one).status_code == 200

    owner.execute(
        "update public.organization_members set status = 'removed' where user_id = %s", [one.user_id]
    )

    assert ask(client, "showConversation", one).status_code == 404
    assert ask(client, "sendMessage", one).status_code == 403


def test_integrators_verify_phones_and_look_at_calls_and_all_else_is_for_operators():
    assert set(OPERATIONS) - OPERATORS_ALONE == {
        "startVerification",
        "checkVerification",
        "listCalls",
        "showCall",
    }


@pytest.mark.parametrize("operation", sorted(OPERATORS_ALONE))
def test_what_is_for_operators_is_closed_to_integrators(app, make_api_key, theirs, operation):
    answer = ask(ask_by_key(app, make_api_key(role="integrator")), operation, theirs)

    assert (answer.status_code, answer.json["error"]["code"]) == (403, "forbidden")
