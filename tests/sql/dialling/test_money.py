"""A day of calls that we make costs no more than it may: what a call is expected to cost is set aside before it is dialled."""

import threading
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.sql.dialling.conftest import NOON, Queue

pytestmark = pytest.mark.sql
CAP = {"daily_usd": 1.0, "call_usd": 0.3}
"""Three calls."""


@pytest.fixture(autouse=True)
def nothing_spent(owner: Any) -> None:
    owner.execute("delete from public.daily_spending where purse = 'outbound'")


def spent(queue: Queue) -> float:
    """What is spent and set aside on the day of NOON."""
    (usd,) = queue.owner.execute("select private.outbound_usd(%s)", [NOON]).fetchone()
    return float(usd)


def talking(queue: Queue, attempt: str, token: UUID) -> tuple[str, int]:
    """Let the carrier take an attempt, and its call begin; return the call's SID and id."""
    sid = f"CA{uuid4().hex}"
    queue.database.call("finish_dial", attempt_id=attempt, token=token, outcome="sent", call_sid=sid)
    (call,) = queue.owner.execute(
        """insert into public.call_history (call_sid, phone_number, direction, call_status, answered_at)
           values (%s, '+13035550142', 'outbound', 'in-progress', now()) returning id""",
        [sid],
    ).fetchone()
    queue.owner.execute("insert into public.call_states (call_id, plan) values (%s, '{}')", [call])
    return sid, call


def costs(queue: Queue, call: int, usd: float) -> None:
    """Let a call use so much more, minutes apart."""
    queue.database.call(
        "add_speculation", call_id=call, turn=1, token=uuid4(), events=[], finished=False, used_usd=usd
    )


def test_no_more_is_dialled_than_the_day_has_money_for_and_the_rest_says_why(queue: Queue) -> None:
    queue.put(5)

    first, again = queue.claimed(**CAP), queue.claimed(**CAP)

    assert [len(answer["dials"]) for answer in (first, again)] == [3, 0]
    assert again["next_in_s"] is None
    assert spent(queue) == pytest.approx(0.9)
    (waiting, *_) = [
        entry for (entry,) in queue.owner.execute("select id from public.call_queue where status = 'queued'")
    ]
    (why,) = queue.owner.execute(
        """select private.why_not_yet(q, '{"daily_usd": 1.0, "call_usd": 0.3}', %s) -> 'reasons'
             from public.call_queue q where q.id = %s""",
        [NOON, waiting],
    ).fetchone()
    assert why == ["money"]


def test_the_next_day_has_money_of_its_own(queue: Queue) -> None:
    queue.put(5)
    queue.claim(**CAP)

    assert len(queue.claim(NOON + timedelta(days=1), **CAP)) == 2


@pytest.mark.parametrize("ends", ["busy", "refused", "not_sent"])
def test_what_a_call_did_not_cost_is_there_for_the_next_one(queue: Queue, ends: str) -> None:
    queue.put(4)
    token = uuid4()
    (_, attempt), *_ = queue.taken(token=token, **CAP)
    if ends == "busy":
        queue.end(attempt, ends, token)
    else:
        queue.database.call("finish_dial", attempt_id=attempt, token=token, outcome=ends)

    assert spent(queue) == pytest.approx(0.6)
    assert len(queue.claim(NOON, **CAP)) == 1


def test_a_dial_of_unknown_fate_keeps_its_money(queue: Queue) -> None:
    queue.put(4)
    token = uuid4()
    (_, attempt), *_ = queue.taken(token=token, **CAP)
    queue.database.call("finish_dial", attempt_id=attempt, token=token, outcome="unknown")

    assert spent(queue) == pytest.approx(0.9)
    assert queue.claim(**CAP) == []


@pytest.mark.parametrize(
    ("uses", "under_way", "after"), [([0.1], 0.3, 0.1), ([0.2, 0.2], 0.4, 0.4), ([0.3], 0.3, 0.3)]
)
def test_a_call_counts_as_what_it_cost_once_it_is_over(queue: Queue, uses, under_way, after) -> None:
    queue.put(1)
    token = uuid4()
    ((_, attempt),) = queue.taken(token=token, **CAP)
    sid, call = talking(queue, attempt, token)

    for usd in uses:
        costs(queue, call, usd)

    assert spent(queue) == pytest.approx(under_way)
    queue.database.call("settle_dial", attempt_id=attempt, status="completed", call_sid=sid)
    assert spent(queue) == pytest.approx(after)
    costs(queue, call, 0.05)
    assert spent(queue) == pytest.approx(after + 0.05)


def test_an_answer_begun_early_hides_no_minute_and_a_commit_after_the_end_or_again_adds_none(
    queue: Queue,
) -> None:
    queue.put(1)
    token, lease = uuid4(), uuid4()
    ((_, attempt),) = queue.taken(token=token, **CAP)
    _, call = talking(queue, attempt, token)
    queue.owner.execute("update public.call_states set stream_lease = %s", [lease])
    queue.owner.execute("update public.call_history set answered_at = now() - interval '130 s'")
    commit = {
        "call_id": call,
        "lease": lease,
        "lease_s": 60.0,
        "turn": 1,
        "state": {},
        "utterances": [],
        "results": {},
    }

    queue.database.call(
        "add_speculation", call_id=call, turn=1, token=uuid4(), events=[], finished=False, used_usd=0.1
    )
    going_on = queue.database.call("commit_stream", **commit, minute_usd=0.01)
    ended = "ended_at = now() - interval '20 s', answered_at = now() - interval '190 s'"
    queue.owner.execute(f"update public.call_history set {ended}")
    at_last = [
        queue.database.call("commit_stream", **commit, minute_usd=0.01, used_in_all_usd=usd)
        for usd in (0.02, 0.02, 0.03)
    ]

    assert going_on["spent_usd"] == pytest.approx(0.1 + 3 * 0.01)
    assert [kept["spent_usd"] for kept in at_last] == pytest.approx([0.15, 0.15, 0.16])


def test_an_account_that_goes_gives_back_what_was_set_aside_for_it(queue: Queue) -> None:
    queue.put(2)
    queue.claim(**CAP)

    queue.owner.execute("delete from public.call_queue")

    assert spent(queue) == 0


def test_claimers_of_several_accounts_do_not_count_the_same_money(queue: Queue) -> None:
    queue.put(40)
    ends = threading.Barrier(4)

    def work(account: str) -> None:
        ends.wait(20)
        for _ in range(4):
            queue.database.call(
                "claim_talks", token=uuid4(), lease_s=60.0, batch=2, limits={"concurrent": 100, **CAP},
                account=account, at=NOON,
            )  # fmt: skip

    threads = [threading.Thread(target=work, args=(account,)) for account in ("one", "two", "three", "four")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert queue.owner.execute("select count(*) from public.call_attempts").fetchone() == (3,)
    assert spent(queue) == pytest.approx(0.9)


def test_without_a_cap_nothing_is_set_aside(queue: Queue) -> None:
    queue.put(1)

    assert len(queue.claim()) == 1
    assert spent(queue) == 0
