"""Administrators keep every table of the call service, column by column; nobody becomes one by what they write."""

import json
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests.sql.access.access_actors import BY_NAME, PEOPLE, Actor, acting
from tests.sql.access.access_rows import LATER, TOMORROW, Known
from tests.sql.access.seeded import known, owner, seeded

pytestmark = pytest.mark.sql
__all__ = ["known", "owner", "seeded"]

ALICE, BOB = PEOPLE["alice"], PEOPLE["bob"]
PERIOD = f"'{LATER}', '{TOMORROW}'"
NUMBER = "'1', '202', '5550177', '+12025550177'"
OF_ALICE = f"where user_id = '{ALICE}'"
# Each table of the call service with a new row for somebody else, a change of each kind of column, and the end of a row.
KEPT = {
    "subscription_plans": (
        "(name, price, interval, features, call_limit, minutes_limit) values ('pro', 9, 'yearly', '[]', 10, 60)",
        "set name = 'pro', description = 'd', price = 9, call_limit = 10, minutes_limit = 60",
        "where id = '{plan}'",
    ),
    "user_profiles": (
        "(user_id, first_name, status, onboarding_status) values ('{carol}', 'Carol', 'active', 'sms_sent')",
        "set status = 'active', onboarding_status = 'completed', onboarding_completed_at = now(), first_name = 'A', "
        f"address = '{{}}' {OF_ALICE}",
        OF_ALICE,
    ),
    "user_subscriptions": (
        "(user_id, plan_id, status, stripe_sub_id, current_period_start, current_period_end, payment_method) "
        f"values ('{BOB}', '{{plan}}', 'trialing', 'sub_1', {PERIOD}, '{{}}')",
        f"set status = 'canceled', cancel_at_period_end = true, stripe_sub_id = 'sub_2', subscription_id = 's' {OF_ALICE}",
        OF_ALICE,
    ),
    "user_call_usage": (
        f"(user_id, billing_period_start, billing_period_end, calls_used, minutes_used) values ('{BOB}', {PERIOD}, 3, 4)",
        f"set calls_used = 0, minutes_used = 0, calls_remaining = 9, minutes_remaining = 9 {OF_ALICE}",
        OF_ALICE,
    ),
    "call_service_providers": (
        "(name, type, concurrency_limit, priority) values ('vapi', 'voice', 2, 3)",
        "set concurrency_limit = 7, priority = 2",
        "where id = '{provider}'",
    ),
    "provider_phone_numbers": (
        "(provider_id, phone_id, country_code, area_code, phone_number, full_number, capabilities) "
        f"values ('{{provider}}', 'PN1', {NUMBER}, '{{}}')",
        "set is_active = false, phone_id = gen_random_uuid()::text",
        "where true",
    ),
    "user_phone_numbers": (
        f"(user_id, provider_id, country_code, area_code, phone_number, full_number) values ('{BOB}', '{{provider}}', {NUMBER})",
        "set full_number = '+12025550178', phone_number = '5550178', area_code = '202', country_code = '1', "
        f"capabilities = '{{}}', phone_id = 'PN9', is_active = true, is_default = true, user_id = user_id {OF_ALICE}",
        OF_ALICE,
    ),
    "voice_options": (
        "(provider_id, voice_id, name, language) values ('{provider}', 'v9', 'V', 'en')",
        "set is_premium = true, is_active = false, accent = 'a'",
        "where true",
    ),
    "call_templates": (
        f"(name, created_by, tags, params) values ('t', '{BOB}', '[]', '{{}}')",
        f"set name = 't', is_public = true, created_by = '{BOB}' where created_by = '{ALICE}'",
        f"where created_by = '{ALICE}'",
    ),
    "call_queue": (
        "(user_id, recipient_number, status, call_id, provider_id, retry_count, last_error, priority, next_attempt_at) "
        f"values ('{BOB}', '+12025550177', 'failed', 'CA1', '{{provider}}', 2, 'busy', 5, now())",
        "set status = 'canceled', call_id = 'CA2', provider_id = '{provider}', retry_count = 0, last_error = null, "
        f"priority = 1, max_attempts = 4, recipient_number = '+12025550178' {OF_ALICE}",
        OF_ALICE,
    ),
    "call_history": (
        f"(user_id, phone_number, call_sid, call_status, duration) values ('{BOB}', '+12025550177', 'CA3', 'completed', 60)",
        f"set summary = 's', transcript = 't', call_status = 'failed', duration = 5, cost = 1 {OF_ALICE}",
        OF_ALICE,
    ),
    "user_call_history": (
        "(user_id, status, duration, call_id, transcript, call_summary, recording_url, call_data) "
        f"values ('{BOB}', 'completed', 60, 'CA4', 't', 's', 'https://x.example', '{{}}')",
        "set status = 'canceled', duration = 7, call_summary = 's', transcript = 't', call_id = call_id || 'x' "
        f"{OF_ALICE}",
        OF_ALICE,
    ),
}  # fmt: skip


