"""Somebody with rows of every kind, of whom a word of their own was said, written and noted everywhere."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from tests.api.people import OURS, Owned, make_owned
from voicebot.services.bulk.export import write_export

CALL = "from public.call_history where call_sid = %(sid)s"
IN_CALLS = tuple(
    f"{words} {CALL}"
    for words in (
        "insert into public.smart_notes (session_id, category, content) select id, 'message', %(word)s",
        "insert into public.call_turns (call_id, turn, input, token, lease_until, document) select id, 0, jsonb_build_array(%(word)s::text), gen_random_uuid(), now(), %(word)s",
        "insert into public.call_turn_parts (call_id, turn, part, event) select id, 0, 0, jsonb_build_array(%(word)s::text)",
        "insert into public.call_turn_documents (call_id, turn, document, body, parts_served) select id, 0, 0, %(word)s, 1",
        "insert into public.call_commands (call_id, kind, maker, arguments) select id, 'whisper', 'operator', jsonb_build_object('text', %(word)s::text)",
        "insert into public.call_speech_spans (call_id, side, began_at, ended_at, words) select id, 'caller', now(), now(), jsonb_build_array(%(word)s::text)",
        "insert into public.call_accounts (call_sid, account) select call_sid, 'twilio'",
    )
)
IN_TEXTS = (
    """insert into public.inbox_notes (item_id, content)
       select i.id, %(word)s from public.inbox_items i where i.user_id = %(user)s and i.kind = 'thread'""",
    """insert into public.inbox_drafts (item_id, state, content)
       select i.id, 'ready', %(word)s from public.inbox_items i where i.user_id = %(user)s and i.kind = 'thread'""",
    """insert into public.ai_decisions (user_id, conversation_id, text_id, decision, reason, message_text, snapshot_json)
       select user_id, conversation_id, id, 'respond', %(word)s, %(word)s, jsonb_build_object('x', %(word)s::text)
         from public.sms_history where user_id = %(user)s and direction = 'inbound' limit 1""",
    """insert into public.email_notifications (kind, to_address, subject, escalation_id, request_key)
       select 'escalation', 'a@example.com', %(word)s, e.id, gen_random_uuid()
         from public.support_escalations e where e.user_id = %(user)s limit 1""",
    """insert into public.parked_statuses (message_sid, status)
       select message_sid, 'sent' from public.sms_history where user_id = %(user)s and message_sid is not null limit 1""",
)
BY_NUMBER = (
    "insert into public.caller_bindings (person, account, number) values (%(number)s, 'twilio', '+12025550100')",
    "insert into public.suppression_lifts (phone_number, observed_at) values (%(number)s, now() - interval '1 year')",
    """insert into public.call_attempts (call_queue_id, kind, attempt_number, to_number, state, variables, call_sid)
       select id, 'talk', 9, %(number)s, 'done', jsonb_build_object('x', %(word)s::text), 'CA' || gen_random_uuid()
         from public.call_queue where user_id = %(user)s limit 1""",
    """insert into public.user_phone_numbers (user_id, provider_id, country_code, area_code, phone_number, full_number)
       select %(user)s, id, '1', '202', %(number)s, %(number)s from public.call_service_providers limit 1""",
)
HOLDS_NOBODY = {
    "api_keys", "call_service_providers", "calling_hours", "campaign_figures", "console_links", "console_sessions", "console_tries", "daily_spending",
    "dialling_accounts", "dialling_load", "dialling_rules", "erasures", "examinations", "figure_rolls", "figure_spans", "machines",
    "number_connections", "number_days", "number_health", "provider_breakers", "provider_seconds", "subscription_plans",
    "voice_options", "incidents", "usage_days",
}  # fmt: skip
"""Tables of accounts, of who works here, of what was counted, and of our own numbers: nothing of whom we talk with."""
BY_ID_ALONE = {
    "call_audio_tokens",
    "call_speculations",
    "call_streams",
    "call_tool_uses",
    "verification_sends",
    "parked_statuses",
}
"""They name a call, a code or a text by its key alone, and go with it."""


def word_of(one: Owned) -> str:
    """A word that nobody else's rows hold."""
    return f"quark{one.user_id.hex}"


