"""The database's address, in the forms in which people have it."""

import pytest
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict

from tests.support.given_settings import environ, refusal
from voicebot.settings import load_settings
from voicebot.settings.database_url import LIBPQ, OF_OTHER_PROGRAMS, database_url, read_database_url

__all__ = ["environ"]

HOST = "db.abcdefghijklmnopqrst.supabase.co:5432/postgres"
POOLER = "aws-0-eu-central-1.pooler.supabase.com"
PASSWORDS = """
    plain p@ss p:ss p/ss p#ss p%ss p?ss p&ss=x a@b:c/d#e?f&g=h%i 100% %zz @ : / # % ? @@ :@ /@x @/ ://@ a@b.example.com
    p@ss/word?pgbouncer=true p;ss p'ss p"ss p\\ss p^ss p|ss p{s}s p<s p>s p`s p~s p!s p$s p(s) p*s p+s p,s p=s p[s p]s påss п密🔑
    [x]y x[y] %2 %G1 50%off ?x=1 #1
"""


@pytest.mark.parametrize("password", PASSWORDS.split())
def test_a_password_is_taken_as_it_was_typed(environ, password):
    address = load_settings(
        environ | {"SUPABASE_DB_URL": f"postgresql://postgres:{password}@{HOST}"}
    ).supabase_db_url

    parts = conninfo_to_dict(address)
    assert (parts["password"], parts["host"], parts["port"], parts["user"], parts["dbname"]) == (
        password, "db.abcdefghijklmnopqrst.supabase.co", "5432", "postgres", "postgres",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("p%40ss", "p@ss"),
        ("p%3Ass%2F%23%25", "p:ss/#%"),
        ("%5Bx%5D", "[x]"),
        ("p%20ss", "p ss"),
        ("p%C3%A5ss", "påss"),
        ("100%25", "100%"),
    ],
)
def test_a_password_that_is_encoded_as_addresses_want_it_is_decoded_once(typed, meant):
    assert conninfo_to_dict(database_url(f"postgres://u:{typed}@{HOST}"))["password"] == meant


