"""Every row of the limits on sending codes, with a clock of the test's own."""

import itertools
from datetime import timedelta

import pytest

from tests.sql.verification.code_limits import NOON, ask, clean, guess, numbers

__all__ = ["ask", "clean", "guess"]

pytestmark = pytest.mark.sql


@pytest.mark.parametrize(
    ("moments", "refused_at", "wait_s"),
    [
        ((0,), 59.5, 0.5),
        ((0, 100, 200), 599, 1),
        ((0, 700, 1400, 2100, 2800), 3599, 1),
        (tuple(range(0, 40_000, 4000)), 86_399, 1),
    ],
    ids=["1 in 60 s", "3 in 10 min", "5 in an hour", "10 in a day"],
)
def test_a_number_is_sent_so_many_codes_and_no_more(ask, moments, refused_at, wait_s):
    of_number = ("asker_sends", "number_sends")
    for moment in moments:
        assert ask(moment, only=of_number)["result"] == "pending"

    refused = ask(refused_at, only=of_number)

    assert (refused["result"], refused["scope"]) == ("limited", "asker" if len(moments) == 1 else "number")
    assert refused["retry_after_s"] == pytest.approx(wait_s)
    assert ask(refused_at + wait_s + 0.1, only=of_number)["result"] == "pending"


@pytest.mark.parametrize(
    ("moments", "refused_at"), [((0, 1, 2, 3, 4), 599), (tuple(range(0, 20_000, 1000)), 86_399)]
)
def test_an_address_gets_so_many_codes_and_no_more(ask, moments, refused_at):
    for moment, number in zip(moments, numbers(), strict=False):
        assert ask(moment, number, only=("ip_sends",), ip="203.0.113.7")["result"] == "pending"

    refused = ask(refused_at, "+12025559999", only=("ip_sends",), ip="203.0.113.7")

    assert (refused["result"], refused["scope"]) == ("limited", "ip")
    assert ask(refused_at, "+12025559999", only=("ip_sends",), ip="203.0.113.8")["result"] == "pending"
    # A second later the first of them is out of the window.
    assert ask(refused_at + 2, "+12025559999", only=("ip_sends",), ip="203.0.113.7")["result"] == "pending"


def test_an_address_asks_for_three_numbers_an_hour(ask):
    for moment, number in zip((0, 1, 2), numbers(), strict=False):
        ask(moment, number, only=("ip_numbers",), ip="203.0.113.7")

    assert ask(3, "+12025559999", only=("ip_numbers",), ip="203.0.113.7")["scope"] == "ip"
    assert ask(4, "+12025550101", only=("ip_numbers",), ip="203.0.113.7")["result"] == "pending"
    assert ask(3599, "+12025559999", only=("ip_numbers",), ip="203.0.113.7")["scope"] == "ip"
    # The first number was asked for an hour ago.
    assert ask(3601, "+12025559999", only=("ip_numbers",), ip="203.0.113.7")["result"] == "pending"


def test_whoever_has_65536_networks_gets_no_more_than_four_times_what_one_gets(ask):
    networks = [f"2001:db8:1:{n:x}::/64" for n in range(65)]
    results = [
        ask(n, number, only=("site_sends",), ip=ip)["result"]
        for n, (ip, number) in enumerate(zip(networks, numbers(), strict=False))
    ]

    assert results == ["pending"] * 20 + ["limited"] * 45
    assert ask(66, "+12025559999", only=("site_sends",), ip="2001:db8:2:1::/64")["result"] == "pending"
    assert ask(66, "+12025559998", only=("site_sends",), ip="203.0.113.7")["result"] == "pending"
    assert ask(601, "+12025559997", only=("site_sends",), ip="2001:db8:1:ffff::/64")["result"] == "pending"


def test_65536_networks_ask_for_twelve_numbers_an_hour(ask):
    networks = [f"2001:db8:1:{n:x}::/64" for n in range(13)]
    results = [
        ask(n, number, only=("site_numbers",), ip=ip)
        for n, (ip, number) in enumerate(zip(networks, numbers(), strict=False))
    ]

    assert [one["result"] for one in results] == ["pending"] * 12 + ["limited"]
    assert results[-1]["scope"] == "ip"


