"""Somebody earns on texts to numbers of their own and asks for hundreds of codes: few leave, and they cost little."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from tests.support.servers import remove_rows

pytestmark = pytest.mark.sql

NOON = datetime(2024, 3, 4, 12, 0, tzinfo=UTC)
REQUESTS, ADDRESSES, OPERATOR = 300, 150, "+12025550199"
ONE_PREFIX = "'+1202555' || lpad(n::text, 4, '0')"
ONE_PREFIX_EACH = "'+12' || lpad(n::text, 5, '0') || '0100'"


@pytest.fixture(autouse=True)
def clean(owner: psycopg.Connection[Any]) -> None:
    remove_rows(owner, "verification_counters", "sms_history", "events")
    owner.execute("delete from public.verifications")


def pump(
    owner: psycopg.Connection[Any],
    number: str,
    *,
    country: str = "'US'",
    sendable: bool = True,
    **limits: Any,
) -> Counter[str]:
    """Ask twice a second from many addresses, which the limits of one address do not stop; count what came of it.

    `number` and `country` are SQL over the request's `n`.
    """
    rows = owner.execute(
        f"""select coalesce(asked.answer ->> 'scope', asked.answer ->> 'result')
              from generate_series(0, %(requests)s - 1) n, lateral (select public.start_verification(
                  to_number => {number}, channel => 'sms', purpose => 'api', country => {country},
                  ip => concat_ws('.', '203.0', (n %% %(addresses)s) / 250, n %% 250), our_number => '+12025550100',
                  sendable => %(sendable)s, limits => %(limits)s::jsonb,
                  at => %(noon)s::timestamptz + n * interval '500 ms') as answer) asked""",
        {
            "requests": REQUESTS, "addresses": ADDRESSES, "sendable": sendable, "noon": NOON,
            "limits": psycopg.types.json.Jsonb({"operator_number": OPERATOR, "our_number": "+12025550100"} | limits),
        },
    ).fetchall()  # fmt: skip
    return Counter(outcome for (outcome,) in rows)


def texts(owner: psycopg.Connection[Any], kind: str) -> int:
    [(count,)] = owner.execute("select count(*) from public.sms_history where kind = %s", [kind]).fetchall()
    return int(count)


def test_one_prefix_gets_ten_codes(owner):
    came = pump(owner, ONE_PREFIX)

    assert came["pending"] == texts(owner, "verification") == 10
    assert came["prefix"] == REQUESTS - 10


def test_one_country_gets_fifty_codes_and_the_operator_is_told_with_the_first_refusal(owner):
    came = pump(owner, ONE_PREFIX_EACH)

    assert came["pending"] == texts(owner, "verification") == 50
    assert came["country"] == REQUESTS - 50
    assert texts(owner, "operator_notice") == 1


def test_all_countries_together_get_so_many_codes_an_hour_and_no_more(owner):
    each = "chr(65 + mod(n, 26)) || chr(65 + mod(n / 26, 26))"

    came = pump(owner, ONE_PREFIX_EACH, country=each, global_sends=[[3600, 80], [86400, 400]])

    assert came["pending"] == texts(owner, "verification") == 80
    assert came["global"] == REQUESTS - 80
    assert texts(owner, "operator_notice") == 1


def test_the_product_lets_two_hundred_codes_an_hour_and_a_thousand_a_day_out(owner):
    [(most,)] = owner.execute("select private.verification_limits() -> 'global_sends'").fetchall()

    assert most == [[3600, 200], [86400, 1000]]


def test_no_more_is_spent_than_a_day_may_cost(owner):
    came = pump(owner, ONE_PREFIX_EACH, money_usd=10, cost_usd=0.25)

    assert came["pending"] * 0.25 == 10
    assert texts(owner, "verification") == 40
    assert texts(owner, "operator_notice") == 1


def test_lines_that_may_get_no_code_get_none_and_use_nothing_up(owner):
    came = pump(owner, ONE_PREFIX_EACH, sendable=False)

    assert came == {"pending": REQUESTS}
    assert texts(owner, "verification") == 0
    assert owner.execute(
        """select count(*) from public.verification_counters
            where action = 'send' and scope in ('country', 'global') and used > 0"""
    ).fetchone() == (0,)