@pytest.mark.parametrize("typed", ["p%ffss", "p%00ss", "p%0Ass", "p%40ss%"])
def test_what_cannot_be_encoded_text_is_taken_as_it_was_typed(typed):
    assert conninfo_to_dict(database_url(f"postgres://u:{typed}@{HOST}"))["password"] == typed


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (f"postgres://postgres.abcd:pw@{POOLER}:6543/postgres?pgbouncer=true", {"host": POOLER, "port": "6543", "user": "postgres.abcd"}),
        (f"postgresql://postgres.abcd:pw@{POOLER}:6543/postgres?pgbouncer=true&connection_limit=1", {"port": "6543"}),
        (f"postgresql://postgres.abcd:pw@{POOLER}:5432/postgres", {"port": "5432"}),
        (f"postgresql://postgres.abcd:pw@{POOLER}:5432/postgres?sslmode=require&pgbouncer=true&pool_timeout=0", {"sslmode": "require"}),
        (f"postgres://postgres.abcd:pw@{POOLER}:6543/postgres?sslmode=require&supa=base-pooler.x", {"sslmode": "require"}),
        (f"postgres://prisma.abcd:pw@{POOLER}:5432/postgres?workaround=supabase-pooler.vercel", {"user": "prisma.abcd"}),
        (f"postgresql://postgres:pw@{HOST}", {"host": "db.abcdefghijklmnopqrst.supabase.co"}),
        ("postgres://postgres:pw@db.abcd.supabase.co:6543/postgres?statement_cache_size=0", {"port": "6543"}),
        ("postgresql://janedoe:mypassword@localhost:5432/mydb?schema=sample", {"user": "janedoe", "dbname": "mydb"}),
        ("postgresql://janedoe:mypassword@localhost:5432/mydb?schema=public&connection_limit=5&socket_timeout=3", {"dbname": "mydb"}),
        ("postgresql://u:p@h:5432/d?connect_timeout=30&application_name=bot", {"connect_timeout": "30", "application_name": "bot"}),
        ("postgresql://u:p@localhost/d?host=/var/run/postgresql/", {"host": "/var/run/postgresql/"}),
        ("postgresql://u:p@h/d?sslmode=no-verify", {"sslmode": "require"}),
        ("postgresql://u:p@h/d?ssl=true", {"sslmode": "require"}),
        ("postgresql://u:p@h/d?sslmode=require&uselibpqcompat=true", {"sslmode": "require"}),
        ("postgresql://u:p@h/d?sslmode=verify-full&sslrootcert=prod-ca-2021.crt", {"sslrootcert": "prod-ca-2021.crt"}),
        ("postgresql://u:p@h/d?sslmode=require&sslaccept=accept_invalid_certs", {"sslmode": "require"}),
        ("postgresql://u:p@h/d?options=reference%3Dabcd", {"options": "reference=abcd"}),
        ("postgresql+psycopg2://u:p@h/d", {"host": "h"}),
        ("postgresql+asyncpg://u:p@h/d?prepared_statement_cache_size=0", {"host": "h"}),
        ("jdbc:postgresql://h:5432/d?user=postgres.abcd&password=p@ss&prepareThreshold=0", {"user": "postgres.abcd", "password": "p@ss"}),
        ("POSTGRESQL://u:p@h/d", {"host": "h"}),
        ("postgres://u:p@[2001:db8::1]:5432/d", {"host": "2001:db8::1"}),
        ("postgres://u@example.com:p@h/d", {"user": "u@example.com", "password": "p"}),
        ("postgresql://u:p@h1:5432,h2:5433/d?target_session_attrs=read-write", {"host": "h1,h2", "port": "5432,5433"}),
        ("postgresql:///d?host=%2Fvar%2Frun", {"host": "/var/run", "dbname": "d"}),
        ('"postgresql://u:p@h/d"', {"host": "h"}),
        ("postgresql://u:p@h/d;", {"dbname": "d"}),
        ("'postgres://u:p@h/d?pgbouncer=true'", {"host": "h"}),
        ("  postgresql://u:p@h/d\u200b", {"host": "h", "dbname": "d"}),
    ],
)  # fmt: skip
def test_the_forms_that_supabase_and_prisma_print_are_taken(environ, given, kept):
    parts = conninfo_to_dict(load_settings(environ | {"SUPABASE_DB_URL": given}).supabase_db_url)

    assert {name: parts.get(name) for name in kept} == kept
    assert set(parts) & OF_OTHER_PROGRAMS == set()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("postgresql://postgres:[YOUR-PASSWORD]@db.abcd.supabase.co:5432/postgres", "[YOUR-PASSWORD] is still to be filled in"),
        ("postgresql://postgres:[YOUR-DB-PASSWORD]@h/postgres", "[YOUR-DB-PASSWORD] is still to be filled in"),
        ("postgresql://postgres:<password>@h/postgres", "<password> is still to be filled in"),
        ("postgresql://postgres:${DB_PASSWORD}@h/postgres", "${DB_PASSWORD} is still to be filled in"),
        (f"postgresql://postgres.[PROJECT-REF]:canary@{POOLER}:5432/postgres", "[PROJECT-REF] is still to be filled in"),
        ("postgresql://postgres.abcd:canary@aws-0-[REGION].pooler.supabase.com:5432/postgres", "[REGION] is still to be filled in"),
        ("postgresql://postgres:[canary]@h/postgres", "leave them out"),
        ("postgresql://postgres:ab<canary>cd@h:99999/d", "a placeholder is still to be filled in"),
        ("postgresql://postgres:<canary>@h/postgres", "a placeholder is still to be filled in"),
        ("postgresql://postgres:$PASScanary@h/postgres", "a placeholder is still to be filled in"),
        ("postgresql://postgres:canary@:5432/postgres", "names no host"),
        ("postgresql://", "names no host"),
        ("https://abcd.supabase.co", "SUPABASE_URL"),
        ("prisma://accelerate.prisma-data.net/?api_key=canary", "Prisma's own proxy"),
        ("prisma+postgres://accelerate.prisma-data.net/?api_key=canary", "Prisma's own proxy"),
        ("psql -h db.abcd.supabase.co -p 5432 -d postgres -U postgres", "under Connect as URI"),
        ("host=db.abcd.supabase.co port=5432 user=postgres password=canary", "under Connect as URI"),
        ("User Id=postgres;Password=canary;Server=db.abcd.supabase.co;Port=5432;Database=postgres", "under Connect as URI"),
        ("mysql://u:canary@h/d", "expected an address like"),
        ("db.abcd.supabase.co", "expected an address like"),
        ("postgresql:/u:canary@h/d", "expected an address like"),
        ("postgresql://u:canary word@h/d", "%20"),
        ("postgresql://u:canary@h:99999/d", "host or port"),
        ("postgresql://u:canary@h:0/d", "host or port"),
        ("postgresql://u:canary@h:port/d", "host or port"),
        ("postgresql://u:canary@/d/e", "host or port"),
        ("postgresql://u:canary@h_/-/d", "host or port"),
        ("postgresql://u:canary@h/d?pgbuncer=true", "pgbuncer is known neither"),
        ("postgresql://u:canary@h/d?sslmode=on", "sslmode: expected one of"),
        ("postgresql://u:canary@h/d?sslmode=", "sslmode: expected one of"),
        ("postgresql://u:canary@h/d?connect_timeout=soon", "connect_timeout: expected whole seconds"),
        ("postgresql://u:canary@h/d?sslcert=ca.pem", "sslrootcert"),
        ("postgresql://u:canary@h/d?sslidentity=client.p12&sslpassword=canary", "sslidentity is Prisma's"),
        ("postgresql://u:canary@h/d?sslaccept=strict", "sslaccept is Prisma's"),
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_used_is_one_line_that_says_why_without_the_password(environ, given, words):
    message = refusal(environ | {"SUPABASE_DB_URL": given})

    assert message.startswith("SUPABASE_DB_URL: ")
    assert words in message
    assert "\n" not in message
    assert "canary" not in message


