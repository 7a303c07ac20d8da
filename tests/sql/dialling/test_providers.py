"""The claim chooses who dials: the first provider that is on, well and has a line free; a number's own one alone."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.sql.dialling.conftest import NOON, Queue

pytestmark = pytest.mark.sql


class Desk:
    """Several providers, and a queue that they share."""

    def __init__(self, queue: Queue) -> None:
        self.queue, self.owner, self.database = queue, queue.owner, queue.database

    def provider(self, name: str, priority: int = 2, lines: int = 100, **columns: Any) -> str:
        row = {
            "name": name, "type": "voice", "kind": "twilio", "account_sid": f"AC{uuid4().hex}", "priority": priority,
            "concurrency_limit": lines, "default_number": self.queue.number(), "calls_per_second": None, **columns,
        }  # fmt: skip
        (made,) = self.owner.execute(
            f"insert into public.call_service_providers ({', '.join(row)}) values ({', '.join(['%s'] * len(row))}) returning id::text",
            list(row.values()),
        ).fetchone()
        return str(made)

    def number_of(self, provider: str) -> str:
        (made,) = self.owner.execute(
            """insert into public.provider_phone_numbers (provider_id, phone_id, country_code, area_code, phone_number, full_number)
               values (%s, %s, '1', '303', '5550100', %s) returning id::text""",
            [provider, uuid4().hex, self.queue.number()],
        ).fetchone()
        return str(made)

    def main(self, **columns: Any) -> None:
        for name, value in columns.items():
            self.owner.execute(
                f"update public.call_service_providers set {name} = %s where name = 'twilio'", [value]
            )

    def claimed(
        self, at: datetime = NOON, batch: int = 50, what: str = "talks", token: Any = None, **limits: Any
    ) -> Any:
        return self.database.call(
            "claim_calls", token=token or uuid4(), what=what, lease_s=60.0, batch=batch, limits=limits, at=at
        )

    def dialled_by(self, at: datetime = NOON, batch: int = 50, **more: Any) -> dict[str, int]:
        return dict(Counter(dial["account"] for dial in self.claimed(at, batch, **more)["dials"]))

    def dial(self, at: datetime, *, unwell: bool | None, outcome: str = "unknown", code: str = "500") -> str:
        """Claim one call and say what its provider made of it; return who that was."""
        token = uuid4()
        (dial,) = self.claimed(at, 1, token=token)["dials"]
        self.database.call(
            "finish_dial", attempt_id=dial["attempt_id"], token=token, outcome=outcome, error=code, unwell=unwell, at=at,
            call_sid=f"CA{uuid4().hex}" if outcome == "sent" else None,
        )  # fmt: skip
        return str(dial["account"])

    def breaker(self, name: str = "twilio") -> Any:
        return self.owner.execute(
            "select state, reason, openings from public.provider_breakers where provider = %s", [name]
        ).fetchone()

    def why(self, entry: str, at: datetime = NOON) -> list[str]:
        (why,) = self.owner.execute(
            "select private.why_not_yet(q, '{}', %s) from public.call_queue q where q.id = %s", [at, entry]
        ).fetchone()
        return list(why["reasons"])


@pytest.fixture
def desk(queue: Queue) -> Iterator[Desk]:
    desk = Desk(queue)
    desk.main(concurrency_limit=100, priority=1, enabled=True)
    yield desk
    queue.empty()
    desk.owner.execute(
        "delete from public.call_service_providers where name like '%second' or name = 'third'"
    )
    desk.main(concurrency_limit=5, priority=1, enabled=True)


# --- full, off, in turn ---------------------------------------------------------------------------


def test_the_next_provider_dials_when_the_first_is_full_and_nobody_when_all_are(desk: Desk) -> None:
    # Of five lines one is kept for callers, of ten two.
    desk.main(concurrency_limit=5)
    desk.provider("second", lines=10)
    entries = desk.queue.put(30)

    assert desk.dialled_by(batch=3) == {"twilio": 3}
    assert desk.dialled_by(batch=3) == {"twilio": 1, "second": 2}
    assert desk.dialled_by() == {"second": 6}
    full = desk.claimed()
    assert (full["dials"], full["next_in_s"]) == ([], None)
    waiting = next(entry for entry in entries if desk.queue.row(entry)[0] == "queued")
    assert desk.why(waiting) == ["account_full"]
    assert desk.queue.load()["account:second"] == 8


@pytest.mark.parametrize(
    ("second", "third", "turn"),
    [
        ({"priority": 1}, {"priority": 3}, ["a-second", "twilio", "third"]),
        ({"priority": 0}, {"priority": 2}, ["a-second", "twilio", "third"]),
        ({"priority": 9}, {"priority": 2}, ["twilio", "third", "a-second"]),
        ({"priority": None}, {"priority": 1000}, ["a-second", "twilio", "third"]),
        ({"priority": 2, "enabled": False}, {"priority": 3}, ["twilio", "third"]),
        ({"priority": 2, "default_number": None}, {"priority": 3}, ["twilio", "third"]),
        ({"priority": 2, "account_sid": None}, {"priority": 3}, ["twilio", "third"]),
        ({"priority": 2, "kind": None}, {"priority": 3}, ["twilio", "third"]),
    ],
)
def test_providers_are_asked_in_the_order_of_their_priorities(
    desk: Desk, second: dict[str, Any], third: dict[str, Any], turn: list[str]
) -> None:
    desk.main(concurrency_limit=2)
    desk.provider("a-second", lines=2, **second)
    desk.provider("third", lines=2, **third)
    desk.queue.put(10)

    by = [next(iter(desk.dialled_by(batch=1)), None) for _ in range(4)]

    assert by == turn + [None] * (4 - len(turn))


def test_a_provider_that_is_switched_off_dials_nothing_more(desk: Desk) -> None:
    desk.main(enabled=False)
    (entry,) = desk.queue.put()

    assert desk.claimed()["dials"] == []
    assert desk.why(entry) == ["account_off"]
    desk.provider("second")
    assert desk.why(entry) == []
    assert desk.dialled_by() == {"second": 1}


def test_a_provider_at_its_rate_is_waited_for(desk: Desk) -> None:
    desk.provider("second")
    desk.queue.put(5)

    assert desk.dialled_by(calls_per_second=2) == {"twilio": 1}
    again = desk.claimed(calls_per_second=2)
    assert (again["dials"], again["next_in_s"]) == ([], pytest.approx(0.5))
    assert desk.dialled_by(NOON + timedelta(seconds=0.5), calls_per_second=2) == {"twilio": 1}


def test_each_provider_has_a_rate_of_its_own(desk: Desk) -> None:
    desk.main(enabled=False)
    desk.provider("second", calls_per_second=4)
    desk.queue.put(5)

    taken = [len(desk.claimed(NOON + timedelta(seconds=s))["dials"]) for s in (0, 0.2, 0.25, 0.3, 0.5)]

    assert taken == [1, 0, 1, 0, 1]


# --- a number is its provider's -------------------------------------------------------------------


def test_a_number_is_dialled_from_by_its_own_provider_alone(desk: Desk) -> None:
    second = desk.provider("second", lines=2)
    number = desk.number_of(second)
    pinned, free = desk.queue.put(2, from_number_id=number), desk.queue.put(2)

    assert desk.dialled_by() == {"twilio": 2, "second": 1}
    (waits,) = [entry for entry in pinned if desk.queue.row(entry)[0] == "queued"]
    assert all(desk.queue.row(entry)[0] == "in-progress" for entry in free)
    assert desk.why(waits) == ["account_full"]
    # It is looked at again after a pause, not at once and for ever.
    assert desk.claimed()["next_in_s"] == 1


def test_what_waits_for_one_provider_delays_nobody_else(desk: Desk) -> None:
    second = desk.provider("second", enabled=False)
    desk.queue.put(120, from_number_id=desk.number_of(second), priority=9)
    desk.queue.put(3)

    assert desk.dialled_by() == {"twilio": 3}


def test_the_template_of_a_campaign_may_name_the_provider_also_while_it_runs(desk: Desk) -> None:
    second = desk.provider("second")
    (template,) = desk.owner.execute(
        "insert into public.call_templates (name, provider_id) values (%s, %s) returning id",
        [uuid4().hex, second],
    ).fetchone()
    campaign = desk.queue.campaign()
    first, _ = desk.queue.put(2, campaign_id=campaign)
    desk.queue.set(first, checked_at=None)
    assert desk.dialled_by() == {"twilio": 1}

    desk.owner.execute("update public.campaigns set template_id = %s where id = %s", [template, campaign])
    desk.queue.set(first, checked_at=NOON)
    desk.queue.put(1, campaign_id=campaign)

    assert desk.dialled_by() == {"second": 2}
    desk.owner.execute("update public.campaigns set template_id = null")
    desk.owner.execute("delete from public.call_templates where id = %s", [template])


def test_a_number_that_was_switched_off_holds_nothing_back(desk: Desk) -> None:
    number = desk.number_of(desk.provider("second", enabled=False))
    (entry,) = desk.queue.put(from_number_id=number)
    assert desk.why(entry) == ["account_off"]

    desk.owner.execute("update public.provider_phone_numbers set is_active = false where id = %s", [number])

    assert desk.dialled_by() == {"twilio": 1}


def test_without_any_provider_an_entry_says_so(desk: Desk) -> None:
    (template,) = desk.owner.execute(
        "insert into public.call_templates (name, provider_id) values (%s, %s) returning id",
        [uuid4().hex, desk.provider("second", account_sid=None)],
    ).fetchone()
    (entry,) = desk.queue.put(template_id=template)

    assert desk.claimed()["dials"] == []
    assert desk.why(entry) == ["no_provider"]


def test_the_days_money_holds_at_every_provider(desk: Desk) -> None:
    desk.main(enabled=False)
    desk.provider("second")
    for _ in range(4):
        desk.queue.put()

    assert desk.dialled_by(daily_usd=1, call_usd=0.4) == {"second": 2}
    assert desk.dialled_by(daily_usd=1, call_usd=0.4) == {}


# --- codes ----------------------------------------------------------------------------------------


def code(desk: Desk) -> str:
    """A code that waits to be read out."""
    number = desk.queue.number()
    (made,) = desk.owner.execute(
        """with v as (insert into public.verifications (phone_number, channel, purpose, nonce, expires_at)
                      values (%s, 'call', 'api', 'n', now() + interval '20 years') returning id),
                q as (insert into public.call_queue (user_id, recipient_number, status) values (%s, %s, 'in-progress') returning id)
           select private.add_dial(q.id, 'code', %s, '+12025550100', v.id)::text from v, q""",
        [number, desk.queue.user, number, number],
    ).fetchone()
    return str(made)


def test_codes_go_by_the_next_provider_too_and_where_every_line_is_taken_they_wait_for_none(
    desk: Desk,
) -> None:
    desk.main(concurrency_limit=1)
    desk.provider("second", lines=1)
    for _ in range(3):
        code(desk)

    dials = [desk.claimed(batch=1, what="codes")["dials"] for _ in range(3)]

    assert [[dial["account"] for dial in some] for some in dials] == [["twilio"], ["second"], ["twilio"]]
    (number,) = desk.owner.execute(
        "select default_number from public.call_service_providers where name = 'second'"
    ).fetchone()
    assert dials[1][0]["from_number"] == number


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
