"""Take rows away between two tests for next to nothing."""

from typing import Any

known: dict[tuple[str, ...], list[str]] = {}
"""The statements that empty some tables: the schema of every database is the same."""
CASCADE = """
with recursive emptied (id) as (
  select unnest(%s::text[])::regclass::oid
  union
  select c.conrelid from emptied join pg_constraint c on c.contype = 'f' and c.confrelid = emptied.id)
select array_agg('delete from ' || id::regclass) from emptied"""


def remove_rows(owner: Any, *tables: str) -> None:
    """Leave no row in tables of `public`, nor in those whose rows belong to them; no trigger fires.

    `truncate … cascade` comes to the same, but makes new files for each table and index and has every session
    plan its statements anew: that took longer than most tests.
    """
    statements = known.get(tables)
    if statements is None:
        named = [f"public.{table}" for table in tables]
        statements = known[tables] = owner.execute(CASCADE, [named]).fetchone()[0]
    owner.execute(
        "; ".join(["set session_replication_role = replica", *statements, "reset session_replication_role"])
    )
