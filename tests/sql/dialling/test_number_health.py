"""Each number of ours is counted as its calls are settled; one that is answered half as often as before is red."""

import random
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.sql.dialling.conftest import NOON, Queue

pytestmark = pytest.mark.sql
NUMBER = "+13035550190"
TODAY = NOON.date()
FIGURES = ("dials", "answers", "short_answers", "busy", "declined", "blocked")


class Health:
    """Calls that come from one number, and what they make of it."""

    def __init__(self, queue: Queue) -> None:
        self.queue, self.database, self.owner = queue, queue.database, queue.owner

    def call(
        self, status: str = "completed", *, sip: int | None = None, duration: int | None = 60, ended_by: str | None = None,
        answered_by: str | None = None, at: datetime = NOON,
    ) -> str:  # fmt: skip
        """Dial somebody and let the carrier tell how it went; return the call's id."""
        sid, attempt = f"CA{uuid4().hex}", self.dialled(at)
        self.tell(sid, status, sip, duration)
        if ended_by:
            self.owner.execute(
                "update public.call_history set end_reason = %s where call_sid = %s", [ended_by, sid]
            )
        if answered_by:
            self.owner.execute(
                "update public.call_attempts set answered_by = %s where id = %s", [answered_by, attempt]
            )
        self.database.call("settle_dial", attempt_id=attempt, status=status, call_sid=sid)
        return sid

    def dialled(self, at: datetime = NOON) -> str:
        """A call that the carrier has; return its attempt."""
        (entry,) = self.queue.put(status="in-progress")
        (attempt,) = self.owner.execute(
            """insert into public.call_attempts (call_queue_id, kind, attempt_number, to_number, from_number, state, sending_at)
               select id, 'talk', 1, recipient_number, %s, 'sent', %s from public.call_queue where id = %s returning id""",
            [NUMBER, at, entry],
        ).fetchone()
        return str(attempt)

    def tell(self, sid: str, status: str, sip: int | None = None, duration: int | None = None) -> None:
        """The carrier's report of a call."""
        self.database.call(
            "record_call_status", call_sid=sid, status=status, direction="outbound-api",
            sip_response_code=sip, duration_s=duration if status == "completed" else 0,
        )  # fmt: skip

    def met_mailbox(self, attempt: str | None, sid: str) -> None:
        """The carrier's verdict, which may be late."""
        self.database.call(
            "record_amd", call_sid=sid, answered_by="machine_start", answerer="voicemail", attempt_id=attempt
        )

    def day(self, day: date = TODAY) -> dict[str, int]:
        """What is counted of a day, without what is nothing."""
        row = self.owner.execute(
            f"select {', '.join(FIGURES)} from public.number_days where number = %s and day = %s",
            [NUMBER, day],
        ).fetchone()
        return {name: figure for name, figure in zip(FIGURES, row or [0] * 6, strict=True) if figure}

    def before(self, dials: int, answers: int, days: int = 14) -> None:
        """So many calls on each of the days before."""
        for back in range(1, days + 1):
            self.put(TODAY - timedelta(days=back), dials, answers)

    def put(self, day: date, dials: int, answers: int) -> None:
        """Let a day have been like this."""
        self.owner.execute(
            "insert into public.number_days (number, day, dials, answers) values (%s, %s, %s, %s)",
            [NUMBER, day, dials, answers],
        )

    def today(self, dials: int, answers: int, at: datetime = NOON) -> None:
        """So many calls of today were settled, the last one by the carrier's word."""
        self.put(at.date(), dials - 1, answers)
        self.call("no-answer", at=at)

    def shown(self, at: datetime = NOON) -> Any:
        """How the number is shown."""
        rows = self.database.call("number_health", at=at)["numbers"]
        return next((row for row in rows if row["number"] == NUMBER), None)

    def is_red(self) -> bool:
        """Whether it is chosen for nobody."""
        return bool(self.shown()["state"] == "red")

    def incidents(self) -> list[tuple[str, bool]]:
        """What it was about, and whether it is over."""
        return self.owner.execute(
            "select subject, closed_at is not null from public.incidents where kind = 'number_red' order by opened_at"
        ).fetchall()  # type: ignore[no-any-return]


@pytest.fixture
def health(queue: Queue) -> Health:
    return Health(queue)