def test_what_is_passed_on_is_known_to_libpq():
    assert {option.keyword.decode() for option in pq.Conninfo.get_defaults()} >= LIBPQ


def test_an_address_that_was_read_reads_the_same_again():
    once = database_url(f"postgres://u:a@b:c/d#e?f%@{HOST}?sslmode=require&pgbouncer=true")

    assert database_url(once) == once


@pytest.mark.parametrize(
    ("address", "remote", "encrypted"),
    [
        (f"postgresql://u:p@{HOST}", True, False),
        (f"postgresql://u:p@{HOST}?sslmode=prefer", True, False),
        (f"postgresql://u:p@{HOST}?sslmode=require", True, True),
        (f"postgresql://u:p@{HOST}?sslmode=verify-full", True, True),
        ("postgresql://u:p@10.0.0.7/d", True, False),
        ("postgresql://u:p@[2001:db8::1]/d", True, False),
        ("postgresql://u:p@localhost,db.example.com/d", True, False),
        ("postgresql://u:p@/d?host=db.example.com", True, False),
        ("postgresql://u:p@/d?hostaddr=10.0.0.7", True, False),
        ("postgresql://u:p@127.0.0.1:5432/d", False, False),
        ("postgresql://u:p@localhost:5432/d", False, False),
        ("postgresql://u:p@[::1]:5432/d", False, False),
        ("postgresql://u:p@/d?host=/var/run/postgresql", False, False),
        ("postgresql://u:p@database:5432/d", False, False),
        ("postgresql:///d", False, False),
    ],
)
def test_it_is_known_whether_words_leave_this_machine_and_how(address, remote, encrypted):
    found = read_database_url(address)

    assert (found.is_remote, found.is_encrypted) == (remote, encrypted)
