"""The drill: fill everything, back it up, lose it all, put it back, and nothing is missing or different."""

from contextlib import ExitStack
from datetime import UTC, datetime
from types import SimpleNamespace

import psycopg
import pytest

from tests.services.calls.aftermath import add_call
from tests.services.verification.verification_desk import code_of
from tests.sql.upkeep.installation import HELD, Installation, as_url, everything, everything_of, shape
from tests.support.machines.needed import needed_server
from tests.support.machines.plain_servers import debian, wheel
from voicebot import cli
from voicebot.services.upkeep.back_up import back_up
from voicebot.services.verification import verify_phone
from voicebot.settings import load_settings
from voicebot.storage.backup.tables import (
    names_filled_by_migrations,
    our_table_names,
    our_tables,
    owned_sequences,
)

pytestmark = pytest.mark.sql
PLAIN = {"debian-15": debian, "wheel": wheel}


def test_the_sql_files_name_every_table_there_is(house):
    with house.owner() as owner:
        assert set(our_table_names()) == set(everything(owner))


def test_only_what_migrations_fill_has_rows_before_anybody_comes(dsn):
    with psycopg.connect(dsn) as owner:
        filled = {name for name, rows in everything(owner).items() if rows}

    # What a migration carries over from rows that were there is empty here.
    carried_over = {"public.dialling_load", "public.call_template_versions", "public.inbox_items"}
    assert filled == (names_filled_by_migrations() & set(our_table_names())) - carried_over


def test_after_a_loss_everything_is_as_it_was(house, empty, tmp_path):
    file = tmp_path / "kept.tar.gz"
    with house.owner() as owner:
        before, built = everything(owner), shape(owner)
    with house.runtime() as runtime:
        code = code_of(runtime, HELD)

    kept = house.back_up(file)
    back = empty.restore(file)

    with empty.owner() as owner:
        assert everything(owner) == before
        assert shape(owner) == built
    empty_ones = {
        name for name in our_table_names() if not before[name] and not name.startswith("jobs.procrastinate_")
    }
    assert empty_ones == set()
    assert before["jobs.procrastinate_jobs"]
    assert (kept.tables, kept.rows, kept.facts) == (back.tables, back.rows, 1)
    assert back.other_keys == ()
    with empty.runtime() as runtime:
        assert code_of(runtime, HELD) == code
        assert verify_phone.check(runtime, HELD, code).outcome == "approved"
        (fact,) = runtime.spool.waiting()
        assert runtime.spool.read(fact).params == {"body": "kept"}
        (aside,) = (empty.folder / "spool" / ".corrupt").iterdir()
        assert runtime.spool.read(aside).params == {"body": "unreadable"}


def test_a_call_can_be_read_and_numbers_go_on_after_it(house, unused, tmp_path, monkeypatch, capsys):
    house.back_up(tmp_path / "kept.tar.gz")
    unused.restore(tmp_path / "kept.tar.gz")
    for name, value in unused.environ.items():
        monkeypatch.setenv(name, value)

    code = cli.main(["calls", "show", "CA" + "1" * 32])

    assert code == 0
    assert "and 'quotes' and 💐" in capsys.readouterr().out
    with unused.owner() as owner:
        highest = owner.execute("select max(id) from public.call_history").fetchone()
        assert add_call(owner)[0] == highest[0] + 1


@pytest.mark.parametrize("kind", PLAIN)
def test_an_owner_who_is_no_superuser_can_do_both(kind, server, house, unused, tmp_path):
    with ExitStack() as stack:
        with needed_server():
            plain = Installation(as_url(stack.enter_context(PLAIN[kind]())), tmp_path / "plain")
        house.back_up(tmp_path / "first.tar.gz")
        plain.restore(tmp_path / "first.tar.gz")
        plain.back_up(tmp_path / "second.tar.gz")

        with house.owner() as ours, plain.owner() as theirs:
            theirs.execute("set role service_role")
            reachable = [name for name in our_table_names() if name.startswith("public.")]
            there = everything_of(theirs, reachable)
            assert there == everything_of(ours, reachable)
            theirs.execute("reset role")
            assert shape(theirs) == shape(ours)
    unused.restore(tmp_path / "second.tar.gz")
    with house.owner() as ours, unused.owner() as theirs:
        assert everything(theirs) == everything(ours)


def test_a_backup_is_of_one_moment_whatever_is_written_meanwhile(house, unused, tmp_path):
    with house.owner() as owner:
        before = everything(owner)

        def write_more(*_: object) -> None:
            add_call(owner)

        settings = load_settings(house.environ)
        back_up(
            settings,
            house.dsn,
            tmp_path / "f",
            clips=False,
            now=lambda: datetime.now(UTC),
            progress=write_more,
        )
        unused.restore(tmp_path / "f")
        with unused.owner() as restored:
            assert everything(restored) == before
        assert everything(owner) != before


def test_one_question_finds_the_counters_of_all_tables(owner):
    asked = []
    # A database elsewhere takes as long for each as for all of them.
    far = SimpleNamespace(execute=lambda *words: asked.append(words) or owner.execute(*words))

    found = owned_sequences(far, our_tables(owner))

    assert ("public.call_history", "id", "public.call_history_id_seq") in found
    assert len(asked) == 1
