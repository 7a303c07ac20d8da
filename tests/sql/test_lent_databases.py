"""Modules of tests hand a database on: nothing of the one before is in it."""

import psycopg
import pytest

from tests.support.machines.lent_databases import Lender

pytestmark = pytest.mark.sql
EVENT = "insert into public.events (type, subject) values ('one', 'x') returning id"


@pytest.fixture
def lender(server, template):
    lends = Lender(server, template)
    yield lends
    lends.close()


def rows(lent):
    with psycopg.connect(lent.dsn) as connection:
        return connection.execute(
            """select (select count(*) from auth.users), (select count(*) from voicebot_meta.migrations),
                      (select array_agg(name) from public.call_service_providers), (select count(*) from public.sms_history)"""
        ).fetchone()


def test_rows_are_as_the_migrations_left_them_and_sessions_that_somebody_left_have_ended(lender):
    first = lender.lend()
    before = rows(first)
    port = first.port()
    port.call("ensure_user", phone="+12025550123")
    first.take_back(port)
    with psycopg.connect(first.dsn, autocommit=True) as stray:
        stray.execute("delete from public.call_service_providers")
        (number,) = stray.execute(EVENT).fetchone()
        assert rows(first) != before

        lender.take_back(first)

        second = lender.lend()
        assert (second, rows(second)) == (first, before)
        assert second.port().call("ensure_user", phone="+12025550123")["user_id"]
        assert second.owners[-1].execute(EVENT).fetchone() == (number,), "what counts rows begins anew"
        with pytest.raises(psycopg.OperationalError):
            stray.execute("select 1")
    lender.take_back(second)


@pytest.mark.parametrize(
    "words",
    [
        "create table public.more (id int)",
        "alter table public.call_queue add column more int",
        "alter table public.sms_history disable trigger all",
        "drop policy if exists {policy} on public.user_profiles",
        "revoke execute on function public.ensure_user from service_role",
        "analyze public.call_service_providers",
        "insert into public.events (type, subject) select repeat(md5(n::text), 40), 'x' from generate_series(1, 3000) n",
    ],
)
def test_a_database_of_which_more_than_rows_was_changed_or_that_has_grown_is_not_handed_on(
    lender, server, words
):
    first = lender.lend()
    owner = first.owner()
    policy = owner.execute("select policyname from pg_policies where tablename = 'user_profiles'").fetchone()
    owner.execute(words.format(policy=f'"{policy[0]}"'))
    first.owners.append(owner)

    lender.take_back(first)

    assert lender.lend() is not first
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(first.dsn)