def words_of(table: str, verb: str, known: Known) -> str:
    row, change, ending = KEPT[table]
    words = {"insert": f"insert into public.{table} {row}", "update": f"update public.{table} {change}",
             "delete": f"delete from public.{table} {ending}"}[verb]  # fmt: skip
    for name, value in (
        ("{carol}", PEOPLE["carol"]),
        ("{plan}", str(known.id("subscription_plans", "basic"))),
        ("{provider}", str(known.id("call_service_providers", "spare"))),
    ):
        words = words.replace(name, value)
    return words


def reached(owner, actor: Actor, words: str) -> int | None:
    """How many rows a statement reaches as `actor`; None: it is refused."""
    try:
        with owner.transaction(force_rollback=True), acting(owner, actor):
            return int(owner.execute(words).rowcount)
    except psycopg.errors.InsufficientPrivilege:
        return None
    except psycopg.errors.ForeignKeyViolation:
        # Reached: only what hangs on the row stops it.
        return 1


@pytest.mark.parametrize("verb", ["insert", "update", "delete"])
@pytest.mark.parametrize("table", KEPT)
def test_an_administrator_writes_every_table_of_the_call_service(owner, known: Known, table: str, verb: str):
    count = reached(owner, BY_NAME["admin"], words_of(table, verb, known))

    assert count


@pytest.mark.parametrize("verb", ["insert", "update", "delete"])
@pytest.mark.parametrize("table", KEPT)
def test_nobody_else_does(owner, known: Known, table: str, verb: str):
    for name in ("anon", "other user", "colleague", "leader", "foreign leader"):
        actor = BY_NAME[name]
        if name == "other user" and table in ("user_phone_numbers", "call_templates") and verb == "insert":
            # The row is Bob's own there, without a column that is not his.
            continue
        assert not reached(owner, actor, words_of(table, verb, known)), name


# What an owner tries on rows of their own: columns that are not theirs, whether or not the value would change.
OVERREACH = [
    f"update public.call_queue set {change}"
    for change in (
        "status = 'queued'", "status = 'canceled'", "call_id = null", "call_id = 'CA1'", "provider_id = null",
        "retry_count = 0", "last_error = null", "priority = 0", "priority = 100", "max_attempts = 20",
        "next_attempt_at = now()", "time_window = null", "user_id = user_id", "campaign_id = null", "api_key_id = null",
        "created_at = now()", "recipient_number = '+12025550111', status = 'queued'",
    )
] + [
    f"insert into public.call_queue (recipient_number, {column}) values ('+12025550111', {value})"
    for column, value in (
        ("status", "'completed'"), ("call_id", "'CA1'"), ("retry_count", "-0 + 1"), ("last_error", "'x'"),
        ("priority", "9"), ("max_attempts", "20"), ("next_attempt_at", "now()"), ("user_id", f"'{BOB}'"),
        ("time_window", "'{}'"), ("api_key_id", "gen_random_uuid()"), ("id", "gen_random_uuid()"),
    )
] + [
    f"update public.user_profiles set {change}"
    for change in (
        "status = 'active'", "status = status", "onboarding_status = 'completed'", "onboarding_sent_at = null",
        "onboarding_completed_at = now()", "phone_number = '+12025550111'", "phone_verified = true", "preferences = '{}'",
        "first_name = 'A', status = 'active'",
    )
] + [
    f"update public.user_phone_numbers set {change}"
    for change in (
        "verified = true", "verified_at = now()", "verified = verified", "full_number = '+12025550111'",
        f"user_id = '{BOB}'", "phone_number = '5550111'", "country_code = '44'", "area_code = '1'",
        "capabilities = '{\"voice\": true}'", "is_active = true, full_number = '+12025550111'",
    )
] + [
    f"update public.call_templates set created_by = '{BOB}'",
    "update public.call_templates set created_by = null",
    "update public.call_history set summary = 's'",
    "update public.user_call_history set call_summary = 's'",
    "delete from public.user_call_history",
    "delete from public.user_subscriptions",
    "delete from public.user_profiles",
    f"insert into public.user_call_history (user_id, status) values ('{ALICE}', 'completed')",
    f"insert into public.user_call_usage (user_id, billing_period_start, billing_period_end) values ('{ALICE}', {PERIOD})",
]  # fmt: skip


@pytest.mark.parametrize("words", OVERREACH)
def test_an_owner_writes_no_column_that_is_not_theirs(owner, known: Known, words: str):
    assert not reached(owner, BY_NAME["owner"], words)


def test_an_owner_may_send_back_what_a_new_row_has_anyway(owner, known: Known):
    words = f"""insert into public.call_queue (user_id, recipient_number, status, retry_count)
                values ('{ALICE}', '+12025550111', 'queued', 0)"""

    assert reached(owner, BY_NAME["owner"], words) == 1


