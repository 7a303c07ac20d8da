"""Alerts: each kind fires when it is so and of enough, once, and resolves; looking back finds what looking on found."""

import random
from datetime import datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest

from tests.api.people import make_owned
from tests.sql.figures.calling import COUNTED, NOW, end_call, fail, firings, make_rule, minutes, roll
from tests.support.servers import remove_rows

pytestmark = pytest.mark.sql


@pytest.fixture(autouse=True)
def nothing_happened(owner):
    remove_rows(owner, *COUNTED)


def check(database, at, **notice):
    return database.call("check_alerts", at=at, notice=notice or None)


def five_fail(owner, at, of=5):
    for n in range(of):
        fail(owner, at - minutes(5 - n / 2), cost=2)


def slow(owner, at, of=5):
    for n in range(of):
        end_call(owner, at - minutes(3 - n / 10), gaps=(3000,))


def week_of_calls(owner, at, gap=500):
    for day in range(1, 8):
        end_call(owner, at - timedelta(days=day), gaps=(gap, gap))


def after_a_week(make):
    def arrange(owner, at, of=5):
        week_of_calls(owner, at)
        make(owner, at, of)

    return arrange


def silent(owner, at, of=5):
    for day in range(1, 2 + of):
        end_call(owner, at - timedelta(days=min(day, 6), minutes=day))


def stalled(owner, at, kind="not_claimed"):
    owner.execute(
        "insert into public.incidents (kind, subject, reason, opened_at, closed_at) values (%s, 'x', 'seen', %s, %s)",
        [kind, at - minutes(2), at + minutes(20)],
    )


def dead(owner, at):
    owner.execute(
        """with e as (insert into public.events (type, subject, payload) values ('webhook.test', 'x', '{}') returning id),
                w as (insert into public.webhook_endpoints (url, secret, event_types) values ('https://example.com', 's', '{x}')
                      returning id)
           insert into public.webhook_deliveries (event_id, endpoint_id, state, created_at, updated_at)
           select e.id, w.id, 'dead', %s, %s from e, w""",
        [at - minutes(2)] * 2,
    )


def stopped(owner, at, of=5):
    for n in range(of):
        owner.execute(
            "insert into public.suppressions (phone_number, reason, since) values (%s, 'STOP', %s)",
            [f"+1202555{n:04d}", at - minutes(3)],
        )


# The rule, what makes it fire, and the same of too little where a sample counts.
KINDS = {
    "count": ({"threshold": 3}, five_fail, 4),
    "count of opt-outs": ({"kind": "count", "what": "opt_outs", "threshold": 2}, stopped, 4),
    "rate": ({"threshold": 50}, five_fail, 4),
    "consecutive": ({"threshold": 4}, five_fail, 4),
    "p95": ({"threshold": 2000, "what": "calls"}, slow, 4),
    "spike": ({"threshold": 200, "what": "latency"}, after_a_week(slow), 4),
    "spike of failures": ({"kind": "spike", "threshold": 200, "what": "calls"}, after_a_week(five_fail), 4),
    "cost": ({"threshold": 9, "what": "calls"}, five_fail, 4),
    "silence": ({"threshold": 1, "what": "calls"}, silent, 3),
    "queue_stalled": ({"threshold": 1}, stalled, None),
    "number_red": ({"threshold": 1}, lambda owner, at: stalled(owner, at, "number_red"), None),
    "dead_letters": ({"threshold": 1}, dead, None),
}
OVER = {"cost": timedelta(days=1, minutes=10), "silence": minutes(12)}


