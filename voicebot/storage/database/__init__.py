"""The one door to the database: every read and write is a named SQL function.

Two transports implement the port: `PostgresDatabase` (a pool of connections) and `SupabaseDatabase`
(REST). They answer alike and fail alike; the rest of the program cannot tell them apart.
"""

from voicebot.storage.database.choose import open_database, session_dsn, why_away
from voicebot.storage.database.health import Health
from voicebot.storage.database.port import Database, DatabaseAway, DatabaseBug, Json, NoSessionConnection
from voicebot.storage.database.postgres import PostgresDatabase
from voicebot.storage.database.supabase_rest import SupabaseDatabase

__all__ = [
    "Database",
    "DatabaseAway",
    "DatabaseBug",
    "Health",
    "Json",
    "NoSessionConnection",
    "PostgresDatabase",
    "SupabaseDatabase",
    "open_database",
    "session_dsn",
    "why_away",
]
