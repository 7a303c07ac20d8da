"""Calls that read out a code are claimed at the rate and on the lines of their account, whoever claims, and are repeated only when not sent."""

import threading
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any
from uuid import uuid4

import psycopg
import pytest

pytestmark = pytest.mark.sql


@pytest.fixture
def due(owner) -> Callable[..., list[str]]:
    """Put calls that read out a code, due now, and no others; return their ids."""
    owner.execute("delete from public.call_attempts")
    owner.execute("delete from public.dialling_accounts")

    def put(count: int, *, account: str = "twilio") -> list[str]:
        rows = owner.execute(
            """with person as (select (public.ensure_user('+12025550100') ->> 'user_id')::uuid as id),
                    numbers as (select '+1303' || lpad((floor(random() * 1e7))::text, 7, '0') as number
                                  from generate_series(1, %s)),
                    entries as (insert into public.call_queue (user_id, recipient_number, status)
                                select person.id, numbers.number, 'in-progress' from person, numbers
                                returning id, recipient_number),
                    codes as (insert into public.verifications (phone_number, purpose, channel, nonce, expires_at)
                              select number, 'api', 'call', 'n', now() + interval '1 hour' from numbers
                              returning id, phone_number)
               insert into public.call_attempts (
                   call_queue_id, kind, attempt_number, to_number, account, not_before, verification_id)
               select e.id, 'code', 1, e.recipient_number, %s, now() - interval '1 second', c.id
                 from entries e join codes c on c.phone_number = e.recipient_number returning id::text""",
            [count, account],
        )
        return [attempt for (attempt,) in rows.fetchall()]

    return put


def claim(database, token=None, **limits: Any) -> dict[str, Any]:
    return database.call("claim_dials", token=token or uuid4(), lease_s=60.0, batch=20, limits=limits)


def ids(claimed: dict[str, Any]) -> list[str]:
    return [dial["attempt_id"] for dial in claimed["dials"]]


def at_once(count: int, work: Callable[[], None]) -> None:
    """Run it in so many threads; the first fault is raised."""
    faults: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for fault in faults:
        raise fault


# --- the rate -------------------------------------------------------------------------------------


def test_one_dial_goes_at_a_time_and_the_claim_tells_when_the_next_may(database, due):
    due(3)

    first, second = claim(database, calls_per_second=2), claim(database, calls_per_second=2)

    assert (len(first["dials"]), len(second["dials"])) == (1, 0)
    assert 0 < second["next_in_s"] <= first["next_in_s"] <= 0.5


def test_a_pause_saves_up_no_dials_beyond_the_burst(database, owner, due):
    due(10)
    claim(database, calls_per_second=4, burst=3)
    owner.execute("update public.dialling_accounts set next_dial_at = now() - interval '1 hour'")

    assert len(claim(database, calls_per_second=4, burst=3)["dials"]) == 3
    assert claim(database, calls_per_second=4, burst=3)["dials"] == []


def test_several_claimers_together_keep_the_rate(database, owner, due):
    waiting, claimed = due(25), []
    ends = time.monotonic() + 20

    def dial() -> None:
        while len(claimed) < len(waiting) and time.monotonic() < ends:
            claimed.extend(ids(claim(database, calls_per_second=20)))

    at_once(4, dial)

    assert sorted(claimed) == sorted(waiting)
    moments = [
        moment
        for (moment,) in owner.execute(
            "select extract(epoch from sending_at)::float from public.call_attempts order by sending_at"
        )
    ]
    assert min(later - earlier for earlier, later in pairwise(moments)) >= 0.05 - 1e-4


def test_accounts_have_rates_of_their_own(database, due):
    due(2)
    due(2, account="another")

    first = claim(database, calls_per_second=1)
    other = database.call(
        "claim_dials", token=uuid4(), lease_s=60.0, limits={"calls_per_second": 1}, account="another"
    )

    assert (len(first["dials"]), len(other["dials"])) == (1, 1)
    assert not set(ids(first)) & set(ids(other))


