"""A month's usage is read from the days that the worker counted; what they do not have yet is counted as it stands."""

from datetime import datetime, timedelta

import psycopg
import pytest

from tests.sql.figures.calling import COUNTED, NOW, end_call, minutes, roll
from tests.support.servers import remove_rows
from voicebot.domain.access.actor import Actor

pytestmark = pytest.mark.sql
MARCH = datetime.fromisoformat("2035-03-01T00:00:00+00:00")


@pytest.fixture
def house(database, owner):
    remove_rows(owner, *COUNTED)
    remove_rows(owner, "usage_days")
    yield database
    remove_rows(owner, *COUNTED)
    remove_rows(owner, "usage_days")


def calls_at(owner, *days, **columns):
    """A call on each of these days of the month, of a minute and a half, at twenty cents."""
    for day in days:
        at = MARCH + timedelta(days=day - 1, hours=9)
        end_call(owner, at, **({"duration": 90, "cost": "0.2", "price_unit": "usd"} | columns))


def text_at(owner, day, **columns):
    """A text that came on this day of the month, without a price."""
    values = {"direction": "inbound", "channel": "sms", "content": "x", "phone_number": "+12025550123"}
    values |= columns | {"created_at": MARCH + timedelta(days=day - 1, hours=9)}
    names = ", ".join(values)
    owner.execute(
        f"insert into public.sms_history ({names}) values ({', '.join(['%s'] * len(values))})",
        list(values.values()),
    )


def used(database, since=MARCH):
    return [
        (one["product"], one["currency"], one["count"], one["minutes"], one["cost"], one["unpriced"])
        for one in database.call("usage_figures", since=since)["products"]
    ]


def test_counted_days_and_those_that_are_not_come_to_the_same_as_all_of_them_alive(house, owner):
    calls_at(owner, 1, 3, 3, 10)
    calls_at(owner, 4, direction="outbound", cost=None, price_unit=None, duration=None)
    text_at(owner, 2)
    alive = used(house)
    roll(house, NOW - timedelta(days=3))
    half = used(house)
    # After what was counted last, and today.
    calls_at(owner, 14, 15)
    text_at(owner, 15)
    more = used(house)
    roll(house, NOW + minutes(30))

    assert alive == half == [
        ("calls in", "USD", 4, 8, 0.8, 0), ("calls out", "", 1, 0, None, 1), ("texts in", "", 1, None, None, 1),
    ]  # fmt: skip
    assert more == used(house) == [
        ("calls in", "USD", 6, 12, 1.2, 0), ("calls out", "", 1, 0, None, 1), ("texts in", "", 2, None, None, 2),
    ]  # fmt: skip
    assert used(house, MARCH + timedelta(hours=1)) == used(house), (
        "a moment that is no day's counts what stands"
    )


def test_no_call_of_a_day_that_was_counted_is_looked_at(house, owner, dsn):
    calls_at(owner, *range(1, 15))
    roll(house)
    owner.execute(
        "update public.call_history set cost = 100 where started_at < %s", [NOW - timedelta(days=2)]
    )

    # Prices that come later are in when the day is counted again.
    stale = used(house)
    with psycopg.connect(dsn) as reader:
        reader.execute("set enable_seqscan = off")
        reader.execute("select public.usage_figures(%s)", [MARCH])
        (read,) = reader.execute(
            "select seq_tup_read + idx_tup_fetch from pg_stat_xact_user_tables where relname = 'call_history'"
        ).fetchone()
    roll(house, NOW + timedelta(days=1))

    assert [one[4] for one in stale] == [pytest.approx(2.8)]
    assert read <= 1
    assert used(house)[0][4] > 500


def test_days_that_were_counted_before_usage_was_are_counted_again_and_until_then_as_they_stand(house, owner):
    calls_at(owner, 1, 2, 12)
    roll(house)
    remove_rows(owner, "usage_days")
    owner.execute("update public.figure_rolls set has_usage = false")

    before = used(house)
    rolled = roll(house)

    assert before == used(house) == [("calls in", "USD", 3, 6, 0.6, 0)]
    assert rolled == 62, "the days of two months, and none that nobody asks for"
    assert owner.execute("select count(*) from public.usage_days").fetchone() == (3,)


def test_a_day_that_was_never_counted_hides_none_after_it(house, owner):
    calls_at(owner, 1, 2, 3, 4)
    roll(house)
    owner.execute(
        "delete from public.figure_rolls where grain = 'day' and began = %s", [MARCH + timedelta(days=1)]
    )
    owner.execute("delete from public.usage_days where began = %s", [MARCH + timedelta(days=1)])

    assert used(house) == [("calls in", "USD", 4, 8, 0.8, 0)]


def test_each_organization_has_its_own_and_a_text_counts_for_who_knows_the_person(house, owner):
    person, north, south = (
        owner.execute(words).fetchone()[0]
        for words in (
            "insert into auth.users (id) values (gen_random_uuid()) returning id",
            "insert into public.organizations (name, slug) values ('N', 'n' || gen_random_uuid()) returning id",
            "insert into public.organizations (name, slug) values ('S', 's' || gen_random_uuid()) returning id",
        )
    )
    owner.execute(
        "insert into public.organization_members (organization_id, user_id, role) values (%s, %s, 'agent')",
        [south, person],
    )
    calls_at(owner, 2, organization_id=north)
    calls_at(owner, 2)
    text_at(owner, 2, user_id=person)

    def of(organization):
        (leader,) = owner.execute(
            "insert into auth.users (id) values (gen_random_uuid()) returning id"
        ).fetchone()
        owner.execute(
            "insert into public.organization_members (organization_id, user_id, role) values (%s, %s, 'owner')",
            [organization, leader],
        )
        actor = Actor(leader, organization).to_json()
        return [(one["product"], one["count"]) for one in house.call("usage_figures", since=MARCH, actor=actor)["products"]]  # fmt: skip

    alive = of(north), of(south)
    roll(house)

    assert alive == (of(north), of(south)) == ([("calls in", 1)], [("texts in", 1)])
    assert [(one[0], one[2]) for one in used(house)] == [("calls in", 2), ("texts in", 1)]
