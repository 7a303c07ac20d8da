"""Rules that every table and view keeps, read from the catalogue so that a new one cannot forget them."""

from enum import StrEnum

import psycopg
import pytest

from voicebot.domain.call.state import EndReason

pytestmark = pytest.mark.sql

# Columns that end users may write, and no others.
TEMPLATE = {
    "name", "description", "category", "tags", "is_public", "provider_id", "assistant_id", "voice_id", "params",
    "params_order", "prompt", "greeting", "tools", "on_voicemail", "voicemail_message", "voicemail_again", "detect_machines",
    "identity", "call_purpose", "goal", "bot_is_back", "facts", "pronunciations", "languages", "hours", "closed",
}  # fmt: skip
QUEUE = {
    "recipient_number", "caller_number_id", "scheduled_time", "not_before", "not_after", "timezone", "template_id",
    "voice_id", "custom_variables", "request_key",
}  # fmt: skip
PROFILE = {"first_name", "last_name", "email", "address", "location"}
NUMBER = {
    "user_id", "provider_id", "phone_id", "country_code", "area_code", "phone_number", "full_number", "is_active",
    "is_default", "capabilities",
}  # fmt: skip
PROVIDER = {"name", "type", "concurrency_limit", "priority"}
TASTES = {"voice_preference", "language", "timezone", "call_transport"}
WRITABLE = {
    ("call_queue", "INSERT"): QUEUE,
    ("call_queue", "UPDATE"): QUEUE,
    ("call_templates", "INSERT"): TEMPLATE | {"created_by"},
    # The policy lets nobody but an administrator name somebody else.
    ("call_templates", "UPDATE"): TEMPLATE | {"created_by"},
    ("preferences", "INSERT"): TASTES | {"user_id"},
    ("preferences", "UPDATE"): TASTES,
    ("user_profiles", "INSERT"): PROFILE | {"user_id"},
    ("user_profiles", "UPDATE"): PROFILE,
    ("user_phone_numbers", "INSERT"): NUMBER,
    ("user_phone_numbers", "UPDATE"): {"is_active", "is_default"},
    ("call_service_providers", "INSERT"): PROVIDER,
    ("call_service_providers", "UPDATE"): PROVIDER,
}
# Whole rows, for administrators alone: their policies refuse everybody else.
KEPT_BY_ADMINISTRATORS = {
    "voice_options", "provider_phone_numbers", "subscription_plans", "user_subscriptions", "user_call_usage",
    "call_history", "user_call_history",
}  # fmt: skip
# What they may write beside that in tables where end users write some columns; a trigger keeps the rest from those.
FOR_ADMINISTRATORS = {
    ("call_queue", "INSERT"): {
        "user_id", "status", "call_id", "provider_id", "retry_count", "last_error", "priority", "time_window",
        "max_attempts", "next_attempt_at",
    },
    ("user_profiles", "INSERT"): {
        "status", "onboarding_status", "onboarding_sent_at", "onboarding_completed_at",
    },
    ("user_phone_numbers", "UPDATE"): NUMBER - {"is_active", "is_default"},
}  # fmt: skip
FOR_ADMINISTRATORS |= {
    (table, "UPDATE"): FOR_ADMINISTRATORS[table, "INSERT"] - {"user_id"}
    for table in ("call_queue", "user_profiles")
}
NEVER_READ = {("phone_links", "verification_code"), ("call_service_providers", "api_credentials")} | {
    ("sms_history", column)
    for column in (
        "outbox_state", "outbox_token", "lease_until", "request_key", "price", "price_unit", "send_attempts", "sending_at",
        "not_before", "verification_id", "code_outcome", "details", "wants_answer", "urgent",
    )
}  # fmt: skip
# Rows of people themselves; the catalogue is kept by administrators.
OF_END_USERS = ("user_profiles", "preferences", "user_phone_numbers", "call_templates", "call_queue")


def test_row_level_security_is_on_and_forced_everywhere(owner):
    rows = owner.execute(
        """select relname from pg_class
            where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
              and not (relrowsecurity and relforcerowsecurity)"""
    ).fetchall()

    assert rows == []


def test_views_ask_as_the_one_who_reads_them(owner):
    rows = owner.execute(
        """select relname from pg_class
            where relnamespace = 'public'::regnamespace and relkind in ('v', 'm')
              and not coalesce(reloptions @> '{security_invoker=true}', false)"""
    ).fetchall()

    assert rows == []


