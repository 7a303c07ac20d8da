"""Choose the transport that the settings allow: Postgres when its URL is there, else REST, else embedded."""

import psycopg

from voicebot.settings import Settings
from voicebot.storage.database.port import Database, NoSessionConnection
from voicebot.storage.database.postgres import TRANSACTION_POOLER_PORT, PostgresDatabase, port_of
from voicebot.storage.database.supabase_rest import SupabaseDatabase
from voicebot.storage.embedded import server

WHY_WITHIN_S = 5


def open_database(settings: Settings) -> Database:
    """Return the configured database without connecting to it; starts the embedded server when there is none."""
    if settings.supabase_url and not settings.supabase_db_url:
        return SupabaseDatabase(settings.supabase_url, settings.supabase_service_role_key)
    return PostgresDatabase(settings.supabase_db_url or server.ensure_running(settings.data_dir))


def session_dsn(settings: Settings) -> str:
    """Return the address for migrations and workers; starts the embedded server when none is configured.

    Raises NoSessionConnection when only REST or a transaction pooler is configured.
    """
    if settings.supabase_url and not settings.supabase_db_url:
        raise NoSessionConnection(
            "set SUPABASE_DB_URL: migrations and background jobs cannot use the REST API; "
            "`python -m voicebot doctor` says where Supabase shows it"
        )
    dsn = settings.supabase_db_url or server.ensure_running(settings.data_dir)
    if port_of(dsn) == TRANSACTION_POOLER_PORT:
        raise NoSessionConnection(
            "SUPABASE_DB_URL names the transaction pooler (port 6543): "
            "migrations and background jobs need a session connection (port 5432)"
        )
    return dsn


def why_away(settings: Settings) -> str:
    """Try the configured connection once more, and return the error of the server or the network; blank without one."""
    if not settings.supabase_db_url:
        return ""
    try:
        psycopg.connect(settings.supabase_db_url, connect_timeout=WHY_WITHIN_S).close()
    except psycopg.Error as error:
        # The last of several addresses says it all; what stands before is the address again.
        told = str(error).strip().splitlines() or [""]
        reason = next((line for line in reversed(told) if "failed: " in line), told[0])
        return reason.rpartition("failed: ")[2].removeprefix("FATAL: ").strip()
    return ""
