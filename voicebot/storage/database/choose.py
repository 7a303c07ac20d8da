"""Choose the transport that the settings allow: Postgres when its URL is there, else REST, else embedded."""

from voicebot.settings import Settings
from voicebot.storage.database.port import Database, NoSessionConnection
from voicebot.storage.database.postgres import TRANSACTION_POOLER_PORT, PostgresDatabase, port_of
from voicebot.storage.database.supabase_rest import SupabaseDatabase
from voicebot.storage.embedded import server


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
