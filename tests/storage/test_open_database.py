"""Which database the settings mean."""

import pytest
from psycopg.conninfo import conninfo_to_dict

from voicebot.settings import load_settings
from voicebot.storage.database import (
    NoSessionConnection,
    PostgresDatabase,
    SupabaseDatabase,
    open_database,
    session_dsn,
    why_away,
)
from voicebot.storage.embedded import server as embedded

REST = {"SUPABASE_URL": "https://project.supabase.co", "SUPABASE_SERVICE_ROLE_KEY": "sb_secret_" + "a" * 31}
POSTGRES = {"SUPABASE_DB_URL": "postgresql://postgres@db.example.com:5432/postgres"}


@pytest.fixture
def settings(tmp_path):
    return lambda **variables: load_settings({"VOICEBOT_DATA_DIR": str(tmp_path), **variables})


def test_rest_is_used_when_only_its_key_is_there(settings):
    database = open_database(settings(**REST))

    assert isinstance(database, SupabaseDatabase)
    database.close()


def test_a_connection_of_our_own_is_preferred(settings):
    database = open_database(settings(**REST, **POSTGRES))

    assert isinstance(database, PostgresDatabase)
    assert session_dsn(settings(**REST, **POSTGRES)) == POSTGRES["SUPABASE_DB_URL"]
    database.close()


def test_migrations_and_jobs_need_more_than_rest(settings):
    with pytest.raises(NoSessionConnection, match="SUPABASE_DB_URL"):
        session_dsn(settings(**REST))


def test_migrations_and_jobs_need_more_than_a_transaction_pooler(settings):
    with pytest.raises(NoSessionConnection, match="5432"):
        session_dsn(settings(SUPABASE_DB_URL="postgresql://postgres@db.example.com:6543/postgres"))


@pytest.mark.sql
def test_with_neither_the_embedded_server_is_started(settings, server):
    offline = settings(VOICEBOT_DATA_DIR=str(server.data_dir))

    database = open_database(offline)

    assert isinstance(database, PostgresDatabase)
    assert session_dsn(offline) == embedded.dsn(server.data_dir)
    database.close()


@pytest.mark.sql
def test_what_is_wrong_with_a_connection_is_told_in_the_servers_words(settings, dsn):
    nowhere = dsn.replace(conninfo_to_dict(dsn)["dbname"], "nodb")
    closed = "postgresql://somebody:secret@127.0.0.1:1/postgres"

    assert why_away(settings(SUPABASE_DB_URL=dsn)) == ""
    assert why_away(settings()) == why_away(settings(**REST)) == ""
    assert why_away(settings(SUPABASE_DB_URL=closed)).startswith("Connection refused")
    assert why_away(settings(SUPABASE_DB_URL=nowhere)) == 'database "nodb" does not exist'