def test_a_dial_that_must_not_be_made_uses_no_place(database, owner, due):
    stopped, _ = due(1)[0], due(1)
    owner.execute(
        "update public.call_attempts set not_before = now() - interval '1 hour' where id = %s", [stopped]
    )
    (number,) = owner.execute(
        "select to_number from public.call_attempts where id = %s", [stopped]
    ).fetchone()
    database.call("suppress", number=number, scope="calls", reason="operator")

    claimed = claim(database, calls_per_second=1)

    assert len(claimed["dials"]) == 1
    assert state_of(owner, stopped) == ("failed", "suppressed")


# --- the lines ------------------------------------------------------------------------------------


def test_several_claimers_together_use_no_more_lines_than_there_are(database, owner, due):
    waiting, over, most = due(30), [], []
    together = threading.Barrier(4)

    def dial() -> None:
        # Each round all claim at the same moment, and every line is free again after it.
        for _ in range(6):
            token = uuid4()
            together.wait(20)
            taken = ids(claim(database, token, concurrent=5))
            if together.wait(20) == 0:
                most.append(live(owner))
            together.wait(20)
            for attempt in taken:
                sid = f"CA{uuid4().hex}"
                database.call("finish_dial", attempt_id=attempt, token=token, outcome="sent", call_sid=sid)
                database.call("settle_dial", attempt_id=attempt, status="completed", call_sid=sid)
            over.extend(taken)

    at_once(4, dial)

    assert most == [5] * 6
    assert sorted(over) == sorted(waiting)


def test_a_claimer_counts_what_another_one_is_just_claiming(database, dsn, due):
    claim(database, concurrent=2)
    due(4)
    later: list[dict[str, Any]] = []
    waits = threading.Thread(target=lambda: later.append(claim(database, concurrent=2)))

    with psycopg.connect(dsn) as first:
        (claimed,) = first.execute(
            "select public.claim_dials(gen_random_uuid(), 60, 20, '{\"concurrent\": 2}')"
        ).fetchone()
        waits.start()
        waits.join(0.3)
        unanswered = later == []
    waits.join(10)

    assert len(claimed["dials"]) == 2
    assert unanswered
    assert later[0]["dials"] == []


def live(owner) -> int:
    (count,) = owner.execute(
        "select count(*) from public.call_attempts where state in ('sending', 'sent', 'unknown')"
    ).fetchone()
    return count


def test_a_dial_of_unknown_fate_holds_its_line_until_it_is_known(database, owner, due):
    due(2)
    token = uuid4()
    (attempt,) = ids(claim(database, token, concurrent=1))
    database.call("finish_dial", attempt_id=attempt, token=token, outcome="unknown", error="timeout")

    full = claim(database, concurrent=1)
    # Two lists of the carrier lack it.
    for _ in range(2):
        database.call("settle_dial", attempt_id=attempt, status="failed")
    free = claim(database, concurrent=1)

    assert (full["dials"], full["next_in_s"]) == ([], None)
    assert len(free["dials"]) == 1
    assert state_of(owner, attempt) == ("failed", "failed")


# --- claims ---------------------------------------------------------------------------------------


def test_nothing_is_claimed_twice_without_any_limit(database, due):
    waiting, claimed = due(60), []

    def dial() -> None:
        while found := ids(database.call("claim_dials", token=uuid4(), lease_s=60.0, batch=3)):
            claimed.extend(found)

    at_once(4, dial)

    assert sorted(claimed) == sorted(waiting)


def test_the_same_token_gets_the_same_dials_and_takes_no_new_place(database, due):
    due(2)
    token = uuid4()

    assert ids(claim(database, token, calls_per_second=1)) == ids(claim(database, token, calls_per_second=1))


def test_a_claim_that_ran_out_is_unknown_and_is_not_dialled_again(database, owner, due):
    (attempt,) = due(1)
    token = uuid4()
    database.call("claim_dials", token=token, lease_s=0.0)

    assert claim(database)["dials"] == []

    assert state_of(owner, attempt) == ("unknown", "claim_ran_out")
    late = database.call("finish_dial", attempt_id=attempt, token=token, outcome="sent", call_sid="CA-late")
    assert late["result"] == "fenced"


