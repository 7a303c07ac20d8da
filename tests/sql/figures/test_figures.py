"""Figures of a period: counted once by the worker, summed for whoever reads, and of nobody else's calls."""

from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from tests.api.people import make_owned
from tests.sql.figures.calling import COUNTED, NOW, end_call, fail, minutes, roll
from tests.support.servers import remove_rows

pytestmark = pytest.mark.sql
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def nothing_happened(owner):
    remove_rows(owner, *COUNTED)


def figures(database, period=7, by="day", actor=None, zone="UTC", at=NOW):
    return database.call("console_figures", period=period, by=by, zone=zone, actor=actor, at=at)


def test_a_period_without_anything_has_groups_and_no_figures(database):
    shown = figures(database)

    assert [(len(shown["groups"]), one["calls"]) for one in shown["groups"]] == [(7, 0)] * 7
    assert shown["total"]["calls"] is None
    assert (shown["stages"], shown["counted_at"]) == (None, None)


def test_the_page_says_when_its_days_were_counted_and_not_the_hours(database, owner):
    roll(database, NOW - minutes(2))
    roll(database)
    end_call(owner, NOW - minutes(1))

    shown = figures(database)

    assert (shown["total"]["calls"], datetime.fromisoformat(shown["counted_at"])) == (None, NOW - minutes(2))


def test_calls_are_counted_by_what_came_of_them_beside_the_days_before(database, owner):
    end_call(owner, NOW - minutes(5), gaps=(300, 400, 5000), goal="reached", cost=0.5)
    end_call(owner, NOW - DAY, outcome="transferred", goal="not_reached", price=-0.25)
    end_call(owner, NOW - DAY, direction="outbound", from_number="+15005550009")
    fail(owner, NOW - DAY)
    fail(owner, NOW - 8 * DAY)
    owner.execute(
        """insert into public.sms_history (phone_number, direction, status, created_at)
           values ('+12025550123', 'outbound', 'failed', %(at)s), ('+12025550123', 'inbound', 'received', %(at)s)""",
        {"at": NOW - DAY},
    )
    owner.execute(
        "insert into public.suppressions (phone_number, reason, since) values ('+12025550123', 'STOP', %s)",
        [NOW - DAY],
    )
    roll(database)

    shown = figures(database)
    total = shown["total"]

    assert {name: total[name] for name in ("calls", "inbound", "answered", "unanswered", "failed", "with_person", "minutes")} == {
        "calls": 4, "inbound": 3, "answered": 3, "unanswered": 1, "failed": 1, "with_person": 1, "minutes": 3.0}  # fmt: skip
    assert (total["answer_rate"], total["containment"], total["reached"], total["not_reached"]) == (
        75.0,
        66.7,
        1,
        1,
    )
    assert (total["cost_per_call"], total["cost_per_goal"]) == (0.375, 0.75)
    assert (total["texts_in"], total["texts_out"], total["texts_failed"], total["opt_outs"]) == (1, 1, 1, 1)
    assert 330 <= total["p50_ms"] <= 460 and 4500 <= total["p95_ms"] <= 6000
    assert [(one["stage"], one["turns"]) for one in shown["stages"]] == [
        ("gap", 3), ("wait", 0), ("words", 0), ("token", 3), ("sentence", 0), ("voice", 0), ("ours", 0)]  # fmt: skip
    assert (shown["before"]["calls"], shown["before"]["failed"]) == (1, 1)
    assert [one["calls"] for one in shown["groups"]] == [0, 0, 0, 0, 0, 3, 1]
    hours = {one["key"][11:13]: one["calls"] for one in figures(database, 1, "hour")["groups"]}
    assert hours == {f"{hour:02d}": int(hour == 11) for hour in range(13)}
    assert {one["name"]: one["calls"] for one in figures(database, by="number")["groups"]} == {
        "+15005550006": 3, "+15005550009": 1}  # fmt: skip
    assert [one["name"] for one in figures(database, by="template")["groups"]] == ["none"]


def test_a_day_is_the_readers_day(database, owner):
    end_call(owner, NOW.replace(hour=23, minute=30) - DAY)
    roll(database, zone="Europe/Berlin")

    assert [one["calls"] for one in figures(database, 2, zone="Europe/Berlin")["groups"]] == [0, 1]


def test_what_comes_late_is_counted_again_and_what_is_old_is_left_alone(database, owner):
    call = end_call(owner, NOW - DAY)
    roll(database)
    assert roll(database) == 0
    owner.execute("update public.call_history set cost = 1 where id = %s", [call])

    later = NOW + timedelta(hours=6)
    roll(database, later)

    assert figures(database, at=later)["total"]["cost"] == 1
    assert roll(database, NOW + timedelta(seconds=59, hours=6)) == 0
    assert roll(database, NOW + timedelta(seconds=60, hours=6)) >= 1


