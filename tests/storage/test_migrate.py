"""Migrations run once, in order, alike everywhere, and history is not rewritten."""

import shutil
import threading
import uuid

import psycopg
import pytest

from voicebot.storage.migrate.apply import SQL_FOLDER, migrate, pending_migrations
from voicebot.storage.migrate.history import MigrationError, SqlFile, pending_of

pytestmark = pytest.mark.sql


def ask(dsn, question):
    with psycopg.connect(dsn, autocommit=True) as connection:
        return connection.execute(question).fetchone()[0]


def do(dsn, statement):
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(statement)


def migrate_as_before(first_missing, dsn, tmp_path):
    """Migrate as a version did that did not have this migration and what followed, nor any functions of today's."""
    before = tmp_path / "sql"
    shutil.copytree(SQL_FOLDER, before)
    for file in (before / "migrations").iterdir():
        if file.name >= first_missing:
            file.unlink()
    shutil.rmtree(before / "functions")
    (before / "functions").mkdir()
    migrate(dsn, echo=lambda _line: None, sql_folder=before)


def test_the_whole_schema_goes_in_and_a_second_run_changes_nothing(empty):
    said = []
    migrate(empty, echo=said.append)
    first = ask(empty, "select count(*) from pg_class")

    migrate(empty, echo=said.append)

    assert any("0006_jobs.sql" in line for line in said)
    assert said[-1].startswith("database is up to date: 0 new")
    assert ask(empty, "select count(*) from pg_class") == first
    assert pending_migrations(empty) == []


def test_what_was_there_before_templates_had_versions_goes_on(empty, tmp_path):
    migrate_as_before("0019", empty, tmp_path)
    with psycopg.connect(empty, autocommit=True) as owner:
        person = owner.execute(
            "insert into auth.users (id) values (gen_random_uuid()) returning id"
        ).fetchone()
        for name, author in (("Used", person[0]), ("Draft", person[0]), ("House", None)):
            owner.execute(
                "insert into public.call_templates (name, created_by, params) values (%s, %s, '{\"days\": 3}')",
                [name, author],
            )
        owner.execute(
            """insert into public.provider_phone_numbers (
                   full_number, country_code, area_code, phone_number, is_active, provider_id, template_id)
               select '+12025550100', '1', '202', '5550100', true, p.id, t.id
                 from public.call_service_providers p, public.call_templates t
                where p.name = 'twilio' and t.name = 'Used'"""
        )
        owner.execute("insert into public.support_escalations (reason) values ('ai_limitation')")

    migrate(empty, echo=lambda _line: None)

    with psycopg.connect(empty, autocommit=True) as owner:
        versions = owner.execute(
            """select t.name, v.version, v.published_by from public.call_templates t
                 left join public.call_template_versions v on v.id = t.published_version_id order by t.name"""
        ).fetchall()
        assert versions == [("Draft", None, None), ("House", 1, None), ("Used", 1, person[0])]
    assert ask(empty, "select state from public.support_escalations") == "open"
    background = ask(empty, "select public.call_background('+12025550100', null, '+12025550123')")
    assert (background["template"]["name"], background["template"]["version"]) == ("Used", 1)


