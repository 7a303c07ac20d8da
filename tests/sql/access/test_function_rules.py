"""Rules that every function keeps, read from pg_proc and from the files that create them."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.sql

LONGEST_FILE = 300
FUNCTIONS = Path(__file__).resolve().parents[3] / "sql" / "functions"
HEADER = re.compile(
    r"^-- (?P<name>\w+): kind (?P<kind>fact|claim|read|command); key [^;\n]+; called by [^\n]+\n"
    r"(?:--[^\n]*\n)*create function public\.(?P=name)\(",
    re.MULTILINE,
)
CREATED = re.compile(r"^create (?:or replace )?function public\.(\w+)", re.MULTILINE)
PARAMETER_TYPES = {
    "text", "integer", "bigint", "boolean", "double precision", "uuid", "timestamp with time zone", "jsonb",
}  # fmt: skip
# Each is here for a reason that its comment gives; everything else runs with the rights of who calls it.
SECURITY_DEFINERS = {
    "public.ensure_user", "public.create_integration_test_user",
    "private.my_organizations", "private.led_organizations", "private.mirror_into_profile", "private.fill_new_profile",
    "private.make_member_account", "private.confirm_phone", "private.note_due_lanes", "private.standing_call_stop",
    "private.tell_call", "private.tell_onboarded", "private.settle_measured_call", "private.note_call_of_number",
    "private.drop_account", "private.follow_words", "private.place_thread",
    "private.place_with_maker", "private.place_entry", "private.place_call", "private.refuse_foreign_number",
    "private.keep_provider", "private.password_sign", "private.note_provider_of_call", "private.route_again", "private.route_entry",
    "private.sole_organization", "private.organization_of_number",
}  # fmt: skip
FOR_END_USERS: set[str] = set()
NOTIFIES = {"hint_workers"}


def sources() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(FUNCTIONS.rglob("*.sql")))


def test_a_name_has_one_overload(owner):
    rows = owner.execute(
        """select proname from pg_proc where pronamespace = 'public'::regnamespace
            group by proname having count(*) > 1"""
    ).fetchall()

    assert rows == []


def test_functions_answer_one_json_value(owner):
    rows = owner.execute(
        """select proname from pg_proc where pronamespace = 'public'::regnamespace
              and (prorettype <> 'jsonb'::regtype or proretset or prokind <> 'f')"""
    ).fetchall()

    assert rows == []


def test_functions_take_named_parameters_of_plain_types(owner):
    rows = owner.execute(
        """select p.proname, coalesce(p.proargnames[t.n], ''), format_type(t.type, null), p.proallargtypes is null
             from pg_proc p, unnest(p.proargtypes::oid[]) with ordinality t (type, n)
            where p.pronamespace = 'public'::regnamespace"""
    ).fetchall()

    assert [(name, argument) for name, argument, _, only_in in rows if not argument or not only_in] == []
    assert [(name, kind) for name, _, kind, _ in rows if kind not in PARAMETER_TYPES] == []


def test_functions_find_nothing_by_a_search_path(owner):
    rows = owner.execute(
        """select oid::regprocedure::text from pg_proc
            where pronamespace in ('public'::regnamespace, 'private'::regnamespace)
              and not coalesce(proconfig @> array['search_path=""'], false)"""
    ).fetchall()

    assert rows == []


def test_only_the_service_may_run_them(owner):
    rows = owner.execute(
        """select proname, role from pg_proc, unnest(array['anon', 'authenticated']) role
            where pronamespace = 'public'::regnamespace and has_function_privilege(role, oid, 'EXECUTE')
            union all
           select proname, 'service_role lacks it' from pg_proc
            where pronamespace = 'public'::regnamespace and not has_function_privilege('service_role', oid, 'EXECUTE')"""
    ).fetchall()
    public = owner.execute(
        """select oid::regprocedure::text from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner))) acl
            where pronamespace in ('public'::regnamespace, 'private'::regnamespace) and acl.grantee = 0"""
    ).fetchall()

    assert [row for row in rows if row[0] not in FOR_END_USERS] == []
    assert public == []


def test_functions_with_the_owners_rights_are_few_and_known(owner):
    rows = owner.execute(
        """select nspname || '.' || proname from pg_proc p join pg_namespace n on n.oid = pronamespace
            where prosecdef and nspname in ('public', 'private', 'jobs', 'auth')"""
    ).fetchall()

    assert {name for (name,) in rows} == SECURITY_DEFINERS


def test_every_function_says_above_itself_what_it_is():
    text = sources()

    assert sorted(CREATED.findall(text)) == sorted(match["name"] for match in HEADER.finditer(text))


def test_the_files_create_exactly_what_the_database_has(owner):
    rows = owner.execute("select proname from pg_proc where pronamespace = 'public'::regnamespace").fetchall()

    assert sorted(name for (name,) in rows) == sorted(CREATED.findall(sources()))


def test_files_of_functions_stay_readable():
    lines = {
        str(path.relative_to(FUNCTIONS)): len(path.read_text(encoding="utf-8").splitlines())
        for path in FUNCTIONS.rglob("*.sql")
    }

    assert {name: count for name, count in lines.items() if count > LONGEST_FILE} == {}


def test_functions_are_created_again_not_replaced():
    """`create or replace` would leave an overload behind when a parameter changes."""
    assert re.findall(r"create or replace function public\.\w+", sources()) == []


def test_nothing_that_a_webhook_runs_notifies(owner):
    rows = owner.execute(
        r"""select proname from pg_proc
             where pronamespace in ('public'::regnamespace, 'private'::regnamespace)
               and prosrc ~* '\m(pg_notify|notify)\M'"""
    ).fetchall()
    triggers = owner.execute(
        r"""select tgname from pg_trigger g join pg_proc p on p.oid = g.tgfoid
             where not tgisinternal and tgenabled <> 'D' and prosrc ~* '\m(pg_notify|notify)\M'
               and (tgtype & 4) > 0"""
    ).fetchall()

    assert {name for (name,) in rows} <= NOTIFIES
    assert triggers == []