@pytest.mark.parametrize("name", KINDS)
def test_a_rule_fires_once_not_of_too_little_and_resolves_itself(database, owner, name):
    fields, arrange, too_few = KINDS[name]
    rule = {"kind": name} | fields
    if too_few is not None:
        arrange(owner, NOW, too_few)
        roll(database)
        make_rule(database, owner, NOW - minutes(1), **rule)
        assert check(database, NOW)["fired"] == 0
        remove_rows(owner, *COUNTED)
    arrange(owner, NOW)
    roll(database)
    make_rule(database, owner, NOW - minutes(1), **rule)

    assert check(database, NOW) == {"result": "checked", "fired": 1, "resolved": 0}
    assert check(database, NOW) == {"result": "checked", "fired": 0, "resolved": 0}
    assert check(database, NOW + minutes(1))["fired"] == 0
    if name == "silence":
        end_call(owner, NOW + minutes(5))
    over = NOW + OVER.get(name, minutes(90))
    assert check(database, over) == {"result": "checked", "fired": 0, "resolved": 1}
    ((fired_at, resolved_at, _),) = firings(owner)
    assert fired_at == NOW < resolved_at <= over


def test_within_the_quiet_hour_it_does_not_fire_again_and_afterwards_it_does(database, owner):
    make_rule(database, owner, NOW - minutes(1), window_min=5, threshold=5)
    for after in (0, 30, 70):
        for second in range(5):
            fail(owner, NOW + minutes(after) - timedelta(seconds=30 + second))

    for minute in range(0, 80):
        check(database, NOW + minutes(minute))

    assert [fired_at for fired_at, _, _ in firings(owner)] == [NOW, NOW + minutes(70)]


SHAPES = (
    {"kind": "count", "threshold": 6, "window_min": 30},
    {"kind": "rate", "threshold": 40, "window_min": 60, "quiet_min": 5},
    {"kind": "rate", "what": "unanswered", "threshold": 40, "window_min": 15, "quiet_min": 30},
    {"kind": "consecutive", "threshold": 3, "window_min": 120},
    {"kind": "p95", "what": "calls", "threshold": 2000, "window_min": 30},
    {"kind": "spike", "what": "latency", "threshold": 150, "window_min": 30},
    {"kind": "silence", "what": "calls", "threshold": 2, "window_min": 20},
    {"kind": "cost", "what": "calls", "threshold": 30},
    {"kind": "queue_stalled", "threshold": 1},
)


def test_looking_back_finds_what_looking_on_found(database, owner):
    dice = random.Random(12)
    at = NOW - timedelta(days=9)
    while at < NOW:
        troubled = at.hour in (3, 4, 11)
        make = fail if dice.random() < (0.6 if troubled else 0.05) else end_call
        gaps = {"gaps": (dice.choice((2500, 400)) if troubled else 400,)} if make is end_call else {}
        make(owner, at, cost=1, **gaps)
        at += minutes(dice.choice((1, 3, 9, 40)))
    for hour in range(0, 48, 7):
        stalled(owner, NOW - timedelta(hours=hour))
    roll(database)
    begin = NOW - timedelta(days=7)
    for shape in SHAPES:
        remove_rows(owner, "alert_rules")
        back = database.call("preview_alert", rule={"name": "back", "threshold": 1} | shape, at=NOW)
        make_rule(database, owner, begin - minutes(1), **shape)

        at = begin
        while at <= NOW:
            check(database, at)
            at += minutes(dice.choice((2, 40, 59)) if NOW - at > minutes(60) else 1)

        live = firings(owner)
        assert back["count"] == len(live) > 0, shape
        seen = [
            (datetime.fromisoformat(one["fired_at"]), one["resolved_at"] is None, float(one["value"]))
            for one in reversed(back["firings"])
        ]
        assert seen == [(fired, resolved is None, float(value)) for fired, resolved, value in live][-50:], (
            shape
        )