def test_what_sql_needs_of_states_of_before_stands_in_columns(empty, tmp_path):
    migrate_as_before("0025", empty, tmp_path)
    with psycopg.connect(empty, autocommit=True) as owner:
        owner.execute(
            """insert into public.call_history (call_sid, phone_number) values ('CA1', ''), ('CA2', '');
               insert into public.call_states (call_id, plan, turn, state)
               select id, '{}', 1, '{"core": {"voice_id": "v", "next_number": 4, "phase": "transferring",
                                              "taking_message": false, "onboarding": {"phase": "running"}}}'
                 from public.call_history where call_sid = 'CA1';
               insert into public.call_turns (call_id, turn, input, token, lease_until)
               select id, n, input, gen_random_uuid(), now() from public.call_history,
                      (values (2, '[{"event": "CallerSaid", "text": "Hello", "confidence": 0.9}]'::jsonb),
                              (3, '[{"event": "CodeChecked", "text": "[code]", "outcome": "wrong"}]'),
                              (4, '[{"event": "SilencePassed"}]')) t (n, input)
                where call_sid = 'CA1';
               insert into public.conversations (channel, customer_identifier, our_number, state)
               values ('sms', '+12025550123', '+12025550100',
                       '{"stopped": true, "onboarding": {"phase": "postponed", "reminders": 1}}'),
                      ('sms', '+12025550124', '+12025550100', null)"""
        )

    migrate(empty, echo=lambda _line: None)

    with psycopg.connect(empty, autocommit=True) as owner:
        assert owner.execute(
            """select voice_id, next_number, onboarding_phase, transferring, taking_message
                 from public.call_states"""
        ).fetchall() == [("v", 4, "running", True, False)]
        assert owner.execute(
            "select said, confidence, code_outcome from public.call_turns order by turn"
        ).fetchall() == [("Hello", 0.9, None), (None, None, "wrong"), (None, None, None)]
        assert owner.execute(
            """select stopped, onboarding_phase, reminders, onboarding_by_call
                 from public.conversations order by customer_identifier"""
        ).fetchall() == [(True, "postponed", 1, None), (False, None, 0, None)]


def test_dials_of_the_version_before_have_the_states_of_every_outbox(empty, tmp_path):
    migrate_as_before("0025", empty, tmp_path)
    with psycopg.connect(empty, autocommit=True) as owner:
        person = owner.execute(
            "insert into auth.users (id) values (gen_random_uuid()) returning id"
        ).fetchone()
        old = (
            ("claimed", None), ("dialling", None), ("placed", "CA1"), ("unknown", None), ("done", "CA2"), ("done", None),
            ("done", "none:x"),
        )  # fmt: skip
        for place, (state, sid) in enumerate(old):
            owner.execute(
                """with entry as (insert into public.call_queue (user_id, recipient_number, status)
                                  values (%(person)s, %(number)s, 'in-progress') returning id)
                   insert into public.call_attempts (
                       call_queue_id, attempt_number, to_number, state, call_sid, token, lease_until)
                   select id, 1, %(number)s, %(state)s, %(sid)s, gen_random_uuid(), now() from entry""",
                {"person": person[0], "number": f"+1202555010{place}", "state": state, "sid": sid},
            )

    migrate(empty, echo=lambda _line: None)

    with psycopg.connect(empty, autocommit=True) as owner:
        rows = owner.execute("select kind, state, call_sid from public.call_attempts order by to_number")
        assert rows.fetchall() == [
            ("code", "generated", None), ("code", "sending", None), ("code", "sent", "CA1"),
            ("code", "unknown", None), ("code", "done", "CA2"), ("code", "failed", None), ("code", "failed", None),
        ]  # fmt: skip


def test_a_call_ends_between_a_migration_whose_triggers_look_at_ends_and_the_functions(empty, tmp_path):
    migrate_as_before("0048", empty, tmp_path)

    with psycopg.connect(empty) as owner:
        owner.execute("insert into public.call_history (call_sid, phone_number) values ('CA1', '')")
        owner.execute("update public.call_history set ended_at = now(), duration = 60")

    assert ask(empty, "select count(*) from public.call_history where ended_at is not null") == 1


def test_tags_of_before_are_texts_in_their_order(empty, tmp_path):
    migrate_as_before("0033", empty, tmp_path)
    old = ("[]", '["vip", "a, b", "vip", "\\"q\\""]', '[1, true, null, {"a": 1}, ""]')
    with psycopg.connect(empty, autocommit=True) as owner:
        for place, tags in enumerate(old):
            owner.execute(
                """insert into public.conversations (channel, customer_identifier, our_number, tags, updated_at, ai_mode)
                   values ('sms', %s, '+12025550100', %s, '2026-01-01', 'OFF')""",
                [f"+1202555010{place}", tags],
            )

    migrate(empty, echo=lambda _line: None)

    with psycopg.connect(empty, autocommit=True) as owner:
        rows = owner.execute(
            "select tags, updated_at = '2026-01-01', automation_disabled from public.conversations order by customer_identifier"
        ).fetchall()
        assert [tags for tags, *_ in rows] == [
            [],
            ["vip", "a, b", "vip", '"q"'],
            ["1", "true", '{"a": 1}', ""],
        ]
        assert {tuple(rest) for _, *rest in rows} == {(True, True)}
        (shown,) = owner.execute(
            "select public.conversations_page(number => '+12025550101') #> '{rows,0}'"
        ).fetchone()
        assert shown["tags"] == ["vip", "a, b", "vip", '"q"']