def test_a_role_has_one_policy_a_verb_and_none_is_for_everybody(owner):
    policies = owner.execute(
        "select tablename, cmd, roles::text[], permissive from pg_policies where schemaname = 'public'"
    ).fetchall()

    cells = [(table, verb, role) for table, verb, roles, _ in policies for role in roles]
    assert len(cells) == len(set(cells))
    assert {role for _, _, role in cells} == {"authenticated", "service_role"}
    assert {kind for *_, kind in policies} == {"PERMISSIVE"}


def test_policies_look_up_the_asking_user_once_a_query_not_once_a_row(owner):
    policies = owner.execute(
        """select tablename, policyname, concat(qual, ' ', with_check) from pg_policies where schemaname = 'public'"""
    ).fetchall()

    bare = [
        (table, policy)
        for table, policy, words in policies
        for call in (
            "auth.uid()",
            "private.is_admin()",
            "private.my_organizations()",
            "private.led_organizations()",
        )
        if words.count(call) != words.count(f"SELECT {call}")
    ]
    assert bare == []


def test_every_foreign_key_is_indexed(owner):
    rows = owner.execute(
        """select c.conrelid::regclass::text, c.conname from pg_constraint c
            where c.contype = 'f' and c.connamespace = 'public'::regnamespace
              and not exists (
                  select from pg_index i
                   where i.indrelid = c.conrelid
                     -- A row that refers to nothing need not be found by what it refers to.
                     and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) = (
                         select format('(%I IS NOT NULL)', a.attname) from pg_attribute a
                          where a.attrelid = c.conrelid and a.attnum = c.conkey[1]))
                     and (i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey)"""
    ).fetchall()

    assert rows == []


def test_every_table_has_a_key_and_a_time_and_updated_at_is_kept_by_trigger(owner):
    without_key = owner.execute(
        """select relname from pg_class t where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
              and not exists (select from pg_index i where i.indrelid = t.oid and i.indisprimary)"""
    ).fetchall()
    untouched = owner.execute(
        """select attrelid::regclass::text from pg_attribute a
             join pg_class t on t.oid = a.attrelid and t.relkind in ('r', 'p')
            where t.relnamespace = 'public'::regnamespace and a.attname = 'updated_at' and not a.attisdropped
              and not exists (select from pg_trigger g where g.tgrelid = t.oid and g.tgname = 'touch_updated_at')"""
    ).fetchall()

    assert without_key == []
    # Its own functions write it in the statement that changes the row.
    assert {name for (name,) in untouched} <= {"call_states"}


def test_times_know_their_zone(owner):
    rows = owner.execute(
        """select table_name, column_name from information_schema.columns
            where table_schema = 'public' and data_type = 'timestamp without time zone'"""
    ).fetchall()

    assert rows == []


def test_anon_may_touch_nothing(owner):
    rows = owner.execute(
        """select c.relname from pg_class c
            where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'S')
              and (case when relkind = 'S' then has_sequence_privilege('anon', c.oid, 'USAGE, SELECT, UPDATE')
                        else has_any_column_privilege('anon', c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')
                             or has_table_privilege('anon', c.oid, 'DELETE, TRUNCATE, TRIGGER') end)"""
    ).fetchall()

    assert rows == []


def test_end_users_write_exactly_the_allowed_columns(owner):
    rows = owner.execute(
        """select c.relname, p.privilege, a.attname
             from pg_class c
             join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped,
                  (values ('INSERT'), ('UPDATE')) p (privilege)
            where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v')
              and has_column_privilege('authenticated', c.oid, a.attnum, p.privilege)"""
    ).fetchall()

    granted: dict[tuple[str, str], set[str]] = {}
    for table, privilege, column in rows:
        if table not in KEPT_BY_ADMINISTRATORS:
            granted.setdefault((table, privilege), set()).add(column)
    kept = kept_columns(owner, granted)
    assert {cell: columns - kept.get(cell, set()) for cell, columns in granted.items()} == WRITABLE
    assert kept == FOR_ADMINISTRATORS


def kept_columns(owner, granted: dict[tuple[str, str], set[str]]) -> dict[tuple[str, str], set[str]]:
    """What the triggers keep for administrators: all but the named columns, or exactly the watched ones."""
    guards = owner.execute(
        """select c.relname, case when tgtype & 4 > 0 then 'INSERT' else 'UPDATE' end,
                  string_to_array(encode(tgargs, 'escape'), '\\000'),
                  array(select attname::text from pg_attribute where attrelid = c.oid and attnum = any (tgattr))
             from pg_trigger join pg_class c on c.oid = tgrelid
            where tgfoid in ('private.keep_to_columns'::regproc, 'private.only_administrators'::regproc)
              and tgenabled <> 'D'"""
    ).fetchall()
    return {
        (table, verb): set(watched) or granted[table, verb] - set(own) for table, verb, own, watched in guards
    }


