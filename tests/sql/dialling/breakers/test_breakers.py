"""A provider that fails is given a rest, and tells of its own calls alone."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from tests.sql.dialling.breakers.accounts import Desk, desk
from tests.sql.dialling.conftest import NOON

pytestmark = pytest.mark.sql
__all__ = ["desk"]


# --- breakers -------------------------------------------------------------------------------------


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("dials", "state"),
    [
        # Seconds after noon, and whether the dial failed.
        ([(0, True), (1, True), (2, True), (3, True)], "closed"),
        ([(0, True), (1, True), (2, True), (3, True), (4, True)], "open"),
        ([(0, False), (1, False), (2, False), (3, True), (4, True), (5, True)], "open"),
        ([(0, False), (1, False), (2, False), (3, False), (4, True), (5, True)], "closed"),
        ([(0, True), (1, True), (2, True), (3, False), (4, False)], "closed"),
        ([(0, True), (1, True), (2, True), (3, False), (4, False), (5, True)], "open"),
        ([(0, True), (1, True), (2, True), (3, True), (119, True)], "open"),
        ([(0, True), (1, True), (2, True), (3, True), (124, True)], "closed"),
        ([(0, False), (0, False), (0, False), (0, False), (130, True), (131, True)], "closed"),
        ([(0, True), (0, True), (0, True), (0, True), (0, True)], "open"),
        ([(0, None), (0, None), (0, None), (0, None), (0, None), (0, None)], "closed"),
        ([(0, True), (0, True), (0, True), (0, True), (0, None)], "closed"),
    ],
)
def test_half_of_five_dials_within_two_minutes_open_the_breaker(
    desk: Desk, dials: list[tuple[float, bool | None]], state: str
) -> None:
    desk.queue.put(len(dials))

    for seconds, unwell in dials:
        desk.dial(after(seconds), unwell=unwell)

    assert desk.breaker()[0] == state


def broken(desk: Desk, at: datetime = NOON) -> None:
    for _ in range(5):
        assert desk.dial(at, unwell=True, code="20500") == "twilio"


def test_the_next_provider_dials_while_the_breaker_of_the_first_is_open(desk: Desk) -> None:
    desk.queue.put(8)
    broken(desk)
    (entry,) = desk.queue.put()

    assert desk.why(entry, after(1)) == ["account_broken"]
    assert desk.claimed(after(1))["next_in_s"] == pytest.approx(29)
    desk.provider("second")
    assert desk.dialled_by(after(1)) == {"second": 4}
    assert desk.breaker() == ("open", "20500", 1)


def test_one_dial_tries_whether_a_provider_is_well_again(desk: Desk) -> None:
    desk.queue.put(20)
    broken(desk)

    assert desk.claimed(after(29.9))["dials"] == []
    # As many as claim, one dial tries.
    assert len(desk.claimed(after(30))["dials"]) == 1
    assert desk.claimed(after(31))["dials"] == []
    # Its worker died: the claim ran out, and another one tries.
    assert desk.dial(after(91), unwell=False, outcome="sent") == "twilio"
    assert desk.breaker() == ("closed", None, 0)
    assert len(desk.claimed(after(92))["dials"]) > 1


def test_a_try_that_fails_doubles_the_pause_up_to_five_minutes(desk: Desk) -> None:
    desk.queue.put(20)
    broken(desk)
    at, pauses = 0.0, []

    for _ in range(6):
        pause = desk.claimed(after(at))["next_in_s"]
        pauses.append(round(pause))
        at += pause
        desk.dial(after(at), unwell=True)

    assert pauses == [30, 60, 120, 240, 300, 300]


def test_dials_that_were_placed_before_say_nothing_of_an_open_breaker(desk: Desk) -> None:
    desk.queue.put(20)
    token = uuid4()
    early = desk.claimed(batch=2, token=token)["dials"]
    broken(desk)

    for dial, unwell in zip(early, (False, True), strict=True):
        desk.database.call(
            "finish_dial", attempt_id=dial["attempt_id"], token=token, outcome="unknown", unwell=unwell, at=after(1)
        )  # fmt: skip

    assert desk.breaker() == ("open", "20500", 1)


def test_a_provider_that_refuses_everybody_loses_nobody(desk: Desk) -> None:
    """A wrong token is no fault of who was to be called."""
    entries = desk.queue.put(6)

    for _ in range(5):
        desk.dial(NOON, unwell=True, outcome="refused", code="20003")

    assert {desk.queue.row(entry)[0] for entry in entries} == {"queued"}
    assert desk.breaker()[:2] == ("open", "20003")


def test_told_twice_counts_once(desk: Desk) -> None:
    desk.queue.put(1)
    token = uuid4()
    (dial,) = desk.claimed(token=token)["dials"]

    for _ in range(9):
        desk.database.call(
            "finish_dial", attempt_id=dial["attempt_id"], token=token, outcome="unknown", unwell=True, at=NOON
        )

    assert desk.breaker()[0] == "closed"


def test_a_claim_that_is_repeated_gets_the_same_dials_of_all_providers(desk: Desk) -> None:
    desk.main(concurrency_limit=2)
    desk.provider("second", lines=3)
    desk.queue.put(9)
    token = uuid4()

    first, again = desk.claimed(token=token), desk.claimed(token=token)

    assert first["dials"] == again["dials"]
    assert len(first["dials"]) == 3


# --- whose a call is ------------------------------------------------------------------------------


def test_an_account_tells_of_its_own_calls_alone(desk: Desk) -> None:
    desk.provider("second")
    desk.queue.put(1)
    token, sid, foreign = uuid4(), f"CA{uuid4().hex}", f"CA{uuid4().hex}"
    (dial,) = desk.claimed(token=token)["dials"]
    desk.database.call(
        "finish_dial", attempt_id=dial["attempt_id"], token=token, outcome="sent", call_sid=sid
    )

    def may(account: str, call_sid: str | None = None, attempt: str | None = None) -> bool:
        answer = desk.database.call(
            "may_tell_of_call", account=account, call_sid=call_sid, attempt_id=attempt
        )
        return bool(answer["allowed"])

    asked = [
        may("twilio", sid), may("second", sid), may("twilio", sid, dial["attempt_id"]), may("second", sid, dial["attempt_id"]),
        may("second", f"CA{uuid4().hex}", dial["attempt_id"]), may("second", None, dial["attempt_id"]),
        may("second", foreign), may("second", foreign), may("twilio", foreign), may("second"), may("twilio", f"CA{uuid4().hex}"),
    ]  # fmt: skip

    assert asked == [True, False, True, False, False, False, True, True, False, True, True]
