"""Every row of the limits on trying codes, with a clock of the test's own."""

import pytest

from tests.sql.verification.code_limits import LOOSE, ask, clean, guess, numbers

__all__ = ["ask", "clean", "guess"]

pytestmark = pytest.mark.sql


@pytest.mark.parametrize("asked_for", [True, False])
def test_the_sixth_check_is_refused_whether_or_not_a_code_runs(ask, guess, asked_for):
    if asked_for:
        ask(0)

    tries = [guess(n) for n in range(1, 7)]

    assert [one["result"] for one in tries] == ["wrong"] * 5 + ["limited"]
    assert tries[5]["retry_after_s"] == pytest.approx(600 - 5)


def test_a_right_code_is_right_for_its_own_number_alone(ask, guess, owner):
    theirs = ask(0, "+12025550124")

    assert guess(1, "+12025550123", code_ok_for=theirs["id"])["result"] == "wrong"

    assert owner.execute("select status, attempts from public.verifications").fetchall() == [("pending", 0)]


@pytest.mark.parametrize("first", ["used", "withdrawn"])
def test_a_right_code_is_wrong_once_it_was_used_or_withdrawn(ask, guess, database, owner, first):
    one = ask(0)
    if first == "used":
        assert guess(1, code_ok_for=one["id"])["result"] == "approved"
    else:
        database.call("void_verification", verification_id=one["id"])

    assert guess(2, code_ok_for=one["id"])["result"] == "wrong"

    status = {"used": "approved", "withdrawn": "canceled"}[first]
    assert owner.execute("select status from public.verifications").fetchall() == [(status,)]


def test_a_wrong_code_uses_up_tries_of_what_it_was_given_for(ask, guess, owner):
    for purpose in ("api", "call"):
        ask(0, purpose=purpose)

    guess(1, purpose="api")
    # In a text nobody says what a code is for: it is one that the person asked for.
    guess(2)

    rows = owner.execute("select purpose, attempts from public.verifications order by purpose").fetchall()
    assert rows == [("api", 1), ("call", 1)]


def test_a_right_code_in_between_forgives_no_wrong_ones(ask, guess):
    for code in range(4):
        one = ask(code * 700)
        for n in range(5 if code < 3 else 4):
            assert guess(code * 700 + 1 + n)["result"] == "wrong"
    assert guess(2106, code_ok_for=one["id"])["result"] == "approved"
    ask(2800)

    assert guess(2801)["result"] == "wrong"

    assert guess(2802)["result"] == "limited"
    assert ask(2900)["scope"] == "locked"


@pytest.mark.parametrize(("at_s", "outcome"), [(599, "approved"), (600, "wrong")])
def test_a_right_code_that_comes_too_late_is_wrong(ask, guess, at_s, outcome):
    one = ask(0)

    assert guess(at_s, code_ok_for=one["id"])["result"] == outcome


def test_twenty_wrong_codes_a_day_lock_a_number_until_an_operator_unlocks_it(ask, guess, database):
    for code in range(4):
        ask(code * 700)
        for n in range(5):
            assert guess(code * 700 + 1 + n)["result"] == "wrong"

    refused = guess(3000)

    assert refused["result"] == "limited"
    assert refused["retry_after_s"] == pytest.approx(2105 + 86_400 - 3000)
    assert ask(3000)["scope"] == "locked"
    assert guess(2105 + 86_399)["result"] == "limited"
    assert database.call("unlock_verification", number="+12025550123")["result"] == "unlocked"
    assert guess(3001)["result"] == "wrong"
    assert ask(3002)["result"] == "pending"


@pytest.mark.parametrize("asked_for", [True, False])
def test_a_lock_comes_whether_or_not_a_code_runs_and_ends_by_itself_after_a_day(ask, guess, asked_for):
    for code in range(4):
        if asked_for:
            ask(code * 700)
        for n in range(5):
            guess(code * 700 + 1 + n)

    assert guess(3000)["result"] == "limited"
    assert guess(2105 + 86_401)["result"] == "wrong"


def test_an_address_checks_thirty_times_in_five_minutes(guess):
    limits = {name: value for name, value in LOOSE.items() if name != "ip_checks"}
    for moment, number in zip(range(30), numbers(), strict=False):
        assert guess(moment, number, ip="203.0.113.7", limits=limits)["result"] == "wrong"

    for moment in (30, 299):
        assert guess(moment, "+12025559999", ip="203.0.113.7", limits=limits)["result"] == "limited"
    assert guess(30, "+12025559999", ip="203.0.113.8", limits=limits)["result"] == "wrong"
    assert guess(301, "+12025559998", ip="203.0.113.7", limits=limits)["result"] == "wrong"


def test_65536_networks_check_120_times_in_five_minutes(guess):
    limits = {name: value for name, value in LOOSE.items() if name != "site_checks"}
    results = [
        guess(moment, number, ip=f"2001:db8:1:{moment:x}::/64", limits=limits)["result"]
        for moment, number in zip(range(121), numbers(), strict=False)
    ]

    assert results == ["wrong"] * 120 + ["limited"]
    assert guess(121, "+12025559999", ip="2001:db8:2:1::/64", limits=limits)["result"] == "wrong"


def test_a_thousand_guesses_over_a_day_and_many_addresses_are_tried_twenty_times_at_most(ask, guess):
    tried = 0
    for n in range(1000):
        moment = n * 80
        ask(moment, only=("number_sends",), ip=f"198.51.{n // 200}.{n % 200}")
        tried += guess(moment + 1, ip=f"203.0.{n // 200}.{n % 200}", limits={})["result"] == "wrong"

    assert tried == 20