def test_whatever_end_users_write_has_a_longest_length(owner):
    endless = owner.execute(
        """select c.relname, a.attname
             from pg_class c
             join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
             join pg_type t on t.oid = a.atttypid
            where c.relnamespace = 'public'::regnamespace and c.relname = any (%s)
              and (t.typcategory in ('S', 'A') or t.typname in ('json', 'jsonb', 'bytea'))
              and (has_column_privilege('authenticated', c.oid, a.attnum, 'INSERT')
                   or has_column_privilege('authenticated', c.oid, a.attnum, 'UPDATE') or c.relname = 'preferences')
              and not exists (select from pg_constraint k
                               where k.conrelid = c.oid and k.contype = 'c' and a.attnum = any (k.conkey)
                                 and pg_get_constraintdef(k.oid) like '%%length(%%')""",
        [list(OF_END_USERS)],
    ).fetchall()

    assert endless == []


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("user_profiles", "first_name", "x" * 201),
        ("user_profiles", "location", "x" * 501),
        ("user_profiles", "address", '{"street": "%s"}' % ("x" * 4001)),
        ("call_templates", "prompt", "x" * 50_001),
        ("call_queue", "custom_variables", '{"name": "%s"}' % ("x" * 50_001)),
        ("preferences", "language", "x" * 36),
    ],
)
def test_what_is_too_long_is_refused(owner, table, column, value):
    with owner.transaction(force_rollback=True):
        (person,) = owner.execute(
            "insert into auth.users (id) values (gen_random_uuid()) returning id"
        ).fetchone()
        more = {"call_templates": ("name", "T"), "call_queue": ("recipient_number", "+12025550123")}
        names, values = more.get(table, (None, None))
        owner_column = "created_by" if table == "call_templates" else "user_id"
        columns = [owner_column, column, *([names] if names else [])]

        with pytest.raises(psycopg.errors.CheckViolation):
            owner.execute(
                f"insert into public.{table} ({', '.join(columns)}) values ({', '.join(['%s'] * len(columns))})",
                [person, value, *([values] if names else [])],
            )


def test_end_users_never_read_what_is_secret_and_never_truncate(owner):
    readable = owner.execute(
        """select table_name, column_name from information_schema.column_privileges
            where table_schema = 'public' and grantee = 'authenticated' and privilege_type = 'SELECT'"""
    ).fetchall()
    emptied = owner.execute(
        """select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v')
              and has_table_privilege('authenticated', oid, 'TRUNCATE, TRIGGER, REFERENCES')"""
    ).fetchall()

    assert not NEVER_READ & set(readable)
    assert emptied == []


def test_no_end_user_reaches_the_schemas_behind(owner):
    rows = owner.execute(
        """select role, nspname from unnest(array['anon', 'authenticated']) role, pg_namespace
            where nspname in ('jobs', 'voicebot_meta') and has_schema_privilege(role, oid, 'USAGE, CREATE')
            union all
           select role, nspname from unnest(array['anon', 'authenticated', 'service_role']) role, pg_namespace
            where nspname in ('public', 'private') and has_schema_privilege(role, oid, 'CREATE')"""
    ).fetchall()

    assert rows == []


def test_a_new_table_or_function_begins_closed(owner):
    with owner.transaction(force_rollback=True):
        owner.execute("create table public.newcomer (id int)")
        owner.execute("create function public.newcomer() returns jsonb language sql return '{}'::jsonb")
        opened = owner.execute(
            """select role from unnest(array['anon', 'authenticated']) role
                where has_table_privilege(role, 'public.newcomer', 'SELECT, INSERT, UPDATE, DELETE')
                   or has_function_privilege(role, 'public.newcomer()', 'EXECUTE')"""
        ).fetchall()

    assert opened == []


@pytest.mark.parametrize(("column", "words"), [("end_reason", EndReason)])
def test_closed_lists_of_the_database_and_of_the_code_are_the_same(owner, column: str, words: type[StrEnum]):
    definition = owner.execute(
        """select pg_get_constraintdef(oid) from pg_constraint
            where conrelid = 'public.call_history'::regclass and conname = %s""",
        [f"call_history_{column}_check"],
    ).fetchone()[0]

    assert {part.split("'")[0] for part in definition.split("'")[1::2]} == {str(word) for word in words}


def test_migrations_leave_a_row_for_the_carrier(owner):
    assert owner.execute("select name, type from public.call_service_providers").fetchall() == [
        ("twilio", "voice")
    ]
