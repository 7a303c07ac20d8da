"""Every list of the console reads the rows that it shows, however many calls, texts and entries there are."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb

from benchmarks.console.pages import addresses
from benchmarks.console.seed import AGENT, BUSY, ORGANIZATION, OWNER, SMALL, SMALL_OWNER, Scale, seed
from voicebot.console.table import ROUTES
from voicebot.domain.access.actor import Actor
from voicebot.domain.access.roles import sees

pytestmark = pytest.mark.sql
SCALE = Scale(calls=20_000, utterances=20_000, texts=20_000)
BIG = (
    "call_history",
    "transcripts",
    "call_search",
    "sms_history",
    "call_queue",
    "call_attempts",
    "audit_log",
    "webhook_events",
)
FEW = 4_500
"""Rows of one big table that a page may look at: the newest, and those beside them that it does not show."""
LISTS = {
    "live calls": "console_now('UTC', {})",
    "calls": "search_calls('{{}}', {})",
    "calls of a state": """search_calls('{{"status": "failed"}}', {})""",
    "calls by words": """search_calls('{{"said": [{{"text": "pump 1234"}}]}}', {})""",
    "calls of a name": """search_calls('{{"person": "ann"}}', {})""",
    "calls of a number": """search_calls('{{"number": "+13030000001"}}', {})""",
    "calls of a campaign": """search_calls('{{"campaign": "Campaign 1"}}', {})""",
    "texts by words": """search_texts('{{"said": [{{"text": "saddle 1234"}}]}}', {})""",
    "texts of a name": """search_texts('{{"person": "ann"}}', {})""",
    "how many calls of a name": """count_calls('{{"person": "ann"}}', 50, {})""",
    "calls of one reason": """list_calls({}, end_reason => 'nothing_such', budget_ms => 0)""",
    "calls that go on": """search_calls('{{"status": "in-progress"}}', {})""",
    "the calls beside one": """call_neighbours(md5('call 10000')::uuid, {}, null, 'busy')""",
    "dear calls": """search_calls('{{"cost": [{{"op": ">", "value": 1}}]}}', {})""",
    "slow calls": """search_calls('{{"latency": [{{"op": ">", "value": 2000}}]}}', {})""",
    "the inbox": "inbox_page({})",
    "what was resolved": "inbox_page({}, 'resolved')",
    "the inbox's mark": "waiting_for_people({})",
    "a thread": "show_inbox_item(md5('item 4')::uuid, {})",
    "people": "people_page({})",
    "people by name": "people_page({}, 'reyes1')",
    "people of this week": "people_page({}, contact_since => now() - interval '7 days')",
    "people not heard of": "people_page({}, no_contact_since => now() - interval '30 days')",
    "a person": f"show_person('{OWNER}', {{}})",
    "a person's timeline": f"person_timeline('{OWNER}', null, {{}})",
    "a page of it that is long ago": f"""person_timeline('{OWNER}', null, {{}}, after => jsonb_build_object(
        'at', now() - interval '100 days', 'name', 'call:1'))""",
    "its texts long ago": f"""person_timeline('{OWNER}', 'text', {{}}, after => jsonb_build_object(
        'at', now() - interval '100 days', 'name', 'text:1'))""",
    "codes of somebody with many calls": f"person_timeline('{OWNER}', 'code', {{}})",
    "people of this hour": "people_page({}, contact_since => now() - interval '1 hour', budget_ms => 0)",
    "people of one number": "people_page({}, '+130300')",
    "people who came first": "people_page({}, after => jsonb_build_object('id', 10000000050))",
    "a page of a thread that is long ago": """conversation_messages(md5('thread 1')::uuid, {}, 50, '{{"id": 10000000500}}')""",
    "people of last week by name": "people_page({}, 'reyes1', contact_since => now() - interval '7 days')",
    "people who asked to be left alone": "people_page({}, standing => 'stopped')",
    "people who are blocked": "people_page({}, standing => 'blocked')",
    "people whose onboarding failed": "people_page({}, onboarding => 'failed')",
    "people who proved their number": "people_page({}, verified => true)",
    "what waits for a person": "inbox_page({}, 'waiting')",
    "what nobody has": "inbox_page({}, 'unassigned')",
    "what was put off": "inbox_page({}, 'snoozed')",
    "a page of the inbox that is far down": """inbox_page({}, 'resolved', after => jsonb_build_object(
        'rank', 3, 'place', 400, 'id', '00000000-0000-0000-0000-000000000000'))""",
    "calls, far down": "search_calls('{{}}', {}, after => jsonb_build_object('at', now() - interval '200 days', 'id', 10000009000))",
    "calls that came in": """search_calls('{{"direction": "inbound"}}', {})""",
    "calls of an outcome that no call has": """search_calls('{{"outcome": ["nothing_such"]}}', {})""",
    "calls with a tool": """search_calls('{{"tool": "look_up_order"}}', {})""",
    "calls with a tool that no call used": """search_calls('{{"tool": "nothing_such"}}', {})""",
    "calls with a tag that no call has": """search_calls('{{"tag": "nothing_such"}}', {})""",
    "calls of the one with the most, by words": """search_calls('{{"number": "+13030000001", "said": [{{"text": "refund"}}]}}', {})""",
    "calls of a day": """search_calls(jsonb_build_object('since', now() - interval '100 days', 'until', now() - interval '99 days'), {})""",
    "calls of a campaign that there is not": """search_calls('{{"campaign": "Nothing such"}}', {})""",
    "how many calls failed": """count_calls('{{"status": "failed"}}', 50, {})""",
    "how many texts have a word": """count_texts('{{"said": [{{"text": "saddle 1234"}}]}}', 50, {})""",
    "texts of the one with the most": """search_texts('{{"number": "+13030000001"}}', {})""",
    "the queue": "list_queued_calls({})",
    "the queue of a number": "list_queued_calls({}, number => '+17200000500')",
    "what failed in the queue": "list_queued_calls({}, 'failed')",
    "the queue of a campaign": "list_queued_calls({}, campaign_id => md5('campaign 0')::uuid)",
    "the queue of a campaign that has little": "list_queued_calls({}, campaign_id => md5('campaign 2')::uuid)",
    "the queue with a tag that nobody has": "list_queued_calls({}, tag => 'nothing_such')",
    "the queue, far down": "list_queued_calls({}, after => jsonb_build_object('at', now() - interval '2000 minutes', 'id', md5('x')::uuid))",
    "people of a campaign, far down": """list_campaign_people(md5('campaign 0')::uuid, 50,
        jsonb_build_object('number', '+17200002000', 'id', md5('x')::uuid), {})""",
    "campaigns that run": "list_campaigns({}, 'running')",
    "deliveries of webhooks": "webhook_deliveries_page(null, {})",
    "deliveries that are given up": "webhook_deliveries_page(null, {}, 'dead')",
    "bulk actions": "list_bulk({})",
    "erasures": "erasures_page({})",
    "what waits in the queue": "list_queued_calls({}, 'queued')",
    "how the queue stands": "queue_standing(actor => {})",
    "campaigns": "list_campaigns({})",
    "people of a campaign": "list_campaign_people(md5('campaign 0')::uuid, 50, null, {})",
    "the audit log": "audit_page(actor => {})",
}  # fmt: skip


@pytest.fixture(scope="module")
def connection(dsn: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(dsn) as connection:
        for _ in seed(connection, SCALE):
            pass
        # What a big transaction adds waits outside of the indexes of words, and the planner then goes other ways.
        for index in ("call_search_words_idx", "sms_history_words_idx"):
            connection.execute("select gin_clean_pending_list(%s)", [index])
        # Of a table that is small here a scan is cheap: what is asked is whether an index would do.
        connection.execute("set enable_seqscan = off")
        yield connection
        connection.rollback()


def test_no_list_reads_a_big_table_from_end_to_end(connection: psycopg.Connection[Any]) -> None:
    owner = Actor(UUID(OWNER), UUID(ORGANIZATION))
    readers = {
        "the operator": None, "an owner": Jsonb(sees(owner, "owner").to_json()),
        "the owner of a small organization": Jsonb(sees(Actor(UUID(SMALL_OWNER), UUID(SMALL)), "owner").to_json()),
        "an agent": Jsonb(Actor(UUID(AGENT), UUID(ORGANIZATION)).to_json()),
        "an agent with the greatest thread": Jsonb(Actor(UUID(BUSY), UUID(ORGANIZATION)).to_json()),
    }  # fmt: skip
    too_much, empty = {}, []
    for who, actor in readers.items():
        for name, asked in LISTS.items():
            # Thousands of calls are this agent's, and a search among them goes on until its time is up.
            if who.endswith("greatest thread") and asked.startswith(("search_", "count_")):
                continue
            if name in ("the audit log", "erasures") and who == "an owner":
                actor = Jsonb(owner.to_json())
            before = _read(connection)
            (answer,) = connection.execute(f"select public.{asked.format('%s')}", [actor]).fetchone() or (
                None,
            )
            read = {
                table: (seq - before[table][0], by_index - before[table][1])
                for table, (seq, by_index) in _read(connection).items()
            }
            if answer.get("result") == "refused" and who in ("the operator", "an owner"):
                empty.append((who, name, answer))
            if grown := {table: rows for table, rows in read.items() if rows[0] > 0 or rows[1] > FEW}:
                too_much[who, name] = grown

    assert (too_much, empty) == ({}, [])


def test_what_is_kept_too_long_is_found_without_a_look_at_what_others_keep(
    connection: psycopg.Connection[Any],
) -> None:
    read = {}
    for name, organization in {"the large": ORGANIZATION, "the small": SMALL}.items():
        with connection.transaction(force_rollback=True):
            # Of a text that is taken away each table that may name it is asked.
            connection.execute(
                "update public.organizations set retention_days = case when id = %s then 30 end",
                [organization],
            )
            before = _read(connection)
            connection.execute("select public.sweep_kept(batch => 50)")
            after = _read(connection)
            read[name] = {
                table: after[table][1] - before[table][1] for table in ("call_history", "sms_history")
            }
            assert all(after[table][0] == before[table][0] for table in ("call_history", "sms_history"))

    assert max(max(one.values()) for one in read.values()) <= FEW, read


def test_the_benchmark_of_the_console_knows_an_address_of_every_page() -> None:
    pages = {
        route.name for route in ROUTES if route.method == "GET" and not route.is_open and not route.is_data
    }

    assert pages <= set(addresses(ROUTES, SCALE))


def _read(connection: psycopg.Connection[Any]) -> dict[str, tuple[int, int]]:
    """Rows of each big table that this transaction has read: one after the other, and by an index."""
    rows = connection.execute(
        "select relname, seq_tup_read, idx_tup_fetch from pg_stat_xact_user_tables where relname = any (%s)",
        [list(BIG)],
    )
    return {name: (one_by_one, by_index) for name, one_by_one, by_index in rows}
