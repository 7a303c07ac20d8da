"""A year of a busy house in rows: people, calls with what was said, threads with texts, the queue, the log.

All of it is made in the database, from one seed. Few people have much: the first of them has a twentieth of the calls and,
in one thread, a fiftieth of the texts. Half of the calls are of one organization, one in a thousand is of a small one. One
campaign has half of the queue. What triggers would find out of each row is written here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg

FIRST = 10_000_000_000
"""Ids begin here, so that what is there already keeps its own."""
ORGANIZATION = "00000000-0000-4000-9000-000000000001"
SMALL = "00000000-0000-4000-9000-000000000002"
"""An organization that has one call and one thread in a thousand."""
ONE = "00000000-0000-4000-a000-000000000001"
"""A template, an endpoint and a bulk action."""
OWNER = "00000000-0000-4000-8000-000000000001"
"""The first person: owner of the organization, and the one with the most calls."""
BUSY, AGENT, SMALL_OWNER = (f"00000000-0000-4000-8000-0000000000{n}" for n in ("13", "14", "15"))
"""An agent who has the greatest thread, one who has little, and the owner of the small organization."""
BATCH = 100_000
"""So many rows are made at a time."""


@dataclass(frozen=True)
class Scale:
    """How many rows there are to be."""

    calls: int = 100_000
    utterances: int = 200_000
    texts: int = 100_000

    @property
    def given(self) -> dict[str, int]:
        """What the statements are given."""
        people = max(self.calls // 20, 50)
        return {
            "calls": self.calls, "texts": self.texts, "people": people, "first": FIRST, "threads": people // 2,
            "said": max(round(self.utterances / self.calls), 1), "entries": max(self.calls // 5, 500),
        }  # fmt: skip


CALLS, TEXTS, ENTRIES = "calls", "texts", "entries"
SENTENCE = """(array['I would like a refund for my order', 'Is my bicycle ready', 'Can you call me back tomorrow',
    'The invoice is wrong again', 'Thank you that is all', 'I want to speak to a person please', 'When do you open on Saturday',
    'My address has changed since spring', 'The brakes make a noise', 'How much is a new chain'])[1 + floor(random() * 10)::int]
    || ', ' || (array['blue', 'green', 'red', 'old', 'new', 'heavy', 'light', 'small'])[1 + floor(random() * 8)::int]
    || ' ' || (array['pump', 'saddle', 'lamp', 'tyre', 'basket', 'pedal', 'bell', 'lock'])[1 + floor(random() * 8)::int]
    || ' number ' || floor(random() * 20000)::int"""
PERSON = "('00000000-0000-4000-8000-' || lpad(to_hex({}::bigint), 12, '0'))::uuid"
NUMBER = "'+1303' || lpad({}::text, 7, '0')"
SEEDED = (
    ("people", None, f"""
     insert into auth.users (id) select {PERSON.format("n")} from generate_series(1, %(people)s) n;
     insert into public.user_profiles (id, user_id, first_name, last_name, phone_number, phone_verified, onboarding_status, created_at)
     overriding system value
     select %(first)s + n, {PERSON.format("n")}, (array['Ann', 'Ben', 'Carla', 'Dev', 'Eva', 'Finn', 'Gwen', 'Hal'])[1 + n %% 8],
            (array['Reyes', 'Stone', 'Moor', 'Lind', 'Okafor', 'Sato', 'Weiss'])[1 + n %% 7] || n, {NUMBER.format("n")},
            n %% 3 > 0, (array['pending', 'completed', 'sms_sent', 'failed'])[1 + n %% 4], now() - (%(people)s - n) * interval '1 minute'
       from generate_series(1, %(people)s) n;
     insert into public.phone_links (user_id, phone_number, verified, verified_at)
     select {PERSON.format("n")}, {NUMBER.format("n")}, true, now() from generate_series(1, %(people)s) n where n %% 3 > 0"""),
    ("the organizations", None, f"""
     insert into public.organizations (id, name, slug) values ('{ORGANIZATION}', 'Seeded', 'seeded'), ('{SMALL}', 'Small', 'small');
     insert into public.organization_members (organization_id, user_id, role)
     select '{ORGANIZATION}'::uuid, {PERSON.format("n")}, case n when 1 then 'owner' else 'agent' end from generate_series(1, 20) n
     union all select '{SMALL}', '{SMALL_OWNER}', 'owner'"""),
    ("what was said", CALLS, f"""
     insert into public.transcripts (session_id, sequence_number, speaker, content, start_time_seconds, latency_ms, confidence_score)
     select %(first)s + n, s, case s %% 2 when 1 then 'caller' else 'bot' end, {SENTENCE}, s * 4,
            case when s %% 2 = 0 then 300 + floor(3000 * random() ^ 4)::int end, 0.5 + random() / 2
       from generate_series(%(low)s::int, %(high)s::int) n, generate_series(1, %(said)s) s"""),
    ("calls", CALLS, f"""
     insert into public.call_history (
         id, public_id, user_id, organization_id, phone_number, call_sid, direction, call_status, duration, transcript, summary,
         outcome, end_reason, transport, started_at, answered_at, ended_at, created_at, price, price_unit, cost, call_queue_id,
         assigned_to, to_number)
     overriding system value
     select %(first)s + n, md5('call ' || n)::uuid, {PERSON.format("p")},
            case when n %% 2 = 0 then '{ORGANIZATION}'::uuid when n %% 1000 = 1 then '{SMALL}'::uuid end,
            {NUMBER.format("p")}, 'CA' || md5('call ' || n), case when n %% 3 = 0 then 'outbound' else 'inbound' end,
            case when is_live then 'in-progress' else (array['completed', 'completed', 'completed', 'no-answer', 'failed'])[1 + n %% 5] end,
            case when not is_live then 20 + n %% 300 end,
            (select string_agg(initcap(t.speaker) || ': ' || t.content, E'\n' order by t.sequence_number)
               from public.transcripts t where t.session_id = %(first)s + n), {SENTENCE},
            case when not is_live then (array['solved', 'refund', 'call_back', null])[1 + n %% 4] end,
            case when not is_live then (array['caller_hung_up', 'bot_ended', 'no_answer'])[1 + n %% 3] end, 'media', at, at,
            case when not is_live then at + interval '3 minutes' end, at, case when not is_live then -0.02 end, 'USD',
            case when not is_live then 0.02 + random() end, case when n %% 15 = 0 then md5('entry ' || n / 15)::uuid end,
            case when n in (%(calls)s / 2, %(calls)s / 4) then '{AGENT}'::uuid end, '+15005550006'
       from (select n, case when n %% 20 = 0 then 1 else 1 + floor(%(people)s * random() * random())::int end as p,
                    n > %(calls)s - 30 as is_live,
                    now() - (%(calls)s - n) * interval '365 days' / %(calls)s - interval '1 minute' as at
               from generate_series(%(low)s::int, %(high)s::int) n) c"""),
    ("how quick the bot was", CALLS, """
     insert into public.call_turns (call_id, turn, input, token, lease_until, started_at, finished_at, gap_ms, token_ms, voice_ms)
     select %(first)s + n, 1, '{}', gen_random_uuid(), now(), now(), now(), g, g / 2, g / 4
       from (select n, 300 + floor(3000 * random() ^ 4)::int as g
               from generate_series(greatest(%(low)s::int, %(calls)s::int / 2), %(high)s::int) n) t"""),
    ("what a search asks", CALLS, """
     insert into public.call_search (call_id, began_at, words, facets, slowest_ms)
     select c.id, c.started_at, private.spoken_words(coalesce(c.transcript, '')),
            array_remove(array['w:' || private.week_of(c.started_at), 'o:' || c.organization_id, 'u:' || c.user_id, 'c:' || c.outcome,
                               'c:' || c.end_reason, 'c:' || c.call_status, 's:' || c.call_status,
                               case when c.id %% 9 = 0 then 't:look_up_order' end], null)
                || array(select 'l:' || l from generate_series(1, least(10, coalesce(t.slowest, 0) / 1000)) l), t.slowest
       from public.call_history c, lateral (
            select max(u.latency_ms) as slowest from public.transcripts u where u.session_id = c.id) t
      where c.id between %(first)s + %(low)s and %(first)s + %(high)s and c.ended_at is not null"""),
    ("threads", None, f"""
     insert into public.conversations (
         id, user_id, organization_id, assigned_to, channel, customer_identifier, our_number, last_message_at, created_at)
     select md5('thread ' || n)::uuid, {PERSON.format("n")},
            case when n %% 2 = 0 or n = 1 then '{ORGANIZATION}'::uuid when n %% 1000 = 3 then '{SMALL}'::uuid end,
            case when n in (4, 40, 42) then '{AGENT}'::uuid when n = 1 then '{BUSY}'::uuid end, 'sms', {NUMBER.format("n")}, '+15005550006',
            now() - n * interval '1 minute', now() - interval '1 year' from generate_series(1, %(threads)s) n;
     insert into public.inbox_items (
         id, kind, conversation_id, user_id, phone_number, reason, state, waiting_since, unread, snoozed_until, resolved_at, last_at,
         rank, place, organization_id, assigned_to)
     select md5('item ' || n)::uuid, 'thread', md5('thread ' || n)::uuid, {PERSON.format("n")}, {NUMBER.format("n")}, null,
            case when n %% 4 = 0 then 'open' else 'resolved' end, case when n %% 8 = 0 then now() - n * interval '1 minute' end, n %% 3,
            case when n %% 20 = 4 then now() + interval '1 day' end, case when n %% 4 > 0 then now() - n * interval '1 minute' end,
            now() - n * interval '1 minute', case when n %% 4 > 0 then 3 when n %% 8 = 0 then 1 else 2 end, n,
            (select t.organization_id from public.conversations t where t.id = md5('thread ' || n)::uuid),
            case when n in (4, 40, 42) then '{AGENT}'::uuid when n = 1 then '{BUSY}'::uuid end from generate_series(1, %(threads)s) n"""),
    ("texts", TEXTS, f"""
     insert into public.sms_history (
         id, user_id, phone_number, message_sid, direction, content, status, from_number, to_number, channel, conversation_id, sent_by,
         outbox_state, created_at, price, price_unit, kind)
     overriding system value
     select %(first)s + n, {PERSON.format("p")}, {NUMBER.format("p")}, 'SM' || md5('text ' || n),
            case n %% 2 when 0 then 'inbound' else 'outbound' end, {SENTENCE}, case n %% 2 when 0 then 'received' else 'delivered' end,
            '+15005550006', {NUMBER.format("p")}, 'sms', md5('thread ' || p)::uuid, case n %% 2 when 1 then 'bot' end,
            case n %% 2 when 1 then 'sent' end, now() - (%(texts)s - n) * interval '365 days' / %(texts)s, -0.008, 'USD', 'conversation'
       from (select n, case when n %% 50 < 1 then 1 else 1 + floor(%(threads)s * random() * random())::int end as p
               from generate_series(%(low)s::int, %(high)s::int) n) t"""),
    ("campaigns", None, f"""
     insert into public.campaigns (id, user_id, organization_id, name, state, purpose, concurrent)
     select md5('campaign ' || n)::uuid, '{OWNER}', '{ORGANIZATION}', 'Campaign ' || n, case n when 0 then 'running' else 'paused' end,
            'asked_for', 5
       from generate_series(0, 2) n;
     insert into public.dialling_lanes (lane, due_at) values ('{OWNER}', now()), (md5('campaign 0')::uuid, now())"""),
    ("the queue", ENTRIES, f"""
     insert into public.call_queue (
         id, user_id, organization_id, campaign_id, recipient_number, purpose, country, zones, checked_at, next_attempt_at, priority, status,
         created_at, retry_count, last_error, max_attempts)
     select md5('entry ' || n)::uuid, '{OWNER}', '{ORGANIZATION}',
            case when n %% 2 = 0 then md5('campaign 0')::uuid when n %% 8 in (1, 3) then md5('campaign ' || n %% 8 / 2 + 1)::uuid end,
            '+1720' || lpad(n::text, 7, '0'), case when n %% 2 = 0 then 'asked_for' else 'service' end, 'US', '{{America/Denver}}', now(),
            now() + (n %% 3 - 1) * interval '1 hour', n %% 5, (array['queued', 'queued', 'completed', 'failed'])[1 + n / 4 %% 4],
            now() - (%(entries)s - n) * interval '1 minute', n %% 3, case when n %% 7 = 0 then 'outside_hours' end, 5
       from generate_series(%(low)s::int, %(high)s::int) n;
     insert into public.call_attempts (
         call_queue_id, kind, attempt_number, to_number, state, sending_at, campaign_id, user_id, call_sid, ended_at, transport_result,
         answered_by, goal, created_at)
     select q.id, 'talk', 1, q.recipient_number, 'done', q.created_at, q.campaign_id, q.user_id, 'CA' || md5('call ' || 15 * n), q.created_at,
            'completed', 'human', 'reached', q.created_at
       from generate_series(%(low)s::int, %(high)s::int) n join public.call_queue q on q.id = md5('entry ' || n)::uuid
      where q.status in ('completed', 'failed')"""),
    ("one of each", None, f"""
     insert into public.call_templates (id, name, prompt, created_by) values ('{ONE}', 'Seeded', 'You are at a shop.', '{OWNER}');
     select public.publish_template('{ONE}', 1);
     insert into public.webhook_endpoints (id, url, secret, event_types) values ('{ONE}', 'https://example.com/', 'sealed', '{{call.ended}}');
     insert into public.bulk_actions (id, request_key, object_type, action, user_id, organization_id)
     values ('{ONE}', 'seeded', 'call', 'tag', '{OWNER}', '{ORGANIZATION}');
     insert into public.alert_rules (id, name, kind, threshold, organization_id) values ('{ONE}', 'Seeded', 'count', 10, '{ORGANIZATION}');
     insert into public.alert_firings (rule_id, fired_at, resolved_at, value, sample)
     select '{ONE}', now() - n * interval '1 hour', now() - n * interval '1 hour' + interval '5 minutes', 12, 40 from generate_series(1, 1000) n;
     insert into public.saved_views (organization_id, user_id, page, name, query)
     select '{ORGANIZATION}', '{OWNER}', p, q, 'q=' || q from unnest(array['calls', 'search']) p,
            unnest(array['refund', 'outcome%%3Asolved', 'person%%3Aann', 'latency%%3A%%3E2s', 'cost%%3A%%3E1', 'nowhereatall',
                         'tool%%3Alook_up_order', 'status%%3Afailed']) q"""),
    ("events", TEXTS, f"""
     insert into public.events (id, type, subject, created_at) overriding system value
     select %(first)s + n, 'call.ended', md5('call ' || n), now() - (%(texts)s - n) * interval '1 minute'
       from generate_series(%(low)s::int, %(high)s::int, 10) n;
     insert into public.webhook_deliveries (event_id, endpoint_id, state, attempts, created_at)
     select %(first)s + n, '{ONE}', case when n %% 100 = 1 then 'dead' else 'sent' end, 1, now() - (%(texts)s - n) * interval '1 minute'
       from generate_series(%(low)s::int, %(high)s::int, 10) n"""),
    ("the log", ENTRIES, f"""
     insert into public.audit_log (at, user_id, organization_id, role, action, object_type, object_id)
     select now() - (%(entries)s - n) * interval '1 minute', '{OWNER}',
            case when n %% 2 = 0 then '{ORGANIZATION}'::uuid when n %% 1000 = 1 then '{SMALL}'::uuid end, 'owner', 'person.read',
            'person', n::text from generate_series(%(low)s::int, %(high)s::int) n"""),
    ("webhooks of carriers", CALLS, """
     insert into public.webhook_events (source, event_id, event_type, subject, received_at)
     select 'twilio', 'seeded ' || n, 'status:completed', 'CA' || md5('call ' || n),
            now() - (%(calls)s - n) * interval '365 days' / %(calls)s from generate_series(%(low)s::int, %(high)s::int) n"""),
    ("who said STOP", None, f"""
     insert into public.suppressions (phone_number, scope, reason)
     select {NUMBER.format("n")}, 'calls', 'operator' from generate_series(7, %(people)s, 50) n"""),
)  # fmt: skip


def seed(connection: psycopg.Connection[Any], scale: Scale) -> Iterator[str]:
    """Make all rows, a batch at a time, and name each once it is there; whoever asks may commit in between."""
    connection.execute("set session_replication_role = replica")
    connection.execute("select setseed(0.25)")
    for name, of, statements in SEEDED:
        end = scale.given[of] if of else 1
        for low in range(1, end + 1, BATCH):
            given = scale.given | {"low": low, "high": min(low + BATCH - 1, end)}
            # Psycopg takes one statement at a time where there are parameters.
            for statement in statements.split(";\n"):
                connection.execute(statement, given if "%(" in statement or "%%" in statement else None)
            yield f"{name} ({given['high']:,})" if of else name
    connection.execute("set session_replication_role = origin")
    connection.execute(
        "analyze auth.users, public.user_profiles, public.call_history, public.transcripts, public.call_search, public.call_turns, "
        "public.conversations, public.inbox_items, public.sms_history, public.call_queue, public.call_attempts, public.events, "
        "public.audit_log, public.webhook_events, public.webhook_deliveries, public.suppressions, public.phone_links, "
        "public.organization_members"
    )
    yield "statistics"
