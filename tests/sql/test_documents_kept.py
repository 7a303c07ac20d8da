"""What the five documents say of tables, column by column: it is there under its name and type, or a ruling says why not.

`tests/vectors/documents/columns.tsv` lists every column that a document describes.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.sql

COLUMNS = Path(__file__).resolve().parents[1] / "vectors" / "documents" / "columns.tsv"
FULL_TYPES = {
    "timestamptz": "timestamp with time zone", "varchar": "character varying", "int": "integer", "bool": "boolean",
    "float8": "double precision", "decimal": "numeric",
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One row of the list."""

    document: str
    table: str
    column: str
    type: str
    null: str
    default: str

    @property
    def place(self) -> str:
        return f"{self.table}.{self.column}"


def described() -> list[Column]:
    with COLUMNS.open(encoding="utf-8", newline="") as file:
        return [Column(**row) for row in csv.DictReader(file, delimiter="\t")]


DESCRIBED = described()
TABLES = sorted({(column.document, column.table) for column in DESCRIBED})
# A document's name -> ours, where they differ.
RENAMED = {
    "social_accounts": "channel_accounts",
    "scheduled_posts": "scheduled_messages",
    "post_runs": "message_runs",
}
# Names that are not there. Each comes with what uses it, so that no table stands empty; an entry goes when its table comes.
COMES_WITH = {
    "coaching on calls": {
        "guidance", "documents", "session_context", "prep_checklist", "session_timeline_events", "meeting_metadata",
        "bot_recordings", "meeting_notifications",
    },
    "knowledge": {"knowledge_documents", "knowledge_chunks", "faq_qa", "embedding_queue"},
    "settings of each user's bot": {"ai_settings", "ai_models", "channel_accounts"},
    "scheduled texts": {"scheduled_messages", "message_runs"},
    "billing": {
        "plans", "subscriptions", "active_user_subscriptions", "products", "prices", "customers", "user_credits",
        "credit_transactions", "usage_records", "usage_tracking", "monthly_usage_cache", "bot_usage_tracking",
        "user_credit_balance", "subscription_events",
    },
    "accounts of a team": {
        "users", "user_preferences", "user_app_sessions", "system_logs", "beta_waitlist",
        "collaborative_action_items", "comment_mentions", "report_activity", "report_bookmarks", "report_collaborators",
        "report_comments", "custom_reports", "shared_reports", "shared_meetings", "organization_shared_meetings",
        "sharing_activity",
    },
    "booking and integrations": {
        "calendar_connections", "calendar_events", "calendar_preferences", "integration_exports", "integration_settings",
    },
    "deliveries to others": {"webhook_logs", "webhook_retry_queue", "webhook_dead_letter_queue"},
    "studio and figures": {
        "ai_studio_settings", "ai_studio_conversation_metadata", "analytics", "analytics_history", "topic_analysis",
        "bertopic_models",
    },
}  # fmt: skip
NEVER = {
    "nothing to do with telephony": {"user_referrals", "referral_audit_logs", "referral_fraud_checks"},
    "only on social networks": {"comments", "monitored_posts", "monitoring_rules"},
    "a bot joins no meeting here": {"calendar_auto_join_logs"},
    "our own state of calls and threads takes their place": {
        "checkpoints", "checkpoint_writes", "checkpoint_blobs", "checkpoint_migrations",
    },
}  # fmt: skip
# Columns that stand under another name, or of another type, and why.
INSTEAD = {
    "webhook_events.stripe_event_id": ("event_id", "text"),
    "webhook_events.whop_event_id": ("event_id", "text"),
    # 003's own key; 004's names the user.
    "user_profiles.id": ("user_id", "uuid"),
    # A call is a session, under call_history.id; sessions.call_history_id has it.
    "transcripts.session_id": ("session_id", "bigint"),
    "summaries.session_id": ("session_id", "bigint"),
    "smart_notes.session_id": ("session_id", "bigint"),
}
# Null until the carrier has named the text.
MAY_BE_NULL = {"sms_history.message_sid"}
SAME_DEFAULTS = {
    "current_timestamp": "now()", "uuid_generate_v4()": "gen_random_uuid()", "identity": None,
}  # fmt: skip
WORDS = {"text", "character varying"}


@dataclass(frozen=True)
class Standing:
    """A column of the database."""

    type: str
    required: bool
    default: str | None
    of_a_view: bool


@pytest.fixture
def standing(owner) -> dict[str, dict[str, Standing]]:
    """Every column of public tables and views."""
    rows = owner.execute(
        """select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                  pg_get_expr(d.adbin, d.adrelid), c.relkind = 'v'
             from pg_class c
             join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
             left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
            where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v')"""
    ).fetchall()
    found: dict[str, dict[str, Standing]] = {}
    for table, column, *facts in rows:
        found.setdefault(table, {})[column] = Standing(*facts)
    return found


def ours(table: str) -> str:
    return RENAMED.get(table, table)


def full_type(written: str) -> str:
    name, _, size = written.partition("(")
    return FULL_TYPES.get(name, name) + (f"({size.replace(' ', '')}" if size else "")


def is_kept(column: Column, found: Standing, type_: str) -> bool:
    """A text may be bounded, or not, where the document is vague about it."""
    base, sized = re.sub(r"\(.*", "", found.type), "(" in type_
    same = found.type == type_ or (not sized and (base == type_ or {base, type_} <= WORDS))
    if found.of_a_view:
        return same
    required = not column.null or found.required or column.place in MAY_BE_NULL
    wanted = SAME_DEFAULTS.get(column.default.lower(), column.default.lower())
    default = (found.default or "").split("::")[0].lower()
    return same and required and (not wanted or default == wanted)


def complaints(standing: dict[str, dict[str, Standing]]) -> Iterator[str]:
    for column in DESCRIBED:
        columns = standing.get(ours(column.table))
        # 003's own key stands; only 004's document means another one.
        ruled = column.place != "user_profiles.id" or column.document == "004"
        name, type_ = (
            INSTEAD[column.place]
            if column.place in INSTEAD and ruled
            else (column.column, full_type(column.type))
        )
        if columns is None or not column.column:
            continue
        if name not in columns or not is_kept(column, columns[name], type_):
            yield f"{column.document} {column.place} {column.type}: {columns.get(name)}"


def test_every_column_that_a_document_describes_is_there_under_its_name_and_type(standing):
    assert list(complaints(standing)) == []


def test_a_name_that_is_not_there_has_a_ruling_and_no_other_has(standing):
    named = {ours(column.table) for column in DESCRIBED}
    ruled = [name for names in (*COMES_WITH.values(), *NEVER.values()) for name in names]

    assert len(named) > 100
    assert sorted(named - standing.keys()) == sorted(ruled)


def test_what_the_documents_core_is_stands_whole(standing):
    core = {table for document, table in TABLES if document in ("003", "004")}

    assert core <= standing.keys()


@pytest.mark.parametrize("change", ["drop column customer_avatar_url", "alter column tags type text"])
def test_a_column_that_goes_is_noticed(owner, change):
    with owner.transaction(force_rollback=True):
        owner.execute("drop view public.conversation_messages")
        owner.execute(f"alter table public.conversations {change}")
        found = {
            column: Standing(kind, required, None, False)
            for column, kind, required in owner.execute(
                """select attname, format_type(atttypid, atttypmod), attnotnull from pg_attribute
                    where attrelid = 'public.conversations'::regclass and attnum > 0 and not attisdropped"""
            ).fetchall()
        }

    assert len(list(complaints({"conversations": found}))) == 1