def test_it_is_told_by_text_and_by_webhook_once_and_making_it_is_on_record(database, owner):
    owner.execute(
        "insert into public.webhook_endpoints (url, secret, event_types) values ('https://example.com', 's', '{alert.fired,alert.resolved}')"
    )
    make_rule(database, owner, NOW - minutes(1), threshold=5, by_text=True, window_min=10)
    five_fail(owner, NOW)

    for at in (NOW, NOW, NOW + minutes(15)):
        check(database, at, to="+12025550177", **{"from": "+15005550006"}, content="An alert fired.")

    told = owner.execute(
        "select type, payload ->> 'kind' from public.events where type like 'alert.%' order by id"
    )
    assert told.fetchall() == [("alert.fired", "count"), ("alert.resolved", "count")]
    texts = owner.execute(
        "select phone_number, content from public.sms_history where kind = 'operator_notice'"
    )
    assert texts.fetchall() == [("+12025550177", "An alert fired.")]
    assert owner.execute("select action from public.audit_log").fetchall() == [("alert.made",)]


def test_a_rule_is_its_organizations_own(database, owner):
    one, other = (make_owned(SimpleNamespace(database=database), owner) for _ in range(2))
    # They have rules of their own.
    remove_rows(owner, "alert_rules")
    actor = {"role": "operator", "organization_id": str(one.organization_id)}
    foreign = {"role": "operator", "organization_id": str(other.organization_id)}
    narrowed = actor | {"user_id": str(one.user_id)}
    rule = {"name": "ours", "kind": "count", "threshold": 5}
    made = database.call("make_alert", rule=rule, actor=actor)["alert"]
    owner.execute("update public.alert_rules set checked_at = %s", [NOW - minutes(1)])

    for second in range(5):
        fail(owner, NOW - timedelta(seconds=1 + second), organization_id=other.organization_id)
    assert check(database, NOW)["fired"] == 0
    for second in range(5):
        fail(owner, NOW + timedelta(seconds=1 + second), organization_id=one.organization_id)
    assert check(database, NOW + minutes(1))["fired"] == 1

    assert [row["id"] for row in database.call("list_alerts", actor=actor)["alerts"]] == [made["id"]]
    assert database.call("list_alerts", actor=foreign)["alerts"] == []
    assert made["id"] in [row["id"] for row in database.call("list_alerts", actor=None)["alerts"]]
    assert database.call("alert_firings", actor=foreign)["rows"] == []
    assert len(database.call("alert_firings", actor=actor)["rows"]) == 1
    for name, more in (
        ("show_alert", {}),
        ("remove_alert", {}),
        ("change_alert", {"changes": {"active": False}}),
    ):
        for whoever in (foreign, narrowed):
            refused = database.call(name, alert_id=made["id"], actor=whoever, **more)
            assert refused == {"result": "refused", "code": "unknown_alert"}, name
    for name, more in (
        ("list_alerts", {}),
        ("make_alert", {"rule": rule}),
        ("preview_alert", {"rule": rule}),
    ):
        refused = database.call(name, actor=narrowed, **more)
        assert refused == {"result": "refused", "code": "not_allowed"}, name


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "guess"}, {"threshold": 0}, {"threshold": "many"}, {"window_min": 4}, {"what": "latency"}, {"name": " "},
        {"kind": None}, {"sample": 0},
    ],
)  # fmt: skip
def test_a_rule_that_makes_no_sense_is_refused_and_nothing_is_kept(database, owner, wrong):
    rule = {"name": "one", "kind": "count", "threshold": 5} | wrong

    for name in ("make_alert", "preview_alert"):
        assert database.call(name, rule=rule) == {"result": "refused", "code": "bad_alert"}

    assert owner.execute("select count(*) from public.alert_rules").fetchone() == (0,)


def test_a_change_ends_what_it_fired_of_and_the_next_minute_decides_anew(database, owner):
    rule = make_rule(database, owner, NOW - minutes(1), threshold=5)
    five_fail(owner, NOW)
    check(database, NOW)

    changed = database.call(
        "change_alert", alert_id=rule, changes={"threshold": 6, "organization_id": str(uuid4())}
    )

    assert changed["alert"]["organization_id"] is None
    owner.execute("update public.alert_rules set checked_at = %s", [NOW])
    assert check(database, NOW + minutes(1)) == {"result": "checked", "fired": 0, "resolved": 0}
    ((_, resolved_at, _),) = firings(owner)
    assert resolved_at is not None