def test_an_address_asks_for_two_countries_a_day(ask):
    for moment, country in enumerate(("US", "CA")):
        ask(moment, only=("ip_countries",), ip="203.0.113.7", country=country)

    assert ask(2, only=("ip_countries",), ip="203.0.113.7", country="GB")["scope"] == "ip"
    assert ask(3, only=("ip_countries",), ip="203.0.113.7", country="US")["result"] == "pending"
    assert ask(86_400, only=("ip_countries",), ip="203.0.113.7", country="GB")["scope"] == "ip"
    # Canada was a day ago.
    assert ask(86_402, only=("ip_countries",), ip="203.0.113.7", country="GB")["result"] == "pending"


def test_numbers_that_differ_in_four_digits_share_ten_an_hour(ask):
    for moment, number in zip(range(10), numbers(), strict=False):
        assert ask(moment, number, only=("prefix_sends",))["result"] == "pending"

    for moment in (10, 3599):
        assert ask(moment, "+12025559999", only=("prefix_sends",))["scope"] == "prefix"
        assert ask(moment, "+12025569999", only=("prefix_sends",))["result"] == "pending"
    assert ask(3601, "+12025559999", only=("prefix_sends",))["result"] == "pending"


def test_a_country_has_fifty_a_day_when_it_had_none_before(ask, owner):
    for number in itertools.islice(numbers(), 50):
        assert ask(0, number, only=("country_least",))["result"] == "pending"

    refused = ask(1, only=("country_least",))

    assert (refused["scope"], refused["retry_after_s"]) == ("country", pytest.approx(12 * 3600 - 1))
    assert ask(1, only=("country_least",), country="CA")["result"] == "pending"
    assert ask(12 * 3600 + 1, only=("country_least",))["result"] == "pending"


def test_a_country_has_twice_the_mean_of_its_week(ask, owner):
    owner.execute(
        """insert into public.verification_counters (action, scope, subject, window_s, window_start, used)
           select 'send', 'country', 'US', 86400, %s::timestamptz - n * interval '1 day', 30
             from generate_series(1, 8) n""",
        [NOON.replace(hour=0)],
    )

    asked = [ask(0, number, only=("country_least",))["result"] for number in itertools.islice(numbers(), 61)]

    # 2 x 30: the eighth day back does not count.
    assert asked == ["pending"] * 60 + ["limited"]


OPERATOR = {"operator_number": "+12025550199", "our_number": "+12025550100"}


def paged(owner) -> list[tuple[str, str]]:
    """The texts to the operator."""
    return owner.execute(
        "select to_number, content from public.sms_history where kind = 'operator_notice' order by id"
    ).fetchall()


@pytest.mark.parametrize(
    ("window_s", "most", "wait_s"), [(3600, 200, 3600), (86_400, 1000, 12 * 3600)], ids=["hour", "day"]
)
def test_the_whole_service_sends_so_many_and_then_the_breaker_opens(ask, owner, window_s, most, wait_s):
    def asked(at_s):
        return ask(at_s, only=("global_sends",), limits=OPERATOR)

    asked(0)
    owner.execute(
        "update public.verification_counters set used = %s where scope = 'global' and subject = 'all' and window_s = %s",
        [most - 1, window_s],
    )

    last, refused, again = asked(1), asked(2), asked(3)

    assert last["result"] == "pending"
    assert (refused["scope"], refused["retry_after_s"]) == ("global", pytest.approx(wait_s - 2))
    assert again["result"] == "limited"
    assert paged(owner) == [("+12025550199", "Verification codes are stopped by a limit: global.")]
    assert owner.execute("select type from public.events").fetchall() == [("verification.breaker",)]


@pytest.mark.parametrize(
    ("scope", "limits"),
    [
        ("global", {"global_sends": [[86_400, 1]]}),
        ("country", {"country_least": 1}),
        ("money", {"money_usd": 0.05, "cost_usd": 0.05}),
    ],
)
def test_the_operator_is_told_once_an_hour_of_every_limit_that_stops_all_codes(ask, owner, scope, limits):
    half = 1800
    ask(half, limits=limits | OPERATOR)

    refused = [ask(half + moment, limits=limits | OPERATOR) for moment in (1, 2, 3599)]

    words = ("+12025550199", f"Verification codes are stopped by a limit: {scope}.")
    assert {one["scope"] for one in refused} == {scope}
    assert paged(owner) == [words]
    assert ask(half + 3601, limits=limits | OPERATOR)["scope"] == scope
    assert paged(owner) == [words] * 2


