"""Codes asked for and tried by many at once: the limits hold as if they came one after the other."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.services.verification.verification_desk import code_of, new_number, queued
from voicebot.services.verification import verify_phone
from voicebot.storage.database import PostgresDatabase

pytestmark = pytest.mark.sql


@pytest.fixture
def crowd(make_runtime, dsn):
    database = PostgresDatabase(dsn, min_size=1, max_size=20)
    yield make_runtime(database=database)
    database.close()


def at_once(times, do):
    gate = threading.Barrier(16)

    def one(turn):
        if turn < 16:
            gate.wait(10)
        return do(turn)

    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(one, range(times)))


def test_of_two_hundred_guesses_at_once_at_most_five_are_tried(crowd, owner, number):
    verify_phone.start(crowd, number, "sms")
    right = int(code_of(crowd, number))

    came = Counter(
        at_once(200, lambda n: verify_phone.check(crowd, number, f"{(right + 1 + n) % 10**6:06d}").outcome)
    )

    assert came == {"wrong": 5, "limited": 195}
    assert owner.execute(
        "select attempts from public.verifications where phone_number = %s", [number]
    ).fetchone() == (5,)


def test_of_fifty_right_codes_at_once_one_succeeds(crowd, owner, number):
    verify_phone.start(crowd, number, "sms")
    code = code_of(crowd, number)

    outcomes = Counter(at_once(50, lambda _: verify_phone.check(crowd, number, code).outcome))

    assert outcomes["approved"] == 1
    assert outcomes["wrong"] <= 4
    assert owner.execute(
        "select count(*) from public.verifications where phone_number = %s and used_at is not null", [number]
    ).fetchone() == (1,)


def test_of_fifty_requests_at_once_one_is_sent(crowd, owner, number):
    limited = Counter(at_once(50, lambda _: verify_phone.start(crowd, number, "sms").limited))

    assert limited == {False: 1, True: 49}
    assert len(queued(owner, number)) == 1


def test_a_day_s_money_is_not_overspent_by_many_who_ask_at_once(make_runtime, crowd, owner, number):
    """Twenty cents for texts of two: ten leave, whatever comes at once, and the operator is told."""
    settings = crowd.settings.model_copy(
        update={"max_daily_texts_usd": 0.2, "operator_phone_number": "+12025550199"}
    )
    poor = make_runtime(database=crowd.database, settings=settings)
    owner.execute("delete from public.sms_history where kind = 'operator_notice'")
    numbers = [new_number() for _ in range(40)]

    limited = Counter(at_once(40, lambda n: verify_phone.start(poor, numbers[n], "sms").limited))

    assert limited == {False: 10, True: 30}
    assert owner.execute(
        "select count(*) from public.sms_history where to_number = any(%s)", [numbers]
    ).fetchone() == (10,)
    # That few codes come back, as after tests before this one, is a notice of its own.
    assert owner.execute(
        "select count(*) from public.sms_history where kind = 'operator_notice' and content like '%by a limit: money.'"
    ).fetchone() == (1,)


def test_neighbours_who_ask_at_once_share_what_their_prefix_has(crowd, owner, number):
    numbers = [f"+1202557{last:04d}" for last in range(60)]

    came = Counter(at_once(60, lambda n: verify_phone.start(crowd, numbers[n], "sms").scope))

    assert came == {"": 10, "prefix": 50}
