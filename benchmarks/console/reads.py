"""What each list costs the database: CPU and buffers of one backend, whoever looks, over the seeded rows.

`python -m benchmarks.console.reads DSN` asks a database that was seeded by `benchmarks.console`; the clock of a busy machine tells
little, so none is read.
"""

import argparse
import json
from pathlib import Path
from uuid import UUID

import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks.console.seed import AGENT, BUSY, ORGANIZATION, OWNER, SMALL, SMALL_OWNER
from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.access.roles import sees

READERS = {
    "operator": THE_OPERATOR,
    "owner": sees(Actor(UUID(OWNER), UUID(ORGANIZATION)), "owner"),
    "owner of few": sees(Actor(UUID(SMALL_OWNER), UUID(SMALL)), "owner"),
    "agent": Actor(UUID(AGENT), UUID(ORGANIZATION)),
    "agent of many": Actor(UUID(BUSY), UUID(ORGANIZATION)),
}
SEARCHES = {
    "a frequent word": {"said": [{"text": "refund"}]}, "two words": {"said": [{"text": "pump 1234"}]},
    "no hit": {"said": [{"text": "nowhereatall"}]}, "a phrase": {"said": [{"text": "call me back", "phrase": True}]},
    "outcome": {"outcome": ["solved"]}, "latency:>2s": {"latency": [{"op": ">", "value": 2000}]},
    "cost:>0.5": {"cost": [{"op": ">", "value": 0.5}]}, "cost:>99": {"cost": [{"op": ">", "value": 99}]},
    "a name of many": {"person": "ann"}, "a number of many calls": {"number": "+13030000001"}, "campaign": {"campaign": "Campaign 0"},
    "status": {"status": "failed"}, "what goes on": {"status": "in-progress"}, "tool": {"tool": "look_up_order"},
    "word and name": {"said": [{"text": "refund"}], "person": "ann"}, "word and outcome": {"said": [{"text": "refund"}], "outcome": ["refund"]},
}  # fmt: skip
DEEP = """(select jsonb_build_object('at', coalesce(c.started_at, c.created_at), 'id', c.id) from public.call_history c
            order by coalesce(c.started_at, c.created_at) desc, c.id desc offset 50000 limit 1)"""
LISTS = {
    "now": "console_now('UTC', {})", "inbox": "inbox_page({})", "resolved": "inbox_page({}, 'resolved')", "counts": "inbox_counts({})",
    "a thread": "show_inbox_item(md5('item 4')::uuid, {})", "calls of the API": "list_calls({})",
    "calls, page 1,000": "search_calls('{{}}', {}, after => " + DEEP + ")", "a call": "call_page(md5('call 500')::uuid, {})",
    "people": "people_page({})", "people of this hour": "people_page({}, contact_since => now() - interval '1 hour')",
    "people not heard of": "people_page({}, no_contact_since => now() - interval '365 days')", "people by name": "people_page({}, 'ann')",
    "a person": f"show_person('{OWNER}', {{}})", "timeline": f"person_timeline('{OWNER}', null, {{}})",
    "timeline, long ago": f"""person_timeline('{OWNER}', null, {{}}, after => jsonb_build_object(
        'at', now() - interval '200 days', 'name', 'call:1'))""",
    "queue": "list_queued_calls({})", "how the queue stands": "queue_standing(actor => {})", "campaigns": "list_campaigns({})",
    "people of a campaign": "list_campaign_people(md5('campaign 0')::uuid, 50, null, {})",
    "report of a campaign": "campaign_report(md5('campaign 0')::uuid, {})", "figures, 90 days": "console_figures(90, 'day', 'UTC', {})",
    "figures, hours": "console_figures(7, 'hour', 'UTC', {})", "usage": "usage_figures(date_trunc('month', now()), {})",
    "audit": "audit_page({})", "deliveries": "webhook_deliveries_page(null, {})",
    **{f"calls: {name}": f"search_calls('{json.dumps(asked).replace('{', '{{').replace('}', '}}')}', {{}})" for name, asked in SEARCHES.items()},
    **{f"counted: {name}": f"count_calls('{json.dumps(asked).replace('{', '{{').replace('}', '}}')}', 10000, {{}})"
       for name, asked in SEARCHES.items()},
}  # fmt: skip


def main() -> None:
    """Ask everything for everybody, and print it, the dearest first."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("dsn")
    table = Table("list", "who", "CPU ms", "buffers")
    with psycopg.connect(parser.parse_args().dsn, autocommit=True) as connection:
        connection.execute("set role service_role")
        seen = [
            (*measure(connection, asked.format("%s"), actor), name, who)
            for name, asked in LISTS.items()
            for who, actor in READERS.items()
        ]
    for cpu_ms, buffers, name, who in sorted(seen, reverse=True):
        table.add_row(name, who, f"{cpu_ms:.1f}", f"{buffers:,}")
    Console().print(table)


def measure(
    connection: psycopg.Connection[tuple[object, ...]], asked: str, actor: Actor
) -> tuple[float, int]:
    """Ask once so that it is planned, and once measured: milliseconds of CPU, and pages that were looked at."""
    given = [json.dumps(actor.to_json()) if actor.to_json() else None]
    question = f"select public.{asked}".replace("%s", "%s::jsonb")
    connection.execute(question, given)
    before = _cpu_ns(connection)
    connection.execute(question, given)
    took = _cpu_ns(connection) - before
    (plan,) = connection.execute(
        f"explain (analyze, buffers, timing off, format json) {question}", given
    ).fetchone() or ([],)
    top = plan[0]["Plan"]  # type: ignore[index]
    return took / 1e6, top["Shared Hit Blocks"] + top["Shared Read Blocks"]


def _cpu_ns(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    """CPU that the backend has taken so far."""
    return int(Path(f"/proc/{connection.info.backend_pid}/schedstat").read_text().split()[0])


if __name__ == "__main__":
    main()