def test_an_organization_reads_its_own_and_a_person_or_a_narrowed_key_nothing(database, owner):
    one, other = (make_owned(SimpleNamespace(database=database), owner) for _ in range(2))
    remove_rows(owner, "call_history")
    end_call(owner, NOW, organization_id=one.organization_id)
    end_call(owner, NOW, organization_id=other.organization_id, template_id=other.template_id)
    roll(database)

    ours = {"role": "operator", "organization_id": str(one.organization_id)}
    assert figures(database, actor=ours)["total"]["calls"] == 1
    assert [row["name"] for row in figures(database, by="template", actor=ours)["groups"]] == ["none"]
    assert figures(database)["total"]["calls"] == 2
    for actor in (
        ours | {"user_id": str(one.user_id)},
        ours | {"role": "integrator"},
        {"role": "operator", "user_id": str(one.user_id)},
    ):
        assert figures(database, actor=actor) == {"result": "refused", "code": "not_allowed"}


@pytest.mark.parametrize("period, by", [(0, "day"), (91, "day"), (8, "hour"), (7, "week")])
def test_a_period_that_is_too_long_is_refused(database, period, by):
    assert figures(database, period, by) == {"result": "refused", "code": "bad_period"}


def test_a_month_by_template_reads_by_the_index_no_more_rows_than_it_has_days_and_templates(database, owner):
    # As many rows as 100,000 calls a month make, of 40 templates.
    owner.execute(
        """insert into public.figure_spans (grain, began, scope, dimension, key, calls, turns, latencies)
           select 'day', d, '00000000-0000-0000-0000-000000000000', v.dimension, v.key, 83, 600,
                  array(select 3 from generate_series(1, 224))
             from generate_series(%s::timestamptz - interval '179 days', %s, interval '1 day') d,
                  (select 'all' as dimension, '' as key union all
                   select 'template', 'template ' || n from generate_series(1, 40) n) v""",
        [NOW.replace(hour=0)] * 2,
    )
    owner.execute("analyze public.figure_spans")

    plan = owner.execute(
        """explain select * from public.figure_spans f where f.grain = 'day' and f.dimension = 'template' and f.began = any (%s)
              and f.scope = '00000000-0000-0000-0000-000000000000'""", [[NOW.replace(hour=0) - n * DAY for n in range(30)]]
    ).fetchall()  # fmt: skip
    assert "Seq Scan" not in str(plan)
    shown = figures(database, 30, "template")
    assert (len(shown["groups"]), shown["total"]["calls"]) == (40, 30 * 83)


def test_the_report_of_a_campaign_of_many_people_is_counted_by_the_worker_until_it_ends(database, owner):
    person = owner.execute("insert into auth.users (id) values (gen_random_uuid()) returning id").fetchone()[
        0
    ]
    great, small = (
        owner.execute(
            "insert into public.campaigns (user_id, name, state, purpose) values (%s, %s, 'paused', 'service') returning id",
            [person, name],
        ).fetchone()[0]
        for name in ("Great", "Small")
    )
    owner.execute("set session_replication_role = replica")
    for campaign, people in ((great, 5001), (small, 3)):
        owner.execute(
            """insert into public.call_queue (user_id, campaign_id, recipient_number, purpose, country, zones, checked_at, next_attempt_at)
               select %s, %s, '+1202' || (5550000 + n), 'service', 'US', '{America/Denver}', now(), now()
                 from generate_series(1, %s) n""",
            [person, campaign, people],
        )
    owner.execute("set session_replication_role = origin")

    def report(campaign):
        told = database.call("campaign_report", id=campaign)
        return told["people"], told["counted_at"] is not None

    assert report(great) == (5001, False)
    database.call("roll_figures", zone="UTC")
    assert (report(great), report(small)) == ((5001, True), (3, False))
    owner.execute(
        "delete from public.call_queue where campaign_id = %s and recipient_number = '+12025550001'", [great]
    )
    for state, shown in (
        *(("running", (5001, True)), ("paused", (5001, True))),
        *(("canceled", (5000, False)), ("done", (5000, False))),
    ):
        owner.execute("update public.campaigns set state = %s where id = %s", [state, great])
        assert (state, report(great)) == (state, shown)
    owner.execute("update public.campaigns set state = 'running' where id = %s", [great])
    owner.execute("update public.campaign_figures set counted_at = now() - interval '11 minutes'")
    assert report(great) == (5000, False)
