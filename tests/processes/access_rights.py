"""What a database lets whom do, as its catalogue says it: alike on two servers means alike for everybody."""

from collections.abc import Mapping
from typing import Any

import psycopg

Connection = psycopg.Connection[tuple[Any, ...]]
ROLES = ("anon", "authenticated", "service_role")
SCHEMAS = ("public", "private", "auth", "jobs", "voicebot_meta")

QUESTIONS: Mapping[str, str] = {
    "row level security": """
        select relname, relrowsecurity::text, relforcerowsecurity::text from pg_class
         where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')""",
    "policies": """
        select tablename, policyname, permissive, roles::text, cmd, coalesce(qual, ''), coalesce(with_check, '')
          from pg_policies where schemaname = 'public'""",
    "schemas": """
        select r.name, n.nspname from unnest(%(roles)s::text[]) r(name), pg_namespace n
         where n.nspname = any(%(schemas)s) and has_schema_privilege(r.name, n.oid, 'usage')""",
    "tables": """
        select r.name, c.oid::regclass::text, p.name
          from unnest(%(roles)s::text[]) r(name), pg_class c, unnest(array['delete', 'truncate', 'trigger']) p(name)
         where c.relnamespace::regnamespace::text = any(%(schemas)s) and c.relkind in ('r', 'p', 'v')
           and has_table_privilege(r.name, c.oid, p.name)""",
    "columns": """
        select r.name, c.oid::regclass::text, a.attname, p.name
          from unnest(%(roles)s::text[]) r(name), pg_class c, pg_attribute a,
               unnest(array['select', 'insert', 'update', 'references']) p(name)
         where c.relnamespace::regnamespace::text = any(%(schemas)s) and c.relkind in ('r', 'p', 'v')
           and a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
           and has_column_privilege(r.name, c.oid, a.attnum, p.name)""",
    "sequences": """
        select r.name, c.oid::regclass::text, p.name
          from unnest(%(roles)s::text[]) r(name), unnest(array['usage', 'select', 'update']) p(name),
               pg_class c where c.relnamespace::regnamespace::text = any(%(schemas)s) and c.relkind = 'S'
           and has_sequence_privilege(r.name, c.oid, p.name)""",
    "functions": """
        select r.name, f.oid::regprocedure::text from unnest(%(roles)s::text[]) r(name), pg_proc f
         where f.pronamespace::regnamespace::text = any(%(schemas)s)
           and has_function_privilege(r.name, f.oid, 'execute')""",
    "as whom functions run": """
        select f.oid::regprocedure::text, f.prosecdef::text, coalesce(f.proconfig::text, '') from pg_proc f
         where f.pronamespace::regnamespace::text = any(%(schemas)s)""",
    "memberships": """
        select member::regrole::text, roleid::regrole::text from pg_auth_members
         where member::regrole::text = any(%(roles)s)""",
}

Rights = dict[str, set[tuple[str, ...]]]


def rights(connection: Connection) -> Rights:
    """Return all that anon, people and the service may do here, and by which policies."""
    named = {"roles": list(ROLES), "schemas": list(SCHEMAS)}
    return {
        about: {
            tuple(" ".join(str(part).split()) for part in row) for row in connection.execute(words, named)
        }
        for about, words in QUESTIONS.items()
    }


def differences(
    here: Rights, there: Rights
) -> dict[str, tuple[list[tuple[str, ...]], list[tuple[str, ...]]]]:
    """Return what only one of them has, by what it is about: (here, there); empty when they are alike."""
    return {
        about: (sorted(here[about] - there[about]), sorted(there[about] - here[about]))
        for about in QUESTIONS
        if here[about] != there[about]
    }
