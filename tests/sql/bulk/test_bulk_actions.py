"""One action on many rows: each row once, by the function that does it alone, whatever is killed, sent twice or taken away."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from uuid import uuid4

import pytest

from tests.api.people import make_owned
from voicebot.domain.access.actor import THE_OPERATOR, Actor

pytestmark = pytest.mark.sql


@pytest.fixture
def one(database, owner):
    """A person in an organization, with an operator who acts for all of it."""
    made = make_owned(SimpleNamespace(database=database), owner)
    owner.execute(
        "update public.organization_members set role = 'operator' where user_id = %s", [made.user_id]
    )
    return made


@pytest.fixture
def keeper(one):
    return Actor(None, one.organization_id, by=one.user_id)


def entries(owner, one, count, status="queued"):
    rows = owner.execute(
        """insert into public.call_queue (user_id, recipient_number, purpose, status, next_attempt_at)
           select %s, '+1303555' || lpad((7000 + n)::text, 4, '0'), 'asked_for', %s, now()
             from generate_series(1, %s) n returning id""",
        [one.user_id, status, count],
    ).fetchall()
    return [str(row[0]) for row in rows]


def begin(database, ids, action, actor, *, key=None, of="entry", **arguments):
    return database.call(
        "begin_bulk", object_type=of, action=action, ids=ids, request_key=key or uuid4().hex, arguments=arguments,
        actor=actor.to_json(),
    )  # fmt: skip


def run(database, bulk_id, batch=100):
    return database.call("run_bulk_batch", bulk_id=bulk_id, batch=batch)


def run_all(database, made, batch=100):
    while run(database, made["bulk"]["id"], batch)["state"] == "running":
        pass
    return database.call("show_bulk", id=made["bulk"]["id"])["bulk"]


def statuses(owner, ids):
    rows = owner.execute(
        "select status, count(*) from public.call_queue where id = any (%s::uuid[]) group by status", [ids]
    )
    return dict(rows.fetchall())


def test_each_row_is_done_once_or_left_out_with_the_reason_that_was_told_before(database, owner, one, keeper):
    waiting, done = entries(owner, one, 5), entries(owner, one, 2, "completed")
    ids = [*waiting, *done, str(uuid4())]
    asked = {"object_type": "entry", "action": "cancel", "ids": ids, "actor": keeper.to_json()}

    told = database.call("preview_bulk", **asked)
    found = run_all(database, begin(database, ids, "cancel", keeper), batch=3)

    assert (told["total"], told["doable"], told["skipped"]) == (8, 5, {"over": 2, "unknown_entry": 1})
    assert (found["state"], found["done"], found["skipped"]) == ("done", 5, 3)
    assert found["reasons"] == told["skipped"]
    assert statuses(owner, ids) == {"canceled": 5, "completed": 2}
    audit = owner.execute(
        "select action, after, user_id from public.audit_log where object_id = %s order by id", [found["id"]]
    ).fetchall()
    assert [row[0] for row in audit] == ["bulk.begun", "bulk.done"]
    assert (audit[0][1]["rows"], audit[1][1]) == (8, {"done": 5, "skipped": 3})
    assert audit[0][2] == one.user_id


def test_the_same_key_begins_once_and_with_something_else_is_refused(database, owner, one, keeper):
    ids, key = entries(owner, one, 3), uuid4().hex

    with ThreadPoolExecutor(4) as pool:
        first, *again = sorted(
            pool.map(lambda _: begin(database, ids, "cancel", keeper, key=key), range(4)),
            key=lambda answer: answer["result"],
        )
    other = begin(database, ids, "redial", keeper, key=key)
    somebody_elses = begin(database, ids, "cancel", THE_OPERATOR, key=key)

    assert (first["result"], somebody_elses["result"]) == ("begun", "begun")
    assert [answer["result"] for answer in again] == ["known"] * 3
    assert {answer["bulk"]["id"] for answer in again} == {first["bulk"]["id"]}
    assert other["code"] == "key_used"
    jobs = owner.execute(
        "select count(*) from jobs.procrastinate_jobs where args ->> 'bulk_id' = %s", [first["bulk"]["id"]]
    )
    assert jobs.fetchone() == (1,)


@pytest.mark.parametrize(
    ("ids", "action", "of", "arguments", "code"),
    [
        ([], "cancel", "entry", {}, "nothing"),
        ([str(uuid4())], "cancel", "call", {}, "unknown_action"),
        ([str(uuid4())], "assign", "entry", {"member": str(uuid4())}, "unknown_action"),
        ([str(uuid4())], "drop", "entry", {}, "unknown_action"),
        ([str(uuid4())], "tag", "call", {"tag": " "}, "wrong_tag"),
        ([str(uuid4())], "reschedule", "entry", {}, "no_time"),
        ([str(uuid4())], "assign", "call", {}, "unknown_member"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_kept(
    database, keeper, ids, action, of, arguments, code
):
    assert begin(database, ids, action, keeper, of=of, **arguments)["code"] == code


def test_a_team_has_three_actions_on_their_way_and_the_next_one_when_one_is_over(
    database, owner, one, keeper
):
    ids = entries(owner, one, 1)
    with ThreadPoolExecutor(5) as pool:
        told = list(pool.map(lambda _: begin(database, ids, "cancel", keeper), range(5)))
    begun = [answer for answer in told if answer["result"] == "begun"]

    assert (len(begun), [answer["code"] for answer in told if answer not in begun]) == (3, ["busy"] * 2)
    run_all(database, begun[0])
    assert begin(database, entries(owner, one, 1), "cancel", keeper)["result"] == "begun"
    assert begin(database, entries(owner, one, 1), "cancel", THE_OPERATOR)["result"] == "begun"


def test_an_action_takes_ten_thousand_rows_and_not_one_more(database, owner, keeper):
    ids = [str(uuid4()) for _ in range(10_001)]

    refused = begin(database, ids, "cancel", keeper)
    made = begin(database, ids[:-1], "cancel", keeper)

    assert refused["code"] == "too_many"
    assert made["bulk"]["total"] == 10_000


def test_who_is_killed_within_a_batch_has_done_none_of_it_and_the_next_goes_on(
    dsn, database, owner, one, keeper
):
    import psycopg

    ids = entries(owner, one, 9)
    made = begin(database, ids, "cancel", keeper)
    run(database, made["bulk"]["id"], 3)
    with psycopg.connect(dsn) as dying:
        dying.execute("select public.run_bulk_batch(%s, 3)", [made["bulk"]["id"]])
        inside = dying.execute("select pg_backend_pid()").fetchone()[0]
        owner.execute("select pg_terminate_backend(%s, 5000)", [inside])
        dying.close()
    between = statuses(owner, ids)

    found = run_all(database, made, batch=4)

    assert between == {"canceled": 3, "queued": 6}
    assert (found["done"], found["skipped"], statuses(owner, ids)) == (9, 0, {"canceled": 9})


def test_one_that_nobody_touches_is_given_to_a_worker_again(database, owner, one, keeper):
    made = begin(database, entries(owner, one, 2), "cancel", keeper)
    which = made["bulk"]["id"]
    owner.execute("delete from jobs.procrastinate_jobs where args ->> 'bulk_id' = %s", [which])

    early = database.call("resume_bulk", quiet_s=60.0)["resumed"]
    late = [database.call("resume_bulk", quiet_s=0.0)["resumed"] for _ in range(2)]

    assert (early, late[0] >= 1) == (0, True)
    waiting = owner.execute(
        "select count(*) from jobs.procrastinate_jobs where args ->> 'bulk_id' = %s", [which]
    )
    # Asked for twice, it waits once.
    assert waiting.fetchone() == (1,)


def test_one_that_is_canceled_stops_between_two_batches_and_what_was_done_stays(database, owner, one, keeper):
    ids = entries(owner, one, 6)
    made = begin(database, ids, "cancel", keeper)
    run(database, made["bulk"]["id"], 2)

    stopped = database.call("cancel_bulk", id=made["bulk"]["id"], actor=keeper.to_json())
    after = run(database, made["bulk"]["id"], 2)

    assert (stopped["result"], after["state"]) == ("canceled", "canceled")
    assert statuses(owner, ids) == {"canceled": 2, "queued": 4}


@pytest.mark.parametrize(
    "change",
    [
        "organization_members set role = 'viewer' where user_id = %(user)s",
        "organization_members set status = 'removed' where user_id = %(user)s",
        "organization_members set role = 'agent' where user_id = %(user)s",
        "organizations set is_active = false where id = %(organization)s",
        "organizations set deleted_at = now() where id = %(organization)s",
        "api_keys set revoked_at = now() where id = %(key)s",
        "api_keys set expires_at = now() where id = %(key)s",
        "api_keys set user_id = %(user)s where id = %(key)s; organization_members set role = 'viewer' where user_id = %(user)s",
    ],
)
def test_who_may_no_more_does_no_more(database, owner, one, keeper, change):
    ids, actor = entries(owner, one, 4), keeper
    (key,) = owner.execute(
        """insert into public.api_keys (name, key_hash, key_prefix, organization_id)
           values (gen_random_uuid(), gen_random_uuid(), 'vb_bulk', %s) returning id""",
        [one.organization_id],
    ).fetchone()
    if change.startswith("api_keys"):
        actor = Actor(None, one.organization_id, key_id=key)
    made = begin(database, ids, "cancel", actor)
    run(database, made["bulk"]["id"], 2)
    for one_change in change.split("; "):
        owner.execute(
            f"update public.{one_change}",
            {"user": one.user_id, "organization": one.organization_id, "key": key},
        )

    told = run(database, made["bulk"]["id"], 2)

    assert told["state"] == "stopped"
    assert statuses(owner, ids) == {"canceled": 2, "queued": 2}


def test_an_export_holds_no_row_of_somebody_else_whatever_was_chosen(database, owner, one, keeper):
    other = make_owned(SimpleNamespace(database=database), owner)
    own, foreign = entries(owner, one, 1), entries(owner, other, 2)
    for of, chosen, seen in (("entry", [*foreign, *own], own), ("call", [str(other.call_id)], [])):
        made = begin(database, chosen, "export", keeper, of=of)

        told = database.call("export_bulk_batch", bulk_id=made["bulk"]["id"])

        assert [row["id"] for row in told["rows"]] == seen


def test_a_row_that_cannot_be_changed_does_not_hold_up_the_others(database, owner, one, keeper):
    ids = entries(owner, one, 2)
    made = begin(database, ids, "reschedule", keeper, not_before="no time at all")

    found = run_all(database, made)

    assert (found["done"], found["reasons"]) == (0, {"failed": 2})


def test_rows_of_somebody_else_are_left_out_and_an_action_of_theirs_is_not_seen(database, owner, one, keeper):
    other = make_owned(SimpleNamespace(database=database), owner)
    foreign = entries(owner, other, 3)
    stranger = Actor(None, other.organization_id, by=other.user_id)

    mine = begin(database, foreign, "cancel", keeper)
    found = run_all(database, mine)

    assert (found["done"], found["reasons"]) == (0, {"unknown_entry": 3})
    assert statuses(owner, foreign) == {"queued": 3}
    for function in ("show_bulk", "cancel_bulk"):
        told = database.call(function, id=mine["bulk"]["id"], actor=stranger.to_json())
        assert told["code"] == "unknown_bulk"
    listed = database.call("list_bulk", actor=stranger.to_json())["rows"]
    assert [row["id"] for row in listed] == [str(other.bulk_id)]
    agent = Actor(other.user_id, one.organization_id)
    assert database.call("list_bulk", actor=agent.to_json())["rows"] == []


def test_every_action_changes_what_the_single_one_changes(database, owner, one, keeper):
    waiting, over = entries(owner, one, 2), entries(owner, one, 2, "failed")
    sid, other = f"CA{uuid4().hex}", uuid4()
    owner.execute(
        "insert into public.organization_members (organization_id, user_id, role) values (%s, %s, 'agent')",
        [one.organization_id, database.call("ensure_user", phone="+14155550199")["user_id"]],
    )
    (member,) = owner.execute(
        "select user_id from public.organization_members where organization_id = %s and role = 'agent'",
        [one.organization_id],
    ).fetchone()
    (dialled,) = owner.execute(
        """insert into public.call_history (user_id, organization_id, phone_number, call_sid, direction, call_queue_id)
           values (%s, %s, '+13035557901', %s, 'outbound', %s) returning public_id""",
        [one.user_id, one.organization_id, sid, over[1]],
    ).fetchone()
    calls = [str(dialled), str(one.call_id), str(other)]
    results = {}
    for name, ids, of, action, arguments in (
        ("moved", waiting, "entry", "reschedule", {"not_before": "2035-01-01T00:00:00Z", "priority": 9}),
        ("tagged people", waiting, "entry", "tag", {"tag": " VIP  guests "}),
        ("redialled", over[:1], "entry", "redial", {}),
        ("redialled by call", calls, "call", "redial", {}),
        ("tagged", calls, "call", "tag", {"tag": "refund"}),
        ("tagged again", calls, "call", "tag", {"tag": "refund"}),
        ("untagged", calls[:1], "call", "untag", {"tag": "refund"}),
        ("assigned", calls, "call", "assign", {"member": str(member)}),
        ("suppressed", calls, "call", "suppress", {}),
    ):
        found = run_all(database, begin(database, ids, action, keeper, of=of, **arguments))
        results[name] = (found["done"], found["reasons"])

    assert results == {
        "moved": (2, {}),
        "tagged people": (2, {}),
        "redialled": (1, {}),
        "redialled by call": (1, {"no_entry": 1, "unknown_call": 1}),
        "tagged": (2, {"unknown_call": 1}),
        "tagged again": (0, {"known": 2, "unknown_call": 1}),
        "untagged": (1, {}),
        "assigned": (2, {"unknown_call": 1}),
        # Whom the organization had a call with, also where the person is nobody's member.
        "suppressed": (2, {"unknown_call": 1}),
    }
    assert statuses(owner, over) == {"queued": 2}
    tags = {row["tag"] for row in database.call("list_tags", actor=keeper.to_json())["rows"]}
    assert tags - one.marks == {"vip guests", "refund"}


def test_the_ids_of_a_filter_are_those_of_its_list(database, owner, one, keeper):
    entries(owner, one, 3), entries(owner, one, 2, "failed")
    actor = keeper.to_json()
    database.call("tag_person", number="+13035557001", tag="vip", actor=actor)
    for asked in (
        {},
        {"status": "failed"},
        {"number": "+13035557002"},
        {"tag": "VIP"},
        {"campaign_id": one.campaign_id},
    ):
        listed = [row["id"] for row in database.call("list_queued_calls", actor=actor, **asked)["rows"]]

        assert database.call("queue_ids", actor=actor, **asked)["rows"] == listed, asked
        assert listed != []


def test_an_agent_assigns_no_call_alone_or_in_bulk(database, owner, one):
    owner.execute("update public.organization_members set role = 'agent' where user_id = %s", [one.user_id])
    agent = Actor(one.user_id, one.organization_id)

    alone = database.call("assign_call", id=one.call_id, member=one.user_id, actor=agent.to_json())
    looked = database.call(
        "preview_bulk", object_type="call", action="assign", ids=[str(one.call_id)], arguments={"member": str(one.user_id)},
        actor=agent.to_json(),
    )  # fmt: skip

    assert alone == {"result": "refused", "code": "not_allowed"}
    assert (looked["doable"], looked["skipped"]) == (0, {"not_allowed": 1})


def test_whoever_gives_a_call_to_somebody_is_on_record_and_a_key_by_its_id(database, owner, one):
    key = uuid4()
    for actor in (
        Actor(None, one.organization_id, by=one.user_id),
        Actor(None, one.organization_id, key_id=key),
    ):
        database.call("assign_call", id=one.call_id, member=one.user_id, actor=actor.to_json())
        database.call("assign_call", id=one.call_id, member=None, actor=actor.to_json())

    rows = owner.execute(
        "select user_id, after from public.audit_log where action = 'call.assigned' and object_id = %s order by id",
        [str(one.call_id)],
    ).fetchall()
    given = {"assigned_to": str(one.user_id)}
    assert [rows[0], rows[2]] == [(one.user_id, given), (None, given | {"key": str(key)})]


def test_an_export_is_nobodys_own_any_more_who_may_not_make_it_again(database, owner, one, keeper):
    made = begin(database, [str(one.call_id)], "export", keeper, of="call")

    def is_own():
        acting = Actor(one.user_id, one.organization_id)
        return database.call("show_bulk", id=made["bulk"]["id"], actor=acting.to_json())["bulk"]["is_own"]

    before = is_own()
    owner.execute("update public.organization_members set role = 'agent' where user_id = %s", [one.user_id])
    assert (before, is_own()) == (True, False)
