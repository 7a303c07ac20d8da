"""A call comes from a number of its user's own for as long as the proof of it holds and the carrier lets it through."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.sql.billing.conftest import Planned
from tests.sql.verification.code_limits import ask, guess

__all__ = ["ask", "guess"]

pytestmark = pytest.mark.sql


@pytest.fixture
def own(queue: Planned, ask: Any, guess: Any) -> tuple[str, UUID]:
    """A number that the queue's user has proven, and its row."""
    queue.owner.execute("delete from public.user_phone_numbers")
    phone = f"+1202{uuid4().int % 10**7:07d}"
    one = ask(0, phone, user_id=str(queue.user))
    assert guess(1, phone, code_ok_for=one["id"])["result"] == "approved"
    (row,) = queue.owner.execute(
        "select id from public.user_phone_numbers where user_id = %s and full_number = %s",
        [queue.user, phone],
    ).fetchone()
    return phone, row


def asked(queue: Planned, number: str, **more: Any) -> Any:
    checked = {"country": "US", "zones": ["America/Denver"]}
    return queue.database.call(
        "queue_call", to_number=queue.number(), request={}, caller_number=number, purpose="asked_for", checked=checked,
        actor={"user_id": str(queue.user), "role": "operator"}, **more,
    )  # fmt: skip


def test_a_proven_number_is_what_its_users_calls_come_from(queue: Planned, own: tuple[str, UUID]) -> None:
    answer = asked(queue, own[0])

    (dial,) = queue.claimed()["dials"]

    assert (answer["result"], answer["entry"]["caller_number"]) == ("queued", own[0])
    assert dial["from_number"] == own[0]


def test_nobody_elses_number_is_one_to_call_from(
    queue: Planned, own: tuple[str, UUID], database: Any
) -> None:
    other = database.call("ensure_user", phone="+12025550155")["user_id"]

    answer = database.call(
        "queue_call", to_number=queue.number(), request={}, caller_number=own[0], purpose="asked_for",
        checked={"country": "US", "zones": ["America/Denver"]}, actor={"user_id": other, "role": "operator"},
    )  # fmt: skip

    assert (answer["result"], answer["code"]) == ("refused", "unknown_caller_number")


LOST = {
    "the proof is taken back": "select public.revoke_verification(%(phone)s)",
    "somebody else proves it": "select private.mark_own_number(%(other)s, %(phone)s, now())",
    "its user switches it off": "update public.user_phone_numbers set is_active = false where id = %(row)s",
    "the carrier refuses it": "update public.user_phone_numbers set carrier_refused_at = now() where id = %(row)s",
}


@pytest.mark.parametrize("how", LOST)
def test_a_call_from_a_number_that_was_lost_waits_and_says_why(
    queue: Planned, own: tuple[str, UUID], database: Any, how: str
) -> None:
    phone, row = own
    (entry,) = queue.put(caller_number_id=row)
    other = database.call("ensure_user", phone="+12025550166")["user_id"]

    queue.owner.execute(LOST[how], {"phone": phone, "row": row, "other": other})

    told = queue.why(entry)
    assert (told["reasons"], told["expected_at"], told["over"]) == (["caller_number"], None, False)
    assert queue.claim() == []
    assert asked(queue, phone)["code"] == "unknown_caller_number"


def test_proven_anew_it_goes_on(queue: Planned, own: tuple[str, UUID], database: Any) -> None:
    phone, row = own
    (entry,) = queue.put(caller_number_id=row)
    queue.owner.execute("update public.user_phone_numbers set carrier_refused_at = now()")
    database.call("revoke_verification", number=phone)
    waited = queue.claim()

    queue.owner.execute("select private.mark_own_number(%s, %s, now())", [queue.user, phone])
    queue.owner.execute("update public.call_queue set next_attempt_at = now() where id = %s", [entry])

    assert (waited, queue.reasons(entry)) == ([], [])


@pytest.mark.parametrize(
    ("code", "lost"), [("21210", True), ("21212", True), ("21211", False), ("20003", False)]
)
def test_a_number_that_the_carrier_refuses_to_call_from_is_not_tried_again(
    queue: Planned, own: tuple[str, UUID], database: Any, code: str, lost: bool
) -> None:
    first, second = queue.put(2, caller_number_id=own[1])
    ((taken, attempt),) = queue.taken(token=(token := uuid4()), batch=1)

    database.call("finish_dial", attempt_id=attempt, token=token, outcome="refused", error=code)

    assert queue.row(taken)[:2] == ("failed", code)
    assert queue.reasons(second if taken == first else first) == (["caller_number"] if lost else [])


def test_a_refused_number_of_ours_is_no_matter_of_users(
    queue: Planned, own: tuple[str, UUID], database: Any
) -> None:
    queue.put()
    ((_, attempt),) = queue.taken(token=(token := uuid4()))

    database.call("finish_dial", attempt_id=attempt, token=token, outcome="refused", error="21210")

    assert queue.owner.execute("select carrier_refused_at from public.user_phone_numbers").fetchall() == [
        (None,)
    ]


def test_with_its_account_go_its_numbers_and_its_calls(
    queue: Planned, ask: Any, guess: Any, database: Any
) -> None:
    phone = f"+1202{uuid4().int % 10**7:07d}"
    user = UUID(database.call("ensure_user", phone=phone)["user_id"])
    one = ask(0, phone)
    guess(1, phone, code_ok_for=one["id"])
    queue.subscribed(queue.plan(calls=5), user)
    queue.put(2, user_id=user)
    queue.claim()

    queue.owner.execute("delete from auth.users where id = %s", [user])

    for table in ("user_phone_numbers", "call_queue", "user_subscriptions", "user_call_usage"):
        assert queue.owner.execute(
            f"select count(*) from public.{table} where user_id = %s", [user]
        ).fetchone() == (0,)
    assert queue.load() == queue.live()