def test_limits_of_one_number_or_address_are_nothing_to_wake_the_operator_for(ask, owner):
    for moment in range(4):
        ask(moment, only=("asker_sends", "number_sends", "ip_sends"), ip="203.0.113.7", limits=OPERATOR)

    assert paged(owner) == []


def test_a_code_that_was_sent_can_be_tried_while_the_breaker_is_open(ask, database):
    one = ask(0, limits={"global_sends": [[3600, 1]]})
    assert ask(1, limits={"global_sends": [[3600, 1]]})["scope"] == "global"

    tried = database.call(
        "check_verification", number="+12025550123", code_ok_for=one["id"], at=NOON + timedelta(seconds=2)
    )

    assert tried["result"] == "approved"


def test_the_money_of_a_day_is_not_overspent(ask):
    costs = {"money_usd": 0.1, "cost_usd": 0.04}

    asked = [ask(n, limits=costs)["result"] for n in range(3)]

    assert asked == ["pending", "pending", "limited"]
    assert ask(4, limits=costs)["scope"] == "money"
    # Calls have a purse of their own, and tomorrow is another day.
    assert ask(4, limits=costs, channel="call")["result"] == "pending"
    assert ask(12 * 3600, limits=costs)["result"] == "pending"


def test_a_refusal_counts_for_nothing(ask, owner):
    ask(0, only=("asker_sends",))
    before = owner.execute("select * from public.verification_counters order by 1, 2, 3, 4, 5").fetchall()

    for moment in range(1, 20):
        assert ask(moment, only=("asker_sends",))["result"] == "limited"

    after = owner.execute("select * from public.verification_counters order by 1, 2, 3, 4, 5").fetchall()
    assert after == before


def ended(owner, approved: int, of: int, country: str = "US", minutes_ago: int = 0) -> None:
    """So many verifications are over, and some of them were approved."""
    owner.execute(
        """insert into public.verifications
               (phone_number, purpose, channel, nonce, status, used_at, expires_at, country, created_at)
           select '+1202555' || n, 'api', 'sms', 'n', case when n <= %(ok)s then 'approved' else 'expired' end,
                  case when n <= %(ok)s then now() end, %(at)s, %(country)s, %(at)s - %(ago)s * interval '1 min'
             from generate_series(1, %(of)s) n""",
        {"ok": approved, "of": of, "country": country, "ago": minutes_ago, "at": NOON},
    )


def test_few_approvals_of_the_last_fifty_are_told_once_an_hour(ask, owner):
    ended(owner, 14, of=50)

    first, second = ask(0, limits=OPERATOR), ask(1, "+12025550199", limits=OPERATOR)

    assert (first["alarm"], second["alarm"]) == ("approvals", "approvals")
    assert owner.execute("select type, subject from public.events").fetchall() == [
        ("verification.approvals", "approvals:US")
    ]
    assert paged(owner) == [
        ("+12025550199", "Few verification codes for US come back: somebody may be pumping them.")
    ]
    owner.execute(
        "update public.verifications set status = 'approved', used_at = now() where phone_number = '+120255515'"
    )
    assert "alarm" not in ask(2, "+12025550198")


def test_approvals_are_judged_by_the_newest_fifty_of_that_country_that_are_over(ask, owner):
    ended(owner, 0, of=49)
    # These still run, or were asked for elsewhere.
    for number in itertools.islice(numbers("+1212555"), 20):
        ask(-1, number)
    ended(owner, 0, of=50, country="CA")

    assert "alarm" not in ask(0)
    assert ask(0, "+12125559999", country="CA")["alarm"] == "approvals"
    ended(owner, 1, of=1, minutes_ago=5)
    assert ask(1, "+12125559998")["alarm"] == "approvals"
    # What was long ago does not make up for it.
    ended(owner, 40, of=40, minutes_ago=60)
    assert ask(2, "+12125559997")["alarm"] == "approvals"