def test_a_project_with_realtime_tells_of_what_its_users_read(empty):
    do(empty, "set client_min_messages = error; create publication supabase_realtime")

    for _ in range(2):
        migrate(empty, echo=lambda _line: None)

    assert ask(empty, "select count(*) from pg_publication_tables where pubname = 'supabase_realtime'") == 4


def test_what_is_missing_is_named_without_changing_anything(empty, folder):
    assert pending_migrations(empty, sql_folder=folder) == ["0001_first.sql"]
    assert ask(empty, "select to_regnamespace('voicebot_meta')") is None


def test_functions_are_replaced_on_every_run(empty, folder):
    migrate(empty, sql_folder=folder)
    (folder / "functions" / "one.sql").write_text(
        "drop function if exists public.one; create function public.one() returns text language sql return 'two';"
    )

    migrate(empty, sql_folder=folder)

    assert ask(empty, "select public.one()") == "two"


def test_a_function_may_call_one_of_a_later_file(empty, folder):
    (folder / "functions" / "above.sql").write_text(
        "drop function if exists public.above; "
        "create function public.above() returns int language sql as 'select public.one() + 1';"
    )

    migrate(empty, sql_folder=folder)

    assert ask(empty, "select public.above()") == 2


def test_functions_in_folders_are_found_in_the_order_of_their_paths(empty, folder):
    for path in ("texts/last.sql", "calls/first.sql", "calls/deeper/very_first.sql"):
        file = folder / "functions" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(
            f"create table if not exists public.seen (n int generated always as identity, file text);"
            f"insert into public.seen (file) values ('{path}');"
        )

    migrate(empty, sql_folder=folder)

    assert ask(empty, "select string_agg(file, ' ' order by n) from public.seen") == (
        "calls/deeper/very_first.sql calls/first.sql texts/last.sql"
    )
    assert ask(empty, "select public.one()") == 1


def test_functions_change_together_so_that_nobody_meets_some_of_before_and_some_of_after(empty, folder):
    migrate(empty, sql_folder=folder)
    one, two = (folder / "functions" / f"{name}.sql" for name in ("one", "two"))
    one.write_text(one.read_text().replace("return 1", "return 2"))
    two.write_text(
        "drop function if exists public.two; create function public.two() returns int return 1 / 'x';"
    )

    with pytest.raises(MigrationError, match=r"functions/two\.sql line 1"):
        migrate(empty, sql_folder=folder)

    assert ask(empty, "select public.one()") == 1
    two.unlink()
    migrate(empty, sql_folder=folder)
    assert ask(empty, "select public.one()") == 2


def test_functions_that_call_what_is_nowhere_are_refused_by_file(empty, folder):
    for name in ("above", "below"):
        (folder / "functions" / f"{name}.sql").write_text(
            f"create function public.{name}() returns int language sql as 'select public.nowhere()';"
        )

    with pytest.raises(MigrationError, match=r"functions/above\.sql line 1: .*nowhere"):
        migrate(empty, sql_folder=folder)


def test_edited_history_is_refused_by_name(empty, folder):
    migrate(empty, sql_folder=folder)
    (folder / "migrations" / "0001_first.sql").write_text("create table public.first (n bigint);")

    with pytest.raises(MigrationError, match=r"0001_first\.sql was edited"):
        migrate(empty, sql_folder=folder)


def test_a_failing_migration_names_its_line_and_leaves_nothing(empty, folder):
    migrate(empty, sql_folder=folder)
    (folder / "migrations" / "0002_bad.sql").write_text(
        "create table public.second (n int);\n\nselect nonsense;"
    )

    with pytest.raises(MigrationError, match=r"migrations/0002_bad\.sql line 3: .*nonsense"):
        migrate(empty, sql_folder=folder)

    assert ask(empty, "select to_regclass('public.second')") is None
    assert pending_migrations(empty, sql_folder=folder) == ["0002_bad.sql"]