@pytest.mark.parametrize(
    "claims",
    [
        {"user_metadata": {"role": "admin"}},
        {"app_metadata": {"role": "Admin"}},
        {"app_metadata": {"role": "administrator"}},
        {"app_metadata": {"role": ["admin"]}},
        {"app_metadata": {"role": True}},
        {"app_metadata": {"role": None}},
        {"app_metadata": {"roles": ["admin"]}},
        {"app_metadata": "admin"},
        {"app_metadata": ["admin"]},
        {"app_metadata": None, "user_metadata": {"app_metadata": {"role": "admin"}}},
        {"user_role": "admin"},
        {"is_admin": True, "is_super_admin": True},
        {"app_metadata.role": "admin"},
        {"APP_METADATA": {"role": "admin"}},
    ],
)
def test_nobody_becomes_an_administrator_by_any_other_claim(owner, known: Known, claims: dict[str, Any]):
    token = {"sub": ALICE, "role": "authenticated", **claims}
    with owner.transaction(force_rollback=True):
        owner.execute("select set_config('request.jwt.claims', %s, true)", [json.dumps(token)])
        owner.execute("set local role authenticated")

        assert owner.execute("select private.is_admin()").fetchone() == (False,)
        assert owner.execute("select count(*) from public.user_call_usage").fetchone() == (1,)


def test_nobody_becomes_an_administrator_by_what_stands_in_their_own_rows(owner, known: Known):
    owner.execute('update public.user_profiles set preferences = \'{"role": "admin"}\'')
    owner.execute('update auth.users set raw_user_meta_data = \'{"role": "admin"}\'')

    assert reached(owner, BY_NAME["owner"], "update public.user_call_usage set calls_used = 0") == 0


def test_an_administrators_entry_is_dialled_from_a_proven_number_of_its_users_too(owner, known: Known):
    number = known.id("user_phone_numbers", "alice")

    def queued(user: str) -> int | None:
        return reached(
            owner,
            BY_NAME["admin"],
            f"""insert into public.call_queue (user_id, recipient_number, caller_number_id)
                values ('{user}', '+12025550111', '{number}')""",
        )

    unproven = queued(ALICE)
    owner.execute("update public.user_phone_numbers set verified = true")

    assert (unproven, queued(ALICE), queued(BOB)) == (None, 1, None)


def test_history_that_an_administrator_writes_stands_among_the_calls(owner, known: Known):
    queue = known.id("call_queue", "alice")
    key = uuid4()
    with acting(owner, BY_NAME["admin"]):
        made = owner.execute(
            """insert into public.user_call_history (id, user_id, call_queue_id, status, duration, created_at)
               values (%s, %s, %s, 'failed', 30, '2026-01-02T00:00:30Z') returning id, status, duration""",
            [key, ALICE, queue],
        ).fetchone()
        changed = owner.execute(
            "update public.user_call_history set status = 'completed', call_summary = 'Short.' where id = %s",
            [key],
        ).rowcount

    row = owner.execute(
        """select call_status, duration, summary, ended_at - started_at = interval '30 seconds', call_sid, price,
                  phone_number = (select recipient_number from public.call_queue where id = %s)
             from public.call_history where public_id = %s""",
        [queue, key],
    ).fetchone()
    assert (made, changed) == ((key, "failed", 30), 1)
    assert row == ("completed", 30, "Short.", True, f"history:{key}", 0, True)


def test_a_number_that_changes_hands_loses_its_mark(owner, known: Known):
    owner.execute("update public.user_phone_numbers set verified = true, verified_at = now()")
    number = known.id("user_phone_numbers", "alice")

    with acting(owner, BY_NAME["admin"]):
        owner.execute("update public.user_phone_numbers set user_id = %s where id = %s", [BOB, number])

    assert owner.execute(
        "select user_id::text, verified, verified_at from public.user_phone_numbers where id = %s", [number]
    ).fetchone() == (BOB, False, None)


def test_a_provider_stays_while_its_calls_are_under_way_and_keeps_its_name(owner, known: Known):
    owner.execute(
        "insert into public.call_service_providers (name, type, kind, account_sid) values ('busy', 'voice', 'twilio', 'AC9')"
    )
    owner.execute("insert into public.dialling_load (subject, calls) values ('account:busy', 1)")

    for words, why in (
        ("delete from public.call_service_providers where name = 'busy'", "under way"),
        (
            "update public.call_service_providers set name = 'another' where name = 'busy'",
            "keeps its name",
        ),
        (
            "update public.call_service_providers set account_sid = 'AC8' where name = 'busy'",
            "keeps its name",
        ),
    ):
        with pytest.raises(psycopg.errors.CheckViolation, match=why), owner.transaction():
            owner.execute(words)
    owner.execute("update public.dialling_load set calls = 0 where subject = 'account:busy'")

    gone = owner.execute("delete from public.call_service_providers where name = 'busy' returning name")
    assert gone.fetchall() == [("busy",)]