# --- what comes of them ---------------------------------------------------------------------------


def test_what_was_not_sent_waits_longer_each_time_and_is_given_up_in_the_end(database, owner, due):
    (attempt,) = due(1)
    waits = []
    for _ in range(12):
        token = uuid4()
        assert ids(claim(database, token)) == [attempt]
        database.call("finish_dial", attempt_id=attempt, token=token, outcome="not_sent", error="refused")
        (wait,) = owner.execute(
            "select extract(epoch from not_before - now())::float from public.call_attempts where id = %s",
            [attempt],
        ).fetchone()
        waits.append(wait)
        owner.execute("update public.call_attempts set not_before = now() where id = %s", [attempt])

    assert claim(database)["dials"] == []
    assert state_of(owner, attempt) == ("failed", "refused")
    assert 1.5 < waits[0] <= 3 < waits[1] <= 6
    assert 290 < waits[8] <= 450


def test_a_carrier_that_says_when_to_try_again_is_listened_to(database, owner, due):
    (attempt,) = due(1)
    token = uuid4()
    claim(database, token)

    database.call("finish_dial", attempt_id=attempt, token=token, outcome="not_sent", retry_after_s=40.0)

    assert 39 < claim(database)["next_in_s"] <= 60


@pytest.mark.parametrize(("outcome", "again"), [("sent", "finished"), ("refused", "finished")])
def test_an_end_that_is_told_twice_is_one_end(database, due, outcome, again):
    (attempt,) = due(1)
    token = uuid4()
    claim(database, token)

    told = [
        database.call("finish_dial", attempt_id=attempt, token=token, outcome=outcome, call_sid=None)[
            "result"
        ]
        for _ in range(2)
    ]

    assert told == ["finished", again]


def test_the_kind_of_a_dial_is_one_of_two(owner, due):
    (attempt,) = due(1)

    with pytest.raises(Exception, match="call_attempts_kind_check"):
        owner.execute("update public.call_attempts set kind = 'song' where id = %s", [attempt])


def test_an_answered_call_finds_its_dial_by_either_id_and_one_that_came_too_late_does_not(
    database, owner, due
):
    (attempt,) = due(1)
    sid = f"CA{uuid4().hex}"
    # Somebody may answer before the carrier has told us the call's name.
    owner.execute(
        "update public.call_attempts set state = 'sending', token = id, lease_until = now(), sending_at = now()"
    )

    before = database.call("answered_dial", attempt_id=attempt, call_sid=sid)
    by_sid = database.call("answered_dial", call_sid=sid)
    other = database.call("answered_dial", attempt_id=attempt, call_sid="CA-other")
    nobodys = database.call("answered_dial", attempt_id=uuid4(), call_sid=sid)

    assert [found["attempt_id"] for found in (before, by_sid)] == [attempt] * 2
    assert by_sid["kind"] == "code"
    assert [found["result"] for found in (other, nobodys)] == ["superseded", "unknown"]


def test_dials_that_the_carrier_never_tells_about_do_not_hide_a_later_one(database, owner, due):
    """Twenty fill a page."""
    *older, newest = due(21)
    owner.execute(
        """update public.call_attempts
              set state = 'unknown', sending_at = now(), created_at = now() - interval '1 day' where id = any (%s)""",
        [older],
    )
    owner.execute(
        "update public.call_attempts set state = 'unknown', sending_at = now() where id = %s", [newest]
    )

    pages = [database.call("unknown_dials", older_than_s=-1.0)["dials"] for _ in range(40)]

    assert {len(page) for page in pages} == {20}
    assert newest in {dial["attempt_id"] for page in pages for dial in page}


def state_of(owner, attempt: str) -> tuple[str, str | None]:
    return owner.execute("select state, error from public.call_attempts where id = %s", [attempt]).fetchone()
