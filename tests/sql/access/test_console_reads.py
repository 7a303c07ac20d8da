"""Every list of the console reads the rows that it shows, however many calls, texts and entries there are."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb

from benchmarks.console.seed import AGENT, BUSY, ORGANIZATION, OWNER, SMALL, SMALL_OWNER, Scale, seed
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
    "the queue": "list_queued_calls({})",
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
            if name == "the audit log" and who == "an owner":
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


def _read(connection: psycopg.Connection[Any]) -> dict[str, tuple[int, int]]:
    """Rows of each big table that this transaction has read: one after the other, and by an index."""
    rows = connection.execute(
        "select relname, seq_tup_read, idx_tup_fetch from pg_stat_xact_user_tables where relname = any (%s)",
        [list(BIG)],
    )
    return {name: (one_by_one, by_index) for name, one_by_one, by_index in rows}