def a_life(house: Any, owner: Any) -> tuple[Owned, str]:
    """Make somebody; return them, and the recording that the carrier has of their call."""
    one = make_owned(house, owner)
    values = {
        "user": one.user_id,
        "number": one.number,
        "word": word_of(one),
        "sid": one.call_sid,
        "recording": f"RE{uuid4().hex}",
    }
    for words in (
        "update public.user_profiles set first_name = %(word)s, email = 'x@' || %(word)s, location = %(word)s where user_id = %(user)s",
        "update public.conversations set customer_name = %(word)s, state = jsonb_build_object('x', %(word)s::text) where user_id = %(user)s",
        """update public.call_history set recording_sid = %(recording)s, summary = %(word)s, ended_at = now(), transcript = 'Caller: ' || %(word)s
            where call_sid = %(sid)s""",
        "insert into public.call_states (call_id, plan, state) select id, '{}', jsonb_build_object('x', %(word)s::text) from public.call_history where call_sid = %(sid)s",
        "insert into public.summaries (session_id, tldr) select id, %(word)s from public.call_history where call_sid = %(sid)s",
        """insert into public.webhook_events (source, event_id, event_type, subject, payload)
           select 'twilio', gen_random_uuid(), 'completed', %(sid)s, jsonb_build_object('From', %(number)s::text)""",
        "insert into public.events (type, subject, payload) values ('call.ended', 'x', jsonb_build_object('user_id', %(user)s::uuid, 'x', %(word)s::text))",
        "insert into public.events (type, subject, payload) values ('text.sent', 'y', jsonb_build_object('to', %(number)s::text))",
        "insert into public.events (type, subject, payload) values ('text.sent', 'kept', '{}')",
        "insert into public.consents (phone_number, purpose, state, channel, wording_version) values (%(number)s, 'calls', 'granted', 'web', 'v1')",
        "insert into public.onboarding_messages (user_id, phone_number, message_type, content) values (%(user)s, %(number)s, 'welcome', %(word)s)",
        """insert into public.saved_views (page, name, query) values ('calls', 'hers', 'q=number%%3A%%2B' || ltrim(%(number)s, '+'))""",
        "insert into public.caller_counters (kind, subject) values ('calls', %(number)s)",
        """insert into public.verification_counters (action, scope, subject, window_s, window_start, members)
           values ('send', 'ip', '10.0.0.1', 60, now(), jsonb_build_array(%(number)s::text, '+12125550199'))""",
        *IN_CALLS,
        *IN_TEXTS,
        *BY_NUMBER,
    ):
        owner.execute(words, values)
    house.database.call(
        "start_verification",
        to_number=one.number,
        channel="sms",
        purpose="api",
        country="US",
        our_number=OURS,
    )
    house.database.call("suppress", number=one.number, scope="texts", reason="STOP")
    house.database.call("block_caller", number=one.number, reason=word_of(one))
    keep_files(house, owner, one)
    return one, values["recording"]


def keep_files(house: Any, owner: Any, one: Owned) -> None:
    """Our copy of the recording, an export in which the call stands, and an action on what is found by the number."""
    wav = Path(house.settings.data_dir) / "made.wav"
    wav.write_bytes(word_of(one).encode())
    house.recordings.save(f"{one.call_id}.wav", wav)
    wav.unlink()
    owner.execute(
        "update public.call_history set recording_copied_at = now() where public_id = %s", [one.call_id]
    )
    for of, row in (("call", one.call_id), ("entry", one.entry_id)):
        made = house.database.call(
            "begin_bulk", object_type=of, action="export", ids=[str(row)], request_key=uuid4().hex, wanted={"number": one.number},
        )  # fmt: skip
        write_export(house, UUID(made["bulk"]["id"]))


def places_with(owner: Any, *words: str) -> set[str]:
    """Name every table of the whole database in which one of the words stands, in whatever column."""
    tables = owner.execute(
        """select format('%I.%I', schemaname, tablename) from pg_tables
            where schemaname not in ('pg_catalog', 'information_schema')"""
    ).fetchall()
    return {
        table
        for (table,) in tables
        for word in words
        if owner.execute(
            f"select exists (select from {table} t where t::text ilike %s)", [f"%{word}%"]
        ).fetchone()[0]
    }


def files_with(folder: Path, *words: str) -> list[Path]:
    """Name every file under a folder in which one of the words stands."""
    return [
        path
        for path in folder.rglob("*")
        if path.is_file()
        for word in words
        if word.encode() in path.read_bytes()
    ]
