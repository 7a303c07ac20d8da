"""However many claim at once: rate, lines and shares hold, nobody is claimed twice, and one definition says who may be dialled."""

import random
import threading
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.sql.dialling.claims.held_back import called_this_week, called_today, held, number_busy, suppressed
from tests.sql.dialling.conftest import DENVER, MORNING, NIGHT, NOON, Queue

pytestmark = pytest.mark.sql


# --- rate, lines, shares --------------------------------------------------------------------------


def test_the_rate_of_the_account_is_kept(queue: Queue) -> None:
    queue.put(5)

    first = queue.claimed(calls_per_second=2)
    again = queue.claimed(calls_per_second=2)
    soon = queue.claimed(NOON + timedelta(seconds=0.5), calls_per_second=2)

    assert [len(answer["dials"]) for answer in (first, again, soon)] == [1, 0, 1]
    assert again["next_in_s"] == pytest.approx(0.5)


def test_talks_and_codes_use_one_rate(queue: Queue) -> None:
    queue.put(1)
    queue.owner.execute(
        "insert into public.dialling_accounts (account, next_dial_at) values ('twilio', %s)",
        [NOON + timedelta(seconds=3)],
    )

    assert queue.claim(calls_per_second=1) == []
    assert len(queue.claim(NOON + timedelta(seconds=3), calls_per_second=1)) == 1


def test_lines_are_kept_for_those_who_call_us(queue: Queue) -> None:
    queue.put(20)

    assert len(queue.claim(concurrent=10)) == 8
    full = queue.claimed(concurrent=10)
    assert (full["dials"], full["next_in_s"]) == ([], None)


def test_at_least_one_line_is_kept_and_at_least_one_may_dial(queue: Queue) -> None:
    queue.put(20)

    assert len(queue.claim(concurrent=2)) == 1
    queue.empty()
    queue.put(20)
    assert len(queue.claim(concurrent=1)) == 1


def test_a_campaign_and_a_user_have_limits_of_their_own(queue: Queue) -> None:
    narrow, wide = queue.campaign(concurrent=2), queue.campaign()
    queue.put(6, campaign_id=narrow)
    queue.put(6, campaign_id=wide)
    queue.owner.execute("update public.dialling_rules set user_concurrent = 5 where scope = 'all'")

    taken = queue.claim()

    of = Counter(
        campaign
        for (campaign,) in queue.owner.execute("select campaign_id from public.call_attempts").fetchall()
    )
    assert len(taken) == 5
    assert of[narrow] == 2
    assert queue.claim() == []


def test_a_campaign_may_dial_slower_than_the_account(queue: Queue) -> None:
    slow = queue.campaign(calls_per_second=1)
    queue.put(5, campaign_id=slow)

    assert len(queue.claim()) == 1
    held = queue.claimed()
    assert (held["dials"], held["next_in_s"]) == ([], pytest.approx(1))
    assert len(queue.claim(NOON + timedelta(seconds=1))) == 1


def test_what_is_urgent_goes_first_and_what_waits_longest_next(queue: Queue) -> None:
    (late,) = queue.put()
    (early,) = queue.put()
    queue.set(early, next_attempt_at=NIGHT - timedelta(days=4000))
    (urgent,) = queue.put(priority=9)

    assert [queue.claim(batch=1)[0] for _ in range(3)] == [urgent, early, late]


def test_campaigns_share_the_lines_evenly_however_late_they_come_and_however_many_they_call(
    queue: Queue,
) -> None:
    first, second, third = (queue.campaign() for _ in range(3))
    queue.put(40, campaign_id=first)
    for _ in range(4):
        queue.claim(batch=5)
    queue.put(20, campaign_id=second)
    queue.put(20, campaign_id=third)
    queue.owner.execute("delete from public.call_attempts")

    for _ in range(6):
        queue.claim(batch=5)

    shares = Counter(
        campaign
        for (campaign,) in queue.owner.execute("select campaign_id from public.call_attempts").fetchall()
    )
    assert all(shares[each] >= 8 for each in (first, second, third))


def test_after_an_outage_nobody_is_dialled_before_what_came_in_is_read(queue: Queue) -> None:
    queue.put()

    assert queue.claimed(hold=True) == {"result": "claimed", "dials": [], "next_in_s": None}
    assert len(queue.claim()) == 1


# --- once -----------------------------------------------------------------------------------------


def test_the_same_token_gets_the_same_calls(queue: Queue) -> None:
    queue.put(4)
    token = uuid4()

    first, again = queue.claimed(batch=2, token=token), queue.claimed(batch=2, token=token)

    assert [dial["attempt_id"] for dial in first["dials"]] == [dial["attempt_id"] for dial in again["dials"]]
    assert len(first["dials"]) == 2


def test_one_number_is_called_once_at_a_time_also_within_one_claim(queue: Queue) -> None:
    queue.put(3, recipient_number=queue.number(), purpose="asked_for")

    assert len(queue.claim()) == 1
    assert queue.claim() == []