@pytest.mark.parametrize(
    ("status", "told", "figures"),
    [
        ("completed", {}, {"dials": 1, "answers": 1}),
        ("completed", {"duration": None}, {"dials": 1, "answers": 1}),
        ("completed", {"duration": 6}, {"dials": 1, "answers": 1}),
        ("completed", {"duration": 5}, {"dials": 1, "answers": 1, "short_answers": 1}),
        ("completed", {"duration": 0}, {"dials": 1, "answers": 1, "short_answers": 1}),
        ("completed", {"duration": 3, "ended_by": "bot_ended"}, {"dials": 1, "answers": 1}),
        ("completed", {"duration": 3, "ended_by": "operator_ended"}, {"dials": 1, "answers": 1}),
        ("completed", {"duration": 3, "ended_by": "service_failed"}, {"dials": 1, "answers": 1}),
        (
            "completed",
            {"duration": 3, "ended_by": "caller_ended"},
            {"dials": 1, "answers": 1, "short_answers": 1},
        ),
        ("completed", {"answered_by": "human"}, {"dials": 1, "answers": 1}),
        ("completed", {"answered_by": "unknown"}, {"dials": 1, "answers": 1}),
        ("completed", {"answered_by": "voicemail"}, {"dials": 1}),
        ("completed", {"answered_by": "voicemail", "duration": 2}, {"dials": 1}),
        ("completed", {"answered_by": "screener"}, {"dials": 1}),
        ("completed", {"answered_by": "fax"}, {"dials": 1}),
        ("no-answer", {}, {"dials": 1}),
        ("no-answer", {"sip": 480}, {"dials": 1}),
        ("no-answer", {"sip": 487}, {"dials": 1}),
        ("busy", {}, {"dials": 1, "busy": 1}),
        ("busy", {"sip": 486}, {"dials": 1, "busy": 1}),
        ("busy", {"sip": 600}, {"dials": 1, "busy": 1}),
        ("busy", {"sip": 603}, {"dials": 1, "declined": 1}),
        ("failed", {"sip": 603}, {"dials": 1, "declined": 1}),
        ("failed", {"sip": 607}, {"dials": 1, "declined": 1}),
        ("failed", {"sip": 608}, {"dials": 1, "blocked": 1}),
        ("no-answer", {"sip": 608}, {"dials": 1, "blocked": 1}),
        ("failed", {"sip": 404}, {}),
        ("failed", {"sip": 410}, {}),
        ("failed", {"sip": 484}, {}),
        ("busy", {"sip": 604}, {}),
        ("failed", {"sip": 503}, {}),
        ("failed", {}, {}),
        ("canceled", {}, {}),
    ],
)
def test_a_call_counts_by_what_became_of_it(
    health: Health, status: str, told: dict[str, Any], figures: dict[str, int]
) -> None:
    health.call(status, **told)

    assert health.day() == figures


def test_a_number_that_the_carrier_refuses_to_dial_is_in_no_figure(health: Health) -> None:
    for outcome in ("refused", "not_sent"):
        (entry,) = health.queue.put()
        token = uuid4()
        health.queue.claim(token=token, caller_number=NUMBER)
        (attempt,) = health.owner.execute(
            "select id from public.call_attempts where call_queue_id = %s", [entry]
        ).fetchone()
        health.database.call("finish_dial", attempt_id=attempt, token=token, outcome=outcome, error="21217")

    assert health.day() == {}


def test_repeated_and_late_words_count_a_call_once_and_as_what_it_was(health: Health) -> None:
    attempt, sid = health.dialled(), f"CA{uuid4().hex}"
    for _ in range(3):
        health.database.call("settle_dial", attempt_id=attempt, status="completed", call_sid=sid)
    assert health.day() == {"dials": 1, "answers": 1}

    for _ in range(2):
        health.tell(sid, "completed", duration=4)
    assert health.day() == {"dials": 1, "answers": 1, "short_answers": 1}

    for _ in range(2):
        health.met_mailbox(attempt, sid)
    assert health.day() == {"dials": 1}


def test_a_code_that_is_read_out_says_nothing_of_a_number(health: Health) -> None:
    attempt = health.dialled()
    health.owner.execute("update public.call_attempts set kind = 'code' where id = %s", [attempt])

    health.database.call("settle_dial", attempt_id=attempt, status="completed", call_sid=f"CA{uuid4().hex}")

    assert health.day() == {}


def test_a_call_of_which_nobody_told_anything_is_in_no_figure(health: Health) -> None:
    attempt = health.dialled()
    health.owner.execute(
        "update public.call_attempts set deadline = now() - interval '1 hour' where id = %s", [attempt]
    )

    health.database.call("end_overdue_dials")

    assert health.day() == {}


def test_a_day_is_the_one_on_which_a_call_began(health: Health) -> None:
    health.call(at=NOON - timedelta(days=1))

    assert (health.day(), health.day(TODAY - timedelta(days=1))) == ({}, {"dials": 1, "answers": 1})


def test_the_figures_are_those_of_the_rows_whatever_is_told_and_in_whatever_order(health: Health) -> None:
    chance = random.Random(7)
    words = ["completed", "busy", "no-answer", "failed", "canceled"]
    calls = [(health.dialled(), f"CA{n:032x}", chance.choice(words)) for n in range(60)]
    told = []
    for attempt, sid, status in calls:
        sip, seconds = chance.choice([None, 200, 486, 603, 608, 404]), chance.randint(0, 12)
        told += [
            lambda a=attempt, s=sid, w=status: health.database.call(
                "settle_dial", attempt_id=a, status=w, call_sid=s
            )
        ]
        told += [lambda s=sid, w=status, c=sip, d=seconds: health.tell(s, w, c, d)] * chance.randint(0, 2)
        told += [lambda a=attempt, s=sid: health.met_mailbox(a, s)] * (chance.random() < 0.4)
    chance.shuffle(told)
    for tell in told:
        tell()

    counted: dict[str, int] = dict.fromkeys(FIGURES, 0)
    for (word,) in health.owner.execute(
        "select private.outcome_of_number(a) from public.call_attempts a"
    ).fetchall():
        counted["dials"] += word is not None
        counted["answers"] += word in ("answered", "short")
        for figure, named in (
            ("short_answers", "short"),
            ("busy", "busy"),
            ("declined", "declined"),
            ("blocked", "blocked"),
        ):
            counted[figure] += word == named
    assert health.day() == {name: figure for name, figure in counted.items() if figure}