def test_two_at_once_apply_everything_once(empty, folder):
    (folder / "migrations" / "0002_slow.sql").write_text(
        "select pg_sleep(0.3); create table public.slow (n int);"
    )
    said = []
    runs = [
        threading.Thread(target=migrate, args=[empty], kwargs={"echo": said.append, "sql_folder": folder})
        for _ in range(2)
    ]

    [run.start() for run in runs]
    [run.join() for run in runs]

    assert sorted(line[:25] for line in said if line.startswith("database is up to date")) == [
        "database is up to date: 0",
        "database is up to date: 2",
    ]
    assert "another migration is running; waiting for it" in said


def test_rest_servers_are_told_to_look_again(empty, folder):
    with psycopg.connect(empty, autocommit=True) as listener:
        listener.execute("listen pgrst")
        migrate(empty, sql_folder=folder)

        heard = [(note.channel, note.payload) for note in listener.notifies(timeout=2, stop_after=1)]

    assert heard == [("pgrst", "reload schema")]


def test_history_is_closed_to_everybody_but_the_service(empty, folder):
    migrate(empty, sql_folder=folder)

    rights = {
        role: ask(
            empty,
            f"select has_schema_privilege('{role}', 'voicebot_meta', 'usage') "
            f"and has_table_privilege('{role}', 'voicebot_meta.migrations', 'select')",
        )
        for role in ("anon", "authenticated", "service_role")
    }

    assert rights == {"anon": False, "authenticated": False, "service_role": True}
    assert not ask(empty, "select has_table_privilege('service_role', 'voicebot_meta.migrations', 'insert')")


def test_an_owner_who_is_no_superuser_may_migrate_and_serve(server, template):
    role, name = f"owner_{uuid.uuid4().hex[:8]}", f"owned_{uuid.uuid4().hex}"
    admin = server.dsn()
    do(admin, f"create role {role} login createrole")
    for provided in ("anon", "authenticated", "service_role"):
        do(admin, f"grant {provided} to {role} with admin option")
    do(admin, f"create database {name} owner {role}")
    dsn = psycopg.conninfo.make_conninfo(server.dsn(name), user=role)
    try:
        migrate(dsn)
        migrate(dsn)

        with psycopg.connect(dsn) as connection:
            connection.execute("set role service_role")
            assert connection.execute("select public.job_health()").fetchone()[0]["failed"] == 0
    finally:
        server.drop(name)


def test_the_transaction_pooler_is_refused_with_the_reason():
    with pytest.raises(MigrationError, match="5432"):
        migrate("postgresql://postgres@localhost:6543/postgres")


def test_a_database_that_is_not_there_is_a_clear_error(server):
    with pytest.raises(MigrationError, match="cannot reach the database"):
        migrate(server.dsn("there_is_none"))


def file(tmp_path, name, text="select 1"):
    return SqlFile(tmp_path / name, text)


@pytest.mark.parametrize(
    ("names", "applied", "complaint"),
    [
        (["0001_a.sql"], {"0001_a.sql": None, "0002_b.sql": "x"}, "0002_b.sql, which this version lacks"),
        (["0001_a.sql", "0002_b.sql"], {"0002_b.sql": None}, "0001_a.sql is new but comes before 0002_b.sql"),
        (["0001_a.sql", "0001_b.sql"], {}, "have the same number"),
        (["1_a.sql"], {}, "is not named like"),
    ],
)
def test_histories_that_do_not_fit_are_refused(tmp_path, names, applied, complaint):
    files = [file(tmp_path, name) for name in names]
    known = {name: checksum or files[0].checksum for name, checksum in applied.items()}

    with pytest.raises(MigrationError, match=complaint):
        pending_of(files, known)


def test_line_endings_do_not_count_as_an_edit(tmp_path):
    assert (
        file(tmp_path, "0001_a.sql", "a\nb\n").checksum == file(tmp_path, "0001_a.sql", "a\r\nb\r\n").checksum
    )
