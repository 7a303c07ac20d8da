"""Lists, single calls, summaries and prices: what people and the worker read and write of calls that are over."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from voicebot.domain.access.actor import Actor

pytestmark = pytest.mark.sql


def number() -> str:
    return f"+1202{uuid4().int % 10**7:07d}"


@pytest.fixture
def person(database):
    def person() -> UUID:
        return UUID(database.call("ensure_user", phone=number())["user_id"])

    return person


@pytest.fixture
def make_call(owner):
    def make_call(user: UUID | None = None, **columns: Any) -> dict[str, Any]:
        values = {"user_id": user, "phone_number": "+12025550123", "call_sid": uuid4().hex, **columns}
        names = ", ".join(values)
        slots = ", ".join("%s" for _ in values)
        (made,) = owner.execute(
            f"insert into public.call_history ({names}) values ({slots}) returning to_jsonb(call_history)",
            list(values.values()),
        ).fetchone()
        return dict(made)

    return make_call


@pytest.fixture
def organization(owner):
    def organization(**members: tuple[UUID, str, str]) -> UUID:
        (key,) = owner.execute(
            "insert into public.organizations (name, slug) values (%s, %s) returning id",
            [uuid4().hex, uuid4().hex],
        ).fetchone()
        for user, role, status in members.values():
            owner.execute(
                """insert into public.organization_members (organization_id, user_id, role, status)
                   values (%s, %s, %s, %s)""",
                [key, user, role, status],
            )
        return key

    return organization


def summary(**changes: Any) -> dict[str, Any]:
    return {
        "title": "A question",
        "tldr": "They asked for the time.",
        "key_decisions": ["none"],
        "action_items": [{"who": "bot", "what": "call back"}],
        "follow_up_questions": [],
        "outcome": "answered",
        "model_used": "gpt-test",
        "seconds": 1.25,
        **changes,
    }


def by(user: UUID | None) -> dict[str, Any] | None:
    return Actor(user).to_json() if user else None


def pages_of(database, actor: UUID, page_size: int) -> list[list[int]]:
    pages, place = [], None
    for _ in range(20):
        page = database.call("list_calls", actor=by(actor), page_size=page_size, after=place)
        pages.append([call["id"] for call in page["rows"]])
        place = page["next"]
        if place is None:
            return pages
    raise AssertionError("the list has no end")


def test_pages_go_from_the_last_to_begin_to_the_first_and_miss_nothing(database, owner, person, make_call):
    caller = person()
    made = [make_call(caller)["id"] for _ in range(5)]
    began = datetime(2026, 1, 5, 12, tzinfo=UTC)
    # The row that was made last tells of the call that began first; two began in the same moment.
    for call, hour in zip(made, (3, 2, 2, 4, 0), strict=True):
        owner.execute(
            "update public.call_history set started_at = %s where id = %s",
            [began + timedelta(hours=hour), call],
        )

    assert pages_of(database, caller, 2) == [[made[3], made[0]], [made[2], made[1]], [made[4]]]


def test_a_call_that_nobody_saw_begin_stands_where_its_row_was_made(database, owner, person, make_call):
    caller = person()
    old, unseen, new = (make_call(caller)["id"] for _ in range(3))
    owner.execute("update public.call_history set started_at = null where id = %s", [unseen])
    owner.execute(
        "update public.call_history set started_at = now() - interval '1 hour' where id = %s", [old]
    )
    owner.execute(
        "update public.call_history set started_at = now() + interval '1 hour' where id = %s", [new]
    )

    assert pages_of(database, caller, 1) == [[new], [unseen], [old]]


def test_a_last_page_that_is_full_has_no_next_one(database, person, make_call):
    caller = person()
    for _ in range(2):
        make_call(caller)

    page = database.call("list_calls", actor=by(caller), page_size=2)

    assert (len(page["rows"]), page["next"]) == (2, None)


def test_the_list_of_the_operator_and_of_one_person_use_an_index(owner):
    def plan(condition: str) -> str:
        owner.execute("set enable_seqscan = off; set enable_sort = off")
        try:
            rows = owner.execute(
                f"""explain select id from public.call_history c where {condition}
                     order by coalesce(c.started_at, c.created_at) desc, c.id desc limit 21"""
            ).fetchall()
        finally:
            owner.execute("reset enable_seqscan; reset enable_sort")
        return "\n".join(row[0] for row in rows)

    assert "call_history_began_idx" in plan(
        "(coalesce(c.started_at, c.created_at), c.id) < (timestamptz '2026-01-05', 7)"
    )
    assert "call_history_number_began_idx" in plan("c.phone_number = '+12025550123'")
    assert "call_history_user_began_idx" in plan(f"c.user_id = '{uuid4()}'")


@pytest.mark.parametrize("written", [str, str.upper, lambda name: name[:8], lambda name: name[:13].upper()])
def test_a_call_is_found_by_the_first_letters_of_either_name(database, make_call, written):
    call = make_call()
    sid = f"CA{uuid4().hex}"
    other = make_call(call_sid=sid)

    by_id = database.call("find_calls", prefix=written(call["public_id"]))["calls"]
    by_sid = database.call("find_calls", prefix=written(sid))["calls"]

    assert [row["public_id"] for row in by_id] == [call["public_id"]]
    assert [row["public_id"] for row in by_sid] == [other["public_id"]]


def test_letters_that_several_calls_begin_with_find_all_of_them(database, make_call):
    start = uuid4().hex[:10]
    sids = [f"CA{start}{uuid4().hex[:22]}" for _ in range(3)]
    for sid in sids:
        make_call(call_sid=sid)

    found = database.call("find_calls", prefix=f"CA{start}")["calls"]

    assert sorted(row["call_sid"] for row in found) == sorted(sids)


@pytest.mark.parametrize("prefix", ["", "x", "CAx", "%", "-", "'", "last", "0" * 40, "é"])
def test_what_begins_no_name_finds_nothing(database, make_call, prefix):
    make_call()

    assert database.call("find_calls", prefix=prefix) == {"calls": []}


def test_people_see_their_own_calls_and_those_of_organizations_that_they_lead(
    database, person, make_call, organization
):
    caller, leader, member, former = person(), person(), person(), person()
    place = organization(
        a=(leader, "admin", "active"), b=(member, "agent", "active"), c=(former, "owner", "removed")
    )
    shared = make_call(caller, organization_id=place)
    private = make_call(caller)

    def seen(actor: UUID | None) -> set[int]:
        listed = database.call("list_calls", actor=by(actor), number="+12025550123", page_size=200)
        return {call["id"] for call in listed["rows"]} & {shared["id"], private["id"]}

    def shown(actor: UUID | None) -> bool:
        return "call" in database.call("show_call", call_sid=shared["call_sid"], actor=by(actor))

    def timed(actor: UUID | None) -> bool:
        return database.call("timeline", call_sid=shared["call_sid"], actor=by(actor)) != []

    everybody = (caller, leader, member, former, person())
    assert [seen(actor) for actor in everybody] == [
        {shared["id"], private["id"]}, {shared["id"]}, set(), set(), set(),
    ]  # fmt: skip
    assert [shown(actor) for actor in everybody] == [True, True, False, False, False]
    assert [timed(actor) for actor in everybody] == [True, True, False, False, False]
    assert seen(None) == {shared["id"], private["id"]}


def test_filters_narrow_a_list(database, person, make_call):
    caller = person()
    wanted = make_call(caller, call_status="busy", direction="outbound", end_reason="busy")
    make_call(caller, call_status="completed", direction="inbound", end_reason="silence")

    for name, value in (("status", "busy"), ("direction", "outbound"), ("end_reason", "busy")):
        listed = database.call("list_calls", actor=by(caller), **{name: value})
        assert [call["id"] for call in listed["rows"]] == [wanted["id"]], name
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert database.call("list_calls", actor=by(caller), since=tomorrow)["rows"] == []
    assert len(database.call("list_calls", actor=by(caller), until=tomorrow)["rows"]) == 2


def test_a_call_is_shown_whole_by_either_name(database, owner, make_call):
    call = make_call(None, call_status="in-progress")
    owner.execute(
        "insert into public.transcripts (session_id, sequence_number, speaker, content) values (%s, 1, 'bot', 'Hi')",
        [call["id"]],
    )
    database.call("record_call_status", call_sid=call["call_sid"], status="completed")
    database.call("save_summary", call_id=call["id"], **summary())

    by_sid = database.call("show_call", call_sid=call["call_sid"])
    by_id = database.call("show_call", public_id=UUID(call["public_id"]))

    assert by_sid == by_id
    assert by_sid["call"]["transcript"] == "Bot: Hi"
    assert [said["content"] for said in by_sid["transcripts"]] == ["Hi"]
    assert by_sid["summary"]["tldr"] == "They asked for the time."
    assert [status["type"] for status in by_sid["statuses"]] == ["status:completed"]


def test_a_call_that_does_not_exist_is_refused(database):
    unknown = {"result": "refused", "code": "unknown_call"}

    assert database.call("show_call", call_sid="CAnone") == unknown
    assert database.call("show_call") == unknown
    assert database.call("call_for_summary", call_id=0) == unknown
    assert database.call("save_summary", call_id=0, **summary()) == unknown
    assert database.call("save_price", call_id=0, price="-1", price_unit="USD") == unknown
    assert database.call("finish_call", call_sid="CAnone", reason="silence")["code"] == "unknown_call"
    assert database.call("fail_summary", call_id=0, error="x") == {"result": "unchanged"}
    assert database.call("timeline", call_sid="CAnone") == []


def test_a_summary_is_read_for_written_and_written_again(database, owner, person, make_call):
    caller = person()
    call = make_call(caller, call_status="completed")
    owner.execute(
        """insert into public.transcripts (session_id, sequence_number, speaker, content)
           values (%s, 1, 'caller', 'What time is it?')""",
        [call["id"]],
    )

    asked = database.call("call_for_summary", call_id=call["id"])
    database.call("save_summary", call_id=call["id"], **summary(tldr="first", title="x" * 300))
    database.call("save_summary", call_id=call["id"], **summary(tldr="second"))
    database.call("fail_summary", call_id=call["id"], error="too late")

    assert (asked["transcript"], asked["utterances"]) == ("Caller: What time is it?", 1)
    kept = database.call("show_call", call_sid=call["call_sid"])
    assert (kept["call"]["summary"], kept["call"]["outcome"]) == ("second", "answered")
    assert kept["summary"]["generation_status"] == "success"
    assert kept["summary"]["user_id"] == str(caller)
    assert kept["summary"]["full_transcript"] == "Caller: What time is it?"


def test_a_failed_summary_says_so_and_can_still_succeed(database, make_call):
    call = make_call()

    failed = database.call("fail_summary", call_id=call["id"], error="the model gave nothing")
    between = database.call("show_call", call_sid=call["call_sid"])["summary"]
    database.call("save_summary", call_id=call["id"], **summary())
    after = database.call("show_call", call_sid=call["call_sid"])["summary"]

    assert failed == {"result": "noted"}
    assert (between["generation_status"], between["generation_error"]) == ("error", "the model gave nothing")
    assert (after["generation_status"], after["generation_error"]) == ("success", None)


def test_an_outcome_that_the_call_set_is_not_the_summarys_to_change(database, make_call):
    call = make_call(None, outcome="transferred")

    database.call("save_summary", call_id=call["id"], **summary(outcome="answered"))

    assert database.call("show_call", call_sid=call["call_sid"])["call"]["outcome"] == "transferred"


def test_prices_are_asked_for_until_they_are_there(database, make_call):
    ended = datetime.now(UTC) - timedelta(minutes=5)
    call = make_call(None, call_status="completed", ended_at=ended)
    running = make_call(None, call_status="in-progress")
    fresh = make_call(None, call_status="completed", ended_at=datetime.now(UTC))

    def waiting() -> set[int]:
        rows = database.call("calls_without_price", page_size=1000)
        return {row["call_id"] for row in rows} & {call["id"], running["id"], fresh["id"]}

    before = waiting()
    saved = database.call("save_price", call_id=call["id"], price="-0.00850", price_unit="usd", duration_s=31)

    assert (before, waiting()) == ({call["id"]}, set())
    assert saved == {"result": "saved", "call_id": call["id"]}
    kept = database.call("show_call", call_sid=call["call_sid"])["call"]
    assert (kept["price"], kept["cost"], kept["price_unit"], kept["duration"]) == (-0.0085, 0.0085, "USD", 31)


@pytest.mark.parametrize("price", ["", "free", "1e9", "NaN", "--1", "-0.01; drop"])
def test_what_is_no_price_is_refused(database, make_call, price):
    call = make_call()

    answer = database.call("save_price", call_id=call["id"], price=price, price_unit="USD")

    assert answer == {"result": "refused", "code": "not_a_price"}


def test_the_timeline_tells_a_call_from_its_beginning_to_its_summary(database, owner, make_call):
    call = make_call(None, call_status="in-progress")
    owner.execute(
        """insert into public.call_turns (call_id, turn, input, token, lease_until)
           values (%s, 0, '[]', gen_random_uuid(), now())""",
        [call["id"]],
    )
    owner.execute("insert into public.transcripts (session_id, content) values (%s, 'Hi')", [call["id"]])
    database.call("record_call_status", call_sid=call["call_sid"], status="completed")
    database.call("save_summary", call_id=call["id"], **summary())

    entries = database.call("timeline", call_sid=call["call_sid"])

    assert [entry["table"] for entry in entries] == [
        "call_history", "call_turns", "transcripts", "webhook_events", "summaries",
    ]  # fmt: skip
    assert [entry["at"] for entry in entries] == sorted(entry["at"] for entry in entries)
    assert "token" not in entries[1]["row"]


def test_ended_calls_appear_under_the_call_services_names(owner, person, make_call):
    caller = person()
    for status in ("completed", "busy", "no-answer", "failed", "canceled", "in-progress"):
        make_call(caller, call_status=status, summary=status)

    rows = owner.execute(
        "select call_summary, status, duration from public.user_call_history where user_id = %s", [caller]
    ).fetchall()

    assert sorted(rows) == [
        ("busy", "failed", 0), ("canceled", "canceled", 0), ("completed", "completed", 0), ("failed", "failed", 0),
        ("no-answer", "failed", 0),
    ]  # fmt: skip


def test_health_tells_migrations_and_jobs(database, owner):
    health = database.call("health")

    (applied,) = owner.execute("select count(*) from voicebot_meta.migrations").fetchone()
    assert health["migrations"]["applied"] == applied
    assert health["server_version"].split(".")[0].isdigit()
    assert health["jobs"]["due"] >= 0