@pytest.mark.parametrize(
    ("before", "today", "red"),
    [
        ((10, 4), (50, 10), True),
        ((10, 4), (50, 9), True),
        ((10, 4), (50, 11), False),
        ((10, 4), (49, 0), False),
        ((10, 4), (50, 0), True),
        ((10, 4), (400, 80), True),
        ((10, 4), (400, 81), False),
        ((10, 4), (60, 30), False),
        ((100, 10), (50, 2), True),
        ((100, 10), (50, 3), False),
        ((1, 1), (50, 0), False),
        ((2, 1), (50, 0), True),
        ((10, 0), (50, 0), False),
        ((0, 0), (500, 0), False),
    ],
)
def test_a_number_is_red_once_its_answer_rate_has_fallen_by_half_over_fifty_dials(
    health: Health, before: tuple[int, int], today: tuple[int, int], red: bool
) -> None:
    health.before(*before)

    health.today(*today)

    assert health.is_red() is red
    assert health.incidents() == ([(NUMBER, False)] if red else [])


def test_days_before_the_fourteen_do_not_count(health: Health) -> None:
    health.put(TODAY - timedelta(days=15), 500, 500)
    health.before(10, 1)

    health.today(50, 5)

    assert not health.is_red()


def test_a_red_number_says_what_made_it_red(health: Health) -> None:
    health.before(10, 4)

    health.today(50, 5)

    shown = health.shown()
    assert (shown["red_dials"], shown["red_rate"], shown["usual_rate"]) == (50, 0.1, 0.4)
    assert shown["today"]["answer_rate"] == 0.1
    assert shown["before"] == {"dials": 140, "answers": 56, "answer_rate": 0.4}
    (reason,) = health.owner.execute("select reason from public.incidents").fetchone()
    assert reason == "10 % of 50 calls of a day were answered; in the fourteen days before it were 40 %."


def test_an_operator_clears_red_with_a_reason_and_the_same_day_does_not_bring_it_back(health: Health) -> None:
    health.before(10, 4)
    health.today(50, 5)

    cleared = health.database.call(
        "clear_number", number=NUMBER, reason=" the carrier took the label away ", at=NOON
    )
    for _ in range(10):
        health.call("no-answer")

    assert cleared == {"result": "cleared"}
    shown = health.shown()
    assert (shown["state"], shown["cleared_reason"]) == ("fine", "the carrier took the label away")
    assert health.incidents() == [(NUMBER, True)]


def test_a_number_that_was_cleared_becomes_red_again_when_another_day_is_as_bad(health: Health) -> None:
    health.before(40, 20)
    health.today(50, 5)
    health.database.call("clear_number", number=NUMBER, reason="try again", at=NOON)

    health.today(50, 5, at=NOON + timedelta(days=1))

    assert health.incidents() == [(NUMBER, True), (NUMBER, False)]


@pytest.mark.parametrize(
    ("number", "reason", "code"),
    [(NUMBER, "fine again", "not_red"), ("+13035550199", "x", "not_red"), (NUMBER, "  ", "reason_needed"),
     (NUMBER, "x" * 501, "reason_needed")],
)  # fmt: skip
def test_there_is_nothing_to_clear_without_red_and_without_a_reason(
    health: Health, number: str, reason: str, code: str
) -> None:
    assert health.database.call("clear_number", number=number, reason=reason) == {
        "result": "refused",
        "code": code,
    }


def test_red_ends_by_itself_when_another_fifty_calls_are_answered_as_before(health: Health) -> None:
    health.before(10, 4)
    health.today(50, 5)

    health.today(50, 12, at=NOON + timedelta(days=1))

    assert not health.is_red()
    assert health.incidents() == [(NUMBER, True)]


def test_a_red_number_stays_red_while_nothing_is_better(health: Health) -> None:
    health.before(10, 4)
    health.today(50, 5)

    health.today(50, 10, at=NOON + timedelta(days=1))
    for _ in range(60):
        health.call()

    assert health.is_red()
    assert health.incidents() == [(NUMBER, False)]


def test_a_late_verdict_can_make_a_number_red(health: Health) -> None:
    health.before(10, 4)
    health.put(TODAY, 49, 10)
    sid = health.call()
    assert not health.is_red()

    health.met_mailbox(None, sid)

    assert health.is_red()