def test_claimers_together_take_every_entry_once_and_never_more_than_there_are_lines(queue: Queue) -> None:
    entries, taken, most = queue.put(80), [], []
    ends = threading.Barrier(4)

    def work() -> None:
        ends.wait(20)
        for _ in range(30):
            token = uuid4()
            answer = queue.database.call(
                "claim_talks", token=token, lease_s=60.0, batch=3, limits={"concurrent": 10}, at=NOON
            )
            if answer["dials"]:
                most.append(1)
            for dial in answer["dials"]:
                sid = f"CA{uuid4().hex}"
                taken.append(dial["attempt_id"])
                queue.database.call(
                    "finish_dial", attempt_id=dial["attempt_id"], token=token, outcome="sent", call_sid=sid
                )
                queue.database.call(
                    "settle_dial", attempt_id=dial["attempt_id"], status="completed", call_sid=sid
                )

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(taken) == len(set(taken)) == len(entries)
    assert queue.load() == {}


def test_an_entry_that_somebody_changes_at_this_moment_is_passed_over(queue: Queue, dsn: str) -> None:
    changed, other = queue.put(2)
    with psycopg.connect(dsn) as someone:
        someone.execute("update public.call_queue set priority = 3 where id = %s", [changed])
        assert queue.claim() == [other]
    assert queue.claim(NOON + timedelta(seconds=1)) == [changed]


def test_an_entry_that_is_committed_while_its_lane_is_emptied_is_not_forgotten(
    queue: Queue, dsn: str
) -> None:
    (first,) = queue.put()
    with psycopg.connect(dsn) as someone:
        someone.execute(
            """insert into public.call_queue (user_id, purpose, recipient_number, zones, country, checked_at)
               values (%s, 'asked_for', %s, '{America/Denver}', 'US', now())""",
            [queue.user, queue.number()],
        )
        # The lane is emptied by somebody who cannot see what was just written.
        assert queue.claim() == [first]

    assert len(queue.claim(NOON + timedelta(seconds=1))) == 1


def test_what_is_counted_is_what_is_under_way_whatever_happened(queue: Queue) -> None:
    chance, tokens = random.Random(7), {}
    campaigns = [queue.campaign(), queue.campaign(concurrent=4)]
    for round_number in range(40):
        queue.put(chance.randrange(3), campaign_id=chance.choice([*campaigns, None]))
        token = uuid4()
        tokens |= {attempt: token for _, attempt in queue.taken(batch=chance.randrange(1, 5), token=token)}
        for attempt in chance.sample(sorted(tokens), min(len(tokens), 2)):
            match chance.choice(("busy", "completed", "not_sent", "refused", "unknown")):
                case "not_sent" | "refused" | "unknown" as outcome:
                    queue.database.call(
                        "finish_dial", attempt_id=attempt, token=tokens[attempt], outcome=outcome
                    )
                case status:
                    queue.end(attempt, status, tokens[attempt])
        if round_number % 10 == 9:
            queue.owner.execute(
                "delete from public.call_queue where id in (select id from public.call_queue limit 2)"
            )
        assert queue.load() == queue.live()
    assert tokens


# --- one definition -------------------------------------------------------------------------------


def test_what_is_told_before_is_exactly_what_is_dialled_then(queue: Queue) -> None:
    """All rules at once, for five hundred people in three zones."""
    chance = random.Random(11)
    campaigns = [
        queue.campaign(),
        queue.campaign("paused"),
        queue.campaign(time_window=Jsonb({"tue": [["06:00", "10:30"]]})),
    ]
    zones = (DENVER, "America/New_York", "Pacific/Honolulu")
    entries = []
    for _ in range(500):
        number = queue.number()
        (entry,) = queue.put(
            recipient_number=number,
            zones=[chance.choice(zones)],
            campaign_id=chance.choice([*campaigns, None]),
            purpose=chance.choice(("asked_for", "asked_for", "service")),
            priority=chance.randrange(3),
        )
        entries.append(entry)
        for spoil in (suppressed, held, called_today, called_this_week, number_busy):
            if chance.random() < 0.05:
                spoil(queue, entry, number)
    at = MORNING + timedelta(minutes=20)
    rows = queue.owner.execute(
        "select id::text, reasons, over from private.judge(%s::uuid[], %s)", [entries, at]
    ).fetchall()
    told = {entry for entry, reasons, _ in rows if not reasons}
    over = {entry for entry, _, ends in rows if ends}

    dialled: set[str] = set()
    while taken := queue.claim(at, batch=25):
        dialled |= set(taken)

    assert dialled == told
    assert 50 < len(told) < 450
    ended = queue.owner.execute("select id::text from public.call_queue where status = 'failed'").fetchall()
    # A paused campaign's entries end when it goes on, or when their time is over.
    assert {entry for (entry,) in ended} <= over
